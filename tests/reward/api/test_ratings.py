"""Ratings by the API."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from annotation.models import Job
from annotation.services import jobs
from tests.annotation.api.client import Api, Site, codes, judged
from tests.annotation.api.test_schema import fits

pytestmark = pytest.mark.django_db


def fitted(api: Api, **how: Any) -> dict[str, Any]:
    answer = api.post("projects/sky/ratings", how)
    assert answer.status_code == 202, answer.content
    job = jobs.run(Job.objects.get(uuid=answer.json()["id"]).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    return dict(api.get("projects/sky/ratings").json())


class TestRatings:
    def test_are_missing_before_they_are_fitted(self, api: Api) -> None:
        answer = api.get("projects/sky/ratings")

        assert (answer.status_code, answer.json()["type"]) == (404, "urn:concord:problem:not_fitted")

    @pytest.mark.parametrize("how", [{}, {"ties": "half", "unit": "majority", "intervals": "independent"}])
    def test_are_fitted_by_a_job_and_read_from_what_it_stored(self, site: Site, api: Api, how: dict[str, str]) -> None:
        judged(site.project, 16)

        answer = fitted(api, **how)

        assert (answer["ties"], answer["unit"]) == (how.get("ties", "davidson"), how.get("unit", "judgement"))
        assert {row["name"] for row in answer["models"]} == {"m1", "m2", "m3"}
        assert answer["components"] == 1
        schema = SchemaGenerator().get_schema(request=None, public=True)
        content = schema["paths"]["/api/v1/projects/{slug}/ratings"]["get"]["responses"]["200"]["content"]
        fits(answer, content["application/json"]["schema"], schema["components"]["schemas"], "ratings")

    def test_are_fitted_once_however_often_they_are_asked_for(self, api: Api) -> None:
        asked = [api.post("projects/sky/ratings", {"ties": "half"}).json()["id"] for _ in range(3)]

        assert len(set(asked)) == Job.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "path", "code"),
        [
            ({"ties": "none"}, "$.ties", "bad_value"),
            ({"ties": None}, "$.ties", "missing_field"),
            ({"unit": 1}, "$.unit", "wrong_type"),
            ({"intervals": "guess"}, "$.intervals", "bad_value"),
            ({"unit": "majority", "intervals": "annotator"}, "$.intervals", "bad_value"),
            ({"seed": 1}, "$.seed", "unknown_field"),
        ],
    )
    def test_refuse_choices_that_do_not_exist(self, api: Api, body: Any, path: str, code: str) -> None:
        answer = api.post("projects/sky/ratings", body)

        assert (answer.status_code, codes(answer)) == (400, [(path, code)])
