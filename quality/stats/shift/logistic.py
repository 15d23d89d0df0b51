"""Logistic regression with a ridge penalty, of many responses to the same features at once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.shift.result import Floats

PASSES: Final = 25
ENOUGH: Final = 1e-8


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
    n, f = some.shape
    ridge = np.full(f, penalty)
    ridge[:1] = 1e-6
    products = (some[:, :, None] * some[:, None, :]).reshape(n, f * f)
    found = np.zeros((len(wanted), f))
    for _ in range(PASSES):
        chance = predict(some, found)
        slope = (wanted - chance) @ some - ridge * found
        curve = ((chance * (1 - chance)) @ products).reshape(-1, f, f) + np.diag(ridge)
        step = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]
        # Far off, a full step may overshoot; none of more than this is needed for features of one scale.
        step *= np.minimum(1.0, 4.0 / np.maximum(np.abs(step).max(axis=1, initial=0.0), 1e-300))[:, None]
        found += step
        if np.abs(step).max(initial=0.0) < ENOUGH:
            break
    return found


def predict(x: Floats, coefficients: Floats) -> Floats:
    """Return the (B, N) chances of (B, F) coefficients."""
    return np.asarray(1 / (1 + np.exp(-np.clip(coefficients @ x.T, -30, 30))), dtype=np.float64)
