"""Skip a pair permanently."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from annotation.models import Draft, Member, Skip
from annotation.services import handout, slots
from annotation.services.judging import late
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, SkipReason


@transaction.atomic
def skip(*, member: Member, assignment_uuid: UUID, reason: SkipReason, note: str = "") -> None:
    """Skip a pair permanently, with a reason; its slot returns to the queue. Idempotent.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    AlreadySubmitted
        The pair is judged.
    """
    lock_member(member)
    assignment = late.current(handout.own(member=member, uuid=assignment_uuid))
    if assignment.state == AssignmentState.SKIPPED:
        return
    if assignment.state == AssignmentState.SUBMITTED:
        raise late.AlreadySubmitted
    held = assignment.state == AssignmentState.LEASED
    assignment.state = AssignmentState.SKIPPED.value
    assignment.save(update_fields=["state"])
    Skip.objects.get_or_create(
        assignment=assignment,
        defaults={
            "project_id": assignment.project_id,
            "member_id": assignment.member_id,
            "reason": reason.value,
            "note": note,
        },
    )
    Draft.objects.filter(assignment=assignment).delete()
    if held and assignment.slot_id is not None:
        slots.reopen(project=member.project, slots=[assignment.slot_id])
