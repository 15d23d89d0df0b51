"""Whether an annotator needs attention: a rule with a known rate of false alarms, on the figures of one annotator.

Four concerns are looked at for each annotator. At most 3 % of careful annotators may be named for any of them, so each
has a quarter of that (Bonferroni), whatever the others find. Each is judged by a test at that level and not by the 95 %
interval that pages show; as the level is stricter, whoever is named also has an interval on the wrong side.
The rate is of one annotator at one look: of 100 careful annotators one or two may be named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from scipy import special

FALSE_ALARMS: Final = 0.03
"""Share of careful annotators who may be named, for all concerns together."""
LEVEL: Final = FALSE_ALARMS / 4
"""Of each concern."""
LEAST: Final = 20
"""Judgements from which agreement, side and pace are looked at."""
LEAST_BIAS: Final = 0.1
"""Distance of the share of left choices from one half; what is nearer costs a project little, however sure it is."""
SHORTEST: Final = 2.0
"""Seconds in which nobody reads a prompt and two responses: eight words at 238 a minute (Brysbaert 2019)."""
LEAST_SECONDS: Final = 1.25
"""What :data:`SHORTEST` comes down to where the whole project is quick, as with answers of a word. With 1.5, 4 % of the
careful people of a project whose median is 3 seconds would be named."""
QUICKEST: Final = 1 / 6
"""Of the project's median seconds. Times of careful people differ by a factor of 1.6 or so (one standard deviation of
the logarithm), and a sixth is beyond three and a half of those."""
POWER: Final = 0.95
"""How often random clicks have to be found for nobody's work to be called clear by luck."""
CHANCE: Final = 0.5
"""Accuracy of one who clicks at random between two sides; with more verdicts it is lower."""


class Measured(Protocol):
    """A figure with its 95 % interval: None or NaN where it is undefined. An ``Estimate`` is one."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n(self) -> int: ...


class Code(StrEnum):
    """What is wrong. The arguments of each are those of its :class:`Concern`."""

    LOW_AGREEMENT = "low_agreement"
    """Agrees less with the others than ``target``. ``gold`` counts the gold answers that could say who is right: where it
    is 0 the concern says that they differ from the others, not that they are wrong; pages say so."""
    LOW_GOLD = "low_gold"
    """Knows fewer of the known answers than ``target``: ``right`` of ``n``."""
    SIDE_BIAS = "side_bias"
    """Chose one side too often: ``left`` of ``n``."""
    IMPLAUSIBLE_PACE = "implausible_pace"
    """Half of the judgements took less than ``seconds``, where at least ``limit`` are plausible."""


class State(StrEnum):
    """``CLEAR`` is a finding: nothing is wrong, though there is evidence enough that it would have shown."""

    ATTENTION = "attention"
    CLEAR = "clear"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of an annotator; every figure may be undefined.

    Parameters
    ----------
    kappa, consensus : Measured
        Cohen's kappa with all others, and with the majority of the others. ``n`` counts judgements of others, and pairs.
    gold : Measured
        Share of their gold answers that are right.
    left : Measured
        Share of their choices that fell on the left response.
    seconds : Measured
        Median seconds.
    """

    kappa: Measured
    consensus: Measured
    gold: Measured
    left: Measured
    seconds: Measured


@dataclass(frozen=True, slots=True)
class Wanted:
    """The project's targets, and its own median of seconds, NaN where no time is known."""

    kappa: float
    gold: float
    median_seconds: float = math.nan

    def __post_init__(self) -> None:
        if not -1 <= self.kappa <= 1:
            raise ValueError("kappa lies between -1 and 1")
        if not 0 <= self.gold <= 1:
            raise ValueError("gold lies between 0 and 1")
        if self.median_seconds < 0 or math.isinf(self.median_seconds):
            raise ValueError("median_seconds is finite and not negative")


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is wrong."""

    code: Code
    arguments: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of an annotator and why."""

    state: State
    concerns: tuple[Concern, ...]


def attention(found: Figures, wanted: Wanted) -> Finding:
    """Return whether an annotator needs attention.

    Agreement is too low where kappa with all others and, where it has an interval, kappa with their majority both lie
    surely below target: one partner who is always wrong pulls down the first, and the second where they are the only one.
    It is no concern for someone whose known answers are surely on target: then gold says that the others err. Gold is
    judged by the exact binomial probability of so few right answers from one who is on target, sides by that of so uneven
    choices from one who does not look at the side, as sides are drawn at random. Pace is implausible where the upper limit
    of the median lies below :data:`SHORTEST` (a quarter of the project's median where that is less, but at least
    :data:`LEAST_SECONDS`), or below :data:`QUICKEST` of the project's median. The length of texts is
    no part of it: who sees an error in the first line need not read the rest.

    Somebody is clear where one who clicks at random, with as many judgements, would have been found by agreement or gold.

    Raises
    ------
    ValueError
        For a share outside [0, 1], a kappa above 1, a negative time or count, and anything infinite.

    References
    ----------
    Brysbaert, M. (2019). Journal of Memory and Language 109, 104047 (238 words a minute, silently, in English).
    Dunn, O. J. (1961). Journal of the American Statistical Association 56, 52-64 (Bonferroni).

    Examples
    --------
    Nobody can be judged by three answers, right as they are:

    >>> from quality.stats.intervals import undefined, wilson
    >>> from quality.stats.methods import Method
    >>> from quality.stats.reasons import Reason
    >>> none = undefined(Method.MEDIAN, Reason.NO_TIME)
    >>> attention(Figures(none, none, wilson(3, 3), none, none), Wanted(kappa=0.6, gold=0.9)).state.value
    'too_early'
    >>> attention(Figures(none, none, wilson(38, 38), none, none), Wanted(kappa=0.6, gold=0.9)).state.value
    'clear'
    """
    _check(found)
    tried = (_agreement(found, wanted), _gold(found.gold, wanted.gold), _side(found.left), _pace(found.seconds, wanted))
    concerns = tuple(concern for concern in tried if concern is not None)
    if concerns:
        return Finding(State.ATTENTION, concerns)
    return Finding(State.CLEAR if _would_show(found, wanted) else State.TOO_EARLY, ())


def _check(found: Figures) -> None:
    for name, least, most in (
        ("kappa", -math.inf, 1.0),
        ("consensus", -math.inf, 1.0),
        ("gold", 0.0, 1.0),
        ("left", 0.0, 1.0),
        ("seconds", 0.0, math.inf),
    ):
        figure: Measured = getattr(found, name)
        if figure.n < 0:
            raise ValueError(f"n of {name} is negative")
        for end in (figure.value, figure.low, figure.high):
            if end is None or math.isnan(end):
                continue
            if math.isinf(end):
                raise ValueError(f"{name} is infinite")
            if not least <= end <= most:
                raise ValueError(f"{name} lies outside its range")
        if name in ("gold", "left") and figure.n == 0 and not math.isnan(_number(figure.value)):
            raise ValueError(f"{name} is a share of nothing")


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _above(kappa: Measured) -> float:
    """How far above its value a kappa may lie at :data:`LEVEL`; NaN where that is no evidence.

    The upper half of the 95 % interval is stretched by the ratio of Student's quantiles.
    """
    if kappa.n < LEAST:
        return math.nan
    half = _number(kappa.high) - _number(kappa.value)
    free = kappa.n - 1
    return half * float(special.stdtrit(free, 1 - LEVEL) / special.stdtrit(free, 0.975))


def _below(kappa: Measured, target: float) -> bool:
    """Whether it lies surely below target, as far as pages show digits."""
    return round(_number(kappa.value) + _above(kappa), 2) < round(target, 2)


def _agreement(found: Figures, wanted: Wanted) -> Concern | None:
    if not _below(found.kappa, wanted.kappa):
        return None
    if _above(found.consensus) >= 0 and not _below(found.consensus, wanted.kappa):
        return None
    if found.gold.n and _number(found.gold.low) >= wanted.gold:
        return None
    return Concern(Code.LOW_AGREEMENT, {"target": wanted.kappa, "gold": found.gold.n})


def _gold(gold: Measured, target: float) -> Concern | None:
    value = _number(gold.value)
    if math.isnan(value):
        return None
    right = round(value * gold.n)
    if right == gold.n or float(special.bdtr(right, gold.n, target)) > LEVEL:
        return None
    return Concern(Code.LOW_GOLD, {"target": target, "right": right, "n": gold.n})


def _side(left: Measured) -> Concern | None:
    value = _number(left.value)
    if math.isnan(value) or left.n < LEAST or abs(value - 0.5) < LEAST_BIAS:
        return None
    chosen = round(value * left.n)
    if 2 * float(special.bdtr(min(chosen, left.n - chosen), left.n, 0.5)) > LEVEL:
        return None
    return Concern(Code.SIDE_BIAS, {"left": chosen, "n": left.n})


def _pace(seconds: Measured, wanted: Wanted) -> Concern | None:
    high = _number(seconds.high)
    usual = wanted.median_seconds
    limit = SHORTEST if math.isnan(usual) else max(LEAST_SECONDS, min(SHORTEST, usual / 4), QUICKEST * usual)
    if seconds.n < LEAST or math.isnan(high) or high >= limit:
        return None
    return Concern(Code.IMPLAUSIBLE_PACE, {"seconds": _number(seconds.value), "limit": limit})


def _would_show(found: Figures, wanted: Wanted) -> bool:
    """Whether one who clicks at random would be named, 95 times of 100, with as much evidence."""
    # Their kappa is 0 on average and scatters; the bound has to stay below target for all but the luckiest.
    luck = special.ndtri(POWER) / special.ndtri(1 - LEVEL)
    if _above(found.kappa) * (1 + luck) < wanted.kappa:
        return True
    n = found.gold.n
    if n == 0:
        return False
    luckiest = math.ceil(float(special.bdtrik(POWER, n, CHANCE)))
    return float(special.bdtr(luckiest, n, wanted.gold)) <= LEVEL
