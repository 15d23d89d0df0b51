"""Long work as a row. A Celery message only triggers a check of the table; the sweeper replaces lost messages."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation import vocabulary as c
from annotation.models.enums import choices, one_of
from annotation.models.project import Project


class Job(models.Model):
    """Claimed by a filtered update whose row count is checked; ``attempt`` fences off a worker that lost its claim.

    ``tries`` counts the attempts since the job last came further than ever, ``furthest``. ``holder`` identifies the process
    that claimed it. ``code`` is, with its ``arguments``, the stage of a job that runs and the failure of one that does not.
    """

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=10, choices=choices(c.JobKind))
    state = models.CharField(max_length=7, choices=choices(c.JobState), default=c.JobState.QUEUED.value)
    attempt = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    furthest = models.PositiveBigIntegerField(default=0)
    holder = models.CharField(max_length=120, blank=True)
    heartbeat = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    code = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="job_kind_known", condition=one_of("kind", c.JobKind)),
            models.CheckConstraint(name="job_state_known", condition=one_of("state", c.JobState)),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat"],
                condition=Q(state__in=[state.value for state in c.UNFINISHED]),
                name="job_waiting",
            ),
            models.Index(fields=["project", "kind", "-id"], name="job_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def is_queued(self) -> bool:
        return self.state == c.JobState.QUEUED

    @property
    def is_running(self) -> bool:
        return self.state == c.JobState.RUNNING

    @property
    def is_failed(self) -> bool:
        return self.state == c.JobState.FAILED

    @property
    def is_parked(self) -> bool:
        return self.state == c.JobState.PARKED

    @property
    def is_over(self) -> bool:
        """Whether it has ended: done, failed or parked."""
        return self.state not in c.UNFINISHED
