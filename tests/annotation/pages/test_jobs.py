"""Every stage and failure of a job has words."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Job
from annotation.pages import jobs
from annotation.vocabulary import JobFailure, JobStage

WORDED: dict[JobStage | JobFailure, tuple[dict[str, Any], str]] = {
    JobStage.READING_JUDGEMENTS: ({}, "Reading judgements"),
    JobStage.COMPUTING: ({"judgements": 2997}, "Computing over 2,997 judgements"),
    JobStage.READING_COMPARISONS: ({}, "Reading comparisons"),
    JobStage.FITTING: ({"models": 5}, "Fitting 5 source models"),
    JobStage.STORING: ({}, "Storing"),
    JobStage.JUDGING: ({"annotators": 1200}, "1,200 simulated annotators judge"),
    JobFailure.FILE_REFUSED: ({"problem": "empty_file"}, "The file is empty."),
    JobFailure.FILE_MISSING: ({}, "The uploaded file is not there any more; send it again."),
    JobFailure.WORKER_DIED: ({"attempts": 3}, "Its worker died 3 times. The log has the reason."),
    JobFailure.ERROR: ({"type": "KeyError", "detail": "'{x}'"}, "KeyError: '{x}'"),
}


class TestTheMessage:
    @pytest.mark.parametrize("code", [*JobStage, *JobFailure])
    def test_words_every_code(self, code: JobStage | JobFailure) -> None:
        arguments, words = WORDED[code]

        assert jobs.message(Job(code=code.value, arguments=arguments)) == words

    def test_is_empty_where_the_row_tells_nothing(self) -> None:
        assert jobs.message(Job()) == ""

    def test_has_no_words_without_a_code(self) -> None:
        assert [*jobs.STAGES, *jobs.FAILURES] == [*JobStage, *JobFailure]
