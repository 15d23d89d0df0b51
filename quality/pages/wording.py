"""Names and methods of the figures, in the words pages use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from common.formatting import Measure

NAMES = {
    "cohen_kappa_mean": "Cohen’s κ, mean",
    "fleiss_kappa": "Fleiss’ κ",
    "krippendorff_alpha": "Krippendorff’s α",
    "gwet_ac1": "Gwet’s AC1",
    "percent_agreement": "Percent agreement",
    "cohen_kappa": "Cohen’s κ",
    "gold_accuracy": "Gold accuracy",
    "calibration_ece": "Calibration, ECE",
    "calibration_brier": "Brier score",
    "left_share": "Chose the left",
    "seconds_median": "Median seconds",
}

AGREEMENT = ("fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "cohen_kappa_mean", "percent_agreement")


def day_name(day: date) -> str:
    """A day as axes name it.

    >>> day_name(date(2026, 7, 4))
    '4 Jul'
    """
    return f"{day.day} {day:%b}"


def gaps(named: Iterable[tuple[str, Measure]]) -> list[str]:
    """One sentence for each figure that is not defined, with its reason."""
    return [f"{name} is not defined: {m.reason}." for name, m in named if m.value is None and m.reason]


def listed(words: list[str]) -> str:
    """Words as a person lists them.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"
