"""Parts of a whole, and the steps of a heat table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.charts.axis import Table
from common.formatting import share_of

CHARACTER = 6.0  # px a 12 px letter takes, on the wide side
NARROWEST = 350.0  # px of a figure on a small phone; what fits there fits everywhere


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole; ``fill`` is the name of its color."""

    label: str
    count: int
    fill: str


@dataclass(frozen=True, slots=True)
class Piece:
    fill: str
    x: float
    width: float
    label: str
    value: str
    label_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class ShareBar:
    """``rest`` names the parts too small for a label under their own piece, each with its color's name."""

    height: float
    pieces: tuple[Piece, ...]
    rest: tuple[tuple[str, str], ...]
    description: str
    table: Table


def share_bar(
    parts: Sequence[Part], *, description: str, caption: str, head: tuple[str, str], in_per_cent: bool = False
) -> ShareBar:
    """Return parts of a whole side by side. Each is labelled under its own piece where the label fits, else in one line below."""
    total = sum(part.count for part in parts)
    drawn = [part for part in parts if part.count > 0]
    pieces: list[Piece] = []
    rest: list[tuple[str, str]] = []
    x, taken = 0.0, 0.0
    for i, part in enumerate(drawn):
        width = 100.0 * part.count / total
        value = share_of(part.count, total) if in_per_cent else f"{part.count:,}"
        needed = (max(len(part.label), len(value)) * CHARACTER + 4) / NARROWEST * 100
        label_x, anchor = x, "start"
        if x + needed > 100.0:
            label_x, anchor = 100.0, "end"
        starts = label_x - needed if anchor == "end" else label_x
        # A label may reach under the next piece, but one under another's piece alone would mislead.
        fits = starts >= taken - 1e-9 and (anchor == "start" or i == len(drawn) - 1) and needed <= width * 1.6 + 12
        if fits:
            taken = 100.0 if anchor == "end" else x + needed
        else:
            name = part.label if not rest else part.label[:1].lower() + part.label[1:]
            rest.append((f"{name} {value}", part.fill))
        pieces.append(
            Piece(
                fill=part.fill,
                x=round(x, 2),
                width=round(width, 2),
                label=part.label if fits else "",
                value=value if fits else "",
                label_x=round(label_x, 2),
                anchor=anchor,
            )
        )
        x += width
    return ShareBar(
        height=70.0 if rest else 52.0,
        pieces=tuple(pieces),
        rest=tuple(rest),
        description=description,
        table=Table(
            caption, (*head, "Share"), tuple((p.label, f"{p.count:,}", share_of(p.count, total)) for p in parts)
        ),
    )


def heat(value: float, low: float = 0.0, high: float = 1.0) -> int:
    """Return which of a heat table's eleven steps a value takes.

    >>> heat(0.0), heat(0.53), heat(1.0)
    (0, 5, 10)
    """
    return round(10 * (min(max(value, low), high) - low) / (high - low))
