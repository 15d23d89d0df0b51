"""Submit a verdict."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.models import Assignment, Draft, Member, Skip
from annotation.sampling.presentation import canonical
from annotation.services import handout
from annotation.services.judging import late
from annotation.services.judging.judgement import Acknowledgement, Judgement, Operation
from annotation.services.judging.replay import replay
from annotation.services.judging.revisions import revise
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, RevisionKind
from common.db.rows import query_value

# The common case in one round trip; false where it is another: the key came before, or the lease is not the member's, has
# ended, or was judged before.
SUBMIT = """
SELECT concord_submit(%(project)s, %(member)s, %(uuid)s, %(key)s, %(body)s, %(first_left)s, %(first_right)s,
  %(strength)s, %(confidence)s, %(reason)s, %(seconds)s)
"""

# The same with a slot that the caller chose, whatever the assignment's state. False where it was judged before (and undone).
SUBMIT_LATE = """
SELECT concord_submit(%(project)s, %(member)s, %(uuid)s, %(key)s, %(body)s, %(first_left)s, %(first_right)s,
  %(strength)s, %(confidence)s, %(reason)s, %(seconds)s, true, %(slot)s, %(surplus)s)
"""


def submit(*, member: Member, assignment_uuid: UUID, submit_key: UUID, judgement: Judgement) -> Acknowledgement:
    """Store a verdict. It counts in full while a slot of the pair is free for it; else it is kept as surplus.

    The same key with the same body gives the same answer, however often and however parallel. A second verdict on
    what was submitted before is a visible edit.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    KeyReused
        The key came before with another body.
    TooLate
        It would be an edit, and the edit window is over.
    """
    body = judgement.digest(Operation.SUBMIT, assignment_uuid)
    values: dict[str, Any] = {
        "project": member.project_id,
        "member": member.pk,
        "uuid": assignment_uuid,
        "key": submit_key,
        "body": body,
        "first_left": canonical(judgement.shown, True).value,
        "first_right": canonical(judgement.shown, False).value,
        "strength": judgement.strength,
        "confidence": judgement.confidence,
        "reason": judgement.reason,
        "seconds": judgement.seconds,
    }
    if query_value(SUBMIT, values):
        return Acknowledgement(assignment_uuid, 1, RevisionKind.SUBMIT.value, surplus=False)
    with transaction.atomic():
        return _submit_step_by_step(member, judgement, values)


def _submit_step_by_step(member: Member, judgement: Judgement, values: dict[str, Any]) -> Acknowledgement:
    lock_member(member)
    submit_key, body = values["key"], values["body"]
    if earlier := replay(member=member, submit_key=submit_key, body=body):
        return earlier
    shown = handout.own(member=member, uuid=values["uuid"])
    verdict = canonical(judgement.shown, shown.first_on_left)
    target = late.current(shown)
    if target.pk != shown.pk:
        late.carry_over(target, shown)
    if target.state == AssignmentState.SUBMITTED:
        return revise(member, target, judgement, verdict, RevisionKind.EDIT, submit_key, body)
    if target.state == AssignmentState.SKIPPED:  # skipped in one tab, judged in another: the verdict counts
        Skip.objects.filter(assignment=target).delete()
    slot, surplus = late.slot_for(target)
    chosen = {"uuid": target.uuid, "slot": slot, "surplus": surplus}
    chosen |= {"first_left": verdict.value, "first_right": verdict.value}
    if query_value(SUBMIT_LATE, values | chosen):
        return Acknowledgement(target.uuid, 1, RevisionKind.SUBMIT.value, surplus)
    # Undone before: the next revision of the same judgement.
    Assignment.objects.filter(pk=target.pk).update(state=AssignmentState.SUBMITTED.value, slot_id=slot)
    Draft.objects.filter(assignment=target).delete()
    return revise(member, target, judgement, verdict, RevisionKind.SUBMIT, submit_key, body, surplus=surplus)
