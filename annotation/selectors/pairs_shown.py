"""What an annotator may see of a pair: the conversation and two responses, left and right. Nothing else leaves here.

No source model, no gold, no verdict of anybody else, no number of a row: the page cannot give away what it never had.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from annotation.choices import AssignmentState, RevisionKind
from annotation.models import AnnotationRevision, Assignment, Guidelines, Member
from annotation.sampling.presentation import shown_word
from annotation.selectors.conversation import Turn, replies, turns
from annotation.selectors.own_work import submits_today


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair as it stands before one person. ``prompt`` is the last message, ``earlier`` what went before."""

    uuid: UUID
    earlier: list[Turn]
    prompt: Turn
    a: list[Turn]
    b: list[Turn]
    held: bool
    guidelines_version: int | None
    draft_version: int
    reason: str
    chosen: str
    judged_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """A pair, and what the page around it says: how many today, and the newest guidelines."""

    pair: ShownPair
    today: int
    newest_guidelines: int


_FIELDS = (
    "uuid",
    "state",
    "first_on_left",
    "guidelines_version",
    "pair__prompt__content",
    "pair__first__content",
    "pair__second__content",
    "draft__version",
    "draft__reason",
    "annotation__verdict",
    "annotation__reason",
    "annotation__first_at",
)


def desk(*, member: Member, uuid: UUID) -> Desk | None:
    """One query: the pair of this person's assignment with that id, as it stands before him; null if there is none."""
    newest = Guidelines.objects.filter(project_id=member.project_id).order_by().values("project_id")
    # What was typed before an undo: the judgement itself no longer says it.
    typed = AnnotationRevision.objects.filter(
        project_id=member.project_id,
        annotation__assignment=OuterRef("pk"),
        kind__in=[RevisionKind.SUBMIT.value, RevisionKind.EDIT.value],
    ).order_by("-n")
    row = (
        Assignment.objects.filter(project_id=member.project_id, uuid=uuid, member_id=member.pk)
        .annotate(
            today=Coalesce(Subquery(submits_today(member)), 0, output_field=IntegerField()),
            newest=Coalesce(Subquery(newest.annotate(n=Max("version")).values("n")), 0, output_field=IntegerField()),
            typed=Subquery(typed.values("reason")[:1]),
        )
        .values(*_FIELDS, "today", "newest", "typed")
        .first()
    )
    if row is None:
        return None
    return Desk(_shown(row), row["today"], row["newest"])


def _shown(row: dict[str, Any]) -> ShownPair:
    said = turns(row["pair__prompt__content"]) or [Turn("Person", "")]
    first, second = replies(row["pair__first__content"]), replies(row["pair__second__content"])
    left, right = (first, second) if row["first_on_left"] is not False else (second, first)
    verdict = row["annotation__verdict"]
    reason = row["annotation__reason"] if verdict is not None else row["draft__reason"]
    return ShownPair(
        uuid=row["uuid"],
        earlier=said[:-1],
        prompt=said[-1],
        a=left,
        b=right,
        held=row["state"] == AssignmentState.LEASED,
        guidelines_version=row["guidelines_version"],
        draft_version=row["draft__version"] or 0,
        reason=reason if reason is not None else row["typed"] or "",
        chosen=shown_word(verdict, row["first_on_left"]),
        judged_at=row["annotation__first_at"] if verdict is not None else None,
    )
