"""What pages call the figures: their names, the sentences of their reasons, days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from annotation.vocabulary import Verdict
from common.formatting import Measure
from common.sentences import sentence
from quality import statistics
from quality.stats.reasons import Reason

NAMES: Final = {statistic.name: statistic.label for statistic in statistics.STATISTICS}

AGREEMENT: Final = tuple(statistic.name for statistic in sorted(statistics.AGREEMENT, key=lambda one: one.place))
"""The project's agreement from top to bottom of its chart."""

REASONS: Final[Mapping[str, str]] = {
    Reason.BOTH_ONE_CATEGORY: "both always chose {category}",
    Reason.NOTHING_COUNTED: "nothing was counted",
    Reason.NOTHING_JUDGED: "nothing was judged",
    Reason.NOTHING_SHARED: "no pair was judged by both",
    Reason.NOT_FINITE: "not defined",
    Reason.NOT_JUDGED_TWICE: "no pair was judged by two people",
    Reason.NO_CONFIDENCE: "nobody stated a confidence",
    Reason.NO_CONSENSUS: "no pair has a majority among the others",
    Reason.NO_GOLD: "no gold was judged",
    Reason.NO_KAPPA: "no two annotators share two pairs on which kappa is defined",
    Reason.NO_PARTNER: "no pair was shared with anyone",
    Reason.NO_TIME: "no time on a pair is known",
    Reason.ONE_CATEGORY: "everyone chose the same verdict",
    Reason.ONE_ITEM: "an interval needs two items",
}
"""Why a figure, or its interval, is undefined; to follow a colon."""

PREVALENCE: Final = (
    "Prevalence: kappa {kappa:.2f} and AC1 {ac1:.2f} part by {gap:.2f} because one verdict dominates; "
    "read them together."
)


def reason(code: str, arguments: Mapping[str, Any]) -> str:
    """Return why a figure is undefined, empty where it is not.

    >>> reason("both_one_category", {"category": 3}), reason("", {})
    ('both always chose Both bad', '')
    """
    if not code:
        return ""
    named = {name: category(value) if name == "category" else value for name, value in arguments.items()}
    return sentence(REASONS, code, named)


def category(code: int) -> str:
    """Return what a category of verdicts is called.

    >>> category(0), category(3)
    ('First', 'Both bad')
    """
    return Verdict(code).name.capitalize().replace("_", " ")


def prevalence(note: Mapping[str, float]) -> str:
    """Return the sentence of a stored note that kappa and AC1 differ, empty where there is none.

    >>> prevalence({"kappa": 0.1, "ac1": 0.8})
    'Prevalence: kappa 0.10 and AC1 0.80 part by 0.70 because one verdict dominates; read them together.'
    """
    return PREVALENCE.format(**note, gap=abs(note["kappa"] - note["ac1"])) if note else ""


def day_name(day: date) -> str:
    """Return a day as axes name it.

    >>> day_name(date(2026, 7, 4))
    '4 Jul'
    """
    return f"{day.day} {day:%b}"


def gaps(named: Iterable[tuple[str, Measure]]) -> list[str]:
    """Return one sentence for each figure that is not defined, with its reason."""
    return [f"{name} is not defined: {m.reason}." for name, m in named if m.value is None and m.reason]
