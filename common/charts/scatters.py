"""A measure against a number, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.charts.axis import Scale, Table, Tick, around, cell, tick_text, ticks, value_of
from common.formatting import Measure, Unit, show

TURNED = 60.0
"""Per cent of the width from which on names stand on the left of their dots."""
NAME = 20.0
"""Per cent of the width that a name takes, about."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something with a place across and a measure up."""

    label: str
    x: float
    y: Measure
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    label: str
    x: float
    y: float
    low: float | None
    high: float | None
    radius: float
    tone: str
    anchor: str
    text_at: float


@dataclass(frozen=True, slots=True)
class Scatter:
    height: float
    base: float
    left: float
    across: tuple[Tick, ...]
    grid: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    reference: float | None
    reference_text: str
    description: str
    table: Table
    equal: tuple[float, float, float, float] | None = None
    """Where both measures are equal: a line from (x, y) to (x, y)."""

    @property
    def across_at(self) -> float:
        """The baseline of the labels under the axis."""
        return self.height - 4

    @property
    def reference_at(self) -> float:
        return round((self.reference or 0.0) - 5, 2)


def scatter(
    points: Sequence[Point],
    *,
    description: str,
    caption: str,
    head: tuple[str, str, str],
    x_unit: Unit = Unit.RATIO,
    y_unit: Unit = Unit.RATIO,
    y_floor: float = -math.inf,
    y_ceiling: float = math.inf,
    reference: float | None = None,
    reference_text: str = "",
    named: int = 6,
    equal: bool = False,
    x_least: float = 1.0,
    x_ceiling: float = math.inf,
    height: float = 250.0,
) -> Scatter:
    """Return measures against a number, each with its interval; larger dots have more judgements. Points with a tone are named.

    With ``equal`` a dotted line is where both are equal; ``x_least`` is the least width of the axis across.
    """
    shown = [p for p in points if p.y.value is not None and math.isfinite(p.x)]
    ends = [v for p in shown for v in (p.y.value, p.y.low, p.y.high) if v is not None]
    if reference is not None:
        ends.append(reference)
    low, high = around(ends, floor=y_floor, ceiling=y_ceiling)
    x_low, x_high = around([p.x for p in shown], floor=0.0, ceiling=x_ceiling, least=x_least)
    first, last = max(x_low, low), min(x_high, high)
    base, left = height - 26, 8.0
    across, down = Scale(x_low, x_high, left, 97.0), Scale(low, high, base, 12.0)
    most = max((p.y.n for p in shown), default=1) or 1
    toned = [p for p in shown if p.tone][:named]
    dots_at = [(across.at(p.x), down.at(value_of(p.y))) for p in shown]
    names = _apart([(across.at(p.x), down.at(value_of(p.y))) for p in toned], dots_at, base)
    dots = tuple(
        Dot(
            label=p.label if p in toned else "",
            text_at=names[toned.index(p)] if p in toned else 0.0,
            x=across.at(p.x),
            y=down.at(value_of(p.y)),
            low=None if p.y.low is None else down.at(p.y.low),
            high=None if p.y.high is None else down.at(p.y.high),
            radius=round(2.6 + 2.4 * math.sqrt(p.y.n / most), 1),
            tone=p.tone,
            anchor="end" if across.at(p.x) > TURNED else "start",
        )
        for p in shown
    )
    x_ticks, y_ticks = ticks(x_low, x_high), ticks(low, high)
    return Scatter(
        height=height,
        base=base,
        left=left,
        across=tuple(Tick(across.at(v), tick_text(v, x_ticks, x_unit)) for v in x_ticks),
        grid=tuple(Tick(down.at(v), tick_text(v, y_ticks, y_unit), "start") for v in y_ticks),
        dots=dots,
        reference=None if reference is None else down.at(reference),
        reference_text=reference_text,
        description=description,
        equal=(across.at(first), down.at(first), across.at(last), down.at(last)) if equal and first < last else None,
        table=Table(
            caption,
            (*head, "n"),
            tuple((p.label, show(Measure(p.x), x_unit).value, cell(p.y, y_unit), f"{p.y.n:,}") for p in points),
        ),
    )


def _apart(places: Sequence[tuple[float, float]], dots: Sequence[tuple[float, float]], base: float) -> list[float]:
    """Return baselines for names beside their dots, moved up or down by a line where one would cover a dot or a name.

    ``places``: where the dots with a name are, ``dots``: where all are, each across in per cent and down in units.
    """
    taken: list[tuple[float, float]] = []
    found = []
    for x, y in places:
        free = (
            y + 4 + move
            for move in (0, 13, -13, 26, -26, 39, -39)
            if 10 <= y + 4 + move <= base
            and all(abs(x - other) > 34 or abs(y + 4 + move - line) >= 13 for other, line in taken)
            and not any(_covers((x, y + 4 + move), dot) for dot in dots if dot != (x, y))
        )
        at = next(free, y + 4)
        taken.append((x, at))
        found.append(round(at, 2))
    return found


def _covers(name: tuple[float, float], dot: tuple[float, float]) -> bool:
    """Whether a name, which stands on the side of its dot that has more room, would cover another dot."""
    beside = name[0] - dot[0] if name[0] > TURNED else dot[0] - name[0]
    return -1 <= beside <= NAME and abs(name[1] - 4 - dot[1]) < 10
