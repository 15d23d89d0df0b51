"""The EM algorithm over the judgements of a crowd, for any model of what annotators confuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from quality.stats.posteriors import Floats, logarithm
from quality.stats.reliability.judged import JudgedItems

TOLERANCE: Final = 1e-7
MOST_PASSES: Final = 1000
_LONGEST: Final = 64.0
_NOISE: Final = 1e-12
"""Of the log-likelihood: what rounding may change it by."""


class Model(Protocol):
    """What a model knows of confusions. Both functions are of (R, K, K) arrays."""

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        """Return the model's confusion for expected judgements, at least as likely as the one given."""

    def fit_to(self, confusion: Floats) -> Floats:
        """Return the confusion of the model that is near one outside it."""

    def log_prior(self, confusion: Floats) -> float:
        """Return the penalty, 0 where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the passes ended."""

    prior: Floats
    confusion: Floats
    log_likelihood: float
    trace: tuple[float, ...]
    converged: bool


def climb(
    judged: JudgedItems,
    model: Model,
    prior: Floats,
    confusion: Floats,
    *,
    tolerance: float = TOLERANCE,
    passes: int = MOST_PASSES,
) -> Found:
    """Return the parameters that a start leads to; what is maximized never falls from one pass to the next.

    Plain EM takes short steps where annotators agree little. After every two of them the logarithms of the parameters are
    extrapolated (SQUAREM); where that is not at least as likely, the step is not taken.

    Parameters
    ----------
    judged : JudgedItems
    model : Model
    prior : (K,) float array
    confusion : (R, K, K) float array
        The start, within the model.
    tolerance : float
        The passes end where two in a row gain less than this, in nats for each judgement.
    passes : int
        The most that are made.

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Journal of the Royal Statistical Society B 39, 1-38.
    Varadhan, R. and Roland, C. (2008). Scandinavian Journal of Statistics 35, 335-353, scheme S3.
    """
    enough = tolerance * len(judged.given)
    trace: list[float] = []
    longest = 4.0
    likelihood = value = -np.inf
    posterior, ahead_likelihood = judged.expect(prior, confusion)
    ahead = ahead_likelihood + model.log_prior(confusion)
    while True:
        gain, value, likelihood = ahead - value, ahead, ahead_likelihood
        trace.append(value)
        if gain <= enough or len(trace) >= passes:
            return Found(prior, confusion, likelihood, tuple(trace), bool(gain <= enough))
        one = _maximized(judged, model, posterior, confusion)
        posterior, likelihood_one = judged.expect(*one)
        value_one = likelihood_one + model.log_prior(one[1])
        trace.append(value_one)
        if value_one - value <= enough or len(trace) >= passes:
            return Found(*one, likelihood_one, tuple(trace), bool(value_one - value <= enough))
        two = _maximized(judged, model, posterior, one[1])
        far, length = _extrapolated(model, (prior, confusion), one, two, longest)
        posterior, ahead_likelihood = judged.expect(*far)
        ahead = ahead_likelihood + model.log_prior(far[1])
        if length > 1 and not ahead >= value_one:
            far, longest = two, max(4.0, longest / 4)
            posterior, ahead_likelihood = judged.expect(*far)
            ahead = ahead_likelihood + model.log_prior(far[1])
        elif length >= longest:
            longest = min(4 * longest, _LONGEST)
        (prior, confusion), value = far, value_one


def _maximized(judged: JudgedItems, model: Model, posterior: Floats, confusion: Floats) -> tuple[Floats, Floats]:
    prior, counts = judged.expected(posterior)
    return prior, model.maximize(counts, confusion)


def _extrapolated(
    model: Model,
    zero: tuple[Floats, Floats],
    one: tuple[Floats, Floats],
    two: tuple[Floats, Floats],
    longest: float,
) -> tuple[tuple[Floats, Floats], float]:
    """Return the parameters that three in a row point to, and how many steps away they are; the last of them for 1."""
    logs = [(logarithm(prior), logarithm(confusion)) for prior, confusion in (zero, one, two)]
    steps = [(b - a, c - 2 * b + a) for a, b, c in zip(*logs, strict=True)]
    speed = np.sqrt(sum(float((step**2).sum()) for step, _ in steps))
    bend = np.sqrt(sum(float((curve**2).sum()) for _, curve in steps))
    length = min(speed / bend, longest) if bend > 0 else 1.0
    if length <= 1:
        return two, 1.0
    moved = [a + 2 * length * step + length**2 * curve for (a, _, _), (step, curve) in zip(zip(*logs, strict=True), steps, strict=True)]  # fmt: skip
    prior, confusion = (np.exp(x - x.max(axis=-1, keepdims=True)) for x in moved)
    prior /= prior.sum()
    confusion /= confusion.sum(axis=-1, keepdims=True)
    return (prior, model.fit_to(confusion)), length


def named(confusion: Floats, prior: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the parameters with the true categories in the order in which annotators call them by their names.

    The likelihood does not change if true categories change places, so a fit may find them under each other's names. That
    assignment is returned under which the most judgements name the true category.

    Parameters
    ----------
    confusion : (R, K, K) float array
    prior : (K,) float array
    weight : (R,) float array
        Judgements of each annotator.

    Examples
    --------
    >>> turned = np.array([[[0.1, 0.9], [0.8, 0.2]]])
    >>> confusion, prior = named(turned, np.array([0.3, 0.7]), np.ones(1))
    >>> confusion.tolist(), prior.tolist()
    ([[[0.8, 0.2], [0.1, 0.9]]], [0.7, 0.3])
    """
    from scipy.optimize import linear_sum_assignment  # a web process imports this module and fits nothing

    joint = prior[:, None] * np.einsum("r,rkl->kl", weight, confusion)
    found, called = linear_sum_assignment(-joint)
    order = np.empty_like(found)
    order[called] = found
    return confusion[:, order], prior[order]
