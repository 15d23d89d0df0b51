"""Logistic regression with a ridge penalty, of many responses to the same features at once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.shift.result import Floats

PASSES: Final = 25
ENOUGH: Final = 1e-8


_IN_ONE_THREAD: Final = 250_000
"""Multiplications of a product that BLAS leaves to one thread; several wait for one another where other processes work."""


def _product(left: Floats, right: Floats) -> Floats:
    """Return the product of two matrices, a few rows at a time, so that it is computed in one thread."""
    rows = max(1, _IN_ONE_THREAD // max(right.size, 1))
    found = np.empty((len(left), right.shape[1]))
    for start in range(0, len(left), rows):
        np.matmul(left[start : start + rows], right, out=found[start : start + rows])
    return found


def fit(x: Floats, y: NDArray[Any], *, penalty: float, rows: NDArray[np.bool_] | None = None) -> Floats:
    """Return the coefficients of B logistic regressions by Newton's method.

    Each maximizes the log-likelihood less penalty / 2 times the squares of its coefficients but the first, which is the
    intercept's and hardly penalized.

    Parameters
    ----------
    x : (N, F) float array
        The first column is ones; the others are of one scale.
    y : (B, N) bool array
    penalty : float
        Above 0, so that separated responses have an answer.
    rows : (N,) bool array, optional
        Those that are fitted; all where absent.

    Returns
    -------
    (B, F) float array

    References
    ----------
    le Cessie, S. and van Houwelingen, J. C. (1992). Applied Statistics 41, 191-201.
    """
    if penalty <= 0:
        raise ValueError("penalty is above 0")
    some, wanted = (x, y) if rows is None else (x[rows], y[:, rows])
    f = some.shape[1]
    ridge = np.full(f, penalty)
    ridge[:1] = 1e-6
    upper = np.triu_indices(f)
    products = some[:, upper[0]] * some[:, upper[1]]
    curve = np.empty((len(wanted), f, f))
    found = np.zeros((len(wanted), f))
    for _ in range(PASSES):
        chance = predict(some, found)
        slope = _product(wanted - chance, some) - ridge * found
        curve[:, upper[0], upper[1]] = _product(chance * (1 - chance), products)
        curve[:, upper[1], upper[0]] = curve[:, upper[0], upper[1]]
        curve[:, np.arange(f), np.arange(f)] += ridge
        step = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]
        # Far off, a full step may overshoot; none of more than this is needed for features of one scale.
        step *= np.minimum(1.0, 4.0 / np.maximum(np.abs(step).max(axis=1, initial=0.0), 1e-300))[:, None]
        found += step
        if np.abs(step).max(initial=0.0) < ENOUGH:
            break
    return found


def predict(x: Floats, coefficients: Floats) -> Floats:
    """Return the (B, N) chances of (B, F) coefficients."""
    return np.asarray(1 / (1 + np.exp(-np.clip(_product(coefficients, x.T), -30, 30))), dtype=np.float64)
