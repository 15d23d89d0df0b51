"""Celery's app with nothing to send: `celery -A tests.faults.silent beat` is silent, and has two seconds for it."""

from __future__ import annotations

from config import watchdog
from config.celery import app

watchdog.BEAT_LIMIT = 2.0
app.conf.beat_schedule = {}
