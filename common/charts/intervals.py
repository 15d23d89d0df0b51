"""Estimates with their intervals, in a chart or in a table's cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.charts.axis import Scale, Table, Tick, around, cell, tick_text, ticks
from common.formatting import Measure, Unit, show


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """What is drawn on one line: one measure, or two readings of it, the second hollow."""

    label: str
    first: Measure
    second: Measure | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on its interval; ``at`` is null where there is no value, and then ``reason`` is shown there."""

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

    @property
    def gap(self) -> str:
        """What is written where a value has no interval, in a word or two.

        >>> Mark(50.0, None, None, 0.0, False, "", "0.62", "", "too few pairs for an interval").gap
        'too few'
        """
        if self.at is None or self.low is not None or not self.reason:
            return ""
        return "too few" if self.reason.startswith("too few") else "no interval"


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
    description: str
    table: Table


def intervals(
    rows: Sequence[IntervalRow],
    *,
    description: str,
    caption: str,
    readings: tuple[str, ...] = ("Value",),
    unit: Unit = Unit.RATIO,
    target: float | None = None,
    floor: float = -1.0,
    ceiling: float = 1.0,
    labels: float = 34.0,
    numbers: float = 24.0,
) -> IntervalChart:
    """Return estimates with their intervals on one shared axis, whose ends follow the data.

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
        description=description,
        table=Table(
            caption,
            ("", *readings),
            tuple(
                (row.label, *(cell(m, unit) for m in (row.first, row.second)[: len(readings)] if m is not None))
                for row in rows
            ),
        ),
    )


def interval_cell(
    measure: Measure, scale: Scale, *, reference: float | None = None, tone: str = "", unit: Unit = Unit.RATIO
) -> tuple[Mark, float | None]:
    """Return one measure for a table's cell, and where the column's reference line is."""
    return _mark(measure, scale, 0.0, False, tone, unit), None if reference is None else scale.at(reference)


def _mark(measure: Measure, scale: Scale, y: float, second: bool, tone: str, unit: Unit) -> Mark:
    shown = show(measure, unit)
    at = None if measure.value is None else scale.at(measure.value)
    low = None if measure.low is None or at is None else scale.at(measure.low)
    high = None if measure.high is None or at is None else scale.at(measure.high)
    return Mark(at, low, high, y, second, tone, shown.value, shown.interval, shown.reason)
