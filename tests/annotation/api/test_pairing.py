"""Making pairs by the API."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Job, Pair
from annotation.services import jobs
from tests.annotation.api.client import Api, Site, codes
from tests.lines import import_lines

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def prompts(site: Site) -> None:
    lines = [
        {"id": f"q{i}", "prompt": f"Say {i}", "responses": [{"model": m, "text": f"{m}{i}"} for m in ("a", "b", "c")]}
        for i in range(2)
    ]
    import_lines(site.project, lines)


class TestCreatePairs:
    def test_describes_a_dry_run(self, api: Api) -> None:
        answer = api.post("projects/sky/pairs", {"scheme": "all", "dry_run": True})

        assert answer.status_code == 200
        assert answer.json() == {"prompts": 2, "pairs_new": 6, "pairs_existing": 0, "slots": 18}
        assert not Pair.objects.exists()

    @pytest.mark.parametrize(
        ("body", "pairs"),
        [
            ({"scheme": "all"}, 6),
            ({"scheme": "random", "k": 2, "seed": 7}, 4),
            ({"scheme": "baseline", "baseline": "b"}, 4),
        ],
    )
    def test_is_a_job(self, api: Api, body: dict[str, Any], pairs: int) -> None:
        answer = api.post("projects/sky/pairs", body)
        assert answer.status_code == 202
        jobs.run(Job.objects.get(uuid=answer.json()["id"]).pk)

        job = api.get(f"jobs/{answer.json()['id']}").json()
        assert (job["state"], job["result"]["pairs_new"]) == ("done", pairs)
        assert {row["origin"] for row in api.get("projects/sky/pairs").json()["results"]} == {"pairing"}

    @pytest.mark.parametrize(
        ("body", "path", "code"),
        [
            ({}, "$.scheme", "missing_field"),
            ({"scheme": "some"}, "$.scheme", "bad_value"),
            ({"scheme": "random"}, "$", "bad_value"),
            ({"scheme": "random", "k": 0}, "$.k", "out_of_range"),
            ({"scheme": "random", "k": "2"}, "$.k", "wrong_type"),
            ({"scheme": "random", "k": 1, "seed": -1}, "$.seed", "out_of_range"),
            ({"scheme": "random", "k": 1, "seed": 2**53 + 1}, "$.seed", "out_of_range"),
            ({"scheme": "baseline"}, "$", "bad_value"),
            ({"scheme": "all", "dry_run": "yes"}, "$.dry_run", "wrong_type"),
            ({"scheme": "all", "dry_run": 1}, "$.dry_run", "wrong_type"),
        ],
    )
    def test_requires_the_options_of_the_scheme(self, api: Api, body: dict[str, Any], path: str, code: str) -> None:
        answer = api.post("projects/sky/pairs", body)

        assert (answer.status_code, codes(answer)) == (400, [(path, code)])

    def test_requires_a_baseline_that_has_answered(self, api: Api) -> None:
        answer = api.post("projects/sky/pairs", {"scheme": "baseline", "baseline": "z"})

        assert (answer.status_code, codes(answer)) == (409, [("$.baseline", "unknown_baseline")])
