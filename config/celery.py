"""The Celery app and the beat schedule.

The work itself is in PostgreSQL (``Job`` rows); a message in Redis only tells a worker to look. Losing every message costs
seconds of delay, because ``sweep_jobs`` finds queued rows.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery, signals

from config import watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
watchdog.install(app)


@signals.worker_init.connect
def try_uploads_folder(**_: Any) -> None:
    """End a worker that could not read and keep files, before it takes a job."""
    from common.storage import unwritable

    if problem := unwritable():
        sys.exit(f"Concord does not start: {problem}")


app.conf.beat_schedule = {
    "expire-leases": {"task": "annotation.tasks.expire_leases", "schedule": 20.0, "options": {"expires": 20}},
    "move-reopened-slots": {"task": "annotation.tasks.move_reopened", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-jobs": {"task": "annotation.tasks.sweep_jobs", "schedule": 15.0, "options": {"expires": 15}},
    "sweep-sessions": {"task": "annotation.tasks.sweep_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
    "sweep-uploads": {"task": "annotation.tasks.sweep_uploads", "schedule": 3600.0, "options": {"expires": 3600}},
    "take-in-judgements": {"task": "quality.tasks.take_in", "schedule": 2.0, "options": {"expires": 2}},
    "compute-stale-quality": {"task": "quality.tasks.compute_stale", "schedule": 300.0, "options": {"expires": 300}},
    "fit-stale-ratings": {"task": "reward.tasks.fit_stale", "schedule": 600.0, "options": {"expires": 600}},
}
