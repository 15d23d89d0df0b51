"""Can I trust this data yet? The answer follows from the targets and the intervals, never from values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.formatting import Measure
from quality.pages.trust import (
    NOBODY,
    NOT_YET,
    TOO_EARLY,
    YES,
    AnnotatorEvidence,
    Evidence,
    Level,
    Standing,
    Targets,
    concerns,
    standing,
    trust,
)

TARGETS = Targets(kappa=0.55, gold=0.90, unsettled=0.08, n=100)
GOOD = AnnotatorEvidence(1, 900, Measure(0.62, 0.58, 0.66, n=900), Measure(0.96, 0.93, 0.98, n=200))
POOR = AnnotatorEvidence(2, 300, Measure(0.20, 0.12, 0.28, n=300), Measure(0.61, 0.52, 0.70, n=108))
TRUSTED = Evidence(
    judged_pairs=1000,
    annotations=3000,
    fleiss=Measure(0.62, 0.59, 0.65, n=1000),
    gold=Measure(0.94, 0.93, 0.95, n=2118),
    settled=940,
    unsettled=60,
    left=1490,
    sided=3000,
    annotators=(GOOD,),
)


def answer(**changed: object) -> str:
    return trust(replace(TRUSTED, **changed), TARGETS).answer


def level(topic: str, **changed: object) -> Level:
    return next(r.level for r in trust(replace(TRUSTED, **changed), TARGETS).reasons if r.topic == topic)


class TestTheAnswer:
    def test_is_yes_when_everything_is_surely_on_target(self) -> None:
        found = trust(TRUSTED, TARGETS)
        assert found.answer == YES
        assert {r.level for r in found.reasons} == {Level.GOOD}

    def test_is_that_nobody_has_judged_before_the_first_judgement(self) -> None:
        found = trust(replace(TRUSTED, annotations=0, judged_pairs=0), TARGETS)
        assert found.answer == NOBODY
        assert found.reasons == ()

    def test_is_too_early_below_the_projects_least_n_however_good_the_figures(self) -> None:
        assert answer(judged_pairs=99) == TOO_EARLY
        assert answer(judged_pairs=100) == YES

    @pytest.mark.parametrize(
        "changed",
        [
            {"fleiss": Measure(0.40, 0.37, 0.43)},
            {"fleiss": Measure(0.56, 0.53, 0.59)},  # the value is on target, its interval is not
            {"fleiss": Measure(None, reason="only one verdict was given")},
            {"gold": Measure(0.70, 0.66, 0.74, n=500)},
            {"gold": Measure(0.92, 0.85, 0.96, n=50)},
            {"unsettled": 200},
            {"settled": 0, "unsettled": 0},
            {"annotators": (GOOD, POOR)},
        ],
    )
    def test_is_not_yet_where_one_thing_is_missing(self, changed: dict[str, object]) -> None:
        assert answer(**changed) == NOT_YET

    def test_does_not_wait_for_gold_where_none_was_judged_but_says_so(self) -> None:
        none = Measure(None, reason="no gold was judged")
        assert answer(gold=none) == YES
        assert level("gold", gold=none) is Level.WATCH

    def test_says_that_sides_are_unbalanced_without_deciding_by_it(self) -> None:
        assert answer(left=2000) == YES
        assert level("sides", left=2000) is Level.WATCH

    def test_takes_chance_for_balance_in_a_small_project(self) -> None:
        assert level("sides", left=14, sided=24) is Level.GOOD

    def test_leaves_out_sides_that_were_not_recorded(self) -> None:
        found = trust(replace(TRUSTED, left=0, sided=0), TARGETS)
        assert "sides" not in {r.topic for r in found.reasons}


class TestTheReasons:
    def test_begin_with_what_asks_for_action(self) -> None:
        found = trust(replace(TRUSTED, annotators=(GOOD, POOR), unsettled=200), TARGETS)
        assert [r.level for r in found.reasons] == [Level.ACT, Level.WATCH, Level.GOOD, Level.GOOD, Level.GOOD]
        assert found.reasons[0].title == "1 annotator needs attention"
        assert "300 of 3,000 annotations (10\u00a0%)" in found.reasons[0].detail

    def test_read_as_a_sentence(self) -> None:
        found = trust(replace(TRUSTED, annotators=(POOR, POOR), unsettled=128), TARGETS)
        sentence = "".join(text for text, _ in found.lede)
        assert sentence == "Agreement is good, but 2 annotators need attention and 12\u00a0% of pairs are unsettled."

    def test_read_as_a_sentence_when_nothing_is_good(self) -> None:
        found = trust(
            replace(TRUSTED, fleiss=Measure(0.1, 0.0, 0.2), gold=Measure(0.5, 0.4, 0.6, n=90), unsettled=500), TARGETS
        )
        sentence = "".join(text for text, _ in found.lede)
        assert (
            sentence == "Agreement is below target, gold accuracy is below target and 35\u00a0% of pairs are unsettled."
        )

    def test_name_the_reason_of_what_is_undefined(self) -> None:
        found = trust(replace(TRUSTED, fleiss=Measure(None, reason="all annotators chose A")), TARGETS)
        agreement = next(r for r in found.reasons if r.topic == "agreement")
        assert agreement.detail == "Fleiss’ κ is not defined: all annotators chose A"


class TestAnAnnotator:
    def test_needs_attention_for_each_figure_that_is_clearly_below_target(self) -> None:
        assert [c.figure for c in concerns(POOR, TARGETS)] == ["cohen_kappa", "gold_accuracy"]

    def test_needs_none_where_the_interval_holds_the_target(self) -> None:
        unsure = replace(POOR, kappa=Measure(0.45, 0.30, 0.60), gold=Measure(0.80, 0.60, 0.92, n=12))
        assert concerns(unsure, TARGETS) == []

    def test_needs_none_for_a_value_without_an_interval(self) -> None:
        assert concerns(replace(POOR, kappa=Measure(0.0), gold=Measure(None)), TARGETS) == []

    def test_needs_none_for_two_verdicts_that_differ(self) -> None:
        newcomer = AnnotatorEvidence(3, 2, Measure(-1.0, -1.0, -1.0, n=2), Measure(None, reason="no gold was judged"))
        assert concerns(newcomer, TARGETS) == []
        assert concerns(replace(newcomer, kappa=Measure(-1.0, -1.0, -1.0, n=20)), TARGETS)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure(0.6, 0.55, 0.7), Standing.ABOVE),
        (Measure(0.6, 0.54, 0.7), Standing.OPEN),
        (Measure(0.5, 0.4, 0.55), Standing.OPEN),
        (Measure(0.5, 0.4, 0.54), Standing.BELOW),
        (Measure(0.5, 0.4, 0.5499), Standing.OPEN),  # is written as 0.55
        (Measure(0.5), Standing.UNKNOWN),
        (Measure(None, reason="x"), Standing.UNKNOWN),
    ],
)
def test_standing_asks_the_whole_interval(measure: Measure, expected: Standing) -> None:
    assert standing(measure, 0.55) is expected
