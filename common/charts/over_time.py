"""What changes from day to day: a series with its band, and counts as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.charts.axis import Scale, Table, Tick, around, cell, ends_and_middle, step, tick_text, ticks, value_of
from common.formatting import Measure, Unit, show


@dataclass(frozen=True, slots=True)
class Series:
    """``line`` and ``band`` are paths in a box 100 wide and ``height`` high, to be stretched across."""

    height: float
    base: float
    grid: tuple[Tick, ...]
    line: str
    band: str
    dots: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None
    last_text: str
    last_anchor: str
    across: tuple[Tick, ...]
    reference: float | None
    reference_text: str
    description: str
    table: Table

    @property
    def across_at(self) -> float:
        """The baseline of the labels under the axis."""
        return self.height - 4

    @property
    def reference_at(self) -> float:
        return round((self.reference or 0.0) - 5, 2)

    @property
    def last_at(self) -> float:
        """The last point's number is above it, or below where there is no space."""
        y = self.last[1] if self.last else 0.0
        return round(y - 11 if y > 24 else y + 20, 2)


def series(
    points: Sequence[tuple[str, Measure]],
    *,
    description: str,
    caption: str,
    head: tuple[str, str] = ("", "Value"),
    unit: Unit = Unit.RATIO,
    floor: float = -math.inf,
    ceiling: float = math.inf,
    reference: float | None = None,
    reference_text: str = "",
    height: float = 200.0,
) -> Series:
    """Return estimates over time, evenly spaced, with their 95 % band. Undefined points break the line; a lone one is a dot."""
    known = [m for _, m in points if m.value is not None]
    ends = [v for m in known for v in (m.value, m.low, m.high) if v is not None]
    if reference is not None:
        ends.append(reference)
    low, high = around(ends, floor=floor, ceiling=ceiling)
    base = height - 22
    down = Scale(low, high, base, 14.0)
    across = Scale(0, max(1, len(points) - 1), 6.0, 100.0)
    runs = _runs(points)
    line = " ".join(_path([(across.at(i), down.at(value_of(m))) for i, m in run]) for run in runs if len(run) > 1)
    bands = []
    for run in runs:
        held = [(i, m.low, m.high) for i, m in run if m.low is not None and m.high is not None]
        if len(held) > 1:
            edge = [(across.at(i), down.at(top)) for i, _, top in held]
            edge += [(across.at(i), down.at(bottom)) for i, bottom, _ in reversed(held)]
            bands.append(f"{_path(edge)} Z")
    dots = tuple((across.at(run[0][0]), down.at(value_of(run[0][1]))) for run in runs if len(run) == 1)
    last = runs[-1][-1] if runs else None
    marks = ticks(low, high)
    return Series(
        height=height,
        base=base,
        grid=tuple(Tick(down.at(v), tick_text(v, marks, unit), "start") for v in marks),
        line=line,
        band=" ".join(bands),
        dots=dots,
        last=None if last is None else (across.at(last[0]), down.at(value_of(last[1]))),
        last_text="" if last is None else show(last[1], unit).value,
        last_anchor="end" if last is not None and across.at(last[0]) > 20 else "start",
        across=ends_and_middle([label for label, _ in points], across),
        reference=None if reference is None else down.at(reference),
        reference_text=reference_text,
        description=description,
        table=Table(caption, (*head, "n"), tuple((label, cell(m, unit), f"{m.n:,}") for label, m in points)),
    )


def _runs(points: Sequence[tuple[str, Measure]]) -> list[list[tuple[int, Measure]]]:
    """Stretches of defined points."""
    runs: list[list[tuple[int, Measure]]] = []
    before = -2
    for i, (_, measure) in enumerate(points):
        if measure.value is None:
            continue
        if i != before + 1:
            runs.append([])
        runs[-1].append((i, measure))
        before = i
    return runs


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g},{y:g}" for x, y in points)


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    y: float
    height: float
    now: bool


@dataclass(frozen=True, slots=True)
class Bars:
    height: float
    base: float
    grid: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    reference: float | None
    description: str
    table: Table

    @property
    def across_at(self) -> float:
        """The baseline of the labels under the axis."""
        return self.height - 4


def bars(
    counts: Sequence[tuple[str, int]],
    *,
    description: str,
    caption: str,
    head: tuple[str, str],
    reference: float | None = None,
    last_is_now: bool = False,
    name_each: bool = False,
    height: float = 206.0,
) -> Bars:
    """Return counts side by side; the axis starts at 0, and its lines are whole numbers.

    Parameters
    ----------
    reference
        A dotted line; part of the axis.
    last_is_now
        Whether the last bar is of a time that is not over.
    name_each
        Whether each bar has its label below it, for a few short labels; otherwise the first, a middle and the last have.
    """
    most = max([n for _, n in counts] + [math.ceil(reference or 0)], default=0)
    size = max(step(most, 3), 1.0) if most else 1.0
    if not size.is_integer():  # 2.5, and there is no half a count
        size *= 2
    high = max(size, math.ceil(most / size - 1e-9) * size)
    base = height - 22
    down = Scale(0, high, base, 18.0)
    left = 8.0
    each = (100.0 - left) / max(1, len(counts))
    width = each * 0.74
    drawn = []
    for i, (_, n) in enumerate(counts):
        y = down.at(n)
        now = last_is_now and i == len(counts) - 1
        drawn.append(Bar(round(left + i * each + (each - width) / 2, 2), round(width, 2), y, round(base - y, 2), now))
    values = [v for v in ticks(0, high, round(high / size)) if v > 0]
    labels = [label for label, _ in counts]
    if name_each:
        across = tuple(Tick(round(left + (i + 0.5) * each, 2), label) for i, label in enumerate(labels))
    else:
        across = ends_and_middle(labels, Scale(0, max(1, len(counts) - 1), left, 100.0))
    return Bars(
        height=height,
        base=base,
        grid=tuple(Tick(down.at(v), tick_text(v, values, Unit.COUNT), "start") for v in values),
        bars=tuple(drawn),
        across=across,
        reference=None if reference is None else down.at(reference),
        description=description,
        table=Table(caption, head, tuple((label, f"{n:,}") for label, n in counts)),
    )
