"""How accurate verdicts will be, and how many judgements they take, before anybody has judged.

Each pair gets judgements from annotators drawn from a large pool, until its likeliest verdict reaches a target probability
or it has as many as it may have at most. The posterior is that of ``quality.stats.posteriors``, with the class prior and the
annotators' confusions that the plan assumes; so it is as good as these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import comb
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from quality.stats.arguments import finite
from quality.stats.posteriors import checked, logarithm, normalize

Floats = NDArray[np.float64]

MOST_STATES: Final = 12_000
"""Multisets of judgements up to which all are enumerated; beyond, pairs are simulated."""
DRAWS: Final = 100_000
MOST_JUDGEMENTS: Final = 100
POINTS: Final = 5
"""Annotators that a spread of accuracies is represented by."""
ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What is expected of a pair that gets at most 1, 2, … k judgements: (k,) arrays, one place for each maximum.

    ``error`` has the standard errors of the simulation under the same names; all are 0 where everything was enumerated.
    """

    accuracy: Floats  # of the likeliest verdict where every pair gets that many
    judgements: Floats  # mean number where a pair gets no more once it is settled
    settled: Floats  # share of pairs that reach the target
    settled_accuracy: Floats  # of their verdicts; NaN where no pair is settled
    stopped_accuracy: Floats  # of the likeliest verdict of all pairs, settled or not
    exact: bool = field(kw_only=True)
    error: dict[str, Floats] = field(kw_only=True)


def expected(
    prior: ArrayLike,
    confusion: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    most: int,
    target: float,
    seed: int = 1,
    draws: int = DRAWS,
) -> Expected:
    """Return what is expected with at most 1 to ``most`` judgements a pair: enumerated where that is little, else simulated.

    Parameters
    ----------
    prior : (K,) float array
        How frequent each verdict is the true one.
    confusion : (R, K, K) float array
        By annotator and true verdict, how likely each verdict is given.
    weights : (R,) float array, optional
        In which proportion the annotators judge; alike where absent.
    target : float
        The probability from which on a pair is settled, above 1/2.

    Raises
    ------
    ValueError
        An argument is out of its range.

    Examples
    --------
    Three who are right in 60 %, by majority (Condorcet 1785):

    >>> found = expected([0.5, 0.5], one_coin([0.6], 2), most=3, target=0.99)
    >>> found.accuracy.round(3).tolist(), found.exact
    ([0.6, 0.6, 0.648], True)
    """
    shares, table, pool = _checked(prior, confusion, weights, most, target)
    symbols = len(pool) * len(shares)
    if comb(most + symbols, symbols) <= MOST_STATES:
        return _enumerated(shares, table, pool, most, target)
    return _simulated(shares, table, pool, most, target, np.random.default_rng(seed), draws)


def one_coin(accuracies: ArrayLike, categories: int) -> Floats:
    """Return confusions of annotators who are right that often, and otherwise take any other verdict alike.

    >>> one_coin([0.7], 4)[0, 0].round(2).tolist()
    [0.7, 0.1, 0.1, 0.1]
    """
    right = finite("accuracies", accuracies)
    if right.ndim != 1 or not len(right) or (right < 0).any() or (right > 1).any():
        raise ValueError("accuracies are one or more shares")
    if categories < 2:
        raise ValueError("there are two verdicts or more")
    same = np.eye(categories)
    wrong = (1 - right) / (categories - 1)
    return np.asarray(right[:, None, None] * same + wrong[:, None, None] * (1 - same), dtype=np.float64)


def spread(mean: float, deviation: float, points: int = POINTS) -> Floats:
    """Return accuracies that stand for a Beta distribution of that mean and standard deviation: its mean by equal parts.

    >>> spread(0.8, 0.0).tolist()
    [0.8]
    >>> spread(0.8, 0.1).mean().round(3)
    np.float64(0.8)
    """
    if not 0 < mean < 1:
        raise ValueError("a mean accuracy lies between 0 and 1")
    if deviation == 0:
        return np.array([mean])
    size = mean * (1 - mean) / deviation**2 - 1
    if deviation < 0 or size <= 0:
        raise ValueError("accuracies of that mean cannot differ so much")
    a, b = mean * size, (1 - mean) * size
    cuts = stats.beta(a, b).ppf(np.linspace(0, 1, points + 1))
    # The mean of a part of a Beta distribution is a difference of another's probabilities.
    return np.asarray(mean * points * np.diff(stats.beta(a + 1, b).cdf(cuts)), dtype=np.float64)


def _checked(
    prior: ArrayLike, confusion: ArrayLike, weights: ArrayLike | None, most: int, target: float
) -> tuple[Floats, Floats, Floats]:
    shares, table = checked(prior, confusion)
    pool = np.ones(len(table)) if weights is None else finite("weights", weights)
    if pool.shape != (len(table),) or not len(pool) or (pool < 0).any() or pool.sum() <= 0:
        raise ValueError("weights has one number for each annotator, not all of them 0")
    if not 1 <= most <= MOST_JUDGEMENTS:
        raise ValueError(f"a pair gets 1 to {MOST_JUDGEMENTS} judgements")
    if not 0.5 < target <= 1:
        raise ValueError("target lies above 1/2, and at most at 1")
    return shares, table, np.asarray(pool / pool.sum(), dtype=np.float64)


def _enumerated(prior: Floats, table: Floats, pool: Floats, most: int, target: float) -> Expected:
    """Every multiset of judgements with its probability by true verdict, since order changes no posterior.

    Pairs that stop are followed apart: of them, only what is not settled goes on.
    """
    r, k, _ = table.shape
    likelihood = (pool[:, None, None] * table).transpose(0, 2, 1).reshape(r * k, k)  # by what is given: (R K, true)
    every = going = {(0,) * (r * k): prior}
    columns = np.zeros((5, most))
    taken = settled = right = 0.0
    for n in range(1, most + 1):
        every, going = _one_more(every, likelihood), _one_more(going, likelihood)
        accuracy = sum(float(joint.max()) for joint in every.values())
        on = {}
        for state, joint in going.items():
            total, best = float(joint.sum()), float(joint.max())
            if total > 0 and best >= (target - ROUNDING) * total:
                taken += n * total
                settled += total
                right += best
            else:
                on[state] = joint
        going = on
        left = sum(float(joint.sum()) for joint in going.values())
        guess = sum(float(joint.max()) for joint in going.values())
        columns[:, n - 1] = (
            *(accuracy, taken + n * left, settled),
            *(right / settled if settled > 0 else np.nan, right + guess),
        )
    return Expected(*columns, exact=True, error={name: np.zeros(most) for name in _ESTIMATED})


def _one_more(states: dict[tuple[int, ...], Floats], likelihood: Floats) -> dict[tuple[int, ...], Floats]:
    found: dict[tuple[int, ...], Floats] = {}
    for state, joint in states.items():
        for symbol, row in enumerate(likelihood):
            after = (*state[:symbol], state[symbol] + 1, *state[symbol + 1 :])
            found[after] = found.get(after, 0.0) + joint * row
    return found


_ESTIMATED: Final = ("accuracy", "judgements", "settled", "settled_accuracy", "stopped_accuracy")


def _simulated(
    prior: Floats, table: Floats, pool: Floats, most: int, target: float, rng: np.random.Generator, draws: int
) -> Expected:
    """Simulated pairs. A verdict counts with its posterior, not as right or wrong: the mean is the same, and errors less."""
    truth = rng.choice(len(prior), size=draws, p=prior)
    weights = np.tile(logarithm(prior), (draws, 1))
    given = np.cumsum(table, axis=2)
    added = logarithm(table)
    open_, at, kept = np.ones(draws, dtype=bool), np.zeros(draws), np.zeros(draws)
    values, errors = np.zeros((5, most)), np.zeros((5, most))
    for n in range(1, most + 1):
        who = rng.choice(len(pool), size=draws, p=pool)
        verdict = (rng.random(draws)[:, None] > given[who, truth]).sum(axis=1).clip(max=len(prior) - 1)
        weights += added[who, :, verdict]
        posterior = weights.copy()
        normalize(posterior)
        best = posterior.max(axis=1)
        stops = open_ & (best >= target - ROUNDING)
        at[stops], kept[stops] = n, best[stops]
        open_ &= ~stops
        settled = ~open_
        samples = (best, np.where(open_, n, at), settled.astype(float), kept[settled], np.where(open_, best, kept))
        values[:, n - 1] = [sample.mean() if len(sample) else np.nan for sample in samples]
        errors[:, n - 1] = [sample.std() / len(sample) ** 0.5 if len(sample) else np.nan for sample in samples]
    return Expected(*values, exact=False, error=dict(zip(_ESTIMATED, errors, strict=True)))


def enough(found: Expected, *, unsettled: float) -> int | None:
    """Return the fewest judgements at most with which no more than that share of pairs stays unsettled; None for none.

    >>> found = expected([0.5, 0.5], one_coin([0.9], 2), most=6, target=0.95)
    >>> found.settled.round(3).tolist(), enough(found, unsettled=0.2)
    ([0.0, 0.82, 0.82, 0.968, 0.968, 0.994], 2)
    """
    reached = np.flatnonzero(found.settled >= 1 - unsettled - ROUNDING)
    return int(reached[0]) + 1 if len(reached) else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What so many pairs take."""

    judgements: float  # of the pairs, without gold
    hours: float  # of work, gold among it
    people: int  # who work that long each
    cost: float


def cost(
    *, pairs: int, judgements: float, most: int, seconds: float, gold_rate: float, hours_each: float, hourly: float
) -> Cost:
    """Return what pairs take that get so many judgements each on average, and ``most`` at most.

    Parameters
    ----------
    seconds
        Mean time of a judgement: of log-normal times exp(mean + variance / 2), more than the median.
    gold_rate
        The share of all judgements that go to gold, 0 to less than 1.
    hours_each
        Hours that each person works on it. There are never fewer people than judgements of a pair.
    hourly
        Cost of an hour.

    Examples
    --------
    >>> cost(pairs=1000, judgements=2.7, most=5, seconds=60, gold_rate=0.1, hours_each=10, hourly=20)
    Cost(judgements=2700.0, hours=50.0, people=5, cost=1000.0)
    """
    if pairs < 0 or seconds <= 0 or not 0 <= gold_rate < 1 or hours_each <= 0 or hourly < 0:
        raise ValueError("pairs, seconds, the share of gold, hours and their cost are numbers that can be")
    total = pairs * judgements
    hours = total * seconds / 3600 / (1 - gold_rate)
    return Cost(total, hours, max(most, int(np.ceil(hours / hours_each - ROUNDING))), hours * hourly)
