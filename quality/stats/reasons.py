"""Why a statistic, or its interval, is undefined: codes that pages turn into sentences."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A code, stored with the figure. ``category`` below is an argument: the position of a category, for verdicts its code."""

    BOTH_ONE_CATEGORY = "both_one_category"
    """Two annotators, or one and all partners, put every shared item into one ``category``."""
    NOTHING_COUNTED = "nothing_counted"
    """A share of nothing."""
    NOTHING_JUDGED = "nothing_judged"
    """A gold pair, or a project's gold, has no judgement."""
    NOTHING_SHARED = "nothing_shared"
    """Two annotators judged no item both."""
    NOT_FINITE = "not_finite"
    """The value is infinite."""
    NOT_JUDGED_TWICE = "not_judged_twice"
    """No item has two judgements."""
    NO_CONFIDENCE = "no_confidence"
    """No judgement came with a confidence."""
    NO_CONSENSUS = "no_consensus"
    """The others have a majority on no item that the annotator judged."""
    NO_GOLD = "no_gold"
    """No judgement is of gold."""
    NO_KAPPA = "no_kappa"
    """No two annotators share two items on which kappa is defined."""
    NO_PARTNER = "no_partner"
    """An annotator shares no item with anyone."""
    NO_TIME = "no_time"
    """No judgement came with its time."""
    ONE_CATEGORY = "one_category"
    """All judgements of all annotators are of one ``category``."""
    ONE_ITEM = "one_item"
    """The value rests on one item, which gives no interval."""
