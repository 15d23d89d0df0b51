"""Pairs and annotations by the API, page by page."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation
from annotation.services import jobs
from annotation.vocabulary import JobKind, Scope
from tests.annotation.api.client import FOREIGN, Api, Site, codes, judged
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


def everything(api: Api, path: str, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get(path, query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        cursor = answer.json()["next_cursor"]
    return rows


class TestPairs:
    def test_are_listed_with_all_fields(self, site: Site, api: Api) -> None:
        import_lines(
            site.project,
            [
                pair("one", ("m1", "m2"), {"Ann": "a", "Ben": "b"}, language="en", tags=["code"], author="Zoë"),
                pair("two", gold="tie"),
                pair("three"),
            ],
        )
        one, two, three = api.get("projects/sky/pairs").json()["results"]

        assert one["prompt"] == "What is one?"
        assert one["response_a"] == {"model": "m1", "text": "first answer to one"}
        assert one["response_b"] == {"model": "m2", "text": "second answer to one"}
        assert (one["language"], one["tags"], one["author"], one["origin"]) == ("en", ["code"], "Zoë", "import")
        assert (one["judgements"], one["slots"]) == (2, {"wanted": 2, "open": 0})
        assert (two["gold"], two["slots"]) == ("tie", {"wanted": 0, "open": 0})
        assert (three["gold"], three["judgements"], three["slots"]) == (None, 0, {"wanted": 3, "open": 3})
        assert "pk" not in one

    def test_come_in_pages_that_together_are_all(self, site: Site, api: Api) -> None:
        judged(site.project, 7)

        assert [row["id"] for row in everything(api, "projects/sky/pairs", limit="3")] == [f"p{i}" for i in range(7)]

    def test_count_no_surplus_and_nothing_withdrawn(self, site: Site, api: Api) -> None:
        judged(site.project, 2)
        first, second = Annotation.objects.filter(assignment__pair__external_id="p0")[:2]
        Annotation.objects.filter(pk=first.pk).update(surplus=True)
        Annotation.objects.filter(pk=second.pk).update(verdict=None)

        assert [row["judgements"] for row in api.get("projects/sky/pairs").json()["results"]] == [1, 3]

    def test_take_the_same_number_of_queries_however_many(
        self, site: Site, api: Api, django_assert_max_num_queries: Any
    ) -> None:
        judged(site.project, 20)
        api.get("projects/sky/pairs")

        with django_assert_max_num_queries(13):
            api.get("projects/sky/pairs")


class TestAnnotations:
    def test_are_listed_with_all_fields(self, site: Site, api: Api) -> None:
        given = {
            "annotator": "Ann",
            "verdict": "b",
            "shown_first": "b",
            "strength": 2,
            "confidence": 0.9,
            "reason": "Clearer.",
            "seconds": 4.5,
            "at": "2025-03-01T10:00:00Z",
        }
        import_lines(site.project, [pair("one", judgements=[given])])

        (row,) = api.get("projects/sky/annotations").json()["results"]

        assert {key: row[key] for key in given} == given
        assert (row["pair"], row["kind"], row["surplus"], row["revisions"]) == ("one", "ordinary", False, 1)
        assert row["pseudonym"].startswith("Annotator 0")
        assert uuid.UUID(row["id"])
        assert "pk" not in row

    def test_come_in_pages_that_together_are_all(self, site: Site, api: Api) -> None:
        judged(site.project, 7)
        Annotation.objects.update(at=timezone.now())  # many at one moment

        rows = everything(api, "projects/sky/annotations", limit="4")

        assert len(rows) == 21
        assert len({row["id"] for row in rows}) == 21

    def test_are_listed_again_when_they_change_meanwhile(self, site: Site, api: Api) -> None:
        judged(site.project, 2)
        first = api.get("projects/sky/annotations", {"limit": "3"}).json()
        Annotation.objects.filter(assignment__uuid=first["results"][0]["id"]).update(
            verdict=2, at=timezone.now() + timedelta(seconds=1)
        )

        rest = api.get("projects/sky/annotations", {"cursor": first["next_cursor"]}).json()["results"]

        assert rest[-1]["id"] == first["results"][0]["id"]
        assert rest[-1]["verdict"] == "tie"

    def test_are_filtered_by_which(self, site: Site, api: Api) -> None:
        judged(site.project, 1)
        surplus, withdrawn, counting = Annotation.objects.order_by("pk")
        Annotation.objects.filter(pk=surplus.pk).update(surplus=True)
        Annotation.objects.filter(pk=withdrawn.pk).update(verdict=None)

        found = {
            which: {row["id"] for row in everything(api, "projects/sky/annotations", which=which)}
            for which in ("counting", "surplus", "withdrawn", "all")
        }

        ids = {name: str(row.assignment.uuid) for name, row in locals().items() if isinstance(row, Annotation)}
        assert found == {name: {ids[name]} for name in ids} | {"all": set(ids.values())}
        assert everything(api, "projects/sky/annotations") == everything(
            api, "projects/sky/annotations", which="counting"
        )


class TestCursor:
    def test_is_valid_for_its_own_list_only(self, site: Site) -> None:
        api = site.token()
        judged(site.project, 3)
        api.post("projects", {"slug": "new", "name": "New"})
        cursor = api.get("projects/sky/annotations", {"limit": "1"}).json()["next_cursor"]

        for path, query in (
            ("projects/sky/pairs", {}),
            ("projects/sky/annotations", {"which": "all"}),
            ("projects/new/annotations", {}),
            ("projects", {}),
        ):
            assert codes(api.get(path, query | {"cursor": cursor})) == [("?cursor", "bad_cursor")]

    def test_cannot_be_changed(self, site: Site, api: Api) -> None:
        judged(site.project, 3)
        cursor = api.get("projects/sky/pairs", {"limit": "1"}).json()["next_cursor"]

        for forged in (cursor[:-1], cursor + "x", "x" + cursor, cursor.split(":")[0], cursor.replace(":", "::")):
            assert api.get("projects/sky/pairs", {"cursor": forged}).status_code == 400


class TestJobs:
    def test_are_shown_to_the_user_who_started_them(self, site: Site, api: Api) -> None:
        job = jobs.ask(project=site.project, kind=JobKind.QUALITY, by=site.alice)
        theirs = jobs.ask(project=site.project, kind=JobKind.QUALITY, by=site.bob)
        beats = jobs.ask(project=site.project, kind=JobKind.QUALITY)
        foreign = jobs.ask(project=site.foreign, kind=JobKind.QUALITY, by=site.mallory)

        assert api.get(f"jobs/{job.uuid}").json() | {"created_at": ""} == {
            "id": str(job.uuid),
            "project": "sky",
            "kind": "quality",
            "state": "queued",
            "attempt": 0,
            "done": 0,
            "total": None,
            "code": "",
            "message": "",
            "result": None,
            "created_at": "",
            "started_at": None,
            "finished_at": None,
        }
        for other in (theirs, beats, foreign):
            answer = api.get(f"jobs/{other.uuid}")
            assert answer.status_code == 404
            assert FOREIGN.encode() not in answer.content

    def test_need_a_token_of_their_project(self, site: Site) -> None:
        job = jobs.ask(project=site.project, kind=JobKind.QUALITY, by=site.alice)

        assert site.token(Scope.RATINGS_READ).get(f"jobs/{job.uuid}").status_code == 200
        assert site.token(Scope.PROJECTS_WRITE, projects=[]).get(f"jobs/{job.uuid}").status_code == 404
