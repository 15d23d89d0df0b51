"""What a plan expects, against all sequences one by one, closed forms and simulation."""

from __future__ import annotations

from itertools import product
from math import comb, nan

import numpy as np
import pytest
from scipy import special, stats

from annotation.sampling.simulated import MISTAKES, known
from annotation.vocabulary import Verdict
from quality.stats import planning
from quality.stats.consensus import evaluate
from quality.stats.labels import labels
from quality.stats.planning import Expected, cost, enough, expected, one_coin, spread

EVEN = [0.5, 0.5]
FOUR = [0.4, 0.35, 0.2, 0.05]
NAMES = ("accuracy", "judgements", "settled", "settled_accuracy", "stopped_accuracy")
UNEVEN = np.array(
    [[[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.2, 0.6]], [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]]]
)


def one_by_one(prior, confusion, weights, most, target):
    """Every sequence of annotators and verdicts, each with its posterior by the kernel of the consensus."""
    r, k = confusion.shape[:2]
    columns = np.zeros((5, most))
    steps = list(product(range(r), range(k)))
    for m in range(1, most + 1):
        right_all = taken = settled = settled_right = stopped_right = 0.0
        for sequence in product(steps, repeat=m):
            joint = np.array(prior, dtype=float)
            stopped = None
            for n, (who, verdict) in enumerate(sequence, 1):
                joint = joint * weights[who] * confusion[who][:, verdict]
                if stopped is None and joint.max() >= target * joint.sum() - 1e-12:
                    stopped = (n, joint.argmax())
            truth = joint  # how likely this sequence and each truth are, together
            right_all += truth.max()
            if stopped is None:
                taken += m * truth.sum()
                stopped_right += truth.max()
            else:
                n, verdict = stopped
                taken += n * truth.sum()
                settled += truth.sum()
                settled_right += truth[verdict]
                stopped_right += truth[verdict]
        share = settled_right / settled if settled else nan
        columns[:, m - 1] = right_all, taken, settled, share, stopped_right
    return dict(zip(NAMES, columns, strict=True))


class TestEnumerated:
    @pytest.mark.parametrize("target", [0.7, 0.9])
    def test_equals_every_sequence_one_by_one(self, target):
        prior, weights = [0.5, 0.3, 0.2], np.array([0.7, 0.3])
        found = expected(prior, UNEVEN, weights, most=4, target=target)
        wanted = one_by_one(prior, UNEVEN, weights, 4, target)

        assert found.exact
        for name in NAMES:
            assert getattr(found, name) == pytest.approx(wanted[name], abs=1e-12, nan_ok=True), name

    @pytest.mark.parametrize(
        ("p", "n", "published"), [(0.6, 3, 0.648), (0.6, 5, 0.68256), (0.6, 11, 0.753498), (0.8, 3, 0.896)]
    )
    def test_of_equally_able_annotators_is_condorcets_majority(self, p, n, published):
        found = expected(EVEN, one_coin([p], 2), most=n, target=1.0)
        binomial = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n // 2 + 1, n + 1))

        assert found.accuracy[-1] == pytest.approx(binomial, abs=1e-12)
        assert found.accuracy[-1] == pytest.approx(published, abs=5e-7)
        assert found.judgements[-1] == pytest.approx(n)

    def test_an_even_number_of_them_is_right_no_more_often_than_one_fewer(self):
        found = expected(EVEN, one_coin([0.7], 2), most=8, target=1.0)

        assert found.accuracy[1::2] == pytest.approx(found.accuracy[0:-1:2], abs=1e-12)

    @pytest.mark.parametrize(("p", "lead"), [(0.7, 2), (0.7, 3), (0.9, 2)])
    def test_with_no_end_is_the_sequential_test_of_a_random_walk(self, p, lead):
        # Wald 1945, without overshoot: the votes of two verdicts walk until one leads by so many.
        odds = (p / (1 - p)) ** lead
        accuracy = odds / (1 + odds)
        found = expected(EVEN, one_coin([p], 2), most=80, target=accuracy)

        assert found.settled[-1] == pytest.approx(1, abs=1e-6)
        assert found.settled_accuracy[-1] == pytest.approx(accuracy, abs=1e-9)
        assert found.judgements[-1] == pytest.approx(lead * (2 * accuracy - 1) / (2 * p - 1), abs=1e-4)

    def test_one_judgement_is_right_as_often_as_who_gives_it_where_all_verdicts_are_alike(self):
        found = expected([0.25] * 4, one_coin([0.9, 0.5], 4), [3, 1], most=1, target=0.99)

        assert found.accuracy.tolist() == pytest.approx([0.8])

    def test_nobody_who_guesses_makes_it_better(self):
        found = expected(FOUR, one_coin([0.25], 4), most=5, target=0.9)

        assert found.accuracy == pytest.approx([0.4] * 5)
        assert found.settled.tolist() == [0] * 5
        assert np.isnan(found.settled_accuracy).all()
        assert found.judgements == pytest.approx(np.arange(1, 6))

    def test_who_is_always_right_settles_with_one(self):
        found = expected(FOUR, one_coin([1.0], 4), most=3, target=0.99)

        assert found.judgements == pytest.approx([1] * 3)
        assert found.settled_accuracy == pytest.approx([1] * 3)


class TestSimulated:
    ABLE = one_coin(spread(0.8, 0.1), 4)

    def simulated(self, **more) -> Expected:
        found = expected(FOUR, self.ABLE, most=7, target=0.95, **more)
        assert not found.exact
        return found

    def test_equals_what_is_enumerated_up_to_its_error(self, monkeypatch):
        given = (FOUR, one_coin([0.9, 0.6], 4), [2, 1])
        enumerated = expected(*given, most=4, target=0.9)
        monkeypatch.setattr(planning, "MOST_STATES", 0)
        simulated = expected(*given, most=4, target=0.9)

        assert (enumerated.exact, simulated.exact) == (True, False)
        for name in NAMES:
            error = simulated.error[name]
            off = np.abs(getattr(simulated, name) - getattr(enumerated, name))
            assert (off <= 4 * error + 1e-12).all(), name
            assert (error < 0.004).all(), name

    def test_is_what_the_consensus_finds_of_pairs_that_are_made(self):
        rng = np.random.default_rng(3)
        n, m = 40_000, 3
        truth = rng.choice(4, size=n, p=FOUR)
        who = np.array([rng.permutation(len(self.ABLE))[:m] for _ in range(n)])
        # Different people judge a pair: with five annotators by equal parts that changes little.
        verdict = np.array([[rng.choice(4, p=self.ABLE[r, t]) for r in row] for row, t in zip(who, truth, strict=True)])
        given = labels(np.repeat(np.arange(n), m), who.ravel(), verdict.ravel())
        found = evaluate(given, FOUR, self.ABLE, target=0.95)

        assert (found.posterior.argmax(axis=1) == truth).mean() == pytest.approx(self.simulated().accuracy[2], abs=0.01)

    def test_gives_the_same_for_the_same_seed(self):
        assert self.simulated(seed=5).judgements.tolist() == self.simulated(seed=5).judgements.tolist()
        assert self.simulated(seed=5).judgements.tolist() != self.simulated(seed=6).judgements.tolist()

    def test_settled_pairs_are_right_at_least_as_often_as_the_target(self):
        found = self.simulated()

        assert (found.settled_accuracy[found.settled > 0] >= 0.95).all()

    def test_more_judgements_are_never_less_accurate_and_stopping_saves_some(self):
        found = self.simulated()

        assert (np.diff(found.accuracy) > -4 * found.error["accuracy"][1:]).all()
        assert (np.diff(found.settled) >= 0).all()
        assert (found.judgements <= np.arange(1, 8)).all()
        assert found.judgements[-1] < 4.5
        assert found.accuracy[-1] - found.stopped_accuracy[-1] < 0.03


class TestOnPairsOfDifferentDifficulty:
    """Annotators err together on what is hard; a plan knows their confusions over all pairs alone."""

    def test_expects_at_most_a_per_cent_too_much_for_those_of_the_simulator(self):
        rng = np.random.default_rng(0)
        n, most = 30_000, 5
        found = known(
            [f"p{i}" for i in range(n)], [("a", "b")] * n, np.full(n, -1, np.int8), {"a": 0.5, "b": -0.5}, seed=3
        )
        truth = found.verdict
        able = np.concatenate([rng.normal(2.8, 0.25, 6), rng.normal(1.0, 0.25, 4)])
        right = special.expit(able[None, :] - found.difficulty[:, None])
        mistakes = np.array([[dict(MISTAKES[true]).get(given, 0.0) for given in Verdict] for true in Verdict])
        share = np.array([right[truth == true].mean(axis=0) for true in Verdict]).T
        confusion = (1 - share)[:, :, None] * mistakes + share[:, :, None] * np.eye(4)
        prior = np.bincount(truth, minlength=4) / n
        plan = expected(prior, confusion, most=most, target=0.9)

        who = np.argsort(rng.random((n, len(able))), axis=1)[:, :most]
        wrong = (rng.random((n, most))[:, :, None] > mistakes.cumsum(axis=1)[truth][:, None, :]).sum(axis=2)
        finds = rng.random((n, most)) < right[np.arange(n)[:, None], who]
        verdict = np.where(finds, truth[:, None], wrong.clip(max=3))
        weights, settled, last = np.tile(np.log(prior), (n, 1)), np.zeros(n, dtype=bool), np.zeros(n, dtype=int)
        for m in range(most):
            weights = weights + np.log(confusion)[who[:, m], :, verdict[:, m]]
            posterior = special.softmax(weights, axis=1)
            last = np.where(settled, last, posterior.argmax(axis=1))
            settled |= posterior.max(axis=1) >= 0.9
            assert plan.accuracy[m] - (posterior.argmax(axis=1) == truth).mean() == pytest.approx(0.004, abs=0.007)
            assert plan.settled[m] == pytest.approx(settled.mean(), abs=0.02)
            assert plan.settled_accuracy[m] - (last == truth)[settled].mean() == pytest.approx(0.004, abs=0.007)


class TestSpread:
    def test_has_the_mean_and_nearly_the_deviation_of_the_beta_distribution(self):
        points = spread(0.8, 0.1, points=200)

        assert points.mean() == pytest.approx(0.8)
        assert points.std() == pytest.approx(0.1, abs=0.002)
        assert np.median(points) == pytest.approx(stats.beta(12, 3).median(), abs=0.002)

    @pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.1), (1.0, 0.0), (0.8, 0.4), (0.8, -0.1)])
    def test_refuses_what_no_distribution_has(self, mean, deviation):
        with pytest.raises(ValueError):
            spread(mean, deviation)


class TestEnough:
    def test_is_none_where_too_many_pairs_stay_unsettled(self):
        found = expected(FOUR, one_coin([0.3], 4), most=3, target=0.95)

        assert enough(found, unsettled=0.1) is None
        assert enough(found, unsettled=1.0) == 1


class TestCost:
    def test_has_never_fewer_people_than_a_pair_needs(self):
        assert cost(pairs=1, judgements=3, most=5, seconds=10, gold_rate=0, hours_each=8, hourly=1).people == 5

    def test_of_no_pairs_is_nothing(self):
        found = cost(pairs=0, judgements=3, most=1, seconds=10, gold_rate=0.5, hours_each=8, hourly=1)

        assert (found.judgements, found.hours, found.cost) == (0, 0, 0)

    @pytest.mark.parametrize("wrong", [{"seconds": 0}, {"gold_rate": 1.0}, {"hours_each": 0}, {"pairs": -1}])
    def test_refuses_what_cannot_be(self, wrong):
        given = {"pairs": 1, "judgements": 3, "most": 5, "seconds": 10, "gold_rate": 0, "hours_each": 8, "hourly": 1}
        with pytest.raises(ValueError):
            cost(**given | wrong)


class TestRefusals:
    @pytest.mark.parametrize(
        "wrong", [{"most": 0}, {"most": 101}, {"target": 0.5}, {"target": 1.1}, {"weights": [0.0]}, {"weights": [1, 1]}]
    )
    def test_of_arguments_out_of_range(self, wrong):
        given = {"prior": EVEN, "confusion": one_coin([0.8], 2), "weights": None, "most": 3, "target": 0.9} | wrong
        with pytest.raises(ValueError):
            expected(**given)
