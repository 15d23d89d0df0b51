"""What the page shows of a stored fit, from rows that are in no database."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from reward.models import Rating, RatingRun
from reward.pages.leaderboard import leaderboard


def fit(models: list[dict[str, Any]], **run: Any) -> tuple[RatingRun, list[Rating]]:
    names = [model["name"] for model in models]
    size = len(names)
    values: dict[str, Any] = {
        "ties": "davidson",
        "unit": "judgement",
        "intervals": "pair",
        "method": "bradley_terry",
        "as_of": timezone.now(),
        "code_version": "test",
        "converged": True,
        "iterations": 7,
        "parts": 1,
        "log_likelihood": -12.34,
        "nu": 0.5,
        "n_comparisons": 120,
        "left_out": {"both_bad": 3, "unsettled": 0},
        "matrix": {
            "names": names,
            "share": [[None if i == j else 0.5 for j in range(size)] for i in range(size)],
            "counts": [[0 if i == j else 12 for j in range(size)] for i in range(size)],
        },
    }
    made = RatingRun(computed_at=timezone.now(), **(values | run))
    rows = [Rating(**({"run": made, "group": 0, "n": 40} | model)) for model in models]
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


UNRATED = {"name": "draft", "theta": None, "group": 0, "reason": "winless", "n": 4}


class TestTheAnswer:
    def test_names_the_one_that_leads(self) -> None:
        board = leaderboard(*fit([rated("fox", 0.5, 1, 1), rated("owl", -0.2, 2, 3), rated("eel", -0.3, 2, 3)]))
        assert board.answer == "fox."
        assert board.lede == "It is clearly ahead of each of the 2 others."
        assert [(rank.label, rank.tied) for rank in board.groups[0].ranks] == [("1", False), ("2–3", True)]

    def test_names_those_that_cannot_be_told_apart(self) -> None:
        board = leaderboard(*fit([rated("fox", 0.5, 1, 2), rated("owl", 0.4, 1, 2), rated("eel", -0.9, 3, 3)]))
        assert board.answer == "fox or owl: these judgements cannot tell them apart."
        assert board.lede

    def test_claims_no_clear_cut_where_ranks_overlap(self) -> None:
        board = leaderboard(*fit([rated("fox", 0.5, 1, 2), rated("owl", 0.4, 1, 3), rated("eel", 0.2, 2, 3)]))
        assert board.lede == ""

    def test_counts_many(self) -> None:
        board = leaderboard(*fit([rated(f"m{i}", -i / 100, 1, 5) for i in range(5)]))
        assert board.answer == "These judgements cannot tell the 5 models apart."

    def test_tells_when_nothing_is_known(self) -> None:
        assert leaderboard(*fit([UNRATED], n_comparisons=0)).answer == "Too early to tell."
        assert leaderboard(*fit([UNRATED])).answer == "No model can be rated."
        assert leaderboard(*fit([], n_comparisons=0)).answer == "Too early to tell."

    def test_is_about_the_largest_group_and_counts_the_models_apart(self) -> None:
        models = [rated("fox", 0.5, 1, 1), rated("owl", -0.2, 2, 2), rated("eel", -0.3, 3, 3)]
        board = leaderboard(*fit([*models, rated("ant", 0.1, 1, 1, group=1)], parts=2))
        assert board.answer == "fox."
        assert board.lede.endswith(
            "This covers 3 models; 1 more cannot be compared with them, because too few comparisons link them."
        )
        assert [group.size for group in board.groups] == [3, 1]

    def test_claims_nothing_without_intervals(self) -> None:
        bare = {
            "theta_low": None,
            "theta_high": None,
            "low": None,
            "high": None,
            "reason": "too_few_units",
            "arguments": {"n": 1, "unit": "pairs", "models": 2},
        }
        board = leaderboard(*fit([rated("fox", 0.5, None, None) | bare, rated("owl", -0.5, None, None) | bare]))
        assert board.answer == "fox has the highest rating."
        assert board.groups[0].ranks[0].rows[0].reason == "No interval: too few pairs (1) for 2 models."


class TestTheMethod:
    @pytest.mark.parametrize(
        ("clusters", "words"),
        [
            ("pair", "clustered by pair, which hold for the tastes of these annotators;"),
            ("pair_and_annotator", "clustered by pair and by annotator, whose tastes may differ;"),
        ],
    )
    def test_names_what_intervals_were_clustered_by(self, clusters: str, words: str) -> None:
        run, ratings = fit([rated("fox", 1.0, 1, 1)], intervals="clustered", method_arguments={"clusters": clusters})

        assert words in leaderboard(run, ratings).method

    def test_says_that_ranks_hold_together(self) -> None:
        assert "all of them together by Holm’s method" in leaderboard(*fit([rated("fox", 1.0, 1, 1)])).method


class TestTheFindings:
    def test_name_every_refusal(self) -> None:
        board = leaderboard(*fit([rated("fox", 0.5, 1, 1), rated("owl", -0.5, 2, 2), UNRATED]))
        refused = next(f for f in board.findings if "draft" in f.title)
        assert refused.detail == "Winless: lost every comparison. Based on 4 comparisons."

    def test_warn_when_the_fit_did_not_converge(self) -> None:
        board = leaderboard(*fit([rated("fox", 0.5, 1, 1), rated("owl", -0.5, 2, 2)], converged=False))
        assert next(f for f in board.findings if f.level == "act").title == "The fit did not converge"

    def test_tell_what_was_left_out_and_how_often_equals_tie(self) -> None:
        found = {f.title: f.detail for f in leaderboard(*fit([rated("fox", 0.5, 1, 1), UNRATED])).findings}
        assert found["Left out"] == "3 both bad"
        assert found["Ties"] == "Davidson’s ν is 0.50: between equal models 20\u00a0% would be ties"

    def test_tell_which_groups_are_separated(self) -> None:
        models = [rated("fox", 0.5, 1, 1), rated("owl", 0.4, 1, 1, group=1)]
        note = {"code": "separated_groups", "arguments": {"groups": [[0], [1]]}}
        found = {f.title: f.detail for f in leaderboard(*fit(models, notes=[note])).findings}
        assert found["Separated"] == (
            "Separated: ratings compare inside each of these groups and not across them: fox; owl."
        )


class TestTheMatrix:
    def test_draws_models_that_never_met_as_such(self) -> None:
        matrix = {"names": ["a", "b", "c"], "share": [[None, 1.0, None], [0.0, None, None], [None] * 3],
                  "counts": [[0, 5, 0], [5, 0, 0], [0, 0, 0]]}  # fmt: skip
        board = leaderboard(*fit([rated("a", 0.5, 1, 1), rated("b", -0.5, 2, 2)], matrix=matrix))
        assert board.matrix.names == ("a", "b")
        assert [[cell.text for cell in cells] for _, cells in board.matrix.rows] == [["", "100"], ["0", ""]]

    def test_shows_at_most_twenty_models_against_each_other(self) -> None:
        board = leaderboard(*fit([rated(f"m{i:02d}", -i / 10, i + 1, i + 1) for i in range(25)]))
        assert len(board.matrix.rows) == 20
        assert board.matrix.left_out == 5
