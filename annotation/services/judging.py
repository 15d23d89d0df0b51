"""Judging: submit, change, undo, skip, flag, drafts. Whatever was acknowledged is stored exactly once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, When
from django.db.models.functions import Now

from annotation.models import Annotation, AnnotationRevision, Assignment, Draft, Flag, Member, Skip, Slot
from annotation.sampling.presentation import canonical
from annotation.services import handout, slots
from annotation.services.handout import NotYours
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentKind, AssignmentState, FlagReason, RevisionKind, SkipReason, Verdict

LONGEST_REASON = 20_000

__all__ = ["NotYours", "Said", "Stored", "change", "flag", "save_draft", "skip", "submit", "undo"]


class KeyReused(Exception):
    """The submit key was used before, for something else."""


class TooLate(Exception):
    """The window in which a judgement may be changed or taken back is over; what was imported never had one."""


class NothingToUndo(Exception):
    """This person has no judgement that still stands in this project."""


class AlreadySubmitted(Exception):
    """A pair that was judged cannot be skipped."""


class StaleDraft(Exception):
    """A newer draft is stored; it stays."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a pair, in his own words: ``shown`` is ``a`` (left), ``b`` (right), ``tie``, ``both_bad``.

    ``seconds`` is the page's own measure (visible time); it is never believed beyond the time the lease has run.
    """

    shown: str
    strength: int | None = None
    confidence: float | None = None
    reason: str = ""
    seconds: float | None = None

    def body(self, deed: str, assignment: UUID | None) -> bytes:
        """SHA-256 of all that makes it this deed and no other."""
        words = [deed, str(assignment or ""), self.shown, self.strength, self.confidence, self.reason]
        return hashlib.sha256(json.dumps(words, ensure_ascii=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Stored:
    """The acknowledgement. A replay of the same key gives the same one."""

    assignment: UUID
    revision: int
    kind: str
    surplus: bool


# The common case in one round trip: the lock, then SUBMIT_OF_LEASE, each a statement of its own inside the function.
# False where it is not the common case: the key came before, or the lease is not this person's or has ended, or was
# judged before. The function is made by a migration; a test holds its statement against the one below.
SUBMIT_AT_ONCE = """
SELECT concord_submit(%(project)s, %(member)s, %(uuid)s, %(key)s, %(body)s, %(first_left)s, %(first_right)s,
  %(strength)s, %(confidence)s, %(reason)s, %(seconds)s)
"""

# Assignment, verdict and revision of a first submit in one statement: one moment in time. Seconds: the page's measure
# of visible time, never more than has passed since the lease began.
_SAID = """n AS (
  INSERT INTO annotation_annotation (project_id, assignment_id, verdict, strength, confidence, reason, seconds,
    surplus, first_at, at)
  SELECT %(project)s, t.id, t.verdict, %(strength)s, %(confidence)s, %(reason)s,
    round(CASE WHEN %(seconds)s::float8 BETWEEN 0 AND passed THEN %(seconds)s::float8 ELSE passed END::numeric, 1)::float8,
    %(surplus)s, t.at, t.at FROM t
  RETURNING id, assignment_id, verdict, seconds, at),
d AS (DELETE FROM annotation_draft USING n WHERE annotation_draft.assignment_id = n.assignment_id)
INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash,
  verdict, strength, confidence, reason, seconds, at)
SELECT %(project)s, n.id, %(member)s, 1, 'submit', %(key)s, %(body)s, n.verdict, %(strength)s, %(confidence)s,
  %(reason)s, n.seconds, n.at FROM n
"""
_PASSED = """clock_timestamp() AS at,
    EXTRACT(EPOCH FROM greatest(clock_timestamp(), leased_at) - leased_at)::float8 AS passed"""

# Stores nothing where the assignment was judged before (and undone).
SUBMIT = """
WITH t AS (
  UPDATE annotation_assignment SET state = 'submitted', slot_id = %(slot)s
  WHERE id = %(assignment)s
    AND (SELECT true FROM annotation_annotation n WHERE n.assignment_id = annotation_assignment.id) IS NULL
  RETURNING id, <passed>, %(verdict)s::smallint AS verdict),
<said>""".replace("<passed>", _PASSED).replace("<said>", _SAID)

# The state stands in a CASE: in the open, the planner may walk the index of leases with all its dead entries.
SUBMIT_OF_LEASE = """
WITH t AS (
  UPDATE annotation_assignment SET state = 'submitted'
  WHERE project_id = %(project)s AND uuid = %(uuid)s AND member_id = %(member)s
    AND CASE state WHEN 'leased' THEN kind <> 'ordinary' OR slot_id IS NOT NULL ELSE false END
    AND (SELECT true FROM annotation_annotation n WHERE n.assignment_id = annotation_assignment.id) IS NULL
    AND (SELECT true FROM annotation_annotationrevision r
         WHERE r.project_id = %(project)s AND r.member_id = %(member)s AND r.submit_key = %(key)s) IS NULL
  RETURNING id, <passed>,
    CASE WHEN first_on_left IS FALSE THEN %(first_right)s ELSE %(first_left)s END AS verdict),
<said>""".replace("<passed>", _PASSED).replace("<said>", _SAID)

REPLAY = """
SELECT annotation_id, n, kind, body_hash FROM annotation_annotationrevision
WHERE project_id = %(project)s AND member_id = %(member)s AND submit_key = %(key)s
"""

# The newer version wins; the same one again is stored already.
SAVE_DRAFT = """
INSERT INTO annotation_draft AS d (project_id, assignment_id, version, reason, saved_at)
VALUES (%(project)s, %(assignment)s, %(version)s, %(reason)s, clock_timestamp())
ON CONFLICT (assignment_id) DO UPDATE SET version = excluded.version, reason = excluded.reason, saved_at = excluded.saved_at
WHERE d.version < excluded.version OR (d.version = excluded.version AND d.reason = excluded.reason)
"""


def submit(*, member: Member, assignment_uuid: UUID, submit_key: UUID, said: Said) -> Stored:
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
    body = said.body("submit", assignment_uuid)
    values: dict[str, Any] = {
        "project": member.project_id,
        "member": member.pk,
        "uuid": assignment_uuid,
        "key": submit_key,
        "body": body,
    }
    values |= {"first_left": canonical(said.shown, True).value, "first_right": canonical(said.shown, False).value}
    values |= {"strength": said.strength, "confidence": said.confidence, "reason": said.reason, "seconds": said.seconds}
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT_AT_ONCE, values)
        if cursor.fetchone()[0]:
            return Stored(assignment_uuid, 1, RevisionKind.SUBMIT.value, surplus=False)
    with transaction.atomic():
        return _submit_with_care(member, assignment_uuid, submit_key, said, body)


def _submit_with_care(member: Member, assignment_uuid: UUID, submit_key: UUID, said: Said, body: bytes) -> Stored:
    lock_member(member)
    if earlier := _replay(member=member, submit_key=submit_key, body=body):
        return earlier
    shown = handout.own(member=member, uuid=assignment_uuid)
    verdict = canonical(said.shown, shown.first_on_left)
    target = _where_it_belongs(shown)
    if target.pk != shown.pk:
        _came_from(target, shown)
    if target.state == AssignmentState.SUBMITTED:
        return _revise(member, target, said, verdict, RevisionKind.EDIT, submit_key, body)
    if target.state == AssignmentState.SKIPPED:  # skipped in one tab, judged in another: the verdict is the last word
        Skip.objects.filter(assignment=target).delete()
    slot, surplus = _slot_for(target)
    values: dict[str, Any] = {"project": target.project_id, "member": member.pk, "assignment": target.pk}
    values |= {"slot": slot, "surplus": surplus, "key": submit_key, "body": body}
    values |= {"verdict": verdict.value, "strength": said.strength, "confidence": said.confidence}
    values |= {"reason": said.reason, "seconds": said.seconds}
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, values)
        if cursor.rowcount == 1:
            return Stored(target.uuid, 1, RevisionKind.SUBMIT.value, surplus)
    # Undone before: the next revision of the same judgement.
    Assignment.objects.filter(pk=target.pk).update(state=AssignmentState.SUBMITTED.value, slot_id=slot)
    Draft.objects.filter(assignment=target).delete()
    return _revise(member, target, said, verdict, RevisionKind.SUBMIT, submit_key, body, surplus=surplus)


@transaction.atomic
def change(*, member: Member, assignment_uuid: UUID, submit_key: UUID, said: Said) -> Stored:
    """Change an earlier judgement within the window: a revision ``edit``, nothing is overwritten.

    Raises
    ------
    NotYours, KeyReused, TooLate
        As for :func:`submit`.
    NothingToUndo
        There is no judgement on that assignment to change.
    """
    lock_member(member)
    body = said.body("change", assignment_uuid)
    if earlier := _replay(member=member, submit_key=submit_key, body=body):
        return earlier
    target = handout.own(member=member, uuid=assignment_uuid)
    if target.state != AssignmentState.SUBMITTED:
        raise NothingToUndo
    verdict = canonical(said.shown, target.first_on_left)
    return _revise(member, target, said, verdict, RevisionKind.EDIT, submit_key, body)


@transaction.atomic
def undo(*, member: Member, submit_key: UUID) -> Stored:
    """Take back this person's latest judgement: a revision ``withdraw``; the pair is his again, sides as before.

    What an import brought under his name was never in his hands here: it is passed over.

    Raises
    ------
    NothingToUndo
        No judgement that he gave here stands.
    TooLate
        The edit window is over.
    KeyReused
        The key came before with another body.
    """
    lock_member(member)
    body = Said(shown="").body("undo", None)
    if earlier := _replay(member=member, submit_key=submit_key, body=body):
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
    _make_room(member, keep=assignment)
    return stored


@transaction.atomic
def skip(*, member: Member, assignment_uuid: UUID, reason: SkipReason, note: str = "") -> None:
    """Leave a pair for good, with a reason; its slot goes back to the queue. Twice is once.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    AlreadySubmitted
        The pair is judged.
    """
    lock_member(member)
    assignment = _where_it_belongs(handout.own(member=member, uuid=assignment_uuid))
    if assignment.state == AssignmentState.SKIPPED:
        return
    if assignment.state == AssignmentState.SUBMITTED:
        raise AlreadySubmitted
    held = assignment.state == AssignmentState.LEASED
    assignment.state = AssignmentState.SKIPPED.value
    assignment.save(update_fields=["state"])
    Skip.objects.get_or_create(
        assignment=assignment,
        defaults={"project_id": assignment.project_id, "reason": reason.value, "note": note},
    )
    Draft.objects.filter(assignment=assignment).delete()
    if held and assignment.slot_id is not None:
        slots.reopen(project=member.project, slots=[assignment.slot_id])


@transaction.atomic
def flag(*, member: Member, assignment_uuid: UUID, reason: FlagReason, note: str = "") -> Flag:
    """Tell the managers something about a pair. It does not end the work; a second note of that reason replaces it.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    lock_member(member)
    assignment = handout.own(member=member, uuid=assignment_uuid)
    made, _ = Flag.objects.update_or_create(
        project_id=assignment.project_id,
        assignment=assignment,
        reason=reason.value,
        defaults={"note": note} if note else {},
    )
    return made


@transaction.atomic
def save_draft(*, member: Member, assignment_uuid: UUID, version: int, reason: str) -> int:
    """Keep what somebody is typing; the version that is stored afterwards.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    AlreadySubmitted
        The verdict is in: there is nothing left to draft.
    StaleDraft
        A newer version is stored.
    """
    lock_member(member)  # a submit of this very pair is one statement, which sees no draft that is stored meanwhile
    assignment = handout.own(member=member, uuid=assignment_uuid)
    if assignment.state in {AssignmentState.SUBMITTED, AssignmentState.SKIPPED}:
        raise AlreadySubmitted
    values: dict[str, Any] = {"project": assignment.project_id, "assignment": assignment.pk}
    values |= {"version": version, "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(SAVE_DRAFT, values)
        if cursor.rowcount == 0:
            raise StaleDraft
    return version


def _replay(*, member: Member, submit_key: UUID, body: bytes) -> Stored | None:
    with connection.cursor() as cursor:
        cursor.execute(REPLAY, {"project": member.project_id, "member": member.pk, "key": submit_key})
        earlier = cursor.fetchone()
    if earlier is None:
        return None
    annotation, n, kind, body_hash = earlier
    if bytes(body_hash) != body:
        raise KeyReused
    assignment, surplus = Annotation.objects.values_list("assignment__uuid", "surplus").get(pk=annotation)
    return Stored(assignment, n, kind, surplus)


def _where_it_belongs(shown: Assignment) -> Assignment:
    """Late work goes to the person's live or submitted assignment of the pair first, if it was handed to him again."""
    if shown.state in {AssignmentState.LEASED, AssignmentState.SUBMITTED}:
        return shown
    probe = AssignmentKind.PROBE.value
    held = Assignment.objects.select_for_update().filter(
        project_id=shown.project_id,
        member_id=shown.member_id,
        pair_id=shown.pair_id,
        state__in=[AssignmentState.LEASED.value, AssignmentState.SUBMITTED.value],
    )
    held = held.filter(kind=probe) if shown.kind == probe else held.exclude(kind=probe)
    return held.first() or shown


def _came_from(target: Assignment, shown: Assignment) -> None:
    """What he judged was the earlier hand-out: its sides and its time are those of the judgement."""
    Draft.objects.filter(assignment=shown).delete()
    if target.state == AssignmentState.LEASED and target.leased_at and shown.leased_at:
        target.first_on_left = shown.first_on_left
        target.leased_at = min(target.leased_at, shown.leased_at)
        target.save(update_fields=["first_on_left", "leased_at"])


def _slot_for(target: Assignment) -> tuple[int | None, bool]:
    """The slot this verdict fills, and whether it is surplus because none is left."""
    if target.kind != AssignmentKind.ORDINARY:
        return None, False
    if target.state == AssignmentState.LEASED and target.slot_id is not None:
        return target.slot_id, False
    wanted = Slot.objects.filter(project_id=target.project_id, pair_id=target.pair_id, open=True)
    wanted = wanted.order_by(Case(When(pk=target.slot_id, then=0), default=1), "id")
    # A slot that somebody is claiming right now is waited for only where there is no other: the claim may come to
    # nothing, and work is surplus only when no slot is left.
    slot = wanted.select_for_update(skip_locked=True).first() or wanted.select_for_update().first()
    if slot is None:
        return None, True
    Slot.objects.filter(pk=slot.pk).update(open=False, reopened_at=None)
    return slot.pk, False


def _seconds(claimed: float | None, assignment: Assignment) -> float | None:
    """Time on the pair: the page's measure of visible time, never more than has passed since the lease began."""
    if assignment.leased_at is None:
        return None
    passed = max(0.0, (_database_now() - assignment.leased_at).total_seconds())
    if claimed is None or not 0 <= claimed <= passed:
        return round(passed, 1)
    return round(claimed, 1)


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _within_window(annotation: Annotation, assignment: Assignment, member: Member) -> None:
    if assignment.leased_at is None:  # imported: given elsewhere, on sides that nobody here may know
        raise TooLate
    if _database_now() - annotation.first_at > timedelta(seconds=member.project.edit_window_seconds):
        raise TooLate


def _revise(
    member: Member,
    target: Assignment,
    said: Said,
    verdict: Verdict,
    kind: RevisionKind,
    submit_key: UUID,
    body: bytes,
    *,
    surplus: bool | None = None,
) -> Stored:
    annotation = Annotation.objects.select_for_update().get(assignment=target)
    if kind is RevisionKind.EDIT:
        _within_window(annotation, target, member)
    return _append(annotation, target, kind, submit_key, body, said, verdict, surplus=surplus)


def _append(
    annotation: Annotation,
    assignment: Assignment,
    kind: RevisionKind,
    submit_key: UUID,
    body: bytes,
    said: Said | None,
    verdict: Verdict | None,
    *,
    surplus: bool | None = None,
) -> Stored:
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
        "strength": said.strength if said else None,
        "confidence": said.confidence if said else None,
        "reason": said.reason if said else "",
        "seconds": None,
    }
    if kind is RevisionKind.EDIT:  # the time on the pair is that of judging it, not of coming back to it
        values["seconds"] = annotation.seconds
    elif said:
        values["seconds"] = _seconds(said.seconds, assignment)
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
    return Stored(assignment.uuid, n, kind.value, annotation.surplus if surplus is None else surplus)


def _make_room(member: Member, *, keep: Assignment) -> None:
    """An undone pair comes back into full hands: another goes to the queue.

    The newest that nobody has looked at; where all have been worked on, the one undone last, drafts to the end.
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
