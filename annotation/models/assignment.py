"""Pairs handed to annotators, with their drafts, skips and flags."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation import vocabulary as c
from annotation.models.enums import choices, one_of
from annotation.models.member import Member
from annotation.models.pair import Pair, Slot
from annotation.models.project import Project, hot_project
from annotation.models.touched import NoteTouched
from common.db.triggers import AppendOnly

LEASED = Q(state=c.AssignmentState.LEASED.value)
HELD = Q(state__in=[c.AssignmentState.LEASED.value, c.AssignmentState.SUBMITTED.value])
PROBE = Q(kind=c.AssignmentKind.PROBE.value)


class Assignment(models.Model):
    """A pair leased to one annotator for a while, with the side order shown.

    ``uuid`` is the only id an annotator ever sees. ``slot`` is null for gold, for probes, and for surplus work.
    ``first_on_left`` is null only for imported work whose presentation nobody recorded. ``pair`` and ``slot`` have
    no foreign key to be checked at each insert (decision 0006); triggers keep pairs and slots that are assigned.
    """

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    project = hot_project(related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    pair = models.ForeignKey(
        Pair, on_delete=models.PROTECT, related_name="assignments", db_index=False, db_constraint=False
    )
    slot = models.ForeignKey(
        Slot, null=True, on_delete=models.PROTECT, related_name="assignments", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=8, choices=choices(c.AssignmentKind), default=c.AssignmentKind.ORDINARY.value)
    state = models.CharField(max_length=9, choices=choices(c.AssignmentState), default=c.AssignmentState.LEASED.value)
    first_on_left = models.BooleanField(null=True)
    guidelines_version = models.PositiveIntegerField(null=True)
    leased_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "uuid"], name="assignment_uuid_once"),
            models.UniqueConstraint(
                fields=["project", "member", "pair"], condition=LEASED, name="assignment_one_lease_a_pair"
            ),
            models.UniqueConstraint(
                fields=["project", "member", "pair"], condition=HELD & ~PROBE, name="assignment_once_a_person"
            ),
            models.UniqueConstraint(
                fields=["project", "member", "pair"], condition=HELD & PROBE, name="assignment_one_probe_a_person"
            ),
            models.UniqueConstraint(fields=["project", "slot"], condition=HELD, name="assignment_one_a_slot"),
            models.CheckConstraint(name="assignment_kind_known", condition=one_of("kind", c.AssignmentKind)),
            models.CheckConstraint(name="assignment_state_known", condition=one_of("state", c.AssignmentState)),
            models.CheckConstraint(
                name="assignment_gold_has_no_slot",
                condition=Q(kind=c.AssignmentKind.ORDINARY.value) | Q(slot__isnull=True),
            ),
            models.CheckConstraint(
                name="assignment_lease_has_an_end", condition=~LEASED | Q(lease_until__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["project", "pair", "member"], name="assignment_pair_person"),
            models.Index(fields=["project", "member", "-id"], name="assignment_person_latest"),
        ]
        # A lease that ends with a verdict makes an annotation, which is noted; any other change of what was submitted is not.
        triggers = [
            NoteTouched(
                name="note_state",
                pair="NEW.pair_id",
                condition=pgtrigger.Condition(f"OLD.state <> NEW.state AND OLD.state <> '{c.AssignmentState.LEASED}'"),
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Skip(models.Model):
    """Why an annotator skipped a pair. They are never handed it again. ``member`` is the assignment's."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="skip")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=16, choices=choices(c.SkipReason))
    note = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="skip_reason_known", condition=one_of("reason", c.SkipReason))]
        indexes = [models.Index(fields=["project", "member", "-at"], name="skip_person_latest")]

    def __str__(self) -> str:
        return self.reason


class Flag(models.Model):
    """Something a manager should see about a pair. It does not end the work. ``member`` is the assignment's."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="flags")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="flags")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=16, choices=choices(c.FlagReason))
    note = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "assignment", "reason"], name="flag_once_a_reason"),
            models.CheckConstraint(name="flag_reason_known", condition=one_of("reason", c.FlagReason)),
        ]
        indexes = [models.Index(fields=["project", "member", "-at"], name="flag_person_latest")]

    def __str__(self) -> str:
        return self.reason


class TakenBack(models.Model):
    """A skip or a flag that its annotator took back: what it was, and by which request. Append-only.

    ``submit_key`` was made by the client: the same key again takes back nothing more. (A judgement that is taken back is a
    revision of it.)
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=choices(c.Undoable))
    reason = models.CharField(max_length=16)
    note = models.TextField(blank=True, max_length=2000)
    given_at = models.DateTimeField()
    submit_key = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "member", "submit_key"], name="taken_back_key_once"),
            models.CheckConstraint(
                name="taken_back_kind_known", condition=Q(kind__in=[c.Undoable.SKIP.value, c.Undoable.FLAG.value])
            ),
        ]
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.kind} taken back"


class Draft(models.Model):
    """A reason as it is being typed. The newer version wins; deleted once the verdict is in."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="draft")
    version = models.PositiveBigIntegerField()
    reason = models.TextField(blank=True, max_length=20_000)
    saved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft {self.version}"
