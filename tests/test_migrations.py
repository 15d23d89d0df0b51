"""Every app's migrations can be undone and applied again, on the database of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from annotation.models import Response
from common.db.rows import query
from config.embedded.servers import ServerFailed
from config.embedded.session import apply_migrations
from config.health import checks
from tests.annotation.services.builders import judge, scene

pytestmark = pytest.mark.django_db(transaction=True)


def tables(app: str) -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith(f"{app}_")}


def migrate(*target: str) -> None:
    call_command("migrate", *target, interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def everything_applied_at_the_end(transactional_db) -> Iterator[None]:
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


class TestResponsesOfAnEarlierVersion:
    def test_are_counted(self):
        project = scene(pairs=1, members=1)[0].project
        Response.objects.filter(project=project).update(content="- one\n- two")
        Response.objects.filter(pk=Response.objects.earliest("pk").pk).update(
            content=[{"role": "assistant", "content": "# Yes"}]
        )

        migrate("annotation", "0009")
        migrate()

        found = Response.objects.order_by("pk").values_list("characters", "headings", "list_items")
        assert list(found) == [(5, 1, 0), (11, 0, 2)]


class TestADatabaseOfAnotherVersion:
    @pytest.fixture(autouse=True)
    def migrated_by_another_version(self) -> Iterator[None]:
        recorder = MigrationRecorder(connection)
        recorder.record_applied("quality", "0007_of_another_version")
        yield
        recorder.record_unapplied("quality", "0007_of_another_version")

    def test_is_refused_before_anything_is_changed(self):
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION concord_expire")

        with pytest.raises(CommandError, match=r"quality\.0007_of_another_version.*Nothing was changed"):
            migrate()

        assert "concord_expire" not in functions()

    def test_stops_make_run_with_the_reason(self, monkeypatch):
        monkeypatch.setattr("django.db.connections.close_all", lambda: None)
        with pytest.raises(ServerFailed, match="another version of Concord"):
            apply_migrations()


class TestTheDatabaseFunctions:
    def test_of_another_version_are_not_ready_until_they_are_migrated(self):
        assert checks()["postgresql"] == "ok"

        with connection.cursor() as cursor:
            cursor.execute("COMMENT ON FUNCTION concord_claim IS 'of an earlier version'")
        assert "run migrate" in checks()["postgresql"]

        migrate()
        assert checks()["postgresql"] == "ok"

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
