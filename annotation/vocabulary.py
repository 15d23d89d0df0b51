"""The stored vocabulary. No Django here: the packages without Django read these codes too."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final


class Verdict(IntEnum):
    """An annotator's judgement of a pair, in the pair's canonical order (never left or right)."""

    FIRST = 0
    SECOND = 1
    TIE = 2
    BOTH_BAD = 3

    @property
    def word(self) -> str:
        """Its name in files and in the API, where the first response is ``response_a``."""
        return VERDICT_WORDS[self]

    @property
    def label(self) -> str:
        """Its name to people."""
        return VERDICT_LABELS[self]

    @property
    def swapped(self) -> Verdict:
        """The same verdict seen with the two sides exchanged."""
        return {Verdict.FIRST: Verdict.SECOND, Verdict.SECOND: Verdict.FIRST}.get(self, self)

    @classmethod
    def from_word(cls, word: str) -> Verdict:
        """Return the verdict of a word. Raises ``KeyError`` for any other word."""
        return _BY_WORD[word]


VERDICT_WORDS: dict[Verdict, str] = {
    Verdict.FIRST: "a",
    Verdict.SECOND: "b",
    Verdict.TIE: "tie",
    Verdict.BOTH_BAD: "both_bad",
}
VERDICT_LABELS: dict[Verdict, str] = {
    Verdict.FIRST: "First is better",
    Verdict.SECOND: "Second is better",
    Verdict.TIE: "Tie",
    Verdict.BOTH_BAD: "Both bad",
}
_BY_WORD = {word: verdict for verdict, word in VERDICT_WORDS.items()}


class ProjectState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Role(StrEnum):
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    MANAGER = "manager"


class MemberState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"


class AssignmentKind(StrEnum):
    ORDINARY = "ordinary"
    GOLD = "gold"
    PROBE = "probe"


class Retired(StrEnum):
    """Why a gold pair is handed out no more."""

    MANAGER = "manager"  # a manager has retired it
    EXPOSED = "exposed"  # as many people know it as the project allows


class AssignmentState(StrEnum):
    LEASED = "leased"
    SUBMITTED = "submitted"
    RELEASED = "released"
    EXPIRED = "expired"
    SKIPPED = "skipped"


class RevisionKind(StrEnum):
    SUBMIT = "submit"
    EDIT = "edit"
    WITHDRAW = "withdraw"


class JobKind(StrEnum):
    IMPORT = "import"
    PAIRING = "pairing"
    QUALITY = "quality"
    RATINGS = "ratings"
    SIMULATION = "simulation"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"


UNFINISHED: Final = (JobState.QUEUED, JobState.RUNNING)
"""States of a job that has not ended."""


class PairingScheme(StrEnum):
    """Which responses of a prompt a pairing run pairs."""

    ALL = "all"
    RANDOM = "random"
    BASELINE = "baseline"


class JobStage(StrEnum):
    """What a running job does. Arguments behind each."""

    READING_JUDGEMENTS = "reading_judgements"
    COMPUTING = "computing"  # judgements
    READING_COMPARISONS = "reading_comparisons"
    FITTING = "fitting"  # models
    STORING = "storing"
    JUDGING = "judging"  # annotators, simulated ones


class JobFailure(StrEnum):
    """Why a job failed. Arguments behind each."""

    FILE_REFUSED = "file_refused"  # problem, the code of the refusal, and its arguments
    FILE_MISSING = "file_missing"
    WORKER_DIED = "worker_died"  # attempts
    ERROR = "error"  # type, detail: an exception that nobody expected


class SkipReason(StrEnum):
    NOT_MY_FIELD = "not_my_field"
    UNREADABLE = "unreadable"
    LANGUAGE = "language"
    UNCOMFORTABLE = "uncomfortable"
    OTHER = "other"


class FlagReason(StrEnum):
    HARMFUL = "harmful"
    PERSONAL_DATA = "personal_data"
    BROKEN = "broken"
    OTHER = "other"


class Undoable(StrEnum):
    """What a person can take back on the judging page."""

    VERDICT = "verdict"
    SKIP = "skip"
    FLAG = "flag"


class Scope(StrEnum):
    """What a token may do. All but ``projects:write`` are bound to the token's projects."""

    PROJECTS_WRITE = "projects:write"
    PROMPTS_WRITE = "prompts:write"
    ANNOTATIONS_READ = "annotations:read"
    DATASETS_READ = "datasets:read"
    QUALITY_READ = "quality:read"
    RATINGS_READ = "ratings:read"
