"""Jobs: rows that a worker claims, performs and finishes. Lost or repeated Celery messages do no harm.

`requests` creates them, `performers` is the registry of what performs each kind, `lifecycle` changes states, `holders` knows
who has one, `heartbeat` keeps a claim, `runner` performs one from claim to end, `sweep` finds queued and stalled ones, `watching` reports progress.
"""

from annotation.services.jobs.lifecycle import MOST_ATTEMPTS, Lost, claim, following, record_progress
from annotation.services.jobs.performers import Parameters, performs
from annotation.services.jobs.requests import ask, ask_once
from annotation.services.jobs.runner import PermanentFailure, run
from annotation.services.jobs.sweep import waiting
from annotation.services.jobs.watching import Watch

__all__ = [
    "MOST_ATTEMPTS",
    "Lost",
    "Parameters",
    "PermanentFailure",
    "Watch",
    "ask",
    "ask_once",
    "claim",
    "following",
    "performs",
    "record_progress",
    "run",
    "waiting",
]
