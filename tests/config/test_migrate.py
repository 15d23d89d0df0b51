"""Two ``migrate`` at once: one waits for the other."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.cache.backends.db import DatabaseCache
from django.core.management import CommandError, call_command
from django.db import connection

from common.db import locks
from tests.config.processes import ROOT, clean_environment
from tests.services import database_url_of_tests

NAME = f"migrate_{os.getpid()}"


def url_of(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@pytest.fixture
def empty() -> Iterator[str]:
    """A database without a table."""
    with psycopg.connect(url_of("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {NAME}")
        yield url_of(NAME)
        admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


class TestTwoAtOnce:
    def test_on_an_empty_database_both_succeed(self, empty):
        environment = clean_environment(DATABASE_URL=empty, REDIS_URL=os.environ["REDIS_URL"])
        with psycopg.connect(empty, autocommit=True) as first:
            # Both come while another has the lock, so that they start at the same time.
            first.execute("SELECT pg_advisory_lock(%s, 0)", [locks.Namespace.MIGRATIONS.value])
            command = [sys.executable, "manage.py", "migrate", "--noinput"]
            both = [
                subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                )
                for _ in range(2)
            ]
            for process in both:
                line = ""
                while "waiting" not in line:
                    line = process.stderr.readline()
                    assert line, "ended without waiting"
            first.execute("SELECT pg_advisory_unlock(%s, 0)", [locks.Namespace.MIGRATIONS.value])
            outputs = [process.communicate(timeout=120) for process in both]
            assert [process.returncode for process in both] == [0, 0], outputs
            applied = [output.count(" OK") for output, _ in outputs]
            assert min(applied) == 0
            assert max(applied) > 10, "one did it all"
            (held,) = first.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            ).fetchone()
            assert held == 0
        done = subprocess.run([*command, "--check"], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


# What the version before counters in a table of their own sent, with its cache, at a sign-in and a request to the API.
OLDER_THROTTLE = """
INSERT INTO concord_cache AS c (cache_key, value, expires)
VALUES ('throttle', '1', clock_timestamp() + make_interval(secs => 60))
ON CONFLICT (cache_key) DO UPDATE SET value = (c.value::bigint + 1)::text RETURNING value::bigint
"""


@pytest.mark.django_db
class TestAProcessOfTheVersionBefore:
    def test_still_counts_sign_ins_after_migrate(self):
        cache = DatabaseCache("concord_cache", {})
        assert cache.add("sign-in", [1.0], timeout=300) is True
        cache.set("sign-in", [1.0, 2.0], timeout=300)
        assert cache.get("sign-in") == [1.0, 2.0]
        with connection.cursor() as cursor:
            for wanted in (1, 2):
                cursor.execute(OLDER_THROTTLE)
                assert cursor.fetchone() == (wanted,)


@pytest.mark.django_db
class TestOneStepBack:
    @pytest.mark.parametrize("kept", [True, False], ids=["with-the-older-table", "without-it"])
    def test_and_forward_again_leaves_what_each_version_needs(self, kept):
        step = importlib.import_module("annotation.migrations.0009_counters")
        with connection.cursor() as cursor:

            def tables() -> set[str]:
                names = connection.introspection.table_names(cursor)
                return {name for name in names if name in ("concord_cache", "concord_counter")}

            assert tables() == {"concord_cache", "concord_counter"}
            if not kept:  # as an earlier state of the migration left it
                cursor.execute("DROP TABLE concord_cache")
            cursor.execute(step.BACK)
            assert tables() == {"concord_cache"}
            cursor.execute(step.COUNTERS)
            assert tables() == {"concord_cache", "concord_counter"}


@pytest.mark.django_db(transaction=True)
class TestALongWait:
    @pytest.fixture
    def other(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(database_url_of_tests(), autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s, 0)", [locks.Namespace.MIGRATIONS.value])
            yield other

    def test_ends_with_a_sentence_and_changes_nothing(self, other):
        told = StringIO()
        with pytest.raises(CommandError, match=r"has not ended within 0 s\. Nothing was changed"):
            call_command("migrate", wait=0.3, verbosity=0, stderr=told)
        assert told.getvalue().count("waiting for it") == 1

    def test_is_for_nobody_who_only_looks(self, other):
        call_command("migrate", check_unapplied=True, verbosity=0)
        call_command("migrate", plan=True, verbosity=0, stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_free_after_a_failure():
    with pytest.raises(CommandError, match="No installed app"):
        call_command("migrate", "nothing", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
