"""Import native lines as a worker does, for tests that need rows in the database."""

from __future__ import annotations

import io
from typing import Any

from annotation.models import Import, Job, Project
from annotation.services import jobs
from annotation.services.intake import imports
from tests.annotation.formats.lines import dump


def file_of(*lines: dict[str, Any] | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else dump(line)) + b"\n" for line in lines)


def send(project: Project, *lines: dict[str, Any] | bytes, format: str = "native", **options: Any) -> Import:
    """Start an import and leave it waiting."""
    return imports.start(project=project, stream=io.BytesIO(file_of(*lines)), format=format, **options)


def import_lines(project: Project, *lines: dict[str, Any] | bytes, **options: Any) -> dict[str, Any]:
    """Import lines, and return the report."""
    job = done(send(project, *lines, **options))
    assert job.state == "done", job.arguments
    assert job.result is not None
    return job.result


def done(run: Import) -> Job:
    job = jobs.run(run.job_id)
    assert job is not None
    return job


def codes(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in report["errors"]]
