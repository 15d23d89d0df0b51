"""English for what a job does and why it failed. No queries here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from annotation.models import Job
from annotation.pages import import_sentences
from annotation.vocabulary import JobFailure, JobStage
from common.sentences import sentence

STAGES: Final[Mapping[str, str]] = {
    JobStage.READING_JUDGEMENTS: "Reading judgements",
    JobStage.COMPUTING: "Computing over {judgements:,} judgements",
    JobStage.READING_COMPARISONS: "Reading comparisons",
    JobStage.FITTING: "Fitting {models} source models",
    JobStage.STORING: "Storing",
    JobStage.JUDGING: "{annotators:,} simulated annotators judge",
}

FAILURES: Final[Mapping[str, str]] = {
    JobFailure.FILE_REFUSED: "The file cannot be read.",
    JobFailure.FILE_MISSING: "The uploaded file is not there any more; send it again.",
    JobFailure.WORKER_DIED: "Its worker died {attempts} times. The log has the reason.",
    JobFailure.ERROR: "{type}: {detail}",
}

_ALL: Final[Mapping[str, str]] = {**STAGES, **FAILURES}


def message(job: Job) -> str:
    """Return what a job does, or why it failed; empty where its row has no code."""
    return worded(job.code, job.arguments)


def worded(code: str, arguments: Mapping[str, Any]) -> str:
    """Return the words of a stage or failure with its arguments; empty without a code.

    >>> worded("computing", {"judgements": 1234})
    'Computing over 1,234 judgements'
    """
    if code == JobFailure.FILE_REFUSED and "problem" in arguments:  # the code and arguments of a ``FileRefused``
        return import_sentences.sentence(arguments["problem"], arguments)
    return sentence(_ALL, code, arguments) if code else ""
