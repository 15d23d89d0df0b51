"""Keep what an annotator is typing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.models import Member
from annotation.services import handout
from annotation.services.judging.late import AlreadySubmitted
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState
from common.db.rows import execute

# The newer version wins; the same one again is stored already.
SAVE_DRAFT = """
INSERT INTO annotation_draft AS d (project_id, assignment_id, version, reason, saved_at)
VALUES (%(project)s, %(assignment)s, %(version)s, %(reason)s, clock_timestamp())
ON CONFLICT (assignment_id) DO UPDATE SET version = excluded.version, reason = excluded.reason, saved_at = excluded.saved_at
WHERE d.version < excluded.version OR (d.version = excluded.version AND d.reason = excluded.reason)
"""


class StaleDraft(Exception):
    """A newer draft is stored; it stays."""


@transaction.atomic
def save_draft(*, member: Member, assignment_uuid: UUID, version: int, reason: str) -> int:
    """Store a draft; the version that is stored afterwards.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    AlreadySubmitted
        The verdict is in: there is nothing left to draft.
    StaleDraft
        A newer version is stored.
    """
    lock_member(member)  # a concurrent submit is one statement, which would not see a draft stored meanwhile
    assignment = handout.own(member=member, uuid=assignment_uuid)
    if assignment.state in {AssignmentState.SUBMITTED, AssignmentState.SKIPPED}:
        raise AlreadySubmitted
    values: dict[str, Any] = {"project": assignment.project_id, "assignment": assignment.pk}
    values |= {"version": version, "reason": reason}
    if execute(SAVE_DRAFT, values) == 0:
        raise StaleDraft
    return version
