"""Real servers with TLS are verified alike by every client, and a real PgBouncer works where it keeps sessions."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from common.db.postgresql.pooler import REFUSAL
from tests.config import outside
from tests.config.processes import ROOT, clean_environment

pytestmark = [pytest.mark.faults, pytest.mark.skipif(not outside.AVAILABLE, reason=outside.WHY_NOT)]

# What each client says, in a process of its own: the settings are those of its environment.
CLIENTS = """
import json, django
django.setup()
from django.db import connection
import annotation.notify, config.health
from config.celery import app

def told(ask):
    try:
        ask()
    except Exception as error:
        seen = f"{error!r} {error.__cause__!r}".lower()
        # Ours tell the kind alone: a server that is there, and that the right certificate opens, was refused.
        return "refused" if "certificate verify failed" in seen or "connectionerror" in seen else seen
    return "ok"

def healthy():
    found = config.health._redis()
    if found != "ok":
        raise RuntimeError(found)

def pool():
    from common.db.postgresql.base import DatabaseWrapper
    entry = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 5}}}
    wrapper = DatabaseWrapper(entry, "default")
    try:
        connect = wrapper.get_connection_params()
        import psycopg
        with psycopg.connect(**connect) as pooled:
            wrapper._configure_connection(pooled)
    finally:
        wrapper.close()

def broker():
    with app.connection_for_write(transport_options={"max_retries": 0}) as one:
        one.default_channel.client.ping()

print(json.dumps({
    "database": told(lambda: connection.cursor().execute("SELECT 1")),
    "pool": told(pool),
    "broker": told(broker),
    "notify": told(annotation.notify._ping),
    "health": told(healthy),
}))
"""
LIMITS = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone"):
        cursor.execute(f"SHOW {name}")
        print(cursor.fetchone()[0])
"""


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    wanted = clean_environment(DJANGO_SETTINGS_MODULE="config.settings.test", **environment)
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=wanted, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="concord-outside-", dir="/tmp"))
    made.chmod(made.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH | stat.S_IRGRP | stat.S_IROTH)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def tls(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """The ports of a PostgreSQL and a Redis that speak TLS, and the folder of certificates."""
    made = folder / "tls"
    made.mkdir()
    outside.authority(made, "right")
    outside.authority(made, "wrong")
    outside.certify(made, "right")
    postgres = outside.start_postgres(made, tls=True)
    redis = outside.start_redis(made)
    yield postgres.port, redis.port, made
    redis.stop()
    postgres.stop()


class TestTls:
    @pytest.mark.parametrize(("ca", "wanted"), [("right", "ok"), ("wrong", "refused")])
    def test_is_verified_alike_by_every_client(self, tls: tuple[int, int, Path], ca: str, wanted: str) -> None:
        postgres, redis, made = tls
        done = python(
            CLIENTS,
            DATABASE_URL=f"postgresql://postgres@localhost:{postgres}/postgres?sslmode=verify-full&sslrootcert={made}/{ca}.pem",
            REDIS_URL=f"rediss://localhost:{redis}/0?ssl_ca_certs={made}/{ca}.pem",
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == dict.fromkeys(("database", "pool", "broker", "notify", "health"), wanted)

    def test_of_a_server_by_another_name_is_refused(self, tls: tuple[int, int, Path]) -> None:
        _, redis, made = tls
        done = python(
            CLIENTS,
            DATABASE_URL="postgresql://postgres@127.0.0.1:1/d",
            REDIS_URL=f"rediss://127.0.0.1:{redis}/0?ssl_ca_certs={made}/right.pem",
        )
        told = json.loads(done.stdout)
        assert (told["broker"], told["notify"], told["health"]) == ("refused", "refused", "refused")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[int]:
    made = folder / "plain"
    made.mkdir()
    postgres = outside.start_postgres(made, tls=False)
    yield postgres.port
    postgres.stop()


def test_continuous_integration_installs_the_servers_of_these_tests() -> None:
    installed = re.findall(r"missing\+=\(([^)]*)\)", (ROOT / ".ci" / "run").read_text())
    assert {"postgresql", "redis-server", "pgbouncer", "openssl"} <= set(" ".join(installed).split())


@pytest.mark.skipif(not outside.PGBOUNCER, reason="needs Debian's pgbouncer")
class TestPgBouncer:
    @pytest.mark.parametrize("size", [5, 1])
    def test_that_keeps_sessions_lets_limits_through(self, plain: int, folder: Path, size: int) -> None:
        pooler = outside.start_pgbouncer(folder / "plain", server=plain, mode="session", size=size)
        try:
            limited = LIMITS.replace(
                "import django\n", "from config import env\nenv.start(web=True)\nimport django\n", 1
            )
            url = f"postgresql://postgres@127.0.0.1:{pooler.port}/postgres"
            done = python(limited, DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
            assert done.stdout.split() == ["5s", "2s", "15s", "UTC"]
        finally:
            pooler.stop()

    @pytest.mark.parametrize("mode", ["transaction", "statement"])
    def test_that_shares_sessions_is_refused(self, plain: int, folder: Path, mode: str) -> None:
        pooler = outside.start_pgbouncer(folder / "plain", server=plain, mode=mode)
        try:
            done = python(LIMITS, DATABASE_URL=f"postgresql://postgres@127.0.0.1:{pooler.port}/postgres")
            assert done.returncode != 0
            assert REFUSAL in done.stderr
        finally:
            pooler.stop()

    @pytest.mark.parametrize(
        "words",
        [["migrate"], ["check_integrity", "--json"], ["import_prompts", "--project", "sky", "-"]],
        ids=lambda words: words[0],
    )
    def test_that_shares_sessions_ends_a_command_with_one_sentence(
        self, plain: int, folder: Path, words: list[str]
    ) -> None:
        pooler = outside.start_pgbouncer(folder / "plain", server=plain, mode="transaction")
        try:
            url = f"postgresql://postgres@127.0.0.1:{pooler.port}/postgres"
            environment = clean_environment(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="config.settings.test")
            environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
            done = subprocess.run(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=environment,
                input="",
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, done.stdout, done.stderr) == (2, "", f"concord: {REFUSAL}\n")
        finally:
            pooler.stop()


@pytest.mark.django_db
class TestANewConnection:
    def test_is_set_up_in_one_statement(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.db import connection

        sent: list[str] = []
        execute = psycopg.Cursor.execute

        def counted(self: psycopg.Cursor, query: object, *more: object, **named: object) -> object:
            sent.append(str(query))
            return execute(self, query, *more, **named)

        monkeypatch.setattr(psycopg.Cursor, "execute", counted)
        monkeypatch.setattr(psycopg.ClientCursor, "execute", counted)
        other = connection.copy()
        try:
            other.connect()
            assert len(sent) == 1
        finally:
            other.close()
