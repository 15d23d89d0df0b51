"""Known frauds and known honest people; bounds allow for the scatter of a seeded draw."""

from __future__ import annotations

import numpy as np
import pytest

from quality.stats.fraud.alternatives import Alternative, State
from quality.stats.fraud.evidence import TESTED
from quality.stats.fraud.examination import examine
from quality.stats.fraud.pace import pace
from quality.stats.labels import labels
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.judged import JudgedItems
from tests.quality.stats.fraud.projects import KINDS, project

FOUR = ["random", "always_left", "always_longer", "always_tie"]


def honest_alarms(made, found):
    return [one for one, kind in zip(found.findings(), made.kind, strict=True) if kind == "honest" and one.state is State.ALARM]  # fmt: skip


@pytest.fixture(scope="module")
def usual():
    """A twentieth is fraud of four kinds, and everybody judges 500 pairs or so."""
    made = project(np.random.default_rng(1), ["honest"] * 152 + FOUR * 2, items=160 * 500 // 3)
    return made, made.examine()


class TestFraud:
    @pytest.mark.parametrize("kind", KINDS)
    def test_is_found_within_25_judgements_and_named(self, kind):
        made = project(np.random.default_rng(2), ["honest"] * 209 + [kind] * 11, items=220 * 60 // 3)
        found = made.examine()
        these = np.flatnonzero(made.kind == kind)

        assert np.median(np.where(made.crossed(found)[these] > 0, made.crossed(found)[these], np.inf)) <= 25
        assert {found.findings()[r].alternative for r in these} == {Alternative(kind)}
        assert len(honest_alarms(made, found)) <= 4

    def test_is_never_found_before_the_lead_in(self, usual):
        made, found = usual
        crossed = made.crossed(found)

        assert crossed[crossed > 0].min() >= 10

    def test_is_found_of_those_who_are_honest_in_every_seventh_judgement(self):
        made = project(np.random.default_rng(3), ["honest"] * 80 + FOUR * 4, items=96 * 100 // 3, honest_share=0.15)
        found = made.examine()

        assert (made.crossed(found)[made.kind != "honest"] > 0).all()
        assert honest_alarms(made, found) == []

    def test_is_found_of_those_who_click_at_random_between_the_two_sides(self):
        made = project(np.random.default_rng(4), ["honest"] * 76 + ["two_sides"] * 4, items=80 * 100 // 3)
        found = made.examine()

        assert {found.findings()[r].alternative for r in range(76, 80)} == {Alternative.RANDOM}

    def test_leaves_the_consensus(self, usual):
        made, found = usual

        assert not found.trusted[made.kind != "honest"].any()
        assert (found.confusion[made.kind != "honest"] == 0.25).all()

    def test_of_a_copier_is_found_and_the_copied_person_is_not_named(self):
        rng = np.random.default_rng(5)
        made = project(rng, ["honest"] * 6, items=250, each=6, hard=0.2)
        seen: dict[int, int] = {}
        for at, (item, who) in enumerate(zip(made.item, made.annotator, strict=True)):
            if who == 1:
                seen[item] = made.verdict[at]
            elif who == 0 and item in seen and rng.random() < 0.9:
                made.verdict[at] = seen[item]
        findings = made.examine().findings()

        assert (findings[0].state, findings[0].alternative) == (State.ALARM, Alternative.COPIES)
        assert findings[0].arguments["other"] == 1
        assert {one.state for one in findings[1:]} == {State.CLEAR}

    def test_of_one_who_takes_no_time_is_found_though_people_differ(self):
        rng = np.random.default_rng(6)
        made = project(rng, ["honest"] * 60, items=60 * 40 // 3)
        words = rng.lognormal(5, 0.7, len(made.item)).round()
        level = rng.normal(0, 0.4, 60)
        level[7] = -2.2
        seconds = np.exp(1 + 0.5 * np.log1p(words) + level[made.annotator] + rng.normal(0, 0.5, len(words)))
        found = made.examine(pace=(pace(made.annotator, seconds, words), seconds, words)).findings()

        assert (found[7].state, found[7].alternative) == (State.ALARM, Alternative.TOO_FAST)
        assert sum(one.state is State.ALARM for one in found) == 1


class TestHonestPeople:
    def test_are_named_in_one_of_a_hundred_over_500_judgements(self, usual):
        made, found = usual
        careful = (made.kind == "honest") & (made.skill >= 0.7)

        assert careful.sum() > 140
        assert (made.crossed(found)[careful] > 0).sum() <= 2
        states = [one.state for one, is_careful in zip(found.findings(), careful, strict=True) if is_careful]
        assert states.count(State.CLEAR) >= 0.97 * len(states)

    def test_are_named_so_rarely_also_if_the_fit_is_made_again_while_they_judge(self):
        made = project(np.random.default_rng(7), ["honest"] * 95 + FOUR + ["random"], items=100 * 120 // 3)
        ever = np.zeros(100, dtype=bool)
        for n in (1000, 2000, 3000, 4500, 7000, 12_000):
            so_far = made.until(n)
            ever |= so_far.crossed(so_far.examine()) > 0

        assert ever[95:].all()
        assert ever[:95].sum() <= 2

    @pytest.mark.parametrize(
        "how",
        [
            {"prior": (0.88, 0.1, 0.01, 0.01)},
            {"prior": (0.2, 0.2, 0.55, 0.05)},
            {"longer_is_better": 0.85},
            {"longer_is_better": 0.98, "skill": (60, 2)},
            {"hard": 0.2},
        ],
        ids=["90/10", "most are ties", "longer is better", "longer is nearly always better", "some pairs are hard"],
    )
    def test_are_not_named_in_projects_of_other_kinds_where_fraud_is(self, how):
        made = project(np.random.default_rng(8), ["honest"] * 76 + FOUR, items=80 * 150 // 3, **how)
        found = made.examine()

        assert len(honest_alarms(made, found)) <= 1
        assert (made.crossed(found)[76:] > 0).all()

    @pytest.mark.parametrize("most", [["random"] * 50, ["always_longer"] * 50, FOUR * 12])
    def test_are_not_named_where_most_are_not(self, most):
        made = project(np.random.default_rng(9), ["honest"] * 32 + most, items=80 * 150 // 3)
        found = made.examine()

        assert honest_alarms(made, found) == []
        assert (made.crossed(found)[32:] > 0).mean() > 0.9

    def test_of_little_skill_are_no_frauds(self):
        made = project(np.random.default_rng(10), ["honest"] * 100, items=100 * 200 // 3, skill=(9, 6))
        found = made.examine()

        assert len(honest_alarms(made, found)) <= 3

    def test_who_judge_alone_are_not_named_for_the_mix_of_their_verdicts(self):
        """Of ten pairs nine are judged once, and one person never says tie."""
        rng = np.random.default_rng(17)
        made = project(rng, ["honest"] * 10, items=3000, each=2, prior=(0.35, 0.35, 0.2, 0.1))
        first = np.isin(np.arange(len(made.item)), np.unique(made.item, return_index=True)[1])
        kept = (made.item < 300) | first
        never_tie = (made.annotator == 3) & (made.verdict >= 2)
        made.verdict = np.where(never_tie, rng.integers(0, 2, len(made.verdict)), made.verdict)
        for name in ("item", "annotator", "verdict", "left", "longer"):
            setattr(made, name, getattr(made, name)[kept])

        assert honest_alarms(made, made.examine()) == []

    def test_who_are_two_are_not_told_apart(self):
        made = project(np.random.default_rng(18), ["honest", "honest"], items=200, each=2)

        assert {one.state for one in made.examine().findings()} == {State.TOO_EARLY}

    def test_who_are_few_and_meet_hard_pairs_do_not_copy(self):
        made = project(np.random.default_rng(11), ["honest"] * 5, items=500, each=5, hard=0.3)

        assert honest_alarms(made, made.examine()) == []


class TestDPosSent:
    """1,000 tweets by 85 workers, 20 each; Zheng et al. (2017)."""

    def test_workers_at_chance_are_named_and_none_above_90_percent(self, d_sentiment):
        fit = hierarchical(JudgedItems.of(labels(d_sentiment.item, d_sentiment.worker, d_sentiment.label), 85, 2))
        found = examine(d_sentiment.item, d_sentiment.worker, d_sentiment.label, fit.prior, fit.confusion).findings()
        n = np.bincount(d_sentiment.worker)
        right = np.bincount(d_sentiment.worker, weights=d_sentiment.label == d_sentiment.truth) / n
        named = np.array([one.state is State.ALARM for one in found])

        assert ((right <= 0.55) & (n >= 100)).sum() >= 10
        assert named[(right <= 0.55) & (n >= 100)].all()
        assert not named[right > 0.7].any()


class TestExamination:
    def test_does_not_depend_on_the_numbers_of_annotators_and_items(self):
        made = project(np.random.default_rng(12), ["honest"] * 20 + FOUR, items=400)
        fit = made.fit()
        rng = np.random.default_rng(13)
        people, items = rng.permutation(24), rng.permutation(400)
        sides = {"left": made.left, "longer": made.longer}
        one = examine(made.item, made.annotator, made.verdict, fit.prior, fit.confusion, **sides)
        other = examine(items[made.item], people[made.annotator], made.verdict, fit.prior, fit.confusion[np.argsort(people)], **sides)  # fmt: skip

        assert other.evidence.log_ratio[people] == pytest.approx(one.evidence.log_ratio, abs=1e-8)

    def test_of_first_and_second_exchanged_is_the_same(self):
        made = project(np.random.default_rng(14), ["honest"] * 20 + FOUR, items=400)
        fit = made.fit()
        swap = np.array([1, 0, 2, 3])
        one = examine(made.item, made.annotator, made.verdict, fit.prior, fit.confusion, left=made.left, longer=made.longer)  # fmt: skip
        other = examine(
            made.item, made.annotator, swap[made.verdict], fit.prior[swap], fit.confusion[:, swap][:, :, swap],
            left=1 - made.left, longer=1 - made.longer,
        )  # fmt: skip

        assert other.evidence.log_ratio == pytest.approx(one.evidence.log_ratio, abs=1e-8)

    def test_of_gold_alone_needs_nobody_else_on_a_pair(self):
        rng = np.random.default_rng(15)
        pair, who, truth = np.arange(300), np.arange(300) % 5, rng.integers(0, 4, 300)
        verdict = np.where((who == 4) | (rng.random(300) < 0.1), rng.integers(0, 4, 300), truth)
        fit = hierarchical(JudgedItems.of(labels(pair, who, verdict), 5, 4, truth.astype(np.int8)))
        found = examine(pair, who, verdict, fit.prior, fit.confusion, known=truth).findings()

        assert [one.state for one in found] == [State.CLEAR] * 4 + [State.ALARM]

    def test_of_nothing_is_too_early(self):
        none = np.zeros(0, np.int64)
        found = examine(none, none, none, np.full(4, 0.25), np.full((2, 4, 4), 0.25)).findings()

        assert [(one.state, one.n, one.alternative) for one in found] == [(State.TOO_EARLY, 0, None)] * 2

    def test_of_few_judgements_is_too_early(self):
        made = project(np.random.default_rng(16), ["honest"] * 4 + ["random"], items=8, each=5)

        assert {one.state for one in made.examine().findings()} == {State.TOO_EARLY}

    def test_refuses_two_judgements_of_an_item_by_one_person(self):
        with pytest.raises(ValueError, match="twice"):
            examine(np.zeros(2, int), np.zeros(2, int), np.zeros(2, int), [0.5, 0.5], np.full((1, 2, 2), 0.5))

    def test_has_codes_and_numbers_as_arguments(self, usual):
        made, found = usual
        one = found.findings()[int(np.flatnonzero(made.kind == "always_tie")[0])]

        assert set(one.arguments) == {"log_ratio", "n", "crossed", "log_ratio_at_crossing"}
        assert one.arguments["crossed"] <= one.n
        assert one.alternative in TESTED
