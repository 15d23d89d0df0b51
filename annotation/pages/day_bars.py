"""The bars of "Judgements a day": across in per cent, up in pixels, so that the text keeps its size."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

TOP, FLOOR = 18, 118
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class Bar:
    day: str
    count: int
    x: float
    middle: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    value: int
    y: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    lines: list[Line]
    label: str


def bars(days: list[tuple[dt.date, int]]) -> Bars:
    """Bars start at 0; at most four lines, their values on them."""
    most = max((count for _, count in days), default=0)
    step = next((step for step in STEPS if step * 3 >= most), STEPS[-1])
    top = max(step * -(-most // step), step)
    scale = (FLOOR - TOP) / top
    room = 92 / max(1, len(days))
    drawn = [
        Bar(
            day="today" if place == len(days) - 1 else f"{day:%a}",
            count=count,
            x=round(8 + place * room + room * 0.14, 2),
            middle=round(8 + (place + 0.5) * room, 2),
            width=round(room * 0.72, 2),
            y=round(FLOOR - count * scale, 1),
            height=round(count * scale, 1),
        )
        for place, (day, count) in enumerate(days)
    ]
    lines = [
        Line(value=value, y=round(FLOOR - value * scale, 1), text_y=round(FLOOR - value * scale - 4, 1))
        for value in range(step, top + 1, step)
    ]
    counts = ", ".join(f"{count:,} on {day:%A}" for day, count in days[:-1])
    label = f"Judgements a day: {counts}, and {days[-1][1]:,} so far today" if days else "Judgements a day"
    return Bars(drawn, lines, label)
