"""The two readings of agreement, and what their figures are called."""

from __future__ import annotations

from enum import StrEnum


class Reading(StrEnum):
    """Which judgements a statistic reads, and as what."""

    STRICT = "strict"
    """Each verdict is a category."""
    DIRECTION = "direction"
    """Only judgements that name a side, of items that have two of them."""
    NONE = ""
    """The statistic is no agreement, and knows no readings."""


def key(name: str, reading: Reading | str) -> str:
    """Return what a reading of a statistic is called: the strict one as the statistic itself.

    >>> key("cohen_kappa", "strict"), key("cohen_kappa", "direction"), key("gold_accuracy", "")
    ('cohen_kappa', 'cohen_kappa_direction', 'gold_accuracy')
    """
    return f"{name}_{reading}" if reading == Reading.DIRECTION else name
