"""Judgements as they count now, and every revision of them."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact, IsNull

from annotation import vocabulary as c
from annotation.models.assignment import Assignment
from annotation.models.enums import VERDICTS, choices, one_of, verdict_or_null
from annotation.models.member import Member
from annotation.models.project import hot_project
from annotation.models.touched import NoteTouched
from common.db.triggers import AppendOnly


class _JudgementValues(models.Model):
    """The values of a judgement. ``verdict`` is canonical; null means withdrawn."""

    verdict = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    strength = models.SmallIntegerField(null=True)
    confidence = models.FloatField(null=True)
    reason = models.TextField(blank=True, max_length=20_000)
    seconds = models.FloatField(null=True)

    class Meta:
        abstract = True


def _in_range(name: str) -> list[models.BaseConstraint]:
    """A constraint is not broken by null: each column may be empty."""
    return [
        models.CheckConstraint(name=f"{name}_verdict_known", condition=verdict_or_null("verdict")),
        models.CheckConstraint(name=f"{name}_strength_in_range", condition=Q(strength__range=(1, 3))),
        models.CheckConstraint(name=f"{name}_confidence_in_range", condition=Q(confidence__range=(0.5, 1))),
        models.CheckConstraint(name=f"{name}_seconds_not_negative", condition=Q(seconds__gte=0)),
    ]


class Annotation(_JudgementValues):
    """One annotator's judgement of one pair as it counts now: always equal to its last revision.

    ``surplus`` is work that came when no slot of its pair was left: stored and thanked for, outside progress, quality,
    ratings and exports unless asked for.
    """

    project = hot_project(related_name="annotations")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="annotation")
    surplus = models.BooleanField(default=False)
    first_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = _in_range("annotation")
        indexes = [models.Index(fields=["project", "at", "id"], name="annotation_in_order")]
        triggers = [
            NoteTouched(name="note_new"),
            NoteTouched(
                name="note_changed",
                pair="(SELECT pair_id FROM annotation_assignment WHERE id = NEW.assignment_id)",
                condition=pgtrigger.AnyChange("verdict", "surplus"),
            ),
        ]

    def __str__(self) -> str:
        return f"annotation {self.pk}"


class AnnotationRevision(_JudgementValues):
    """A judgement as it was submitted, edited or withdrawn. Append-only: a row trigger refuses UPDATE and DELETE.

    ``submit_key`` was made by the client; the same key with the same ``body_hash`` is the same request. ``member`` is the
    assignment's, where it has its constraint.
    """

    project = hot_project(related_name="+")
    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    n = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=choices(c.RevisionKind))
    submit_key = models.UUIDField(default=uuid.uuid4)
    body_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "annotation", "n"], name="revision_n_once"),
            models.UniqueConstraint(fields=["project", "member", "submit_key"], name="revision_key_once"),
            models.CheckConstraint(name="revision_kind_known", condition=one_of("kind", c.RevisionKind)),
            models.CheckConstraint(
                name="revision_withdraw_has_no_verdict",
                condition=Exact(IsNull(F("verdict"), True), Exact(F("kind"), c.RevisionKind.WITHDRAW.value)),
            ),
            *_in_range("revision"),
        ]
        indexes = [models.Index(fields=["project", "member", "-id"], name="revision_person_latest")]
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.kind} {self.n}"
