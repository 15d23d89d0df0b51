"""Stored fits. Pages read these rows and fit nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models import Job, Project
from annotation.models.enums import choices, one_of
from reward.vocabulary import ComparisonUnit, Intervals, Ties


class RatingRun(models.Model):
    """One Bradley-Terry fit over a project's comparisons. ``as_of`` is when its inputs were read.

    ``parts`` counts the connected parts of the comparison graph. ``names`` in ``matrix`` is what positions of models in
    arguments refer to.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rating_runs", db_index=False)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="rating_run")
    ties = models.CharField(max_length=8, choices=choices(Ties))
    unit = models.CharField(max_length=9, choices=choices(ComparisonUnit))
    intervals = models.CharField(max_length=11, choices=choices(Intervals))
    method = models.CharField(max_length=40, help_text="A code; its arguments beside it.")
    method_arguments = models.JSONField(default=dict)
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField(auto_now_add=True)
    code_version = models.CharField(max_length=40)
    converged = models.BooleanField()
    iterations = models.PositiveIntegerField()
    parts = models.PositiveIntegerField()
    log_likelihood = models.FloatField(null=True)
    nu = models.FloatField(null=True, help_text="Davidson's tie parameter; null where ties are half wins.")
    n_comparisons = models.PositiveBigIntegerField()
    left_out = models.JSONField(default=dict)
    notes = models.JSONField(default=list, help_text="Codes with arguments, about all models of the fit.")
    matrix = models.JSONField(default=dict, help_text="names, wins share by row, counts.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="rating_run_ties_known", condition=one_of("ties", Ties)),
            models.CheckConstraint(name="rating_run_unit_known", condition=one_of("unit", ComparisonUnit)),
            models.CheckConstraint(name="rating_run_intervals_known", condition=one_of("intervals", Intervals)),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="rating_run_latest")]

    def __str__(self) -> str:
        return f"ratings of {self.project_id} as of {self.as_of:%Y-%m-%d %H:%M}"


class Rating(models.Model):
    """A source model's Bradley-Terry log-strength, comparable within its group only.

    ``reason`` is the code, with ``arguments``, of why there is no log-strength, or no interval.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(RatingRun, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    name = models.CharField(max_length=200)
    group = models.PositiveIntegerField()
    theta = models.FloatField(null=True)
    theta_low = models.FloatField(null=True)
    theta_high = models.FloatField(null=True)
    rating = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    rank_low = models.PositiveIntegerField(null=True)
    rank_high = models.PositiveIntegerField(null=True)
    n = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "run", "name"], name="rating_once_a_run"),
            models.CheckConstraint(
                name="rating_undefined_has_a_reason", condition=Q(theta__isnull=False) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rating}"
