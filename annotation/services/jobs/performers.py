"""Registry of the functions that perform each kind of job, with the parameters they accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

from annotation.models import Job
from annotation.vocabulary import JobKind


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a job. A kind that takes parameters defines a subclass next to its performer; this class has none."""

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the parameters that a job's row holds."""
        return cls(**job.parameters)

    def stored(self) -> dict[str, Any]:
        """Return the parameters as a row holds them."""
        return asdict(self)


Work = Callable[[Job], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Performer:
    """Does a job and returns its result."""

    work: Work
    parameters: type[Parameters]


_PERFORMERS: dict[JobKind, Performer] = {}


def performs(kind: JobKind, parameters: type[Parameters] = Parameters) -> Callable[[Work], Work]:
    """Register what does jobs of a kind, and what the kind accepts. Applied once, when the module is imported."""

    def register(work: Work) -> Work:
        _PERFORMERS[kind] = Performer(work, parameters)
        return work

    return register


def of_kind(kind: JobKind) -> Performer | None:
    """Return what does jobs of a kind; None where no module that is loaded does."""
    return _PERFORMERS.get(kind)
