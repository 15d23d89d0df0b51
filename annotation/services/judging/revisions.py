"""Change an earlier judgement, or take the latest one back: the next revision, never an overwritten one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from annotation.models import Annotation, AnnotationRevision, Assignment, Draft, Member
from annotation.sampling.presentation import canonical
from annotation.services import handout
from annotation.services.judging.judgement import Acknowledgement, Judgement, Operation
from annotation.services.judging.replay import replay
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, RevisionKind, Verdict
from common.db.rows import query_value


class TooLate(Exception):
    """The window in which a judgement may be changed or taken back is over; an imported one never had any."""


class NothingToUndo(Exception):
    """The member has no judgement in this project that is not withdrawn."""


@transaction.atomic
def change(*, member: Member, assignment_uuid: UUID, submit_key: UUID, judgement: Judgement) -> Acknowledgement:
    """Change an earlier judgement within the window: a revision ``edit``, nothing is overwritten.

    Raises
    ------
    NotYours, KeyReused, TooLate
        As for :func:`submit`.
    NothingToUndo
        There is no judgement on that assignment to change.
    """
    lock_member(member)
    body = judgement.digest(Operation.CHANGE, assignment_uuid)
    if earlier := replay(member=member, submit_key=submit_key, body=body):
        return earlier
    target = handout.own(member=member, uuid=assignment_uuid)
    if target.state != AssignmentState.SUBMITTED:
        raise NothingToUndo
    verdict = canonical(judgement.shown, target.first_on_left)
    return revise(member, target, judgement, verdict, RevisionKind.EDIT, submit_key, body)


@transaction.atomic
def undo(*, member: Member, submit_key: UUID) -> Acknowledgement:
    """Take back the member's latest judgement: a revision ``withdraw``; the pair is theirs again, sides as before.

    Imported judgements under the member's name are passed over: the member did not give them here.

    Raises
    ------
    NothingToUndo
        No judgement that the member gave here is left.
    TooLate
        The edit window is over.
    KeyReused
        The key came before with another body.
    """
    lock_member(member)
    body = Judgement(shown="").digest(Operation.UNDO, None)
    if earlier := replay(member=member, submit_key=submit_key, body=body):
        return earlier
    latest = (
        AnnotationRevision.objects.filter(
            project_id=member.project_id,
            member_id=member.pk,
            kind=RevisionKind.SUBMIT.value,
            annotation__verdict__isnull=False,
            annotation__assignment__leased_at__isnull=False,
        )
        .order_by("-id")
        .values_list("annotation__assignment__uuid", flat=True)
        .first()
    )
    if latest is None:
        raise NothingToUndo
    assignment = handout.own(member=member, uuid=latest)
    annotation = Annotation.objects.select_for_update().get(assignment=assignment)
    _within_window(annotation, assignment, member)
    stored = _append(annotation, assignment, RevisionKind.WITHDRAW, submit_key, body, None, None)
    Assignment.objects.filter(pk=assignment.pk).update(
        state=AssignmentState.LEASED.value,
        lease_until=Now() + timedelta(seconds=member.project.lease_seconds),
    )
    _keep_to_the_most_leases(member, keep=assignment)
    return stored


def revise(
    member: Member,
    target: Assignment,
    judgement: Judgement,
    verdict: Verdict,
    kind: RevisionKind,
    submit_key: UUID,
    body: bytes,
    *,
    surplus: bool | None = None,
) -> Acknowledgement:
    """Append a revision to the judgement of an assignment; an edit within the window only.

    Raises
    ------
    TooLate
        It is an edit, and the edit window is over.
    """
    annotation = Annotation.objects.select_for_update().get(assignment=target)
    if kind is RevisionKind.EDIT:
        _within_window(annotation, target, member)
    return _append(annotation, target, kind, submit_key, body, judgement, verdict, surplus=surplus)


def _append(
    annotation: Annotation,
    assignment: Assignment,
    kind: RevisionKind,
    submit_key: UUID,
    body: bytes,
    judgement: Judgement | None,
    verdict: Verdict | None,
    *,
    surplus: bool | None = None,
) -> Acknowledgement:
    """The next revision, and the annotation made equal to it."""
    n = (
        1
        + (
            AnnotationRevision.objects.filter(project_id=assignment.project_id, annotation=annotation)
            .order_by("-n")
            .values_list("n", flat=True)[0]
        )
    )
    values: dict[str, Any] = {
        "verdict": None if verdict is None else verdict.value,
        "strength": judgement.strength if judgement else None,
        "confidence": judgement.confidence if judgement else None,
        "reason": judgement.reason if judgement else "",
        "seconds": None,
    }
    if kind is RevisionKind.EDIT:  # the time on the pair is that of judging it, not of coming back to it
        values["seconds"] = annotation.seconds
    elif judgement:
        values["seconds"] = _seconds(judgement.seconds, assignment)
    now = _database_now()
    AnnotationRevision.objects.create(
        project_id=assignment.project_id,
        annotation=annotation,
        member_id=assignment.member_id,
        n=n,
        kind=kind.value,
        submit_key=submit_key,
        body_hash=body,
        at=now,
        **values,
    )
    fields = values | {"at": now}
    if kind is RevisionKind.SUBMIT:
        fields["first_at"] = now
    if surplus is not None:
        fields["surplus"] = surplus
    Annotation.objects.filter(pk=annotation.pk).update(**fields)
    return Acknowledgement(assignment.uuid, n, kind.value, annotation.surplus if surplus is None else surplus)


def _seconds(claimed: float | None, assignment: Assignment) -> float | None:
    """Time on the pair: the page's measure of visible time, never more than has passed since the lease began."""
    if assignment.leased_at is None:
        return None
    passed = max(0.0, (_database_now() - assignment.leased_at).total_seconds())
    if claimed is None or not 0 <= claimed <= passed:
        return round(passed, 1)
    return round(claimed, 1)


def _database_now() -> datetime:
    now: datetime = query_value("SELECT clock_timestamp()", {})
    return now


def _within_window(annotation: Annotation, assignment: Assignment, member: Member) -> None:
    if assignment.leased_at is None:  # imported: the presentation may be unknown
        raise TooLate
    if _database_now() - annotation.first_at > timedelta(seconds=member.project.edit_window_seconds):
        raise TooLate


def _keep_to_the_most_leases(member: Member, *, keep: Assignment) -> None:
    """Release a lease where an undone pair is one too many.

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
