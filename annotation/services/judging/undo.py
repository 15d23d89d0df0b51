"""Take back the latest of what a person did on the judging page: a verdict, a skip or a flag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation.models import Annotation, AnnotationRevision, Assignment, Draft, Flag, Member, Skip, TakenBack
from annotation.services import handout
from annotation.services.handout.leases import run_again
from annotation.services.judging import late
from annotation.services.judging.judgement import Judgement, Operation
from annotation.services.judging.replay import replay
from annotation.services.judging.revisions import TooLate, withdraw
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, RevisionKind, Undoable
from common.db import clock


class NothingToUndo(Exception):
    """The member has done nothing in this project that could be taken back."""


class TooLateToUndo(TooLate):
    """The edit window of the member's latest operation is over."""

    def __init__(self, kind: Undoable) -> None:
        super().__init__(kind)
        self.kind = kind


class HeldByOthers(Exception):
    """The skipped pair cannot come back: others hold or have judged all that is wanted of it."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and the assignment it was about. A replay of the same key gets the same one."""

    kind: Undoable
    assignment: UUID


@dataclass(frozen=True, slots=True)
class _Operation:
    """Something that a member did: ``row`` is the Skip's or the Flag's, null for a verdict; ``since`` begins its edit window."""

    kind: Undoable
    at: datetime
    since: datetime
    assignment: UUID
    row: Skip | Flag | None = None


@transaction.atomic
def undo(*, member: Member, submit_key: UUID) -> Undone:
    """Take back the member's latest verdict, skip or flag, whichever came last.

    A verdict is withdrawn (the next revision of the judgement), and so is a skip: the pair is leased to them again, with the
    same sides. A flag goes, and the pair stays as it is. What they changed on the page of an earlier judgement is no
    operation of the judging page; neither are judgements imported under their name.

    Raises
    ------
    NothingToUndo
        Nothing that the member did here is left.
    TooLateToUndo
        The edit window of the latest is over.
    HeldByOthers
        The latest is a skip, and no slot of the pair is left.
    KeyReused
        The key came before with another body.
    """
    lock_member(member)
    body = Judgement(shown="").digest(Operation.UNDO, None)
    if earlier := _replay(member, submit_key, body):
        return earlier
    latest = _latest(member)
    if latest is None:
        raise NothingToUndo
    if not _within_window(latest, member):
        raise TooLateToUndo(latest.kind)
    assignment = handout.own(member=member, uuid=latest.assignment)
    if latest.row is None:
        withdraw(assignment, submit_key, body)
    else:
        _delete(latest, latest.row, submit_key)
    if latest.kind is not Undoable.FLAG:
        _lease_again(member, latest.kind, assignment)
    return Undone(latest.kind, latest.assignment)


def undoable(member: Member) -> Undoable | None:
    """Return what `undo` would take back now; null where it would refuse for time, or there is nothing."""
    latest = _latest(member)
    return latest.kind if latest and _within_window(latest, member) else None


def _replay(member: Member, submit_key: UUID, body: bytes) -> Undone | None:
    if earlier := replay(member=member, submit_key=submit_key, body=body):
        return Undone(Undoable.VERDICT, earlier.assignment)
    found = TakenBack.objects.filter(project_id=member.project_id, member_id=member.pk, submit_key=submit_key)
    for kind, assignment in found.values_list("kind", "assignment__uuid"):
        return Undone(Undoable(kind), assignment)
    return None


def _latest(member: Member) -> _Operation | None:
    return max(_operations(member), key=lambda operation: operation.at, default=None)


def _within_window(operation: _Operation, member: Member) -> bool:
    return clock.now() - operation.since <= timedelta(seconds=member.project.edit_window_seconds)


def _operations(member: Member) -> Iterator[_Operation]:
    """The latest operation of each kind that still stands."""
    theirs = {"project_id": member.project_id, "member_id": member.pk}
    submits = AnnotationRevision.objects.filter(
        **theirs,
        kind=RevisionKind.SUBMIT.value,
        annotation__verdict__isnull=False,
        annotation__assignment__leased_at__isnull=False,
    )
    for at, first_at, uuid in submits.order_by("-id").values_list(
        "at", "annotation__first_at", "annotation__assignment__uuid"
    )[:1]:
        yield _Operation(Undoable.VERDICT, at, first_at, uuid)
    for skip in Skip.objects.filter(**theirs).select_related("assignment").order_by("-at", "-id")[:1]:
        yield _Operation(Undoable.SKIP, skip.at, skip.at, skip.assignment.uuid, skip)
    for flag in Flag.objects.filter(**theirs).select_related("assignment").order_by("-at", "-id")[:1]:
        yield _Operation(Undoable.FLAG, flag.at, flag.at, flag.assignment.uuid, flag)


def _delete(latest: _Operation, row: Skip | Flag, submit_key: UUID) -> None:
    TakenBack.objects.create(
        project_id=row.project_id,
        member_id=row.member_id,
        assignment_id=row.assignment_id,
        kind=latest.kind.value,
        reason=row.reason,
        note=row.note,
        given_at=row.at,
        submit_key=submit_key,
    )
    row.delete()


def _lease_again(member: Member, kind: Undoable, assignment: Assignment) -> None:
    values: dict[str, Any] = {"state": AssignmentState.LEASED.value}
    if kind is Undoable.SKIP:  # its slot went back to the queue
        if late.current(assignment).pk != assignment.pk:  # meanwhile judged under their name, by an import
            raise HeldByOthers
        slot, surplus = late.slot_for(assignment)
        if surplus:
            raise HeldByOthers
        values["slot_id"] = slot
    Assignment.objects.filter(pk=assignment.pk).update(**values)
    run_again(assignment=assignment.pk, project=member.project, shown=True)  # in full, by the newest guidelines
    _keep_to_the_most_leases(member, keep=assignment)


def _keep_to_the_most_leases(member: Member, *, keep: Assignment) -> None:
    """Release a lease where a pair that came back is one too many.

    Release the newest lease without draft or judgement; else the newest without a draft; else a drafted one.
    """
    live = Assignment.objects.filter(
        project_id=member.project_id, member_id=member.pk, state=AssignmentState.LEASED.value
    )
    spare = live.exclude(pk=keep.pk).annotate(
        drafted=Exists(Draft.objects.filter(assignment=OuterRef("pk"))),
        judged=Exists(Annotation.objects.filter(assignment=OuterRef("pk"))),
    )
    for assignment in spare.order_by("drafted", "judged", "-id")[: max(0, live.count() - handout.MOST_LEASES)]:
        handout.release(member=member, assignment_uuid=assignment.uuid)
