"""How numbers are written: rounded to what their interval supports, with a true minus sign. No Django here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

MINUS = "\u2212"
RANGE = "\u2013"
HARD_SPACE = "\u00a0"


class Unit(StrEnum):
    """What a number is, which decides how it is written."""

    RATIO = "ratio"  # 0.62
    SIGNED = "signed"  # +0.62, a difference or a log-strength
    PERCENT = "percent"  # 94 %, stored as .94
    PROBABILITY = "probability"  # of a test: 0.32, or < 0.01
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Measure:
    """A statistic as it is stored: null where undefined, with the reason; an interval where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: str = ""
    method: str = ""

    @property
    def defined(self) -> bool:
        return self.value is not None

    @property
    def has_interval(self) -> bool:
        return self.value is not None and self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure as written: ``value`` and ``interval`` apart, because pages set them apart."""

    value: str
    interval: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """All of it on one line.

        >>> Shown("0.62", "0.59–0.65").text
        '0.62 (0.59–0.65)'
        """
        return f"{self.value} ({self.interval})" if self.interval else self.value


def places(half_width: float | None, unit: Unit) -> int:
    """Return how many decimals an interval of this half width supports.

    >>> [places(h, Unit.RATIO) for h in (0.3, 0.03, 0.002, None)]
    [1, 2, 3, 2]
    >>> [places(h, Unit.PERCENT) for h in (0.08, 0.004, None)]
    [0, 1, 0]
    """
    if unit is Unit.COUNT:
        return 0
    if unit in (Unit.RATIO, Unit.SIGNED, Unit.PROBABILITY):
        if half_width is None:
            return 2
        return 1 if half_width >= 0.25 else 2 if half_width >= 0.005 else 3
    if half_width is None:
        return 0
    points = half_width * 100 if unit is Unit.PERCENT else half_width
    return 0 if points >= 0.5 else 1


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Return a number with thousands set apart and a true minus sign; what rounds to zero has no sign.

    >>> number(-1234.5, 1), number(0.2, 2, signed=True), number(-0.001, 2)
    ('−1,234.5', '+0.20', '0.00')
    """
    text = f"{abs(value):,.{decimals}f}"
    if not text.strip("0.,"):
        return text
    if value < 0:
        return MINUS + text
    return f"+{text}" if signed else text


def length_of(seconds: int) -> str:
    """Return how long something takes, rounded up to what people say.

    >>> length_of(1), length_of(40), length_of(61), length_of(3600), length_of(3601)
    ('1 second', '40 seconds', '2 minutes', '60 minutes', '2 hours')
    """
    amount, unit = seconds, "second"
    if seconds > 3600:
        amount, unit = math.ceil(seconds / 3600), "hour"
    elif seconds >= 60:
        amount, unit = math.ceil(seconds / 60), "minute"
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


def share(value: float, decimals: int = 0) -> str:
    """Return a share as a percentage, the sign behind a hard space.

    >>> share(0.123)
    '12\xa0%'
    """
    return f"{number(value * 100, decimals)}{HARD_SPACE}%"


def share_of(part: int, whole: int) -> str:
    """Return a count's share, exact enough to be told from 0 and 100 %.

    >>> share_of(1, 3), share_of(1, 1000), share_of(999, 1000), share_of(0, 0)
    ('33\xa0%', '0.1\xa0%', '99.9\xa0%', '–')
    """
    if whole == 0:
        return RANGE
    value = part / whole
    near_an_end = 0 < value < 0.01 or 0.99 < value < 1
    return share(value, 1 if near_an_end else 0)


def between(low: float, high: float, decimals: int, unit: Unit) -> str:
    """Return an interval: ``0.59–0.65``; where there is a sign, with "to".

    >>> between(0.588, 0.652, 2, Unit.RATIO), between(-0.03, 0.17, 2, Unit.SIGNED), between(0.93, 0.95, 0, Unit.PERCENT)
    ('0.59–0.65', '−0.03 to +0.17', '93–95')
    """
    return (" to " if unit is Unit.SIGNED or low < 0 else RANGE).join(_ends(low, high, decimals, unit))


def _ends(low: float, high: float, decimals: int, unit: Unit) -> list[str]:
    times = 100 if unit is Unit.PERCENT else 1
    return [number(end * times, decimals, signed=unit is Unit.SIGNED) for end in (low, high)]


def show(measure: Measure, unit: Unit = Unit.RATIO) -> Shown:
    """Return a measure as it is written.

    >>> show(Measure(0.9412, 0.93, 0.952), Unit.PERCENT).text
    '94\xa0% (93–95)'
    >>> show(Measure(4.0, 3.5, 4.5), Unit.SECONDS).text
    '4.0 (3.5–4.5)'
    >>> show(Measure(0.0004), Unit.PROBABILITY).value, show(Measure(0.32), Unit.PROBABILITY).value
    ('<\xa00.01', '0.32')
    >>> show(Measure(None, reason="no gold was judged"))
    Shown(value='not defined', interval='', reason='no gold was judged')
    """
    if measure.value is None or not math.isfinite(measure.value):
        return Shown("not defined", reason=measure.reason)
    low, high = measure.low, measure.high
    if low is None or high is None:
        decimals = places(None, unit)
    else:
        decimals = places((high - low) / 2, unit)
        if low < high and len(set(_ends(low, high, decimals, unit))) == 1:  # "4–4" would hide that there is a width
            decimals += 1
    if unit is Unit.PERCENT:
        value = share(measure.value, decimals)
    elif unit is Unit.PROBABILITY and measure.value < 0.01:
        value = f"<{HARD_SPACE}0.01"
    else:
        value = number(measure.value, decimals, signed=unit is Unit.SIGNED)
    if measure.low is None or measure.high is None:
        return Shown(value, reason=measure.reason)
    # One number is no range: as where the order statistics around a median of whole seconds are equal.
    return Shown(value, between(measure.low, measure.high, decimals, unit) if measure.low < measure.high else "")
