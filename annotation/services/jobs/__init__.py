"""Jobs: rows that a worker claims, works on and finishes, whatever happens to the messages about them.

`requests` makes them, `performers` knows what does each kind, `lifecycle` moves a row from state to state, `heartbeat` keeps it
alive, `runner` does one from claim to end, `sweep` finds those that nobody works on.
"""

from annotation.services.jobs.lifecycle import MOST_ATTEMPTS, Lost, claim, record_progress
from annotation.services.jobs.performers import Parameters, performs
from annotation.services.jobs.requests import ask, ask_once
from annotation.services.jobs.runner import PermanentFailure, run
from annotation.services.jobs.sweep import waiting
from annotation.services.jobs.watching import Watch

__all__ = [
    "PermanentFailure",
    "MOST_ATTEMPTS",
    "Lost",
    "Parameters",
    "Watch",
    "ask",
    "ask_once",
    "claim",
    "performs",
    "record_progress",
    "run",
    "waiting",
]
