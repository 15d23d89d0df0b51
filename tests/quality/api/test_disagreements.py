"""The disagreements queue and decisions through the API."""

from __future__ import annotations

import uuid

import pytest

from annotation.models import Adjudication, Pair, Project
from annotation.selectors import adjudications
from annotation.vocabulary import Verdict
from tests.annotation.api.client import Api
from tests.annotation.test_adjudication import line
from tests.cast import Engineer
from tests.computed import computed, imported


@pytest.fixture
def api(project: Project, erin: Engineer) -> Api:
    imported(project, line(1, "a", "b"), line(2, "a", "b", "tie"), line(3, "a", "a"))
    computed(project, rated=False)
    return Api(erin.secret)


def decide(api: Api, **body: object) -> object:
    return api.post("projects/everyday/adjudications", {"pair": "pair-1", "verdict": "a"} | body)


class TestTheQueue:
    def test_is_listed_page_by_page_with_everybodys_judgements(self, api: Api) -> None:
        first = api.get("projects/everyday/disagreements?limit=1").json()
        assert [one["id"] for one in first["results"]] == ["pair-2"]
        assert [one["verdict"] for one in first["results"][0]["judgements"]] == ["a", "b", "tie"]
        rest = api.get(f"projects/everyday/disagreements?limit=1&cursor={first['next_cursor']}").json()
        assert [one["id"] for one in rest["results"]] == ["pair-1"]
        assert "model" not in str(rest)

    def test_loses_what_is_decided(self, api: Api) -> None:
        decide(api)
        waiting = api.get("projects/everyday/disagreements").json()["results"]
        assert [one["id"] for one in waiting] == ["pair-2"]
        (decided,) = api.get("projects/everyday/disagreements?show=adjudicated").json()["results"]
        assert (decided["id"], decided["adjudicated"]) == ("pair-1", "a")


class TestADecision:
    def test_is_stored_in_canonical_order_and_listed(self, api: Api, project: Project, erin: Engineer) -> None:
        answer = decide(api, reason="The first one is right.")
        assert answer.status_code == 200  # type: ignore[attr-defined]
        found = answer.json()  # type: ignore[attr-defined]
        assert {key: found[key] for key in ("pair", "revision", "kind", "verdict", "reason", "by")} == {
            **{"pair": "pair-1", "revision": 1, "kind": "submit", "verdict": "a"},
            **{"reason": "The first one is right.", "by": erin.email},
        }
        assert api.get("projects/everyday/adjudications").json()["results"] == [found]
        assert adjudications.in_force(project) == {Pair.objects.get(external_id="pair-1").pk: Verdict.FIRST}

    def test_is_taken_back_with_null(self, api: Api, project: Project) -> None:
        decide(api)
        assert decide(api, verdict=None, revision=1).json()["kind"] == "withdraw"  # type: ignore[attr-defined]
        assert adjudications.in_force(project) == {}

    def test_is_stored_once_for_a_key(self, api: Api) -> None:
        key = str(uuid.uuid4())
        assert decide(api, submit_key=key).json() == decide(api, submit_key=key).json()  # type: ignore[attr-defined]
        assert Adjudication.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 409, "overtaken"),
            ({"pair": "nowhere"}, 404, ""),
            ({"verdict": "left"}, 400, "bad_value"),
            ({"pair": "pair-2", "verdict": None}, 409, "not_adjudicable"),
        ],
    )
    def test_is_refused(self, api: Api, body: dict[str, object], status: int, code: str) -> None:
        decide(api)
        answer = decide(api, **body)
        assert answer.status_code == status  # type: ignore[attr-defined]
        assert code in answer.content.decode()  # type: ignore[attr-defined]
