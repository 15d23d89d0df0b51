"""What every chart has: scales, round ticks, and the table behind the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.formatting import Measure, Unit, number, show


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to positions. What lies off the axis is drawn at its end.

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
        """Where its number is: just above its line."""
        return round(self.at - 4, 2)


def step(span: float, most: int = 4) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that divides a span into at most ``most`` parts.

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
    """Round ends of an axis that holds all values with a small margin, inside what is possible.

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


def value_of(measure: Measure) -> float:
    assert measure.value is not None
    return measure.value


def cell(measure: Measure, unit: Unit) -> str:
    shown = show(measure, unit)
    return f"{shown.value}: {shown.reason}" if measure.value is None and shown.reason else shown.text


def ends_and_middle(labels: Sequence[str], scale: Scale) -> tuple[Tick, ...]:
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
