"""Which source model do people prefer? What the stored fit says, and a form to fit anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Job, Project
from annotation.vocabulary import Role
from reward.models import Rating, RatingRun
from reward.pages.leaderboard import leaderboard
from tests.cast import Person, person
from tests.computed import judged
from tests.doors import body, opens, refuses

HERE = "/p/everyday/ratings"


def fit(project: Project | None, models: list[dict[str, Any]], **run: Any) -> tuple[RatingRun, list[Rating]]:
    names = [model["name"] for model in models]
    size = len(names)
    values: dict[str, Any] = {
        "ties": "davidson",
        "unit": "judgement",
        "intervals": "pair",
        "method": "bradley-terry",
        "as_of": timezone.now(),
        "code_version": "test",
        "converged": True,
        "iterations": 7,
        "components": 1,
        "log_likelihood": -12.34,
        "nu": 0.5,
        "n_comparisons": 120,
        "left_out": {"both_bad": 3, "unsettled": 0},
        "matrix": {
            "names": names,
            "share": [[None if i == j else 0.5 for j in range(size)] for i in range(size)],
            "counts": [[0 if i == j else 12 for j in range(size)] for i in range(size)],
            "notes": [],
        },
    }
    made = RatingRun(project=project, computed_at=timezone.now(), **(values | run))
    rows = [Rating(**({"run": made, "component": 0, "n": 40} | model)) for model in models]
    return made, rows


def rated(name: str, theta: float, low: int | None, high: int | None, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "theta": theta,
        "theta_low": theta - 0.1,
        "theta_high": theta + 0.1,
        "rating": 1000 + 173.7 * theta,
        "low": 990 + 173.7 * theta,
        "high": 1010 + 173.7 * theta,
        "rank_low": low,
        "rank_high": high,
        **more,
    }


UNRATED = {"name": "draft", "theta": None, "component": 0, "reason": "winless: lost every comparison", "n": 4}


class TestTheAnswer:
    def test_names_the_one_that_is_ahead(self) -> None:
        board = leaderboard(*fit(None, [rated("fox", 0.5, 1, 1), rated("owl", -0.2, 2, 3), rated("eel", -0.3, 2, 3)]))
        assert board.answer == "fox."
        assert board.lede == "It is clearly ahead of each of the 2 others."
        assert [(group.rank, group.tied) for group in board.components[0].groups] == [("1", False), ("2–3", True)]

    def test_names_those_that_cannot_be_told_apart(self) -> None:
        board = leaderboard(*fit(None, [rated("fox", 0.5, 1, 2), rated("owl", 0.4, 1, 2), rated("eel", -0.9, 3, 3)]))
        assert board.answer == "fox or owl: these judgements cannot tell them apart."
        assert board.lede

    def test_claims_no_clear_cut_where_ranks_overlap(self) -> None:
        board = leaderboard(*fit(None, [rated("fox", 0.5, 1, 2), rated("owl", 0.4, 1, 3), rated("eel", 0.2, 2, 3)]))
        assert board.lede == ""

    def test_counts_many(self) -> None:
        board = leaderboard(*fit(None, [rated(f"m{i}", -i / 100, 1, 5) for i in range(5)]))
        assert board.answer == "These judgements cannot tell the 5 models apart."

    def test_says_when_nothing_can_be_said(self) -> None:
        assert leaderboard(*fit(None, [UNRATED], n_comparisons=0)).answer == "Nothing can be said yet."
        assert leaderboard(*fit(None, [UNRATED])).answer == "No model can be rated."
        assert leaderboard(*fit(None, [], n_comparisons=0)).answer == "Nothing can be said yet."

    def test_speaks_of_the_group_that_holds_most_and_says_who_stands_apart(self) -> None:
        models = [rated("fox", 0.5, 1, 1), rated("owl", -0.2, 2, 2), rated("eel", -0.3, 3, 3)]
        board = leaderboard(*fit(None, [*models, rated("ant", 0.1, 1, 1, component=1)], components=2))
        assert board.answer == "fox."
        assert "the other 1 stand apart" in board.lede
        assert [component.size for component in board.components] == [3, 1]

    def test_without_intervals_claims_nothing(self) -> None:
        bare = {
            "theta_low": None,
            "theta_high": None,
            "low": None,
            "high": None,
            "reason": "an interval needs two pairs",
        }
        board = leaderboard(*fit(None, [rated("fox", 0.5, None, None) | bare, rated("owl", -0.5, None, None) | bare]))
        assert board.answer == "fox has the highest rating."
        assert board.components[0].groups[0].rows[0].reason == "An interval needs two pairs."


class TestWhatTheFitSays:
    def test_names_every_refusal(self) -> None:
        board = leaderboard(*fit(None, [rated("fox", 0.5, 1, 1), rated("owl", -0.5, 2, 2), UNRATED]))
        refused = next(f for f in board.findings if "draft" in f.title)
        assert refused.detail == "Winless: lost every comparison. It stands in 4 comparisons."

    def test_warns_when_it_did_not_converge(self) -> None:
        board = leaderboard(*fit(None, [rated("fox", 0.5, 1, 1), rated("owl", -0.5, 2, 2)], converged=False))
        assert next(f for f in board.findings if f.level == "act").title == "The fit did not converge"

    def test_says_what_was_left_out_and_how_often_equals_tie(self) -> None:
        found = {f.title: f.detail for f in leaderboard(*fit(None, [rated("fox", 0.5, 1, 1), UNRATED])).findings}
        assert found["Left out"] == "3 both bad"
        assert found["Ties"] == "Davidson’s ν is 0.50: between equals 20\u00a0% would be ties"

    def test_draws_models_that_never_met_as_such(self) -> None:
        matrix = {"names": ["a", "b", "c"], "share": [[None, 1.0, None], [0.0, None, None], [None] * 3],
                  "counts": [[0, 5, 0], [5, 0, 0], [0, 0, 0]], "notes": []}  # fmt: skip
        board = leaderboard(*fit(None, [rated("a", 0.5, 1, 1), rated("b", -0.5, 2, 2)], matrix=matrix))
        assert board.names == ("a", "b")
        assert [[cell.text for cell in cells] for _, cells in board.matrix] == [["", "100"], ["0", ""]]

    def test_shows_at_most_twenty_models_against_each_other(self) -> None:
        board = leaderboard(*fit(None, [rated(f"m{i:02d}", -i / 10, i + 1, i + 1) for i in range(25)]))
        assert len(board.matrix) == 20
        assert board.matrix_left_out == 5


class TestThePage:
    @pytest.fixture
    def run(self, project: Project, alice: Person, bob: Person) -> RatingRun:
        judged(project)
        return RatingRun.objects.latest("id")

    def test_shows_board_matrix_and_fit(self, run: RatingRun, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "Which source model do people prefer?" in html
        for name in ("dpo-r2", "ppo-r1", "sft-base"):
            assert html.count(name) >= 3
        assert "The fit converged" in html
        assert f"n = {run.n_comparisons:,} comparisons" in html

    def test_escapes_source_models(self, run: RatingRun, alice: Person) -> None:
        hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}"
        Rating.objects.filter(name="dpo-r2").update(name=hostile, reason=hostile)
        run.matrix["names"][0] = hostile
        run.save()
        html = opens(alice, HERE)
        assert "<img src=x" not in html
        assert "{{ 7*7 }}" in html

    def test_fits_anew_as_a_job(self, run: RatingRun, alice: Person) -> None:
        before = Job.objects.count()
        for _ in range(2):
            assert alice.client.post(HERE, {"ties": "half", "unit": "majority"}).status_code == 303
        assert Job.objects.count() == before + 1
        job = Job.objects.latest("id")
        assert (job.kind, job.parameters["ties"], job.parameters["unit"]) == ("ratings", "half", "majority")
        assert "Waiting for a worker." in opens(alice, HERE)

    @pytest.mark.parametrize("given", [{}, {"ties": "x", "unit": "judgement"}, {"ties": "half", "unit": "\x00"}])
    def test_refuses_what_it_cannot_fit(self, given: dict[str, str], run: RatingRun, alice: Person) -> None:
        before = Job.objects.count()
        response = alice.client.post(HERE, given)
        assert response.status_code == 400
        assert "Fit the ratings" in body(response)
        assert Job.objects.count() == before

    def test_opens_before_anything_was_judged_and_before_anything_was_fitted(
        self, alice: Person, project: Project
    ) -> None:
        assert "Nobody has judged this yet." in opens(alice, HERE)
        judged(project)
        RatingRun.objects.all().delete()
        assert "No ratings were fitted yet." in opens(alice, HERE)

    def test_is_for_those_who_run_the_project(
        self, run: RatingRun, anonymous: Client, mallory: Person, bob: Person, project: Project
    ) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        assert bob.client.post(HERE, {"ties": "half", "unit": "judgement"}).status_code == 403
        opens(person("Rita", project, role=Role.REVIEWER, number=9001), HERE)
        assert bob.client.delete(HERE).status_code == 405
