"""Flags as their page shows them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from annotation.models import Flag
from annotation.selectors.conversation import Turn, opening, replies, turns
from annotation.vocabulary import FlagReason

LABELS: dict[FlagReason, str] = {
    FlagReason.HARMFUL: "Harmful or hateful",
    FlagReason.PERSONAL_DATA: "Somebody’s personal data",
    FlagReason.BROKEN: "Broken or makes no sense",
    FlagReason.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class FlaggedPair:
    """A flag with its pair, the responses in canonical order. No source models: reviewers judge too."""

    reason: str
    note: str
    by: str
    at: dt.datetime
    external_id: str
    asked: str
    prompt: list[Turn]
    first: list[Turn]
    second: list[Turn]
    language: str


def flagged_pair(flag: Flag) -> FlaggedPair:
    """Return a row of ``selectors.flags.newest`` for the page."""
    pair = flag.assignment.pair
    return FlaggedPair(
        reason=LABELS[FlagReason(flag.reason)],
        note=flag.note,
        by=flag.assignment.member.pseudonym,
        at=flag.at,
        external_id=pair.external_id,
        asked=opening(pair.prompt.content),
        prompt=turns(pair.prompt.content),
        first=replies(pair.first.content),
        second=replies(pair.second.content),
        language=pair.prompt.language,
    )
