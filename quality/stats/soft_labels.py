"""What an item's label is worth: soft labels from the posterior of its verdict. N items, K categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.vocabulary import Verdict

Floats = NDArray[np.float64]


def soft_labels(posterior: ArrayLike, *, smoothing: float = 0.0) -> Floats:
    """Return the soft label of each item: the posterior, drawn towards all categories alike by a share.

    (1 - smoothing) p_k + smoothing / K, so that no label is ever certain.

    Parameters
    ----------
    posterior : (N, K) float array
        Rows of NaN stay.
    smoothing : float
        From 0 up to and without 1.

    References
    ----------
    Szegedy, C. et al. (2016). Rethinking the Inception architecture for computer vision. CVPR, 2818-2826, section 7.

    Examples
    --------
    >>> soft_labels([[1.0, 0.0], [0.5, 0.5]], smoothing=0.1).round(3).tolist()
    [[0.95, 0.05], [0.5, 0.5]]
    """
    likely = np.asarray(posterior, dtype=np.float64)
    if likely.ndim != 2:
        raise ValueError("posterior is a table of items by categories")
    if not 0 <= smoothing < 1:
        raise ValueError("smoothing lies between 0 and 1, without 1")
    return np.asarray((1 - smoothing) * likely + smoothing / max(likely.shape[1], 1))


def preference(soft: ArrayLike) -> Floats:
    """Return how likely the first response is the better one of each item: the label of a reward model's loss.

    A tie counts half for each response, and that both are bad says nothing: (p_FIRST + p_TIE / 2) / (1 - p_BOTH_BAD).

    Parameters
    ----------
    soft : (N, 4) float array
        Of :func:`soft_labels`, a column for each verdict's code.

    Returns
    -------
    (N,) float array
        NaN where both are certainly bad.

    Examples
    --------
    >>> preference([[0.6, 0.1, 0.2, 0.1], [0, 0, 0, 1]]).round(3).tolist()
    [0.778, nan]
    """
    likely = np.asarray(soft, dtype=np.float64)
    if likely.ndim != 2 or likely.shape[1] != len(Verdict):
        raise ValueError("soft has a column for each verdict")
    first, second, tie = (likely[:, code] for code in (Verdict.FIRST, Verdict.SECOND, Verdict.TIE))
    told = first + second + tie
    found: NDArray[Any] = np.full(len(likely), np.nan)
    np.divide(first + tie / 2, told, out=found, where=told > 0)
    return found
