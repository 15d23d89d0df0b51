"""Preferences with how likely each is: for losses that take a soft label, such as a Bradley-Terry loss on ``p_chosen``. Write only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from annotation.formats.records import Preference
from annotation.formats.trl_preference import row

NAME: Final = "soft"
PLACES: Final = 6
"""Decimals of a probability; what lies behind them no consensus of people supports."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write(preferences: Iterable[Preference], *, conversational: bool) -> Iterator[bytes]:
    """Yield a row ``{"prompt", "chosen", "rejected", "p_chosen"}`` for each preference, one at a time.

    The other columns are those of ``trl-preference``, so that a trainer that takes no soft label reads the file too.

    Raises
    ------
    ValueError
        A preference has no probability; ``conversational`` is false and a row is a conversation.

    Examples
    --------
    >>> list(write([Preference("2 + 2?", "4", "5", 0.875)], conversational=False))
    [b'{"prompt": "2 + 2?", "chosen": "4", "rejected": "5", "p_chosen": 0.875}\\n']
    """
    for preference in preferences:
        if preference.p_chosen is None:
            raise ValueError("a soft label needs a probability")
        labelled = row(preference, conversational) | {"p_chosen": round(preference.p_chosen, PLACES)}
        yield _ENCODER.encode(labelled).encode() + b"\n"
