import choix
import evalica
import numpy as np
import pytest
from scipy.optimize import minimize

from reward.fitting import Comparisons, aggregate, bradley_terry, fit
from reward.fitting.bradley_terry import generalised_inverse, maximise
from reward.fitting.reasons import Reason
from reward.fitting.ties import Cells
from reward.vocabulary import ReasonCode
from tests.reward.fitting import cases


def from_wins(wins):
    i, j = np.nonzero(wins)
    return aggregate(Comparisons.of(i, j, np.zeros(len(i)), len(wins), weight=wins[i, j]))


class TestBradleyTerry:
    @pytest.mark.parametrize(
        ("majority", "expected"), [(False, cases.THETA_ALL), (True, cases.THETA_MAJORITY)], ids=["all", "majority"]
    )
    def test_gives_the_log_strengths_of_pandalm(self, majority, expected):
        result = fit(aggregate(cases.pandalm(majority=majority)), ties="half")

        assert result.theta == pytest.approx([expected[name] for name in cases.MODELS], abs=1e-6)
        assert result.converged
        assert result.gradient_norm < 1e-9

    @pytest.mark.parametrize("seed", range(5))
    def test_agrees_with_choix(self, seed):
        rng = np.random.default_rng(seed)
        wins = rng.integers(1, 9, (6, 6)).astype(float)
        np.fill_diagonal(wins, 0)
        i, j = np.nonzero(wins)
        rows = np.repeat(np.stack([i, j], axis=1), wins[i, j].astype(int), axis=0).tolist()

        theirs = choix.opt_pairwise(6, [tuple(row) for row in rows], alpha=0.0, tol=1e-12)

        assert fit(from_wins(wins)).theta == pytest.approx(theirs - theirs.mean(), abs=1e-6)

    @pytest.mark.parametrize("seed", range(5))
    def test_agrees_with_evalica_on_ties_as_half_a_win(self, seed):
        rng = np.random.default_rng(seed)
        first, second = rng.integers(0, 5, 400), rng.integers(0, 5, 400)
        outcome = rng.integers(0, 3, 400)
        keep = first != second
        first, second, outcome = first[keep], second[keep], outcome[keep]
        words = np.array([evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw])[outcome]

        theirs = evalica.bradley_terry(
            [str(k) for k in first], [str(k) for k in second], list(words), tolerance=1e-13, limit=100_000
        )
        log = np.log(theirs.scores.sort_index().to_numpy())

        ours = fit(aggregate(Comparisons.of(first, second, outcome, 5)), ties="half")
        assert ours.theta == pytest.approx(log - log.mean(), abs=1e-6)

    def test_equals_the_odds_of_two_models(self):
        result = fit(from_wins(np.array([[0, 9.0], [1.0, 0]])))

        assert result.theta[0] - result.theta[1] == pytest.approx(np.log(9), abs=1e-12)
        assert result.log_likelihood == pytest.approx(9 * np.log(0.9) + np.log(0.1))

    @pytest.mark.parametrize("odds", [1e3, 1e6, 1e9])
    def test_climbs_to_far_estimates(self, odds):
        result = fit(from_wins(np.array([[0, odds], [1.0, 0]])))

        assert result.converged
        assert result.theta[0] - result.theta[1] == pytest.approx(np.log(odds), abs=1e-6)

    @pytest.mark.parametrize("ties", ["half", "davidson"])
    def test_climbs_from_where_it_is_flat(self, ties):
        """A tie of weight 1000 with wins of .001: Newton's undamped first step overflows."""
        table = Comparisons.of([0, 0, 1, 1, 2], [1, 1, 0, 2, 1], [2, 0, 0, 0, 0], 3, weight=[1000, 0.001, 1, 1, 0.001])

        result = fit(aggregate(table), ties=ties)

        assert result.converged
        assert result.gradient_norm < 1e-9

    def test_halves_a_step_that_leads_down(self):
        even = Cells(np.array([0]), np.array([1]), np.ones(1), np.ones(1), np.zeros(1))

        end = maximise(even, np.zeros(2, int), with_nu=False, start=(np.array([2.4, -2.4]), -np.inf))

        assert end.converged
        assert end.theta == pytest.approx(np.zeros(2), abs=1e-9)

    def test_tells_when_it_cannot_climb(self):
        wins = Cells(np.array([0]), np.array([1]), np.ones(1), np.ones(1), np.zeros(1))

        end = maximise(wins, np.zeros(2, int), with_nu=False, start=(np.array([800.0, -800.0]), -np.inf))

        assert not end.converged

    def test_walks_a_long_chain(self):
        wins = np.zeros((30, 30))
        for k in range(29):
            wins[k, k + 1], wins[k + 1, k] = 3, 1

        result = fit(from_wins(wins))

        assert result.converged
        assert -np.diff(result.theta) == pytest.approx(np.full(29, np.log(3)))

    def test_has_no_tie_parameter_to_report_for_half_wins(self):
        assert np.isnan(fit(aggregate(cases.pudding()), ties="half").nu)

    def test_is_plain_bradley_terry_where_nobody_tied(self):
        counts = from_wins(np.array([[0, 9.0], [1.0, 0]]))

        assert fit(counts).nu == 0
        assert fit(counts).theta.tolist() == fit(counts, ties="half").theta.tolist()


def davidson_by_hand(parameters):
    """Davidson's log-likelihood as the paper writes it, in strengths and nu, one model's log-strength fixed at 0."""
    strength, nu = np.exp(np.append(parameters[:5], 0.0)), np.exp(parameters[5])
    total = 0.0
    for i, j, better, worse, equal in cases.PUDDING:
        a, b = strength[i - 1], strength[j - 1]
        both = a + b + nu * np.sqrt(a * b)
        total += better * np.log(a / both) + worse * np.log(b / both) + equal * np.log(nu * np.sqrt(a * b) / both)
    return -total


class TestDavidson:
    def test_gives_the_strengths_of_the_puddings(self):
        result = fit(aggregate(cases.pudding()))

        share = np.exp(result.theta) / np.exp(result.theta).sum()
        # Davidson's worths and nu as the overview of R's PlackettLuce reproduces them: seven iterations of the paper, before convergence
        published = [0.1388005, 0.1729985, 0.1617420, 0.1653930, 0.1586805, 0.2023855]
        assert share == pytest.approx(published, abs=3e-5)
        assert result.nu == pytest.approx(0.7468147, abs=3e-5)

    def test_agrees_with_the_likelihood_written_out(self):
        theirs = minimize(davidson_by_hand, np.zeros(6), method="BFGS", options={"gtol": 1e-7})
        theta = np.append(theirs.x[:5], 0.0)

        result = fit(aggregate(cases.pudding()))

        assert result.theta == pytest.approx(theta - theta.mean(), abs=1e-5)
        assert result.nu == pytest.approx(np.exp(theirs.x[5]), abs=1e-5)
        assert result.log_likelihood == pytest.approx(-theirs.fun, abs=1e-8)

    def test_meets_davidsons_equations(self):
        """At the maximum, a model's wins plus half its ties are what the model expects of it, and so are all ties."""
        counts = aggregate(cases.pudding())
        result = fit(counts)
        strength = np.exp(result.theta)
        root = result.nu * np.sqrt(np.outer(strength, strength))
        both = strength[:, None] + strength[None, :] + root

        expected = counts.counts * (strength[:, None] + root / 2) / both

        np.testing.assert_allclose(expected.sum(axis=1), (counts.wins + counts.ties / 2).sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose((counts.counts * root / both).sum(), counts.ties.sum(), rtol=1e-12)

    def test_recovers_known_strengths(self):
        theta = np.array([0.9, 0.3, -0.1, -0.4, -0.7])

        result = fit(aggregate(cases.simulate(np.random.default_rng(7), theta, pairs=200_000, nu=0.5)))

        assert result.theta == pytest.approx(theta - theta.mean(), abs=0.02)
        assert result.nu == pytest.approx(0.5, abs=0.01)

    def test_shares_one_tie_parameter_between_groups_that_never_met(self):
        table = Comparisons.of([0, 0, 1, 2, 2, 3], [1, 1, 0, 3, 3, 2], [0, 2, 0, 0, 2, 0], 4)

        result = fit(aggregate(table))

        assert result.group.tolist() == [0, 0, 1, 1]
        assert result.nu == pytest.approx(1.0)
        assert result.theta == pytest.approx(np.zeros(4))

    def test_refuses_ties_alone(self):
        result = fit(aggregate(Comparisons.of([0, 1], [1, 2], [2, 2], 3)))

        assert np.isnan(result.theta).all()
        assert result.reasons == (Reason(ReasonCode.ONLY_TIES),) * 3
        assert result.nu == np.inf

    def test_refuses_wins_and_ties_that_never_contradict_each_other(self):
        result = fit(aggregate(Comparisons.of([0, 0], [1, 1], [0, 2], 2)))

        assert np.isnan(result.theta).all()
        assert result.reasons == (Reason(ReasonCode.NO_DAVIDSON_ESTIMATE),) * 2

    def test_leaves_half_wins_to_rate_what_davidson_cannot(self):
        result = fit(aggregate(Comparisons.of([0, 0], [1, 1], [0, 2], 2)), ties="half")

        assert result.theta[0] - result.theta[1] == pytest.approx(np.log(3))


class TestGeneralisedInverse:
    def test_is_that_of_moore_and_penrose(self):
        laplacian = np.array([[3.0, -2, -1, 0], [-2, 6, -4, 0], [-1, -4, 5, 0], [0, 0, 0, 0]])

        ours = generalised_inverse(laplacian, np.array([0, 0, 0, -1]))

        np.testing.assert_allclose(ours, np.linalg.pinv(laplacian), atol=1e-14)

    def test_is_none_where_nothing_is_known(self):
        assert generalised_inverse(np.zeros((2, 2)), np.zeros(2, int)) is None

    def test_is_none_where_a_part_is_cut_off(self):
        apart = np.kron(np.eye(2), np.array([[1.0, -1.0], [-1.0, 1.0]]))

        assert generalised_inverse(apart, np.zeros(4, int)) is None


class TestManyModels:
    def test_a_chain_of_three_thousand_has_its_closed_form(self):
        # Neighbors 3 to 1: each difference is log 3, whatever the others are.
        size = 3000
        first = np.repeat(np.arange(size - 1), 4)
        table = Comparisons.of(first, first + 1, np.tile([0, 0, 0, 1], size - 1), size)
        result = fit(aggregate(table))
        expected = -np.log(3) * np.arange(size)

        assert result.converged
        assert result.iterations < 20
        np.testing.assert_allclose(result.theta, expected - expected.mean(), atol=1e-6)

    @pytest.mark.parametrize("ties", ["half", "davidson"])
    def test_sparse_and_dense_steps_end_at_one_point(self, ties, monkeypatch):
        rng = np.random.default_rng(1)
        size = 60
        first = rng.integers(0, size, 3000)
        second = (first + rng.integers(1, size, 3000)) % size
        counts = aggregate(Comparisons.of(first, second, rng.integers(0, 3, 3000), size))
        dense = fit(counts, ties=ties)
        monkeypatch.setattr(bradley_terry, "SPARSE", 2)
        sparse = fit(counts, ties=ties)

        np.testing.assert_allclose(sparse.theta, dense.theta, atol=1e-9)
        assert sparse.log_likelihood == pytest.approx(dense.log_likelihood, rel=1e-12)


class TestNotConverged:
    def test_has_no_strengths_and_says_so(self, monkeypatch):
        monkeypatch.setattr(bradley_terry, "MAX_ITERATIONS", 1)
        result = fit(aggregate(Comparisons.of([0] * 5, [1] * 5, [0, 0, 0, 0, 1], 2)))

        assert not result.converged
        assert np.isnan(result.theta).all()
        assert [reason.code for reason in result.reasons] == [ReasonCode.FIT_NOT_CONVERGED] * 2
