"""Import native lines as a worker does, for tests that need rows in the database."""

from __future__ import annotations

import io
from typing import Any

from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    Import,
    Job,
    Member,
    Pair,
    Project,
    Prompt,
    PromptSet,
    Response,
    Slot,
    User,
)
from annotation.services import jobs
from annotation.services.intake import imports
from annotation.services.members import membership
from annotation.vocabulary import Role
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


def answers(a: str = "Blue.", b: str = "Green.") -> dict[str, Any]:
    return {"response_a": {"model": "alpha", "text": a}, "response_b": {"model": "beta", "text": b}}


def with_account(project: Project, name: str) -> Member:
    """A member with an account, whose name in the project is ``name``."""
    user = User.objects.create(email=f"{name}@x.example", name=name)
    member = membership.add(project=project, user=user, role=Role.ANNOTATOR, by=None)
    Member.objects.filter(pk=member.pk).update(name=name)
    return Member.objects.select_related("project").get(pk=member.pk)


def counts() -> dict[str, int]:
    """How many rows there are of everything that an import stores."""
    tables = (Prompt, PromptSet, Response, Pair, Slot, Member, Assignment, Annotation, AnnotationRevision)
    return {table.__name__: table.objects.count() for table in tables}


def warned(report: dict[str, Any]) -> dict[str, int]:
    """How many lines have each warning."""
    return {warning["code"]: warning["lines"] for warning in report["warnings"]}
