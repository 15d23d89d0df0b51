"""Who wins against whom, as a heat table. No queries here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.charts import heat

MOST_MODELS = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """How often the row's model won against the column's."""

    text: str
    level: int
    n: int
    self: bool


@dataclass(frozen=True, slots=True)
class WinMatrix:
    """Rows and columns in one order, strongest first."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    words: str
    left_out: int


def win_matrix(stored: Mapping[str, Any], order: Sequence[str]) -> WinMatrix:
    """Arrange the stored matrix in an order of models; only models that were compared with another are in it."""
    place = {name: i for i, name in enumerate(stored.get("names", []))}
    shares, counts = stored.get("share", []), stored.get("counts", [])
    met = [name for name in order if name in place and any(counts[place[name]])]
    shown = met[:MOST_MODELS]
    rows = []
    sizes: list[int] = []
    for name in shown:
        cells = []
        for other in shown:
            i, j = place[name], place[other]
            value, n = shares[i][j], counts[i][j]
            if i != j and n:
                sizes.append(n)
            known = i != j and n > 0 and value is not None
            cells.append(Cell(f"{value * 100:.0f}" if known else "", heat(value) if known else 0, n, i == j))
        rows.append((name, tuple(cells)))
    return WinMatrix(tuple(shown), tuple(rows), _sizes_in_words(sizes), len(met) - len(shown))


def _sizes_in_words(sizes: Sequence[int]) -> str:
    """Return the range of comparisons per cell, in words.

    >>> _sizes_in_words([1200, 30]), _sizes_in_words([5, 5]), _sizes_in_words([])
    ('30 to 1,200 comparisons a cell', '5 comparisons a cell', '')
    """
    if not sizes:
        return ""
    least, most = min(sizes), max(sizes)
    if least == most:
        return f"{least:,} {'comparison' if least == 1 else 'comparisons'} a cell"
    return f"{least:,} to {most:,} comparisons a cell"
