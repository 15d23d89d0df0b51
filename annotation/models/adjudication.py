"""What an adjudicator decided about a pair whose annotators disagree."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.db.models.lookups import Exact, IsNull

from annotation import vocabulary as c
from annotation.models.enums import VERDICTS, choices, one_of, verdict_or_null
from annotation.models.pair import Pair
from annotation.models.project import Project
from common.db.triggers import AppendOnly


class Adjudication(models.Model):
    """A decision about a pair, or its withdrawal. The one with the greatest ``n`` is in force. Append-only.

    It has no assignment and is no annotation: whatever counts judgements cannot count it. ``verdict`` is canonical; null
    means withdrawn. ``first_on_left`` says how the adjudicator saw the pair; null where it was decided through the API.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+", db_index=False)
    n = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=choices(c.RevisionKind))
    verdict = models.PositiveSmallIntegerField(null=True, choices=VERDICTS)
    reason = models.TextField(blank=True, max_length=20_000)
    first_on_left = models.BooleanField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    submit_key = models.UUIDField(default=uuid.uuid4)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "pair", "n"], name="adjudication_n_once"),
            models.UniqueConstraint(fields=["project", "by", "submit_key"], name="adjudication_key_once"),
            models.CheckConstraint(name="adjudication_kind_known", condition=one_of("kind", c.RevisionKind)),
            models.CheckConstraint(name="adjudication_verdict_known", condition=verdict_or_null("verdict")),
            models.CheckConstraint(
                name="adjudication_withdraw_no_verdict",
                condition=Exact(IsNull(F("verdict"), True), Exact(F("kind"), c.RevisionKind.WITHDRAW.value)),
            ),
        ]
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"adjudication {self.n} of pair {self.pair_id}"
