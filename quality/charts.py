"""Where a chart's marks stand: positions in per cent across, in pixels down. No Django, no markup, no colours.

Five forms: intervals, a series with its band, bars, a scatter with intervals, a share bar; and the steps of a heat
table. Each carries its own text equivalent (``said`` for the picture, ``table`` for the numbers), made of the very
input that was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quality.numbers import Measure, Unit, number, share_of, show

CHARACTER = 6.0  # px a 12 px letter takes, on the wide side
NARROWEST = 350.0  # px of a figure on a small phone; what fits there fits everywhere


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to positions. What lies off the axis is drawn at its end.

    >>> Scale(0.0, 1.0, 30, 80).at(0.5), Scale(0.0, 1.0).at(7)
    (55.0, 100.0)
    """

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError("a scale goes from a lower to a higher value")

    def at(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart. The first cell of each row names it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str
    anchor: str = "mid"

    @property
    def text_at(self) -> float:
        """Where its number stands: just above its line."""
        return round(self.at - 4, 2)


def step(span: float, most: int = 4) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that cuts a span into at most so many parts.

    >>> step(0.6), step(430), step(28, 3)
    (0.2, 200.0, 10.0)
    """
    if not span > 0:
        raise ValueError("a span is positive")
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    raise AssertionError("ten is enough")  # pragma: no cover


def ticks(low: float, high: float, most: int = 4) -> tuple[float, ...]:
    """Round values from low to high, ends included where they are round.

    >>> ticks(0.38, 1.0)
    (0.4, 0.6, 0.8, 1.0)
    """
    size = step(high - low, most)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return tuple(round(k * size, 10) for k in range(first, last + 1))


def around(
    values: Iterable[float], *, floor: float = -math.inf, ceiling: float = math.inf, most: int = 4, least: float = 0.1
) -> tuple[float, float]:
    """Round ends of an axis that holds all values with a little room, inside what is possible.

    >>> around([0.59, 0.88], floor=-1, ceiling=1)
    (0.5, 0.9)
    """
    found = [value for value in values if math.isfinite(value)]
    if not found:
        return (max(floor, 0.0), min(ceiling, max(floor, 0.0) + 1.0))
    low, high = min(found), max(found)
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
        low, high = max(low, floor), min(high, ceiling)
    size = step(high - low, most)
    low, high = math.floor(low / size + 1e-9) * size, math.ceil(high / size - 1e-9) * size
    return round(max(low, floor), 10), round(min(high, ceiling), 10)


def tick_text(value: float, all_of_them: Sequence[float], unit: Unit) -> str:
    """An axis number with as many decimals as its neighbours need."""
    scaled = [v * 100 if unit is Unit.PERCENT else v for v in all_of_them]
    decimals = next((d for d in range(4) if all(abs(v - round(v, d)) < 1e-9 for v in scaled)), 3)
    if unit in (Unit.RATIO, Unit.SIGNED):
        decimals = max(decimals, 1)
    return number(value * 100 if unit is Unit.PERCENT else value, decimals, signed=unit is Unit.SIGNED)


# Intervals -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """What is drawn on one line: one measure, or two readings of it, the second hollow."""

    label: str
    first: Measure
    second: Measure | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on its interval; ``at`` is null where there is no value, and then ``reason`` stands there."""

    at: float | None
    low: float | None
    high: float | None
    y: float
    second: bool
    tone: str
    value: str
    interval: str
    reason: str

    @property
    def text_y(self) -> float:
        return self.y + 4


@dataclass(frozen=True, slots=True)
class IntervalLine:
    label: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class IntervalChart:
    height: float
    top: float
    ticks: tuple[Tick, ...]
    target: float | None
    lines: tuple[IntervalLine, ...]
    said: str
    table: Table


def intervals(
    rows: Sequence[IntervalRow],
    *,
    said: str,
    caption: str,
    readings: tuple[str, ...] = ("Value",),
    unit: Unit = Unit.RATIO,
    target: float | None = None,
    floor: float = -1.0,
    ceiling: float = 1.0,
    labels: float = 34.0,
    numbers: float = 24.0,
) -> IntervalChart:
    """Estimates with their intervals on one shared axis, whose ends follow the data.

    Parameters
    ----------
    rows
        From top to bottom; with two readings each takes two lines.
    readings
        What the first and the second of each row are called in the table.
    target
        A dotted line; part of the axis.
    labels, numbers
        Per cent of the width kept for names at the left and written values at the right.
    """
    drawn = [m for row in rows for m in (row.first, row.second) if m is not None and m.value is not None]
    ends = [v for m in drawn for v in (m.value, m.low, m.high) if v is not None]
    if target is not None:
        ends.append(target)
    scale = Scale(*around(ends, floor=floor, ceiling=ceiling), labels, 100.0 - numbers)
    marks_at = ticks(scale.low, scale.high)
    top, each, gap = 20.0, 17.0, 12.0
    y = top + 14
    lines = []
    for row in rows:
        measures = [(row.first, False)] + ([(row.second, True)] if row.second is not None else [])
        marks = tuple(_mark(m, scale, y + i * each, second, row.tone, unit) for i, (m, second) in enumerate(measures))
        lines.append(IntervalLine(row.label, y + (len(measures) - 1) * each / 2 + 4, marks))
        y += len(measures) * each + gap
    return IntervalChart(
        height=y - gap,
        top=top - 4,
        ticks=tuple(Tick(scale.at(v), tick_text(v, marks_at, unit)) for v in marks_at),
        target=None if target is None else scale.at(target),
        lines=tuple(lines),
        said=said,
        table=Table(
            caption,
            ("", *readings),
            tuple(
                (row.label, *(_cell(m, unit) for m in (row.first, row.second)[: len(readings)] if m is not None))
                for row in rows
            ),
        ),
    )


def interval_cell(
    measure: Measure, scale: Scale, *, reference: float | None = None, tone: str = "", unit: Unit = Unit.RATIO
) -> tuple[Mark, float | None]:
    """One measure for a table's cell, and where the column's reference line stands."""
    return _mark(measure, scale, 0.0, False, tone, unit), None if reference is None else scale.at(reference)


def _mark(measure: Measure, scale: Scale, y: float, second: bool, tone: str, unit: Unit) -> Mark:
    shown = show(measure, unit)
    at = None if measure.value is None else scale.at(measure.value)
    low = None if measure.low is None or at is None else scale.at(measure.low)
    high = None if measure.high is None or at is None else scale.at(measure.high)
    return Mark(at, low, high, y, second, tone, shown.value, shown.interval, shown.reason)


def _cell(measure: Measure, unit: Unit) -> str:
    shown = show(measure, unit)
    return f"{shown.value}: {shown.reason}" if measure.value is None and shown.reason else shown.text


# A series with its band ----------------------------------------------------------------------------------------------


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
    said: str
    table: Table

    @property
    def across_at(self) -> float:
        """The baseline of the words under the axis."""
        return self.height - 4

    @property
    def reference_at(self) -> float:
        return round((self.reference or 0.0) - 5, 2)

    @property
    def last_at(self) -> float:
        """The last point's number stands above it, or below where there is no room."""
        y = self.last[1] if self.last else 0.0
        return round(y - 11 if y > 24 else y + 20, 2)


def series(
    points: Sequence[tuple[str, Measure]],
    *,
    said: str,
    caption: str,
    head: tuple[str, str] = ("", "Value"),
    unit: Unit = Unit.RATIO,
    floor: float = -math.inf,
    ceiling: float = math.inf,
    reference: float | None = None,
    reference_text: str = "",
    height: float = 200.0,
) -> Series:
    """Estimates over time, evenly spaced, with their 95 % band. Undefined points break the line; a lone one is a dot."""
    known = [m for _, m in points if m.value is not None]
    ends = [v for m in known for v in (m.value, m.low, m.high) if v is not None]
    if reference is not None:
        ends.append(reference)
    low, high = around(ends, floor=floor, ceiling=ceiling)
    base = height - 22
    down = Scale(low, high, base, 14.0)
    across = Scale(0, max(1, len(points) - 1), 6.0, 100.0)
    runs = _runs(points)
    line = " ".join(_path([(across.at(i), down.at(_value(m))) for i, m in run]) for run in runs if len(run) > 1)
    bands = []
    for run in runs:
        held = [(i, m.low, m.high) for i, m in run if m.low is not None and m.high is not None]
        if len(held) > 1:
            edge = [(across.at(i), down.at(top)) for i, _, top in held]
            edge += [(across.at(i), down.at(bottom)) for i, bottom, _ in reversed(held)]
            bands.append(f"{_path(edge)} Z")
    dots = tuple((across.at(run[0][0]), down.at(_value(run[0][1]))) for run in runs if len(run) == 1)
    last = runs[-1][-1] if runs else None
    marks = ticks(low, high)
    return Series(
        height=height,
        base=base,
        grid=tuple(Tick(down.at(v), tick_text(v, marks, unit), "start") for v in marks),
        line=line,
        band=" ".join(bands),
        dots=dots,
        last=None if last is None else (across.at(last[0]), down.at(_value(last[1]))),
        last_text="" if last is None else show(last[1], unit).value,
        last_anchor="end" if last is not None and across.at(last[0]) > 20 else "start",
        across=_across([label for label, _ in points], across),
        reference=None if reference is None else down.at(reference),
        reference_text=reference_text,
        said=said,
        table=Table(caption, (*head, "n"), tuple((label, _cell(m, unit), f"{m.n:,}") for label, m in points)),
    )


def _value(measure: Measure) -> float:
    assert measure.value is not None
    return measure.value


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


def _across(labels: Sequence[str], scale: Scale) -> tuple[Tick, ...]:
    """The first, a middle and the last label, whose ends stay inside."""
    if not labels:
        return ()
    end = len(labels) - 1
    found = [Tick(scale.at(0), labels[0], "start")]
    if end >= 6:
        found.append(Tick(scale.at(end // 2), labels[end // 2], "mid"))
    if end > 0:
        found.append(Tick(scale.at(end), labels[end], "end"))
    return tuple(found)


# Bars ----------------------------------------------------------------------------------------------------------------


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
    said: str
    table: Table

    @property
    def across_at(self) -> float:
        """The baseline of the words under the axis."""
        return self.height - 4


def bars(
    counts: Sequence[tuple[str, int]],
    *,
    said: str,
    caption: str,
    head: tuple[str, str],
    reference: float | None = None,
    last_is_now: bool = False,
    height: float = 206.0,
) -> Bars:
    """Counts side by side; the axis starts at 0."""
    most = max([n for _, n in counts] + [math.ceil(reference or 0)], default=0)
    size = max(step(most, 3), 1.0) if most else 1.0
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
    return Bars(
        height=height,
        base=base,
        grid=tuple(Tick(down.at(v), tick_text(v, values, Unit.COUNT), "start") for v in values),
        bars=tuple(drawn),
        across=_across([label for label, _ in counts], Scale(0, max(1, len(counts) - 1), left, 100.0)),
        reference=None if reference is None else down.at(reference),
        said=said,
        table=Table(caption, head, tuple((label, f"{n:,}") for label, n in counts)),
    )


# Scatter with intervals ----------------------------------------------------------------------------------------------


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
    said: str
    table: Table

    @property
    def across_at(self) -> float:
        """The baseline of the words under the axis."""
        return self.height - 4

    @property
    def reference_at(self) -> float:
        return round((self.reference or 0.0) - 5, 2)


def scatter(
    points: Sequence[Point],
    *,
    said: str,
    caption: str,
    head: tuple[str, str, str],
    x_unit: Unit = Unit.RATIO,
    y_unit: Unit = Unit.RATIO,
    y_floor: float = -math.inf,
    y_ceiling: float = math.inf,
    reference: float | None = None,
    reference_text: str = "",
    named: int = 6,
    height: float = 250.0,
) -> Scatter:
    """Measures against a number, each with its interval; larger dots rest on more. Points with a tone are named."""
    shown = [p for p in points if p.y.value is not None and math.isfinite(p.x)]
    ends = [v for p in shown for v in (p.y.value, p.y.low, p.y.high) if v is not None]
    if reference is not None:
        ends.append(reference)
    low, high = around(ends, floor=y_floor, ceiling=y_ceiling)
    x_low, x_high = around([p.x for p in shown], floor=0.0, least=1.0)
    base, left = height - 26, 8.0
    across, down = Scale(x_low, x_high, left, 97.0), Scale(low, high, base, 12.0)
    most = max((p.y.n for p in shown), default=1) or 1
    toned = [p for p in shown if p.tone][:named]
    names = _apart([(across.at(p.x), down.at(_value(p.y))) for p in toned], base)
    dots = tuple(
        Dot(
            label=p.label if p in toned else "",
            text_at=names[toned.index(p)] if p in toned else 0.0,
            x=across.at(p.x),
            y=down.at(_value(p.y)),
            low=None if p.y.low is None else down.at(p.y.low),
            high=None if p.y.high is None else down.at(p.y.high),
            radius=round(2.6 + 2.4 * math.sqrt(p.y.n / most), 1),
            tone=p.tone,
            anchor="end" if across.at(p.x) > 60 else "start",
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
        said=said,
        table=Table(
            caption,
            (*head, "n"),
            tuple((p.label, show(Measure(p.x), x_unit).value, _cell(p.y, y_unit), f"{p.y.n:,}") for p in points),
        ),
    )


def _apart(places: Sequence[tuple[float, float]], base: float) -> list[float]:
    """Baselines for names beside their dots, moved up or down by a line where two would stand on each other."""
    taken: list[tuple[float, float]] = []
    found = []
    for x, y in places:
        at = next(
            (
                y + 4 + move
                for move in (0, 13, -13, 26, -26, 39, -39)
                if 10 <= y + 4 + move <= base
                and all(abs(x - other) > 34 or abs(y + 4 + move - line) >= 13 for other, line in taken)
            ),
            y + 4,
        )
        taken.append((x, at))
        found.append(round(at, 2))
    return found


# Share bar -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole; ``fill`` is the name of its colour."""

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
    """``rest`` names the parts too small to stand under their own piece, each with its colour's name."""

    height: float
    pieces: tuple[Piece, ...]
    rest: tuple[tuple[str, str], ...]
    said: str
    table: Table


def share_bar(
    parts: Sequence[Part], *, said: str, caption: str, head: tuple[str, str], in_per_cent: bool = False
) -> ShareBar:
    """Parts of a whole side by side. Each is labelled under its own piece where the label fits, else in one line below."""
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
        # A label may reach under the next piece, but one that stands under another's piece alone would mislead.
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
        said=said,
        table=Table(
            caption, (*head, "Share"), tuple((p.label, f"{p.count:,}", share_of(p.count, total)) for p in parts)
        ),
    )


# Heat table ----------------------------------------------------------------------------------------------------------


def heat(value: float, low: float = 0.0, high: float = 1.0) -> int:
    """Which of a heat table's eleven steps a value takes.

    >>> heat(0.0), heat(0.53), heat(1.0)
    (0, 5, 10)
    """
    return round(10 * (min(max(value, low), high) - low) / (high - low))
