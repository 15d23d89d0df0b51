"""Can I trust this data yet? The answer follows from the targets and the intervals, never from values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Member
from annotation.vocabulary import MemberState
from common.formatting import Measure
from quality.pages.annotators import State, evidence, state_of
from quality.pages.measures import AnnotatorMeasures
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
NEWCOMER = AnnotatorEvidence(3, 8, Measure(0.9, 0.6, 1.0, n=8), Measure(None, reason="no gold was judged"))
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
            {"fleiss": Measure(0.40, 0.37, 0.43, n=1000)},
            {"fleiss": Measure(0.56, 0.53, 0.59, n=1000)},  # the value is on target, its interval is not
            {"fleiss": Measure(None, reason="only one verdict was given")},
            {"gold": Measure(0.70, 0.66, 0.74, n=500)},
            {"gold": Measure(0.92, 0.85, 0.96, n=50)},
            {"unsettled": 200},
            {"annotators": ()},
            {"annotators": (NEWCOMER,)},
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

    @pytest.mark.parametrize(("left", "sided"), [(14, 24), (1, 1), (50, 100)])
    def test_neither_blames_nor_praises_the_sides_of_a_small_project(self, left: int, sided: int) -> None:
        assert level("sides", left=left, sided=sided) is Level.EARLY

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
        assert (
            sentence
            == "Agreement is good, but 2 annotators need attention and 12\u00a0% of complete pairs are unsettled."
        )

    def test_read_as_a_sentence_when_nothing_is_good(self) -> None:
        found = trust(
            replace(TRUSTED, fleiss=Measure(0.1, 0.0, 0.2, n=1000), gold=Measure(0.5, 0.4, 0.6, n=90), unsettled=500),
            TARGETS,
        )
        sentence = "".join(text for text, _ in found.lede)
        assert (
            sentence
            == "Agreement is below target, gold accuracy is below target and 35\u00a0% of complete pairs are unsettled."
        )

    def test_name_the_reason_of_what_is_undefined(self) -> None:
        found = trust(replace(TRUSTED, fleiss=Measure(None, reason="all annotators chose A")), TARGETS)
        agreement = next(r for r in found.reasons if r.topic == "agreement")
        assert agreement.detail == "Fleiss’ κ is not defined: all annotators chose A"


class TestNoLineIsGoodWithoutEvidence:
    """A green mark wants a sample that could have shown the contrary; until then the line says how many more would."""

    @pytest.mark.parametrize(
        ("topic", "changed", "detail"),
        [
            (
                "agreement",
                {"fleiss": Measure(1.0, 0.9, 1.0, n=12)},
                "Fleiss’ κ 1.00 (0.90–1.00) on ordinary pairs; the target is 0.55. About 8 more judged pairs would tell",
            ),
            (
                "agreement",
                {"fleiss": Measure(0.6, 0.5, 0.7, n=100)},
                "Fleiss’ κ 0.60 (0.50–0.70) on ordinary pairs; the target is 0.55. About 300 more judged pairs would tell",
            ),
            (
                "gold",
                {"gold": Measure(1.0, 0.91, 1.0, n=19)},
                "100\u00a0% (91–100) on 19 gold judgements; the target is 90\u00a0%. About 1 more gold judgement would tell",
            ),
            (
                "gold",
                {"gold": Measure(0.91, n=112, reason="too few pairs for an interval; it needs about 20")},
                "91\u00a0% on 112 gold judgements; the target is 90\u00a0%. Too few pairs for an interval; it needs about 20",
            ),
            (
                "unsettled",
                {"settled": 1, "unsettled": 0, "incomplete": 500},
                "0 of 1 complete pair; the target is 8\u00a0%. About 19 more complete pairs would tell",
            ),
            (
                "annotators",
                {"annotators": (NEWCOMER,)},
                "Enough shared judgements to tell: 0 of 1 annotator. They need up to 12 more",
            ),
            (
                "annotators",
                {"annotators": (replace(GOOD, n=50), replace(NEWCOMER, n=19))},
                "Enough shared judgements to tell: 1 of 2 annotators. The others need up to 12 more each",
            ),
            (
                "sides",
                {"left": 1, "sided": 1},
                "The first response was on the left in 100.0\u00a0% of 1 judgement. About 19 more judgements would tell",
            ),
        ],
    )
    def test_but_early_with_how_many_more(self, topic: str, changed: dict[str, object], detail: str) -> None:
        found = trust(replace(TRUSTED, **changed), TARGETS)  # type: ignore[arg-type]
        reason = next(r for r in found.reasons if r.topic == topic)
        assert (reason.level, reason.detail) == (Level.EARLY, detail)

    def test_not_even_the_unsettled_pairs_of_a_small_project_are_taken_for_many(self) -> None:
        assert level("unsettled", settled=3, unsettled=1, incomplete=500) is Level.EARLY
        assert level("unsettled", settled=60, unsettled=40, incomplete=500) is Level.WATCH

    def test_but_a_share_of_all_pairs_is_counted_and_decides(self) -> None:
        assert level("unsettled", settled=25, unsettled=0, incomplete=0) is Level.GOOD
        assert level("unsettled", settled=9, unsettled=1, incomplete=0) is Level.WATCH

    @pytest.mark.parametrize("pairs", [1, 3, 10, 19])
    def test_no_line_is_good_on_a_handful_of_pairs(self, pairs: int) -> None:
        perfect = Measure(1.0, 0.99, 1.0, n=pairs)
        found = trust(
            replace(
                TRUSTED,
                fleiss=perfect,
                gold=perfect,
                settled=pairs,
                unsettled=0,
                incomplete=0,
                left=pairs // 2,
                sided=pairs,
                annotators=(NEWCOMER,),
            ),
            TARGETS,
        )
        assert [reason for reason in found.reasons if reason.level is Level.GOOD] == []

    def test_and_a_newcomer_does_not_hide_what_is_known_of_the_others(self) -> None:
        assert level("annotators", annotators=(GOOD, NEWCOMER)) is Level.GOOD

    def test_and_the_answer_reads_as_a_sentence(self) -> None:
        found = trust(replace(TRUSTED, gold=Measure(0.92, 0.85, 0.96, n=50)), TARGETS)
        sentence = "".join(text for text, _ in found.lede)
        assert sentence == "Agreement is good, but it is too early to tell whether gold accuracy meets the target."

    def test_and_what_is_too_early_is_named_once(self) -> None:
        unsure = {"fleiss": Measure(0.56, 0.52, 0.6, n=200), "gold": Measure(0.92, 0.85, 0.96, n=50)}
        found = trust(replace(TRUSTED, **unsure), TARGETS)  # type: ignore[arg-type]
        sentence = "".join(text for text, _ in found.lede)
        assert sentence.endswith(
            ", but it is too early to tell whether agreement and gold accuracy meet the target."
        ), sentence
        found = trust(replace(TRUSTED, **unsure, annotators=(NEWCOMER,)), TARGETS)  # type: ignore[arg-type]
        sentence = "".join(text for text, _ in found.lede)
        assert sentence.lower().count("too early") == 1
        assert sentence.endswith(" and whether an annotator needs attention."), sentence

    def test_and_below_the_projects_least_n_the_answer_counts_down(self) -> None:
        found = trust(replace(TRUSTED, judged_pairs=81), TARGETS)
        assert "".join(text for text, _ in found.lede) == "81 of at least 100 pairs judged; 19 to go."


class TestASidePreference:
    def test_is_a_concern_of_its_own(self) -> None:
        found = concerns(replace(GOOD, left=Measure(1.0, 0.94, 1.0, n=60)), TARGETS)
        assert [c.figure for c in found] == ["left_share"]
        assert found[0].sentence == "Prefers one side: chose the left in 100\u00a0% of 60 judgements that chose one"

    def test_is_named_for_the_right_too(self) -> None:
        found = concerns(replace(GOOD, left=Measure(0.1, 0.05, 0.2, n=60)), TARGETS)
        assert found[0].sentence == "Prefers one side: chose the right in 90\u00a0% of 60 judgements that chose one"


class TestAPace:
    def test_at_which_nobody_can_read_is_a_concern_of_its_own(self) -> None:
        found = concerns(replace(GOOD, seconds=Measure(1.2, 1.0, 1.5, n=26)), TARGETS)
        assert [c.figure for c in found] == ["seconds_median"]
        assert found[0].sentence == "Judges faster than anyone can read: a median of 1.2 seconds on 26 judgements"

    def test_far_below_the_projects_is_one_where_it_is_short(self) -> None:
        four = replace(GOOD, seconds=Measure(4.0, 3.5, 4.6, n=60))
        assert [c.figure for c in concerns(four, replace(TARGETS, seconds=38.0))] == ["seconds_median"]
        assert concerns(four, replace(TARGETS, seconds=20.0)) == []
        assert concerns(four, TARGETS) == []

    def test_is_none_by_a_handful_of_judgements(self) -> None:
        assert concerns(replace(GOOD, seconds=Measure(1.2, 1.0, 1.5, n=19)), TARGETS) == []
        assert concerns(replace(GOOD, seconds=Measure(1.2, n=5)), TARGETS) == []


class TestAnAnnotator:
    def test_who_finds_the_known_answers_needs_none_for_a_low_kappa(self) -> None:
        right = replace(POOR, gold=Measure(1.0, 0.908, 1.0, n=38))
        assert concerns(right, TARGETS) == []

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


def test_nobody_below_target_is_clear_although_the_stricter_rule_names_no_concern() -> None:
    below = {"cohen_kappa": Measure(0.48, 0.42, 0.54, n=2000), "n": Measure(200.0, n=200)}
    member = Member(number=1, state=MemberState.ACTIVE)
    assert concerns(evidence(AnnotatorMeasures(member, below)), TARGETS) == []
    assert state_of(AnnotatorMeasures(member, below), TARGETS) is State.WATCHING


def test_one_gold_pair_missed_by_a_newcomer_tells_nothing() -> None:
    member = Member(number=3, state="active")
    missed = {"n": Measure(3.0, n=3), "gold_accuracy": Measure(0.0, 0.0, 0.79, n=1)}
    assert state_of(AnnotatorMeasures(member, missed), TARGETS) is State.EARLY
