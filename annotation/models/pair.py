"""Two responses to one prompt, and how many judgements of them are wanted."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from annotation import vocabulary as c
from annotation.models.enums import VERDICTS, choices, one_of, verdict_or_null
from annotation.models.project import Project
from annotation.models.prompt import Prompt, Response
from annotation.models.touched import NoteTouched
from common.db.triggers import KeepReferenced


class Pair(models.Model):
    """Two responses in canonical order: the order of the line or pairing run that made it, never sorted.

    FIRST is the line's ``response_a``. The composite foreign keys (first, prompt) and (second, prompt) are in a migration.
    ``gold_verdict`` is the verdict that everybody should find, null for an ordinary pair; ``gold_explanation`` says why, for those
    who have to learn it. Gold that is ``gold_retired`` keeps its judgements and is handed out no more.
    ``folded_hash``: 64 bits of the folded external id, null where the id equals it; see ``annotation.formats.id_folding``.
    """

    class Origin(models.TextChoices):
        IMPORT = "import", "Import"
        PAIRING = "pairing", "Pairing"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pairs", db_index=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="pairs")
    first = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=7, choices=Origin.choices, default=Origin.IMPORT)
    batch = models.PositiveIntegerField(default=0)
    gold_verdict = models.PositiveSmallIntegerField(null=True, blank=True, choices=VERDICTS)
    gold_retired = models.CharField(max_length=8, blank=True, choices=choices(c.Retired), db_default="", default="")
    gold_explanation = models.TextField(blank=True, max_length=20_000, db_default="", default="")
    content_hash = models.BinaryField(max_length=32)
    folded_hash = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="pair_id_once"),
            models.UniqueConstraint(
                F("project"), Least("first", "second"), Greatest("first", "second"), name="pair_of_two_responses_once"
            ),
            models.CheckConstraint(name="pair_of_two", condition=~Q(first=F("second"))),
            models.CheckConstraint(name="pair_gold_known", condition=verdict_or_null("gold_verdict")),
            models.CheckConstraint(
                name="pair_gold_retired_known", condition=Q(gold_retired="") | Q(one_of("gold_retired", c.Retired))
            ),
            models.CheckConstraint(
                name="pair_only_gold_is_retired", condition=Q(gold_retired="") | Q(gold_verdict__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="pair_in_order"),
            models.Index(fields=["project"], condition=Q(gold_verdict__isnull=False), name="pair_gold"),
            models.Index(
                fields=["project", "folded_hash"], condition=Q(folded_hash__isnull=False), name="pair_folded_hash"
            ),
        ]
        triggers = [
            KeepReferenced(
                name="keep_assigned", referring="Assignment", where="project_id = OLD.project_id AND pair_id = OLD.id"
            ),
            NoteTouched(name="note_gold", pair="NEW.id", condition=pgtrigger.AnyChange("gold_verdict")),
        ]

    def __str__(self) -> str:
        return self.external_id


class Slot(models.Model):
    """One wanted judgement of a pair. ``key`` is its place in the queue of its route.

    A closed slot is held, filled or withdrawn. A slot is withdrawn (``withdrawn_at``) when its judgement is no longer wanted,
    because the consensus settles the pair without it; where somebody holds it then, their judgement still counts. The slots
    of a pair share one key until one is reopened.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="slots", db_index=False)
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="slots", db_index=False)
    route = models.PositiveSmallIntegerField(default=0)
    key = models.FloatField()
    open = models.BooleanField(default=True)
    first_on_left = models.BooleanField()
    reopened_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "route", "key"], condition=Q(open=True), name="slot_queue"),
            models.Index(fields=["project", "pair"], name="slot_pair"),
            models.Index(
                fields=["project", "reopened_at"],
                condition=Q(open=True, reopened_at__isnull=False),
                name="slot_reopened",
            ),
            models.Index(fields=["project", "pair"], condition=Q(withdrawn_at__isnull=False), name="slot_withdrawn"),
        ]
        triggers = [
            KeepReferenced(
                name="keep_assigned",
                referring="Assignment",
                where="project_id = OLD.project_id AND pair_id = OLD.pair_id AND slot_id = OLD.id",
            )
        ]

    def __str__(self) -> str:
        return f"slot {self.pk} of pair {self.pair_id}"
