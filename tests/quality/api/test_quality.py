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
        assert [(row["a"], row["b"]) for row in answer["pairs_of_annotators"]] == [
            ("Ann", "Ben"),
            ("Ann", "Cid"),
            ("Ben", "Cid"),
        ]
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
