"""The rule of attention: whom it names of people whose care is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.attention import Code, Figures, State, Wanted, attention
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.labels import labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from quality.stats.time import median_time
from tests.quality.coverage.judges import hire

UNKNOWN = undefined(Method.MEDIAN, Reason.NO_TIME)
NOTHING = Figures(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
WANTED = Wanted(kappa=0.55, gold=0.9, median_seconds=20.0)
SHARES = {"balanced": (0.5, 0.5), "90/10": (0.9, 0.1)}
PEOPLE, EACH = 6, 3


def known(value, low, high, n):
    return Estimate(value, low, high, n, Method.COHEN_KAPPA_POOLED)


def seconds(of, n=40):
    return median_time(np.full(n, of))


def people(rng, *, verdicts, n, right=(0.8, 0.9, 0.97)):
    """Equally careful annotators with n judgements each, on average, three on a pair; and their true pooled kappa."""
    judges = hire(rng, PEOPLE, shares=SHARES[verdicts], right=right, skill=0.0, leaning=0.0)
    return judges.judge(rng, n * PEOPLE // EACH, each=EACH), judges.cohen_kappa(0)


def found(rng, given, *, gold=0.9, left=0.5, pace=20.0, paces=0.0, who=range(PEOPLE)):
    """The figures of annotators: a fifth as many gold answers, sides and times drawn with the chances given."""
    kappas, consensus = annotator_kappas(given, PEOPLE, 2), consensus_kappas(given, PEOPLE, 2)
    for r in who:
        n = int((given.annotator == r).sum())
        times = rng.lognormal(math.log(pace) + paces * rng.normal(), 0.6, size=n)
        own = (wilson(int(rng.binomial(m, p)), m) for m, p in ((max(5, n // 5), gold), (n, left)))
        yield Figures(kappas[r], consensus[r], *own, median_time(times))


class TestCareful:
    @pytest.mark.parametrize("usual", [20.0, 3.0])
    @pytest.mark.parametrize("n", [20, 40, 100, 400])
    @pytest.mark.parametrize("verdicts", SHARES)
    def test_are_named_in_three_of_a_hundred_cases_at_most_exactly_on_both_targets(self, verdicts, n, usual):
        rng = np.random.default_rng([n, len(verdicts)])
        draws, named = (250 if n < 400 else 120), 0
        for _ in range(draws):
            given, kappa = people(rng, verdicts=verdicts, n=n)
            wanted = replace(WANTED, kappa=kappa, median_seconds=usual)
            named += sum(bool(attention(f, wanted).concerns) for f in found(rng, given, pace=usual, paces=0.47))

        # Two errors of simulation: 3 % itself is what is allowed.
        allowed = 0.03 * draws * PEOPLE
        assert named <= allowed + 2 * math.sqrt(allowed)

    @pytest.mark.parametrize("n", [40, 100, 400])
    def test_are_clear_where_their_work_is_well_above_target(self, n):
        rng = np.random.default_rng(n)
        states = []
        for _ in range(40):
            given, _kappa = people(rng, verdicts="balanced", n=n, right=(0.95, 0.98))
            states += [attention(f, WANTED).state for f in found(rng, given, gold=0.97)]

        assert states.count(State.CLEAR) >= 0.95 * len(states)


class TestCareless:
    """One person among careful ones whose kappa is well above target."""

    @staticmethod
    def codes(how, n, *, verdicts="balanced", draws=40, **known):
        rng = np.random.default_rng(n)
        named = []
        for _ in range(draws):
            given, _kappa = people(rng, verdicts=verdicts, n=n, right=(0.9, 0.95, 0.99))
            own = given.annotator == 0
            verdict = np.where(own, how(rng, given.verdict), given.verdict)
            changed = labels(given.item, given.annotator, verdict)
            figures = next(found(rng, changed, who=[0], **known))
            named.append({concern.code for concern in attention(figures, WANTED).concerns})
        return named

    @pytest.mark.parametrize(("n", "least"), [(40, 0.9), (100, 1.0), (400, 1.0)])
    @pytest.mark.parametrize("verdicts", SHARES)
    def test_random_clicks_are_found(self, n, least, verdicts):
        found = self.codes(lambda rng, v: rng.integers(0, 2, len(v)), n, verdicts=verdicts, gold=0.5)

        assert np.mean([bool(codes & {Code.LOW_AGREEMENT, Code.LOW_GOLD}) for codes in found]) >= least

    @pytest.mark.parametrize("n", [20, 40, 100])
    def test_always_left_is_found_as_a_bias_of_side(self, n):
        found = self.codes(lambda rng, v: rng.integers(0, 2, len(v)), n, gold=0.5, left=1.0)

        # A person has n judgements on average; the rule looks from twenty on.
        assert np.mean([Code.SIDE_BIAS in codes for codes in found]) >= (0.4 if n == 20 else 1.0)

    @pytest.mark.parametrize("n", [40, 100, 400])
    def test_always_the_opposite_is_found_by_agreement(self, n):
        found = self.codes(lambda _, v: 1 - v, n, gold=0.1)

        assert all(Code.LOW_AGREEMENT in codes for codes in found)

    @pytest.mark.parametrize("n", [40, 100])
    def test_clicks_after_a_second_are_found_by_pace_even_where_verdicts_are_right(self, n):
        found = self.codes(lambda _, v: v, n, gold=1.0, pace=1.2)

        assert all(codes == {Code.IMPLAUSIBLE_PACE} for codes in found)


class TestAgreement:
    LOW = known(-0.9, -1.0, -0.6, 38)

    def test_is_no_concern_for_one_whose_known_answers_are_all_right(self):
        alone = Figures(self.LOW, self.LOW, wilson(38, 38), UNKNOWN, UNKNOWN)

        assert attention(alone, WANTED).concerns == ()
        assert attention(replace(alone, gold=wilson(20, 38)), WANTED).concerns[0].code is Code.LOW_AGREEMENT

    def test_is_no_concern_where_the_majority_of_the_others_agrees(self):
        good = known(0.7, 0.4, 0.9, 38)

        assert attention(replace(NOTHING, kappa=self.LOW, consensus=good), WANTED).concerns == ()

    def test_says_how_much_gold_could_tell_a_minority_from_an_error(self):
        (concern,) = attention(replace(NOTHING, kappa=self.LOW, consensus=self.LOW), WANTED).concerns

        assert concern.arguments == {"target": 0.55, "gold": 0}

    def test_is_none_with_fewer_than_twenty_judgements(self):
        few = known(-1.0, -1.0, -0.8, 19)

        assert attention(replace(NOTHING, kappa=few), WANTED).state is State.TOO_EARLY


class TestGold:
    def test_is_judged_by_the_binomial_distribution(self):
        # P(X <= 15 | 20, .9) = .0432; P(X <= 14) = .0113; P(X <= 13) = .0024 (tables of the binomial distribution).
        named = [attention(replace(NOTHING, gold=wilson(k, 20)), WANTED).concerns for k in (15, 14, 13)]

        assert [bool(concerns) for concerns in named] == [False, False, True]
        assert named[2][0].arguments == {"target": 0.9, "right": 13, "n": 20}

    def test_is_never_too_low_where_all_answers_are_right(self):
        assert attention(replace(NOTHING, gold=wilson(5, 5)), replace(WANTED, gold=1.0)).concerns == ()


class TestSide:
    @pytest.mark.parametrize(
        ("left", "n", "biased"), [(40, 40, True), (0, 40, True), (26, 40, False), (5_500, 10_000, False)]
    )
    def test_is_biased_where_it_is_surely_and_far_from_one_half(self, left, n, biased):
        concerns = attention(replace(NOTHING, left=wilson(left, n)), WANTED).concerns

        assert [c.code for c in concerns] == ([Code.SIDE_BIAS] if biased else [])
        assert all(dict(c.arguments) == {"left": left, "n": n} for c in concerns)


class TestPace:
    @pytest.mark.parametrize(
        ("of", "project", "named"), [(1.2, math.nan, True), (1.2, 1.2, True), (4.0, 20.0, False), (4.0, 60.0, True)]
    )
    def test_is_implausible_below_two_seconds_or_a_sixth_of_the_project(self, of, project, named):
        concerns = attention(replace(NOTHING, seconds=seconds(of)), replace(WANTED, median_seconds=project)).concerns

        assert [c.code for c in concerns] == ([Code.IMPLAUSIBLE_PACE] if named else [])

    def test_says_nothing_of_fewer_than_twenty_times(self):
        assert attention(replace(NOTHING, seconds=seconds(1.0, n=19)), WANTED).state is State.TOO_EARLY


class TestState:
    def test_is_too_early_without_evidence(self):
        assert attention(NOTHING, WANTED).state is State.TOO_EARLY

    def test_is_clear_only_where_random_clicks_would_have_shown(self):
        wide, narrow = known(0.6, -0.1, 0.95, 20), known(0.6, 0.4, 0.75, 80)
        unsure = known(0.6, -0.1, 1.0, 20)

        assert attention(replace(NOTHING, kappa=narrow), WANTED).state is State.CLEAR
        assert attention(replace(NOTHING, kappa=wide), replace(WANTED, kappa=0.4)).state is State.TOO_EARLY
        assert attention(replace(NOTHING, kappa=unsure), replace(WANTED, kappa=0.3)).state is State.TOO_EARLY

    def test_does_not_become_clear_by_sides_and_pace_alone(self):
        assert attention(replace(NOTHING, left=wilson(20, 40), seconds=seconds(20.0)), WANTED).state is State.TOO_EARLY

    @pytest.mark.parametrize(
        ("figure", "message"),
        [
            ({"kappa": known(1.5, 1.0, 1.0, 30)}, "kappa lies outside"),
            ({"consensus": known(math.inf, 0.0, 1.0, 30)}, "consensus is infinite"),
            ({"gold": known(-0.1, 0.0, 1.0, 30)}, "gold lies outside"),
            ({"left": known(0.5, 0.0, 1.0, 0)}, "left is a share of nothing"),
            ({"seconds": known(-1.0, 0.0, 1.0, 30)}, "seconds lies outside"),
        ],
    )
    def test_is_refused_for_figures_that_cannot_be(self, figure, message):
        with pytest.raises(ValueError, match=message):
            attention(replace(NOTHING, **figure), WANTED)

    @pytest.mark.parametrize(
        "targets", [{"kappa": 1.5}, {"kappa": math.nan}, {"gold": -0.1}, {"median_seconds": math.inf}]
    )
    def test_is_refused_for_targets_that_cannot_be(self, targets):
        with pytest.raises(ValueError, match=next(iter(targets))):
            replace(WANTED, **targets)
