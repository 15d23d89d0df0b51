from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from annotation.models import Annotation, Project
from annotation.selectors.freshness import judged_since
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


def judged_at(external_id: str, at: str) -> dict:
    return pair(external_id, judgements=[{"annotator": "u", "verdict": "a", "at": at}])


class TestJudgedSince:
    def test_is_false_where_nobody_ever_judged(self, project):
        import_lines(project, [pair("p1")])

        assert not judged_since(project, None)

    def test_asks_whether_there_is_any_where_no_moment_is_given(self, project):
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z")])

        assert judged_since(project, None)

    def test_holds_for_judgements_imported_with_a_time_long_past(self, project):
        before = now()
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z")])

        assert judged_since(project, before)
        assert not judged_since(project, now())

    def test_ignores_an_import_without_a_new_judgement(self, project):
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z")])
        before = now()
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z"), pair("p2")])

        assert not judged_since(project, before)

    def test_ignores_a_judgement_dated_in_the_future(self, project):
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z")])
        Annotation.objects.update(at="2090-01-01T00:00:00Z")

        assert not judged_since(project, now())

    def test_holds_for_a_changed_judgement(self, project):
        import_lines(project, [judged_at("p1", "2023-05-01T00:00:00Z")])
        before = now()
        Annotation.objects.update(at=before + timedelta(microseconds=1))

        assert judged_since(project, before)

    def test_is_of_this_project_alone(self, project):
        before = now()
        import_lines(
            Project.objects.create(slug="other", name="Other", state="open"), [judged_at("p1", "2023-05-01T00:00:00Z")]
        )

        assert not judged_since(project, before)
