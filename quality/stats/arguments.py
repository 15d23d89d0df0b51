"""What kernels refuse: arguments that they cannot represent, or only with memory out of all proportion to the judgements.

Each function names the argument in its ``ValueError``. A kernel checks at its entrance and computes without checks.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_COUNTED: Final = 3_000_000_000
"""What a table of counts may add up to: the product of any two sums of its cells fits 64 bits."""

MOST_CELLS: Final = 1 << 28
"""Cells of a table of positions by categories: 2 GiB of counts."""


def whole(
    name: str,
    values: ArrayLike,
    *,
    least: int = 0,
    most: int | None = None,
    dtype: type[np.signedinteger[Any]] = np.int64,
) -> NDArray[Any]:
    """Return whole numbers, refusing fractions, what is not finite, and what lies outside ``least`` to ``most``.

    ``most`` is what ``dtype`` holds where absent. An array of that type is not copied.

    Examples
    --------
    >>> whole("verdict", [0.0, 3.0], most=3).tolist()
    [0, 3]
    >>> whole("verdict", [0.5], most=3)
    Traceback (most recent call last):
    ValueError: verdict holds fractions
    """
    given = np.asarray(values)
    if not given.size:
        return given.astype(dtype, copy=False)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds no numbers")
    if given.dtype.kind == "f":
        finite(name, given)
        if (given != np.floor(given)).any():
            raise ValueError(f"{name} holds fractions")
    upto = int(np.iinfo(dtype).max) if most is None else most
    # As Python's integers: NumPy would round the bound to a float, which may be one more than the type holds.
    if int(given.min()) < least or int(given.max()) > upto:
        raise ValueError(f"{name} lies outside {least} to {upto}")
    return given.astype(dtype, copy=False)


def finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return numbers as float64, refusing infinite ones and NaN.

    >>> finite("weights", [1.0, float("inf")])
    Traceback (most recent call last):
    ValueError: weights holds what is infinite or not a number
    """
    given = np.asarray(values, dtype=np.float64)
    if not np.isfinite(given).all():
        raise ValueError(f"{name} holds what is infinite or not a number")
    return given


def flags(name: str, values: ArrayLike) -> NDArray[np.bool_]:
    """Return what is true or false as bool, refusing every other number, NaN too, which NumPy takes for true.

    >>> flags("correct", [1.0, 0.0]).tolist()
    [True, False]
    >>> flags("correct", [float("nan")])
    Traceback (most recent call last):
    ValueError: correct holds more than true and false
    """
    given = np.asarray(values)
    if given.dtype.kind == "b" or not given.size:
        return given.astype(bool, copy=False)
    if given.dtype.kind not in "iuf" or not ((given == 0) | (given == 1)).all():
        raise ValueError(f"{name} holds more than true and false")
    return given.astype(bool)


def parts(name: str, part: ArrayLike, of: str, whole_of_it: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return counts and what they are counted out of, as int64, refusing a part that is more than the whole.

    >>> parts("right", [3], "n", [2])
    Traceback (most recent call last):
    ValueError: right is more than n
    """
    some, every = whole(name, part), whole(of, whole_of_it)
    if some.shape != every.shape:
        raise ValueError(f"{name} and {of} are of one length")
    if (some > every).any():
        raise ValueError(f"{name} is more than {of}")
    return some, every


def counted(name: str, values: ArrayLike, *, dimensions: int = 2) -> NDArray[np.int64]:
    """Return a table of counts as int64.

    Refused are another number of dimensions, what :func:`whole` refuses, and counts of more than :data:`MOST_COUNTED` in
    all, whose products 64 bits do not hold.

    >>> counted("counts", [[4_000_000_000, 0]])
    Traceback (most recent call last):
    ValueError: counts adds up to more than 3000000000
    """
    given = whole(name, values)
    if given.ndim != dimensions:
        raise ValueError(f"{name} is a table of {dimensions} dimensions")
    if given.size and float(given.sum(dtype=np.float64)) > MOST_COUNTED:
        raise ValueError(f"{name} adds up to more than {MOST_COUNTED}")
    return given


def square(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Return a (K, K) table of counts; see :func:`counted`."""
    given = counted(name, values)
    if given.shape[0] != given.shape[1]:
        raise ValueError(f"{name} is a square table")
    return given


def room(name: str, *lengths: int) -> int:
    """Return the number of cells of a table, refusing one that is larger than any project needs.

    A single position of a billion would otherwise ask for a billion rows.

    >>> room("n_items", 1_000_000_000, 4)
    Traceback (most recent call last):
    ValueError: n_items asks for a table of 4000000000 cells; at most 268435456 are made
    """
    cells = 1
    for length in lengths:
        if length < 0:
            raise ValueError(f"{name} is not negative")
        cells *= int(length)
    if cells > MOST_CELLS:
        raise ValueError(f"{name} asks for a table of {cells} cells; at most {MOST_CELLS} are made")
    return cells


def same_length(**vectors: NDArray[Any]) -> None:
    """Refuse vectors of different lengths."""
    if len({vector.shape for vector in vectors.values()}) > 1 or any(vector.ndim != 1 for vector in vectors.values()):
        *names, last = vectors
        raise ValueError(f"{', '.join(names)} and {last} are vectors of one length")
