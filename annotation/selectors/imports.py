"""What came in: imports and the lines that were put aside, for their page, their report and their download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db.models import Count, QuerySet

from annotation.formats.problems import ADVICE
from annotation.models import Import, ImportLine, Project

MOST_ERRORS = 1_000
"""How many quarantined lines a report names; the page and the download have them all."""


class Error(TypedDict):
    """A quarantined line, as commands and the API tell it."""

    line: int
    code: str
    message: str


class Warned(TypedDict):
    """How many lines that are in carry a warning."""

    code: str
    lines: int
    message: str


class Report(TypedDict):
    """What an import came to: the job's result, and what the command prints."""

    accepted: int
    unchanged: int
    quarantined: int
    blank: int
    pairs: int
    judgements: int
    prompts: int
    errors: list[Error]
    errors_total: int
    warnings: list[Warned]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why lines were put aside, in how many cases, and what to do about it."""

    code: str
    count: int
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One import with its job, its reasons (most frequent first) and its warnings."""

    run: Import
    reasons: list[Reason]
    warnings: list[Reason]


def latest(*, project: Project, most: int = 20) -> QuerySet[Import]:
    """A project's imports with their jobs and who asked, newest first."""
    runs = Import.objects.filter(project=project).select_related("job", "job__asked_by")
    return runs.order_by("-id")[:most]


def find(*, project: Project, pk: int) -> Import | None:
    """One import of this project with its job, or null."""
    return Import.objects.filter(project=project, pk=pk).select_related("project", "job", "job__asked_by").first()


def detail(run: Import) -> Detail:
    """An import with the counts of its reasons; one query."""
    counts = (
        ImportLine.objects.filter(project_id=run.project_id, run=run)
        .values_list("code")
        .annotate(count=Count("id"))
        .order_by("-count", "code")
    )
    return Detail(
        run=run,
        reasons=[_reason(code, count) for code, count in counts],
        warnings=[_reason(code, count) for code, count in sorted(run.warnings.items())],
    )


def quarantined(run: Import, *, after: int = 0, most: int = 100, code: str = "") -> list[ImportLine]:
    """The lines put aside behind line ``after``, in the file's order; of one reason where ``code`` names it."""
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run, line__gt=after)
    if code:
        lines = lines.filter(code=code)
    return list(lines.order_by("line")[:most])


def raw_lines(run: Import) -> Iterator[bytes]:
    """Every line put aside as it came, each with a line feed: to be mended and sent again. Streams.

    Of a line above 1 MiB only its beginning was kept.
    """
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run).order_by("line")
    for raw in lines.values_list("raw", flat=True).iterator(chunk_size=100):
        yield bytes(raw) + b"\n"


def report(run: Import, *, most: int = MOST_ERRORS) -> Report:
    """What the import has come to so far, with the first quarantined lines."""
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run).order_by("line")
    errors = [
        Error(line=line, code=code, message=message)
        for line, code, message in lines.values_list("line", "code", "message")[:most]
    ]
    warnings = [
        Warned(code=code, lines=count, message=_reason(code, count).sentence)
        for code, count in sorted(run.warnings.items())
    ]
    return Report(
        accepted=run.accepted,
        unchanged=run.unchanged,
        quarantined=run.quarantined,
        blank=run.blank,
        pairs=run.pairs,
        judgements=run.judgements,
        prompts=run.prompts,
        errors=errors,
        errors_total=run.quarantined,
        warnings=warnings,
    )


def as_json(found: Report) -> dict[str, Any]:
    """The report as a job's result."""
    return dict(found)


def _reason(code: str, count: int) -> Reason:
    sentence, advice = ADVICE.get(code, (code.replace("_", " ").capitalize(), ""))
    return Reason(code, count, sentence, advice)
