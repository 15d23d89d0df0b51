from __future__ import annotations

from dataclasses import astuple, fields, replace

import numpy as np
import pytest
from scipy import stats

from quality.stats.fraud.alternatives import FALSE_ALARMS, Alternative
from quality.stats.fraud.copying import Copying, advance_copying, shared_errors, together
from quality.stats.fraud.evidence import TESTED, Evidence, advance
from quality.stats.fraud.honest import Honest, Judgements, lengths, population, with_length
from quality.stats.fraud.pace import Pace, pace

MEAN = 0.8 * np.eye(4) + 0.2 * (1 - np.eye(4)) / 3
HONEST = Honest(MEAN, np.full(4, 20.0), np.array([0.4, 0.4, 0.1, 0.1]), np.ones(4, dtype=bool), np.ones((2, 4)))
COLUMN = {one: at for at, one in enumerate(TESTED)}


def drawn(rng, people, each, sharp=0.3, strength=20.0):
    """Judgements of honest people: confusions and truths are those of the model."""
    confusion = np.stack([[rng.dirichlet(strength * row) for row in MEAN] for _ in range(people)])
    who = np.tile(np.arange(people), each)
    truth = rng.dirichlet(np.full(4, sharp), len(who))
    true = (rng.random(len(who))[:, None] > truth.cumsum(axis=1)[:, :-1]).sum(axis=1)
    given = (rng.random(len(who))[:, None] > confusion[who, true].cumsum(axis=1)[:, :-1]).sum(axis=1)
    left, longer = rng.integers(-1, 2, len(who)), rng.integers(-1, 2, len(who))
    times = np.where(
        rng.random(len(who)) < 0.8, rng.normal(0, 0.45, len(who)) + rng.normal(0, 0.4, people)[who], np.nan
    )
    return Judgements.of(who, given, truth, left=left, longer=longer, pace=times)


class TestAdvance:
    @pytest.mark.parametrize("parts", [1, 7, 300])
    def test_by_parts_equals_all_at_once(self, parts):
        made = drawn(np.random.default_rng(1), 6, 50)
        whole, chance = advance(Evidence.none(6, 4), HONEST, made)
        sums, chances = Evidence.none(6, 4), []
        for rows in np.array_split(np.arange(len(made)), parts):
            sums, one = advance(sums, HONEST, made.where(rows))
            chances.append(one)

        assert np.concatenate(chances) == pytest.approx(chance, abs=1e-12)
        for field in fields(Evidence):
            assert getattr(sums, field.name) == pytest.approx(getattr(whole, field.name), abs=1e-12, nan_ok=True)

    def test_of_one_person_does_not_depend_on_the_others(self):
        made = drawn(np.random.default_rng(2), 5, 40)
        together_, _ = advance(Evidence.none(5, 4), HONEST, made)
        alone, _ = advance(Evidence.none(5, 4), HONEST, made.where(made.annotator == 3))

        assert alone.log_ratio[3] == pytest.approx(together_.log_ratio[3], abs=1e-12)

    def test_leaves_the_sums_it_was_given(self):
        before = Evidence.none(6, 4)
        advance(before, HONEST, drawn(np.random.default_rng(3), 6, 5))

        assert before.n.tolist() == [0] * 6
        assert not before.experts.any()

    def test_is_the_product_of_ratios_written_out(self):
        """Always a tie, by hand: one honest person, two judgements, gold."""
        honest = replace(HONEST, strength=np.full(4, 1e12))  # nobody differs from the mean
        made = Judgements.of(np.zeros(2, int), np.array([2, 0]), np.eye(4)[[0, 0]])
        p = [0.92 * chance + 0.02 for chance in (0.2 / 3, 0.8)]
        mediocre = [0.92 * (0.85 * chance + 0.15 * mix) + 0.02 for chance, mix in ((0.2 / 3, 0.1), (0.8, 0.4))]
        rule = [(0.92 * ((1 - h) + h * 0.2 / 3) + 0.02) * (0.92 * (h * 0.8) + 0.02) for h in (0.1, 0.3)]
        found, chance = advance(Evidence.none(1, 4), honest, made)

        assert chance == pytest.approx([0.2 / 3, 0.8])
        wanted = np.log(np.mean(rule)) - np.log(max(p[0] * p[1], mediocre[0] * mediocre[1]))
        assert found.log_ratio[0, COLUMN[Alternative.ALWAYS_TIE]] == pytest.approx(wanted, abs=1e-9)

    def test_of_times_is_the_ratio_of_both_normal_densities(self):
        times = np.array([-1.9, -2.3, -1.2, -2.0])
        made = Judgements.of(np.zeros(4, int), np.zeros(4, int), np.full((4, 4), 0.25), pace=times)
        found, _ = advance(Evidence.none(1, 4), HONEST, made)
        covariance = 0.45**2 * np.eye(4) + 0.5**2
        fast = stats.multivariate_normal(np.full(4, -4.5 * 0.5), covariance).logpdf(times)
        usual = stats.multivariate_normal(np.zeros(4), covariance).logpdf(times)

        assert found.log_ratio[0, COLUMN[Alternative.TOO_FAST]] == pytest.approx(fast - usual)

    def test_says_nothing_of_sides_and_lengths_that_are_not_known(self):
        made = Judgements.of(np.zeros(30, int), np.zeros(30, int), np.eye(4)[np.zeros(30, int)])
        found, _ = advance(Evidence.none(1, 4), HONEST, made)

        for alternative in (Alternative.ALWAYS_LEFT, Alternative.ALWAYS_RIGHT, Alternative.ALWAYS_LONGER):
            assert found.log_ratio[0, COLUMN[alternative]] <= 1e-12

    def test_counts_a_tie_after_a_tie_against_a_side_after_a_tie_where_sides_are_not_known(self):
        rng = np.random.default_rng(11)
        verdict = rng.choice([0, 1, 2], 900, p=[0.35, 0.35, 0.3])
        made = Judgements.of(np.zeros(900, int), verdict, np.tile([0.35, 0.35, 0.3, 0.0], (900, 1)))
        found, _ = advance(Evidence.none(1, 4), HONEST, made)

        assert found.log_ratio[0, COLUMN[Alternative.REPEATS]] < -50

    def test_knows_nothing_of_random_clicks_where_nothing_tells_the_truth(self):
        truth = np.tile([[0.5, 0.5, 0.0, 0.0]], (100, 1))
        made = Judgements.of(np.zeros(100, int), np.tile([0, 1], 50), truth, informed=np.zeros(100, dtype=bool))
        found, _ = advance(Evidence.none(1, 4), HONEST, made)

        assert found.log_ratio[0, COLUMN[Alternative.RANDOM]] == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize(("who", "k"), [(9, 4), (0, 3)])
    def test_refuses_what_it_has_no_sums_for(self, who, k):
        with pytest.raises(ValueError, match="annotator|categories"):
            advance(Evidence.none(3, 4), HONEST, Judgements.of(np.array([who]), np.array([0]), np.full((1, k), 1 / k)))


class TestBound:
    def test_holds_for_people_of_the_model_after_any_number_of_judgements(self):
        """Ville: of 1,500 people at most 1 % ever cross, over all alternatives; lapses make it cautious."""
        found, _ = advance(Evidence.none(1500, 4), HONEST, drawn(np.random.default_rng(4), 1500, 300))
        ever = (found.crossed > 0).any(axis=1).mean()

        assert ever <= FALSE_ALARMS + 2 * np.sqrt(FALSE_ALARMS / 1500)

    def test_has_ratios_whose_mean_is_at_most_1(self):
        """Each is a supermartingale under the honest model: after a single judgement its mean is known to a few per cent."""
        found, _ = advance(Evidence.none(20_000, 4), HONEST, drawn(np.random.default_rng(5), 20_000, 2))

        assert (np.exp(found.log_ratio).mean(axis=0) <= 1.05).all()


class TestPopulation:
    def test_finds_the_mean_of_those_who_are_trusted_alone(self):
        rng = np.random.default_rng(6)
        made = drawn(rng, 40, 200, sharp=0.05)
        clicks = replace(made, verdict=np.where(made.annotator < 10, rng.integers(0, 4, len(made)), made.verdict))
        found = population(clicks, np.arange(40) >= 10)

        assert found.mean == pytest.approx(MEAN, abs=0.03)

    def test_knows_that_longer_is_better_where_it_is(self):
        rng = np.random.default_rng(7)
        longer = rng.integers(0, 2, 4000)
        true = np.where(rng.random(4000) < 0.8, longer, 1 - longer)
        certain = np.eye(4)[true] * 0.9 + 0.025
        ratio = lengths(certain, longer)

        assert with_length(np.array([[0.5, 0.5, 0, 0]]), np.array([0]), ratio)[0, 0] == pytest.approx(0.79, abs=0.06)
        assert lengths(certain, np.full(4000, -1)).tolist() == np.ones((2, 4)).tolist()


class TestCopying:
    def test_by_parts_equals_all_at_once(self):
        rng = np.random.default_rng(8)
        later, earlier, same = rng.integers(0, 4, 300), rng.integers(4, 8, 300), rng.random(300) < 0.9
        chance, able = rng.random(300), rng.random(300)
        whole = advance_copying(Copying.none(), 8, later, earlier, same, chance, able, 0.02)
        sums = Copying.none()
        for at in np.array_split(np.arange(300), 50):
            sums = advance_copying(sums, 8, later[at], earlier[at], same[at], chance[at], able[at], 0.02)

        for one, other in zip(astuple(sums), astuple(whole), strict=True):
            assert one == pytest.approx(other, abs=1e-12, nan_ok=True)

    def test_shares_only_what_was_judged_before(self):
        both = together(np.array([1, 2, 1, 1, 2]))

        assert list(zip(both.later.tolist(), both.earlier.tolist(), strict=True)) == [(2, 0), (3, 0), (3, 2), (4, 1)]

    def test_finds_how_often_hard_pairs_make_people_agree(self):
        rng = np.random.default_rng(9)
        chance = rng.random(20_000)
        same = (rng.random(20_000) < 0.2) | (rng.random(20_000) < chance)

        assert shared_errors(same, chance) == pytest.approx(0.2, abs=0.03)
        assert shared_errors(np.zeros(0, dtype=bool), np.zeros(0)) == 0.0


class TestPace:
    def test_is_found_from_times(self):
        rng = np.random.default_rng(10)
        who = np.repeat(np.arange(100), 50)
        words = rng.lognormal(5, 0.8, 5000)
        seconds = np.exp(0.7 + 0.4 * np.log1p(words) + rng.normal(0, 0.5, 100)[who] + rng.normal(0, 0.6, 5000))
        found = pace(who, seconds, words)

        assert (found.slope, found.spread, found.spread_of_people) == pytest.approx((0.4, 0.6, 0.5), abs=0.1)
        assert found.of(seconds, words).std() == pytest.approx(np.hypot(0.5, 0.6), abs=0.1)

    def test_is_none_of_two_people_or_without_times(self):
        assert pace(np.array([0, 1]), np.array([5.0, 6.0]), np.zeros(2)) is None
        assert pace(np.arange(3), np.full(3, np.nan), np.zeros(3)) is None

    def test_of_no_time_is_not_known(self):
        assert np.isnan(Pace(1, 0, 1, 1).of(np.array([np.nan, 0.0, -1.0]), np.zeros(3))).all()


class TestJudgements:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"truth": np.full((1, 4), 0.3)},
            {"truth": np.ones((1, 1))},
            {"verdict": np.array([4])},
            {"left": np.array([2])},
            {"pace": np.array([np.inf])},
            {"longer": np.array([0, 1])},
        ],
    )
    def test_are_refused_where_they_cannot_be(self, wrong):
        columns = {"annotator": np.array([0]), "verdict": np.array([0]), "truth": np.full((1, 4), 0.25)} | wrong

        with pytest.raises(ValueError):
            Judgements.of(**columns)
