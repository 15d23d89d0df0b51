"""Imports: their reports, and their quarantined lines for the page, the API and the downloads."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypedDict
from uuid import UUID

from django.db.models import BinaryField, Count, QuerySet
from django.db.models.functions import Substr

from annotation.models import Import, ImportLine, Project

MOST_ERRORS: Final = 1_000
"""Quarantined lines that a report names; the page and the download have them all."""
BEGINNING: Final = 240
"""Bytes of a line that a list of quarantined lines shows: a line may have a mebibyte."""


class Error(TypedDict):
    """A quarantined line: what is wrong, as in ``common.refusals.Refused``."""

    line: int
    code: str
    arguments: dict[str, Any]
    path: str


class Warned(TypedDict):
    """How many stored lines have a warning, and the first of them."""

    code: str
    lines: int
    first_lines: list[int]


class Report(TypedDict):
    """What an import came to so far; of one that is done, its job's result."""

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
    """Why lines were quarantined, or what they were warned of, and how many lines; of a warning, the first of them too."""

    code: str
    count: int
    first_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A quarantined line: what is wrong with it, and its first bytes."""

    line: int
    code: str
    arguments: dict[str, Any]
    path: str
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Detail:
    """One import with its job, its reasons (most frequent first) and its warnings."""

    run: Import
    reasons: list[Reason]
    warnings: list[Reason]


def latest(*, project: Project, most: int = 20) -> QuerySet[Import]:
    """Return a project's imports with their jobs and who asked for them, newest first."""
    runs = Import.objects.filter(project=project).select_related("job", "job__asked_by")
    return runs.order_by("-id")[:most]


def find(*, project: Project, pk: int) -> Import | None:
    """Return one import of this project with its job, or null."""
    return Import.objects.filter(project=project, pk=pk).select_related("project", "job", "job__asked_by").first()


def detail(run: Import) -> Detail:
    """Return an import with the counts of its reasons; one query."""
    counts = (
        ImportLine.objects.filter(project_id=run.project_id, run=run)
        .values_list("code")
        .annotate(count=Count("id"))
        .order_by("-count", "code")
    )
    return Detail(
        run=run,
        reasons=[Reason(code, count) for code, count in counts],
        warnings=[
            Reason(code, count, tuple(run.warned_lines.get(code, ()))) for code, count in sorted(run.warnings.items())
        ],
    )


def of_job(*, project: Project, uuid: UUID) -> Import | None:
    """Return the import that a job of this project does, or null."""
    return Import.objects.filter(project=project, job__uuid=uuid).select_related("project", "job").first()


def quarantined(run: Import, *, code: str = "", after: int = 0, most: int = 100) -> list[Quarantined]:
    """Return the quarantined lines after line ``after``, in the file's order; of one reason where ``code`` names it."""
    lines = _quarantined(run, code).filter(line__gt=after)
    rows = lines.annotate(beginning=Substr("raw", 1, BEGINNING, output_field=BinaryField())).order_by("line")
    columns = ("line", "code", "arguments", "path", "beginning")
    return [
        Quarantined(line, code, arguments, path, bytes(beginning))
        for line, code, arguments, path, beginning in rows.values_list(*columns)[:most]
    ]


def count_until(run: Import, *, line: int, code: str = "") -> int:
    """Return how many of those lines are at or before a line."""
    return _quarantined(run, code).filter(line__lte=line).count() if line else 0


def every_quarantined(run: Import) -> Iterator[tuple[int, str, dict[str, Any], str]]:
    """Yield line, code, arguments and path of every quarantined line. Streams."""
    rows = _quarantined(run).order_by("line").values_list("line", "code", "arguments", "path")
    yield from rows.iterator(chunk_size=1000)


def raw_lines(run: Import) -> Generator[bytes, None, None]:
    """Yield every quarantined line as it came, each with a line feed: to be corrected and sent again. Streams.

    Of a line above 1 MiB only its beginning was kept.
    """
    for raw in _quarantined(run).order_by("line").values_list("raw", flat=True).iterator(chunk_size=100):
        yield bytes(raw) + b"\n"


def report(run: Import, *, most: int = MOST_ERRORS) -> Report:
    """Return what the import has come to so far, with the first quarantined lines."""
    rows = _quarantined(run).order_by("line").values_list("line", "code", "arguments", "path")[:most]
    return Report(
        accepted=run.accepted,
        unchanged=run.unchanged,
        quarantined=run.quarantined,
        blank=run.blank,
        pairs=run.pairs,
        judgements=run.judgements,
        prompts=run.prompts,
        errors=[Error(line=line, code=code, arguments=arguments, path=path) for line, code, arguments, path in rows],
        errors_total=run.quarantined,
        warnings=[
            Warned(code=code, lines=count, first_lines=run.warned_lines.get(code, []))
            for code, count in sorted(run.warnings.items())
        ],
    )


def as_json(found: Report) -> dict[str, Any]:
    """Return the report as a job's result."""
    return dict(found)


def _quarantined(run: Import, code: str = "") -> QuerySet[ImportLine]:
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run)
    return lines.filter(code=code) if code else lines
