"""Maximize a smooth function of many variables by L-BFGS, in one thread.

SciPy's gives every product of two vectors to several threads, which wait for one another where other processes have work:
beside two busy ones it took fifty times as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from quality.stats.posteriors import Floats, weighted_sum

REMEMBERED: Final = 20
_ENOUGH: Final = 1e-4
"""Of what the slope promises: what a step gains at least."""
_SHORTEST: Final = 1e-10


def ascend(
    function: Callable[[Floats], tuple[float, Floats]], start: Floats, *, tolerance: float, steps: int
) -> tuple[Floats, tuple[float, ...], bool]:
    """Return where the steps end, the values on the way, which never fall, and whether the last step gained enough to stop.

    Parameters
    ----------
    function : callable
        From a point to its value and gradient.
    start : (D,) float array
    tolerance : float
        The steps end where two in a row gain less than this.
    steps : int
        The most that are made.

    References
    ----------
    Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, algorithms 7.4 and 3.1.

    Examples
    --------
    >>> point, values, converged = ascend(
    ...     lambda x: (-float(((x - 3) ** 2).sum()), -2 * (x - 3)), np.zeros(2), tolerance=1e-9, steps=50
    ... )
    >>> point.round(3).tolist(), converged
    ([3.0, 3.0], True)
    """
    point = start
    value, slope = function(point)
    values = [value]
    remembered: deque[tuple[Floats, Floats, float]] = deque(maxlen=REMEMBERED)
    little = 0
    while len(values) < steps:
        way = _uphill(slope, remembered)
        promised = _dot(way, slope)
        # The first step has no curvature to go by: as far as one unit along the steepest variable.
        length = 1.0 if remembered else min(1.0, 1.0 / max(float(np.abs(way).max()), 1e-300))
        while True:
            there = point + length * way
            then, slope_there = function(there)
            if then >= value + _ENOUGH * length * promised:
                break
            length /= 4
            if length < _SHORTEST:
                return point, tuple(values), True
        moved, turned = there - point, slope - slope_there
        curvature = _dot(moved, turned)
        if curvature > 1e-12 * _dot(turned, turned):
            remembered.append((moved, turned, 1 / curvature))
        little = little + 1 if then - value <= tolerance else 0
        point, value, slope = there, then, slope_there
        values.append(value)
        if little == 2:
            return point, tuple(values), True
    return point, tuple(values), False


def _uphill(slope: Floats, remembered: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The slope times what the last steps told of the inverse of the curvature."""
    way = slope.copy()
    kept = []
    for moved, turned, inverse in reversed(remembered):
        share = inverse * _dot(moved, way)
        way -= share * turned
        kept.append(share)
    if remembered:
        _, turned, inverse = remembered[-1]
        way /= inverse * _dot(turned, turned)
    for (moved, turned, inverse), share in zip(remembered, reversed(kept), strict=True):
        way += (share - inverse * _dot(turned, way)) * moved
    return way


def _dot(one: Floats, other: Floats) -> float:
    return float(weighted_sum(one, other))
