"""What follows from the figures of an annotator: probation, then a pause, each on evidence of its own. No Django here.

A rule compares the interval of a figure with a threshold, never its value. Only judgements since the last step about a
person count, so one piece of evidence leads to one step, and what a manager has taken back is not done again on the
judgements that it rested on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quality.stats.fraud.alternatives import bound

PATIENCE: Final = 3
"""Times as many as a rule needs, after which a probation ends where nothing speaks against it surely."""
MOST_THRESHOLD_OF_FRAUD: Final = 0.01
"""The share at which somebody is named at all; see ``quality.stats.fraud``."""


class Rule(StrEnum):
    """What is measured, in the order in which rules are tried."""

    FRAUD = "fraud"
    """The logarithm of the likelihood ratio for answering without reading. The threshold is the share of careful people in
    whom it may ever rise as far."""
    GOLD = "gold"
    """The share of known answers that are right."""
    AGREEMENT = "agreement"
    """Cohen's kappa with all others. It asks for nothing of somebody whose known answers are surely good enough."""
    PACE = "pace"
    """The median of seconds on a pair."""


class Step(StrEnum):
    """What is done."""

    PROBATION = "probation"
    PAUSE = "pause"
    END = "end"
    """Of a probation."""


class Ground(StrEnum):
    """Why."""

    BELOW = "below"
    """The interval lies below the threshold."""
    ABOVE = "above"
    """It lies above."""
    NOT_SHOWN = "not_shown"
    """After :data:`PATIENCE` times as many as the rule needs, it does not lie below."""
    SWITCHED_OFF = "switched_off"
    """The rule that began the probation is not used any more."""


class Standing(StrEnum):
    """How an annotator who works stands."""

    ACTIVE = "active"
    PROBATION = "probation"


@dataclass(frozen=True, slots=True)
class Limit:
    """How one rule is set. ``least`` is how many of what the figure counts are needed."""

    on: bool
    threshold: float
    least: int


RANGES: Final[Mapping[Rule, tuple[float, float]]] = {
    Rule.FRAUD: (1e-6, MOST_THRESHOLD_OF_FRAUD),
    Rule.GOLD: (0.0, 1.0),
    Rule.AGREEMENT: (-1.0, 1.0),
    Rule.PACE: (0.1, 3600.0),
}
"""Between which a threshold lies."""
LEAST: Final = (10, 10_000)
"""Between which ``least`` lies."""

DEFAULTS: Final[Mapping[Rule, Limit]] = {
    Rule.FRAUD: Limit(True, 0.001, 20),
    Rule.GOLD: Limit(True, 0.7, 20),
    Rule.AGREEMENT: Limit(True, 0.2, 60),
    Rule.PACE: Limit(True, 2.0, 50),
}
"""Lenient: see ``docs/rules.md`` for how often careful people are named with them."""
SHARE: Final = 0.1
"""Of a project's annotators about whom rules may act in a day, before a manager is asked."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is measured of somebody since the last step about them; numbers are null where undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NOTHING: Final = Figure(None, None, None, 0)


@dataclass(frozen=True, slots=True)
class Decision:
    """One step, and what it rests on."""

    step: Step
    rule: Rule
    ground: Ground
    figure: Figure
    limit: Limit


def needed(threshold: float) -> float:
    """Return the log likelihood ratio that the rule of fraud needs, in nats.

    >>> round(needed(0.001), 2)
    8.99
    """
    return bound(threshold)


def below(rule: Rule, limit: Limit, figure: Figure) -> bool:
    """Whether a figure is surely not good enough.

    Examples
    --------
    >>> below(Rule.GOLD, Limit(True, 0.7, 20), Figure(0.6, 0.4, 0.78, 20))
    False
    >>> below(Rule.GOLD, Limit(True, 0.7, 20), Figure(0.4, 0.22, 0.61, 20))
    True
    """
    if figure.n < limit.least:
        return False
    if rule is Rule.FRAUD:
        return figure.value is not None and figure.value >= needed(limit.threshold)
    return figure.high is not None and figure.high < limit.threshold


def above(rule: Rule, limit: Limit, figure: Figure) -> bool:
    """Whether a figure is surely good enough. That nobody reads is never disproved, so fraud has no such side."""
    if rule is Rule.FRAUD or figure.n < limit.least:
        return False
    return figure.low is not None and figure.low >= limit.threshold


def decide(
    limits: Mapping[Rule, Limit], standing: Standing, figures: Mapping[Rule, Figure], *, begun: Rule | None = None
) -> Decision | None:
    """Return the next step about somebody who works, null where there is none.

    Parameters
    ----------
    figures
        Measured on judgements since the last step about them; a rule without one is not tried.
    begun
        Of somebody on probation: the rule that began it.

    Examples
    --------
    >>> bad = {Rule.GOLD: Figure(0.4, 0.22, 0.61, 20)}
    >>> decide(DEFAULTS, Standing.ACTIVE, bad).step.value, decide(DEFAULTS, Standing.PROBATION, bad).step.value
    ('probation', 'pause')
    """
    for rule in Rule:
        limit, figure = limits.get(rule), figures.get(rule, NOTHING)
        if limit is None or not limit.on or not below(rule, limit, figure):
            continue
        if rule is Rule.AGREEMENT and above(Rule.GOLD, limits.get(Rule.GOLD, DEFAULTS[Rule.GOLD]), figures.get(Rule.GOLD, NOTHING)):  # fmt: skip
            continue
        step = Step.PAUSE if standing is Standing.PROBATION else Step.PROBATION
        return Decision(step, rule, Ground.BELOW, figure, limit)
    if standing is Standing.PROBATION and begun is not None:
        return _end(begun, limits.get(begun), figures.get(begun, NOTHING))
    return None


def _end(rule: Rule, limit: Limit | None, figure: Figure) -> Decision | None:
    if limit is None or not limit.on:
        return Decision(Step.END, rule, Ground.SWITCHED_OFF, figure, limit or DEFAULTS[rule])
    if above(rule, limit, figure):
        return Decision(Step.END, rule, Ground.ABOVE, figure, limit)
    if figure.n >= PATIENCE * limit.least:
        return Decision(Step.END, rule, Ground.NOT_SHOWN, figure, limit)
    return None


def too_many(steps: int, *, before: int, annotators: int, share: float) -> bool:
    """Whether a manager is asked first: ``steps`` at once, after ``before`` in the last day, are more than a share of all.

    One is never too many. Where gold is wrong, it is wrong for everybody, and then all of them wait, not only the last.

    >>> too_many(2, before=0, annotators=30, share=0.1), too_many(2, before=2, annotators=30, share=0.1)
    (False, True)
    >>> too_many(1, before=0, annotators=3, share=0.1)
    False
    """
    return steps + before > max(1, math.floor(share * annotators))
