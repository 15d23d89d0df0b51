"""A project's figures by the API."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from annotation.models import Job
from annotation.services import jobs
from annotation.vocabulary import Scope
from tests.annotation.api.client import Api, Site, codes, judged
from tests.annotation.api.test_schema import fits

pytestmark = pytest.mark.django_db


def computed(api: Api) -> dict[str, Any]:
    answer = api.post("projects/sky/quality")
    assert answer.status_code == 202, answer.content
    jobs.run(Job.objects.get(uuid=answer.json()["id"]).pk)
    return dict(api.get("projects/sky/quality").json())


class TestQuality:
    def test_is_not_there_before_it_was_asked_for(self, api: Api) -> None:
        answer = api.get("projects/sky/quality")

        assert (answer.status_code, answer.json()["type"]) == (404, "urn:concord:problem:not_computed")

    def test_is_computed_by_a_job_and_read_from_what_it_stored(self, site: Site, api: Api) -> None:
        judged(site.project, 8)

        answer = computed(api)

        assert set(answer["agreement"]["strict"]) >= {
            "cohen_kappa_mean",
            "fleiss_kappa",
            "krippendorff_alpha",
            "gwet_ac1",
            "percent_agreement",
        }
        assert set(answer["agreement"]["strict"]["fleiss_kappa"]) == {
            "value",
            "low",
            "high",
            "n",
            "method",
            "reason",
            "code",
        }
        assert answer["majority"] == {"first": 4, "second": 2, "tie": 2, "both_bad": 0, "none": 0}
        assert "pairs_of_annotators" not in answer
        assert {row["name"]: row["gold_accuracy"]["value"] for row in answer["annotators"]} == dict.fromkeys(
            ("Ann", "Ben", "Cid")
        )

    def test_has_the_shape_that_the_schema_says(self, site: Site, api: Api) -> None:
        judged(site.project, 8)
        schema = SchemaGenerator().get_schema(request=None, public=True)
        content = schema["paths"]["/api/v1/projects/{slug}/quality"]["get"]["responses"]["200"]["content"]

        fits(computed(api), content["application/json"]["schema"], schema["components"]["schemas"], "quality")

    def test_is_asked_for_once_however_often(self, api: Api) -> None:
        asked = [api.post("projects/sky/quality").json()["id"] for _ in range(3)]

        assert len(set(asked)) == Job.objects.count() == 1

    def test_takes_no_fields(self, api: Api) -> None:
        assert codes(api.post("projects/sky/quality", {"seed": 1})) == [("$.seed", "unknown_field")]
        assert not Job.objects.exists()

    def test_wants_its_scope(self, site: Site) -> None:
        others = site.token(*(scope for scope in Scope if scope != Scope.QUALITY_READ))

        assert others.get("projects/sky/quality").status_code == 403
        assert others.post("projects/sky/quality").status_code == 403


class TestPairsOfAnnotators:
    path = "projects/sky/quality/annotator-pairs"

    def test_are_not_there_before_they_were_computed(self, api: Api) -> None:
        answer = api.get(self.path)

        assert (answer.status_code, answer.json()["type"]) == (404, "urn:concord:problem:not_computed")

    def test_come_in_pages_of_one_computation(self, site: Site, api: Api) -> None:
        judged(site.project, 8)
        as_of = computed(api)["as_of"]

        pages = [api.get(self.path, {"limit": "2"}).json()]
        computed(api)  # a newer one comes between two pages
        pages.append(api.get(self.path, {"limit": "2", "cursor": pages[0]["next_cursor"]}).json())

        rows = [row for page in pages for row in page["results"]]
        assert [(row["a"], row["b"], row["n"]) for row in rows] == [
            ("Ann", "Ben", 8),
            ("Ann", "Cid", 8),
            ("Ben", "Cid", 8),
        ]
        assert [len(page["results"]) for page in pages] == [2, 1]
        assert pages[1]["next_cursor"] is None
        assert {page["as_of"] for page in pages} == {as_of}
        assert set(rows[0]) == {"a", "b", "n", "cohen_kappa"}
        assert rows[0]["cohen_kappa"]["n"] == 8

    def test_end_with_the_figures_of_their_cursor(self, site: Site, api: Api) -> None:
        judged(site.project, 8)
        computed(api)
        cursor = api.get(self.path, {"limit": "1"}).json()["next_cursor"]
        for _ in range(3):
            computed(api)

        assert codes(api.get(self.path, {"cursor": cursor})) == [("?cursor", "gone_cursor")]

    def test_that_share_one_pair_are_left_out(self, site: Site, api: Api) -> None:
        judged(site.project, 1)
        computed(api)

        assert api.get(self.path).json()["results"] == []

    def test_have_the_shape_that_the_schema_says(self, site: Site, api: Api) -> None:
        judged(site.project, 8)
        computed(api)
        schema = SchemaGenerator().get_schema(request=None, public=True)
        operation = schema["paths"]["/api/v1/projects/{slug}/quality/annotator-pairs"]["get"]
        content = operation["responses"]["200"]["content"]["application/json"]["schema"]

        fits(api.get(self.path, {"limit": "1"}).json(), content, schema["components"]["schemas"], "pairs")
        assert {parameter["name"] for parameter in operation["parameters"]} == {"slug", "cursor", "limit"}
