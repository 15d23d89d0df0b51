"""Stored results. A page reads these rows and never computes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models import Job, Member, Project


class QualityRun(models.Model):
    """One computation over a project's counting judgements. ``as_of`` is when its inputs were read."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="quality_runs", db_index=False)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="quality_run")
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField(auto_now_add=True)
    code_version = models.CharField(max_length=40)
    seed = models.PositiveBigIntegerField(default=0)
    n_annotations = models.PositiveBigIntegerField()
    n_pairs = models.PositiveBigIntegerField(help_text="Pairs with at least one counting judgement.")
    n_annotators = models.PositiveIntegerField()
    summary = models.JSONField(
        default=dict, help_text="Majority and consensus mix, categories seen, progress and throughput as counted then."
    )

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="quality_run_latest")]

    def __str__(self) -> str:
        return f"quality of {self.project_id} as of {self.as_of:%Y-%m-%d %H:%M}"


class Figure(models.Model):
    """A statistic: estimate, interval, n, method. Undefined is an answer: ``value`` null with its ``reason``.

    About the project where both members are null, about an annotator where ``member`` is set,
    about two annotators where ``partner`` is set too (their names in order).
    """

    class Reading(models.TextChoices):
        STRICT = "strict", "Strict"
        DIRECTION = "direction", "Direction"
        NONE = "", "None"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="figures", db_index=False)
    name = models.CharField(max_length=40)
    reading = models.CharField(max_length=9, choices=Reading.choices, blank=True)
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    partner = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveBigIntegerField()
    method = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "run", "name", "reading", "member", "partner"],
                nulls_distinct=False,
                name="figure_once_a_run",
            ),
            models.CheckConstraint(
                name="figure_undefined_has_a_reason", condition=Q(value__isnull=False) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
