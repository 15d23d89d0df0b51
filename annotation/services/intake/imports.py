"""Imports: a file is stored, and a job stores its lines.

Each chunk of lines is one transaction that also notes how far the file is done, so a job that is killed anywhere goes
on exactly there. Lines are idempotent besides: the same file sent twice, one after the other or at once, is one set
of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast, get_args

from django.db import transaction
from django.utils import timezone

from annotation.formats import native
from annotation.formats.problems import FileRefused
from annotation.formats.records import BlankLine, Content, Item, PairRecord, Problem
from annotation.formats.registry import READERS, refuse_by_name
from annotation.models import Import, Job, Project, User
from annotation.selectors.imports import as_json, report
from annotation.services import jobs, projects
from annotation.services.access.audit import record
from annotation.services.intake import uploads
from annotation.services.intake.identities import IdentifiedItem, identified
from annotation.services.intake.lines import Intake, Tally
from annotation.services.intake.raw_lines import RawLines
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobFailure, JobKind
from common.prefetch import ahead
from common.strict_json import OnNul

CHUNK_LINES: Final = 500
CHUNK_BYTES: Final = 4 << 20
COUNTS: Final = ("accepted", "unchanged", "quarantined", "blank", "pairs", "judgements", "prompts")
WARNED_LINES: Final = 20
"""Lines that a report names of each warning."""
ON_NUL: Final[tuple[str, ...]] = get_args(OnNul)


@dataclass(frozen=True, slots=True)
class ImportParameters(jobs.Parameters):
    """Parameters of an import's job: the key that identifies a repeated request."""

    idempotency_key: str | None = None


class UnknownFormat(Exception):
    """There is no reader of that name, or no such answer to NUL characters."""


def start(
    *,
    project: Project,
    stream: BinaryIO,
    format: str,
    file_name: str = "",
    by: User | None = None,
    on_nul: OnNul = "refuse",
) -> Import:
    """Store a file under a new name and ask for its import; the caller notifies the workers.

    Parameters
    ----------
    stream
        Read once to its end, in pieces; never sought, never closed.
    file_name
        The sender's name for it. Shown to people, never used as a path.

    Raises
    ------
    uploads.TooLarge
        It is larger than ``IMPORT_MAX_BYTES``.
    UnknownFormat
        There is no such ``format`` or ``on_nul``.
    """
    if format not in READERS or on_nul not in ON_NUL:
        raise UnknownFormat
    upload = uploads.save(project=project, stream=stream)
    try:
        with transaction.atomic():
            job = jobs.ask(project=project, kind=JobKind.IMPORT, by=by)
            if format == native.NAME:
                Job.objects.filter(pk=job.pk).update(total=upload.lines)
            run = Import.objects.create(
                project=project,
                job=job,
                batch=projects.next_batch(project=project),
                format=format,
                file_name=_printable_name(file_name),
                stored_as=upload.name,
                size=upload.size,
                sha256=upload.sha256,
                on_nul=on_nul,
            )
            record(project=project, actor=by, action="import.start", subject=run.file_name, detail={"import": run.pk})
    except BaseException:
        uploads.remove(upload.name)
        raise
    return run


@jobs.performs(JobKind.IMPORT, ImportParameters)
def perform(job: Job) -> dict[str, Any]:
    """Store the lines of the job's file that are not done yet; return the report.

    Raises
    ------
    jobs.PermanentFailure
        The file cannot be read at all, or is not there any more.
    jobs.Lost
        Another worker has claimed it.
    """
    run = Import.objects.select_related("project").get(job=job)
    with heartbeat.alive(job), uploads.opened(run) as stream, RawLines(run) as raw_lines:
        intake = Intake(run, raw_line=raw_lines.of, now=timezone.now)
        try:
            refuse_by_name(run.file_name, run.format)
            items = _after(READERS[run.format](stream, on_nul=cast(OnNul, run.on_nul)), run.lines_done)
            # While the database stores a chunk, the next one is read and hashed.
            with closing(ahead(identified(chunk) for chunk in chunks(items))) as prepared:
                for chunk in prepared:
                    _store(job, run, intake, chunk)
        except FileRefused as refused:
            raise jobs.PermanentFailure(JobFailure.FILE_REFUSED, problem=refused.code, **refused.arguments) from refused
    return as_json(report(run))


def chunks(items: Iterable[Item], *, most: int = CHUNK_LINES, most_bytes: int = CHUNK_BYTES) -> Iterator[list[Item]]:
    """Yield the items in lists, limited by number and by approximate bytes."""
    chunk: list[Item] = []
    weight = 0
    for item in items:
        chunk.append(item)
        weight += _weight(item)
        if len(chunk) >= most or weight >= most_bytes:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk


@transaction.atomic
def _store(job: Job, run: Import, intake: Intake, chunk: list[IdentifiedItem]) -> None:
    """One chunk, its counts, and how far the file is done; nothing at all if the claim is not ours any more."""
    before = {name: getattr(run, name) for name in (*COUNTS, "lines_done", "warnings", "warned_lines")}
    _add(run, intake.store(chunk), lines_done=chunk[-1].line)
    mine = Import.objects.filter(pk=run.pk, lines_done=before["lines_done"])
    if not mine.update(**{name: getattr(run, name) for name in before}):
        raise jobs.Lost
    # Last, so that the job's row is locked for no longer than a heartbeat: pages and the heartbeat's thread need it.
    jobs.record_progress(job, done=run.lines_done)


def _add(run: Import, tally: Tally, *, lines_done: int) -> None:
    run.lines_done = lines_done
    for name in COUNTS:
        setattr(run, name, getattr(run, name) + getattr(tally, name))
    warnings, first = dict(run.warnings), dict(run.warned_lines)
    for code, warned in tally.warned.items():
        warnings[code] = warnings.get(code, 0) + len(warned)
        first[code] = [*first.get(code, ()), *warned][:WARNED_LINES]
    run.warnings, run.warned_lines = warnings, first


def _after(items: Iterable[Item], line: int) -> Iterator[Item]:
    return (item for item in items if item.line > line)


def _weight(item: Item) -> int:
    """About how many bytes an item has."""
    if isinstance(item, BlankLine):
        return 1
    if isinstance(item, Problem):
        return len(item.raw)
    record = item.record
    texts: list[Content] = [record.prompt, *(response.content for response in record.responses)]
    judgements = record.judgements if isinstance(record, PairRecord) else ()
    judged = sum(300 + len(judgement.reason) for judgement in judgements)
    return judged + sum(len(text) if isinstance(text, str) else sum(len(m.content) for m in text) for text in texts)


def _printable_name(name: str) -> str:
    """A file name fit to be shown: its last part, printable, cut to what the column holds."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "\ufffd" for c in last)[:255]
