"""What somebody may do instead of judging, and how much evidence it takes to say so."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final


class Alternative(StrEnum):
    """A way to answer without reading: a code. Each has a test of its own."""

    RANDOM = "random"
    """Verdicts do not depend on the pair, whatever their mix."""
    ALWAYS_LEFT = "always_left"
    ALWAYS_RIGHT = "always_right"
    ALWAYS_LONGER = "always_longer"
    """The longer of the two responses, whichever is better."""
    ALWAYS_TIE = "always_tie"
    REPEATS = "repeats"
    """The side, or the verdict without a side, of their judgement before."""
    TOO_FAST = "too_fast"
    """In far less time than others need for texts of that length."""
    COPIES = "copies"
    """The verdicts that one other person gave before them."""


class State(StrEnum):
    """``CLEAR`` is a finding: with as much evidence, one who clicks at random would look different."""

    TOO_EARLY = "too_early"
    CLEAR = "clear"
    WATCH = "watch"
    ALARM = "alarm"


FALSE_ALARMS: Final = 0.01
"""Share of honest annotators that may ever be named, for all alternatives and after any number of judgements together."""
WATCHED: Final = 0.1
"""The same of those that may be watched."""
LEAD_IN: Final = 10
"""Judgements before which nobody is named: a few wrong answers while they learn the task are no fraud."""
AGAINST_RANDOM: Final = -math.log(10.0)
"""Log likelihood ratio of random clicks, at or below which somebody without other evidence is clear."""


def bound(share: float = FALSE_ALARMS) -> float:
    """Return the log likelihood ratio, in nats, that one alternative needs.

    Under the honest model the likelihood ratio of an alternative is a non-negative martingale of mean 1, so it ever reaches
    x with a probability of at most 1 / x (Ville), and one of J of them reaches J / share with at most ``share``.

    References
    ----------
    Ville, J. (1939). Étude critique de la notion de collectif. Gauthier-Villars, Paris.
    Wald, A. (1945). Annals of Mathematical Statistics 16, 117-186.

    Examples
    --------
    >>> round(bound(), 2), round(bound(WATCHED), 2)
    (6.68, 4.38)
    """
    return math.log(len(Alternative) / share)
