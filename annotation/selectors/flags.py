"""What people found wrong with a pair, for those who look after the project."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import Flag, Project
from annotation.selectors.conversation import Turn, opening, replies, turns
from annotation.vocabulary import FlagReason

WORDS: dict[FlagReason, str] = {
    FlagReason.HARMFUL: "Harmful or hateful",
    FlagReason.PERSONAL_DATA: "Somebody’s personal data",
    FlagReason.BROKEN: "Broken or makes no sense",
    FlagReason.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag with the pair it stands on. FIRST and SECOND as they are stored; no source model, for reviewers judge too."""

    reason: str
    note: str
    by: str
    at: dt.datetime
    external_id: str
    asked: str
    prompt: list[Turn]
    first: list[Turn]
    second: list[Turn]


def newest(*, project: Project) -> QuerySet[Flag]:
    """Every flag of the project with its pair and who raised it, the newest first."""
    pair = "assignment__pair"
    texts = (pair, f"{pair}__prompt", f"{pair}__first", f"{pair}__second", "assignment__member")
    return Flag.objects.filter(project=project).select_related(*texts).order_by("-at", "-pk")


def shown(flag: Flag) -> Flagged:
    """A row of :func:`newest` as a page shows it."""
    pair = flag.assignment.pair
    return Flagged(
        reason=WORDS[FlagReason(flag.reason)],
        note=flag.note,
        by=flag.assignment.member.pseudonym,
        at=flag.at,
        external_id=pair.external_id,
        asked=opening(pair.prompt.content),
        prompt=turns(pair.prompt.content),
        first=replies(pair.first.content),
        second=replies(pair.second.content),
    )


def count(project: Project) -> int:
    """How many flags there are, for the tab."""
    return Flag.objects.filter(project=project).count()
