"""Every app's migrations can be undone and applied again, on the database of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from common.db.rows import query
from tests.annotation.services.builders import judge, scene

pytestmark = pytest.mark.django_db(transaction=True)


def tables(app: str) -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith(f"{app}_")}


def migrate(*target: str) -> None:
    call_command("migrate", *target, interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def everything_applied_at_the_end() -> Iterator[None]:
    yield
    migrate()


@pytest.mark.parametrize("app", ["annotation", "quality", "reward"])
class TestMigrations:
    def test_can_be_undone_and_applied_again(self, app):
        before = tables(app)

        migrate(app, "zero")
        assert tables(app) == set()

        migrate()
        assert before == tables(app) != set()


class TestTheDatabaseFunctions:
    def test_go_with_the_tables_and_come_with_them(self):
        judge(scene(pairs=1, members=1)[0])

        migrate("annotation", "zero")
        assert functions() == []

        migrate()
        assert "concord_claim" in functions()
        assert judge(scene(pairs=1, members=1)[0]) is not None


def functions() -> list[str]:
    return [
        name for (name,) in query("SELECT proname FROM pg_proc WHERE proname LIKE %(names)s", {"names": r"concord\_%"})
    ]
