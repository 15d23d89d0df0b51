"""Work on a lease that has ended: which assignment it belongs to, and which slot it fills."""

from __future__ import annotations

from django.db.models import Case, IntegerField, When
from django.db.models.functions import Cast

from annotation.models import Assignment, Draft, Slot
from annotation.vocabulary import AssignmentKind, AssignmentState


class AlreadySubmitted(Exception):
    """The pair is judged: it can no longer be skipped, and there is nothing left to draft."""


def current(shown: Assignment) -> Assignment:
    """Return the member's live or submitted assignment of the pair, if it was handed to them again, else the one shown."""
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


def carry_over(target: Assignment, shown: Assignment) -> None:
    """Give a live lease the sides and the time of the earlier hand-out, which is the one that was judged."""
    Draft.objects.filter(assignment=shown).delete()
    if target.state == AssignmentState.LEASED and target.leased_at and shown.leased_at:
        target.first_on_left = shown.first_on_left
        target.leased_at = min(target.leased_at, shown.leased_at)
        target.save(update_fields=["first_on_left", "leased_at"])


def slot_for(target: Assignment) -> tuple[int | None, bool]:
    """Close the slot that this verdict fills; and whether it is surplus because none is left."""
    if target.kind != AssignmentKind.ORDINARY:
        return None, False
    if target.state == AssignmentState.LEASED and target.slot_id is not None:
        return target.slot_id, False
    # As a number, so that the planner looks for the pair's slots by the pair, and not among all open ones by the queue's
    # partial index (decision 0009).
    slots = Slot.objects.alias(is_open=Cast("open", IntegerField()))
    wanted = slots.filter(project_id=target.project_id, pair_id=target.pair_id, is_open=1)
    wanted = wanted.order_by(Case(When(pk=target.slot_id, then=0), default=1), "id")
    # A slot that is being claimed right now is waited for only where there is no other: the claim may be rolled back,
    # and work is surplus only when no slot is left.
    slot = wanted.select_for_update(skip_locked=True).first() or wanted.select_for_update().first()
    if slot is None:
        return None, True
    Slot.objects.filter(pk=slot.pk).update(open=False, reopened_at=None)
    return slot.pk, False
