"""Every app's migrations can be undone and applied again, on the database of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

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
