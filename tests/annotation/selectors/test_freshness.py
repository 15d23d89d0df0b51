from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from annotation.models import Annotation, Project
from annotation.selectors.freshness import said_since
from tests.lines import bring, pair

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


class TestWhatWasSaidSince:
    def test_is_nothing_where_nobody_ever_judged(self, project):
        bring(project, [pair("p1")])

        assert not said_since(project, None)

    def test_is_everything_since_ever(self, project):
        bring(project, [judged_at("p1", "2023-05-01T00:00:00Z")])

        assert said_since(project, None)

    def test_holds_judgements_that_came_in_with_a_time_long_past(self, project):
        before = now()
        bring(project, [judged_at("p1", "2023-05-01T00:00:00Z")])

        assert said_since(project, before)
        assert not said_since(project, now())

    def test_holds_no_import_that_brought_nothing_new(self, project):
        bring(project, [judged_at("p1", "2023-05-01T00:00:00Z")])
        before = now()
        bring(project, [judged_at("p1", "2023-05-01T00:00:00Z"), pair("p2")])

        assert not said_since(project, before)

    def test_holds_no_judgement_that_says_it_is_still_to_come(self, project):
        bring(project, [judged_at("p1", "2090-01-01T00:00:00Z")])

        assert not said_since(project, now())

    def test_holds_what_was_changed(self, project):
        bring(project, [judged_at("p1", "2023-05-01T00:00:00Z")])
        before = now()
        Annotation.objects.update(at=before + timedelta(microseconds=1))

        assert said_since(project, before)

    def test_is_of_this_project_alone(self, project):
        before = now()
        bring(
            Project.objects.create(slug="other", name="Other", state="open"), [judged_at("p1", "2023-05-01T00:00:00Z")]
        )

        assert not said_since(project, before)
