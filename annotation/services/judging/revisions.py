"""Change or withdraw an earlier judgement: the next revision, never an overwritten one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.models import Annotation, AnnotationRevision, Assignment, Member
from annotation.sampling.presentation import canonical
from annotation.services import handout
from annotation.services.judging.judgement import Acknowledgement, Judgement, Operation
from annotation.services.judging.replay import replay
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, RevisionKind, Verdict
from common.db import clock


class TooLate(Exception):
    """The window in which a judgement may be changed or taken back is over; an imported one never had any."""


class NothingToChange(Exception):
    """There is no judgement on that assignment, or it was taken back."""


@transaction.atomic
def change(*, member: Member, assignment_uuid: UUID, submit_key: UUID, judgement: Judgement) -> Acknowledgement:
    """Change an earlier judgement within the window: a revision ``edit``, nothing is overwritten.

    Raises
    ------
    NotYours, KeyReused, TooLate
        As for :func:`submit`.
    NothingToChange
        There is no judgement on that assignment, or it was taken back.
    """
    lock_member(member)
    body = judgement.digest(Operation.CHANGE, assignment_uuid)
    if earlier := replay(member=member, submit_key=submit_key, body=body):
        return earlier
    target = handout.own(member=member, uuid=assignment_uuid)
    if target.state != AssignmentState.SUBMITTED:
        raise NothingToChange
    verdict = canonical(judgement.shown, target.first_on_left)
    return revise(member, target, judgement, verdict, RevisionKind.EDIT, submit_key, body)


def withdraw(target: Assignment, submit_key: UUID, body: bytes) -> Acknowledgement:
    """Append a revision ``withdraw`` to the judgement of an assignment: nothing is in force until it is judged again."""
    annotation = Annotation.objects.select_for_update().get(assignment=target)
    return _append(annotation, target, RevisionKind.WITHDRAW, submit_key, body, None, None)


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
    now = clock.now()
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
    passed = max(0.0, (clock.now() - assignment.leased_at).total_seconds())
    if claimed is None or not 0 <= claimed <= passed:
        return round(passed, 1)
    return round(claimed, 1)


def _within_window(annotation: Annotation, assignment: Assignment, member: Member) -> None:
    if assignment.leased_at is None:  # imported: the presentation may be unknown
        raise TooLate
    if clock.now() - annotation.first_at > timedelta(seconds=member.project.edit_window_seconds):
        raise TooLate
