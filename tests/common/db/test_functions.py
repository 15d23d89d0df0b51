"""Database functions are installed from files, whatever was there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.db import functions
from common.db.rows import query, query_value

pytestmark = pytest.mark.django_db

PREFIX = "some_test_"
TWICE = """-- Twice a number.
CREATE OR REPLACE FUNCTION some_test_twice(n integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  RETURN 2 * n;
END $$;
"""


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., None]:
    def run(**files: str) -> None:
        for old in tmp_path.glob("*.sql"):
            old.unlink()
        for name, text in files.items():
            (tmp_path / f"{name}.sql").write_text(text)
        functions.install(functions.read(tmp_path, PREFIX), prefix=PREFIX)

    return run


def installed() -> list[tuple[str, int]]:
    return query(
        "SELECT oid::regprocedure::text, oid::bigint FROM pg_proc WHERE proname LIKE %(names)s ORDER BY 1",
        {"names": r"some\_test\_%"},
    )


class TestInstalling:
    def test_makes_a_function_of_each_file(self, install):
        install(twice=TWICE)

        assert query_value("SELECT some_test_twice(%(n)s)", {"n": 21}) == 42

    def test_again_does_nothing_but_look(self, install):
        install(twice=TWICE)
        before = installed()
        with CaptureQueriesContext(connection) as sent:
            install(twice=TWICE)

        assert not any(word in one["sql"] for one in sent for word in ("CREATE", "DROP", "COMMENT"))
        assert installed() == before

    def test_of_another_body_replaces_the_function_where_it_is(self, install):
        install(twice=TWICE)
        ((_, oid),) = installed()
        install(twice=TWICE.replace("2 * n", "n + n + 1"))

        assert query_value("SELECT some_test_twice(%(n)s)", {"n": 1}) == 3
        assert [oid] == [kept for _, kept in installed()]

    @pytest.mark.parametrize(
        ("before", "after", "call"),
        [
            ("n integer)", "n integer, more integer DEFAULT 0)", "some_test_twice(21)"),
            ("n integer)", "m integer, n integer DEFAULT 21)", "some_test_twice(1)"),
            ("n integer)", "n bigint)", "some_test_twice(21)"),
            ("RETURNS integer", "RETURNS bigint", "some_test_twice(21)"),
        ],
    )
    def test_of_another_signature_leaves_no_old_one_behind(self, install, before, after, call):
        install(twice=TWICE)
        install(twice=TWICE.replace(before, after))

        assert len(installed()) == 1
        assert query_value(f"SELECT {call}", {}) == 42

    def test_drops_a_function_whose_file_is_gone(self, install):
        install(twice=TWICE)
        install()

        assert installed() == []

    def test_leaves_functions_of_other_names_alone(self, install):
        with connection.cursor() as cursor:
            cursor.execute(TWICE.replace("some_test_", "another_"))
        install()

        assert query_value("SELECT another_twice(%(n)s)", {"n": 1}) == 2
