"""Imports: a file is taken in, and a job stores its lines.

Each chunk of lines is one transaction that also says how far the file is done, so a job that is killed anywhere goes
on exactly there. Lines are idempotent besides: the same file sent twice, one after the other or at once, is one set
of rows.
"""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from annotation.formats.jsonlines import lines
from annotation.formats.problems import FileRefused
from annotation.formats.records import (
    BlankLine,
    Content,
    Item,
    JudgementRecord,
    PairLine,
    Problem,
    PromptLine,
    plain,
)
from annotation.formats.registry import READERS, refuse_by_name
from annotation.models import Import, Job, Project, User
from annotation.selectors.imports import as_json, report
from annotation.services import jobs, projects
from annotation.services.access.audit import record
from annotation.services.intake.lines import Identity, Intake, Line, Tally, identities
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobFailure, JobKind
from common.prefetch import ahead
from common.strict_json import OnNul

CHUNK_LINES: Final = 500
CHUNK_BYTES: Final = 4 << 20
COUNTS: Final = ("accepted", "unchanged", "quarantined", "blank", "pairs", "judgements", "prompts")
ON_NUL: Final = ("refuse", "replace")


@dataclass(frozen=True, slots=True)
class ImportParameters(jobs.Parameters):
    """What an import's job keeps beside the import: the key by which a repeated request is known."""

    idempotency_key: str | None = None


class TooLarge(Exception):
    """The file is larger than ``IMPORT_MAX_BYTES``; nothing of it is kept."""


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
    """Take a file in under a name of our own and ask for its import; the door sends word to the workers.

    Parameters
    ----------
    stream
        Read once to its end, in pieces; never sought, never closed.
    file_name
        What the sender calls it. Shown to people, never used as a path.

    Raises
    ------
    TooLarge
        It is larger than ``IMPORT_MAX_BYTES``.
    UnknownFormat
        ``format`` or ``on_nul`` is none that there is.
    """
    if format not in READERS or on_nul not in ON_NUL:
        raise UnknownFormat
    taken = _Measured(stream, settings.IMPORT_MAX_BYTES)
    stored_as = f"imports/{project.pk}/{uuid.uuid4()}"
    try:
        stored_as = default_storage.save(stored_as, File(cast(Any, taken), name=stored_as))
        with transaction.atomic():
            job = jobs.ask(project=project, kind=JobKind.IMPORT, by=by)
            if format == "native":
                Job.objects.filter(pk=job.pk).update(total=taken.lines)
            run = Import.objects.create(
                project=project,
                job=job,
                batch=projects.next_batch(project=project),
                format=format,
                file_name=_shown_name(file_name),
                stored_as=stored_as,
                size=taken.size,
                sha256=taken.digest.hexdigest(),
                on_nul=on_nul,
            )
            record(project=project, actor=by, action="import.start", subject=run.file_name, detail={"import": run.pk})
    except BaseException:  # an upload that was cut leaves nothing behind
        default_storage.delete(stored_as)
        raise
    return run


@jobs.performs(JobKind.IMPORT, ImportParameters)
def perform(job: Job) -> dict[str, Any]:
    """Store the lines of the job's file that are not done yet; the report.

    Raises
    ------
    jobs.Refused
        The file cannot be read at all, or is not there any more.
    jobs.Lost
        Another worker goes on with it.
    """
    run = Import.objects.select_related("project").get(job=job)
    with heartbeat.alive(job), _stored(run) as stream, _RawLines(run) as raw_lines:
        intake = Intake(run, raw_line=raw_lines.of, now=timezone.now)
        try:
            refuse_by_name(run.file_name)
            items = _behind(READERS[run.format](stream, on_nul=cast(OnNul, run.on_nul)), run.lines_done)
            # While the database stores a chunk, the next one is read and hashed.
            with closing(ahead((chunk, identities(chunk)) for chunk in chunks(items))) as prepared:
                for chunk, known_by in prepared:
                    _store(job, run, intake, chunk, known_by)
        except FileRefused as refused:
            raise jobs.Refused(JobFailure.FILE_REFUSED, problem=refused.code, sentence=refused.message) from refused
    return as_json(report(run))


def chunks(items: Iterable[Item], *, most: int = CHUNK_LINES, most_bytes: int = CHUNK_BYTES) -> Iterator[list[Item]]:
    """Items in runs of at most so many, and of about so many bytes."""
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
def _store(job: Job, run: Import, intake: Intake, chunk: list[Item], known_by: Mapping[int, Identity]) -> None:
    """One chunk, its counts, and how far the file is done; nothing at all if the claim is not ours any more."""
    before = {name: getattr(run, name) for name in (*COUNTS, "lines_done", "warnings")}
    tally = intake.store(chunk, known_by)
    _add(run, tally, lines_done=chunk[-1].line)
    mine = Import.objects.filter(pk=run.pk, lines_done=before["lines_done"])
    if not mine.update(**{name: getattr(run, name) for name in before}):
        raise jobs.Lost
    # Last, so that the job's row is locked for no longer than a heartbeat: pages and the heartbeat's thread need it.
    jobs.record_progress(job, done=run.lines_done)


def _add(run: Import, tally: Tally, *, lines_done: int) -> None:
    run.lines_done = lines_done
    for name in COUNTS:
        setattr(run, name, getattr(run, name) + getattr(tally, name))
    run.warnings = dict(Counter(run.warnings) + tally.warnings)


def _behind(items: Iterable[Item], line: int) -> Iterator[Item]:
    return (item for item in items if item.line > line)


def _weight(item: Item) -> int:
    match item:
        case BlankLine():
            return 1
        case Problem():
            return len(item.raw)
        case PairLine():
            texts: list[Content] = [item.prompt, item.first.content, item.second.content]
            judged = sum(300 + len(said.reason) for said in item.judgements)
        case PromptLine():
            texts = [item.prompt, *(response.content for response in item.responses)]
            judged = 0
    return judged + sum(len(text) if isinstance(text, str) else sum(len(m.content) for m in text) for text in texts)


def _stored(run: Import) -> BinaryIO:
    try:
        return cast(BinaryIO, default_storage.open(run.stored_as, "rb"))
    except FileNotFoundError:
        raise jobs.Refused(JobFailure.FILE_MISSING) from None


def _shown_name(name: str) -> str:
    """A file name fit to be shown: its last part, printable, cut to what the column holds."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "\ufffd" for c in last)[:255]


class _Measured(io.RawIOBase):
    """A stream that is hashed, counted and limited while it is read."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream = stream
        self.limit = limit
        self.size = 0
        self.digest = hashlib.sha256()
        self.feeds = 0
        self.last = b""

    @property
    def lines(self) -> int:
        """How many lines there are; one that does not end counts."""
        return self.feeds + (self.last not in (b"", b"\n"))

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        piece = self.stream.read(self.limit + 1 if size is None or size < 0 else size)
        self.size += len(piece)
        if self.size > self.limit:
            raise TooLarge
        self.digest.update(piece)
        self.feeds += piece.count(b"\n")
        self.last = piece[-1:] or self.last
        return piece

    def close(self) -> None:
        """The stream is the caller's to close."""


class _RawLines:
    """The bytes of lines that are put aside after they were read well.

    A native file is read a second time beside the first, only as far as such a line and without parsing; of other
    formats the line is written anew, in native form, so that it can be sent again by itself.
    """

    def __init__(self, run: Import) -> None:
        self.run = run
        self.stream: BinaryIO | None = None
        self.found: Iterator[tuple[int, bytes] | Problem] = iter(())

    def __enter__(self) -> _RawLines:
        return self

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()

    def of(self, line: Line) -> bytes:
        """The line itself. Asked in the order of the file."""
        if self.run.format != "native":
            return json.dumps(native(line), ensure_ascii=False).encode()
        if self.stream is None:
            self.stream = _stored(self.run)
            self.found = lines(self.stream)
        for found in self.found:
            if not isinstance(found, Problem) and found[0] == line.line:
                return found[1]
        raise AssertionError("lines are put aside in the order of the file")


def native(line: Line) -> dict[str, Any]:
    """A record as its native line; what it does not say is left out."""
    row: dict[str, Any] = {"id": line.external_id, "prompt": plain(line.prompt)}
    if isinstance(line, PromptLine):
        row["responses"] = [{"model": r.model, "text": plain(r.content)} for r in line.responses]
    else:
        for key, response in (("response_a", line.first), ("response_b", line.second)):
            row[key] = {"model": response.model, "text": plain(response.content)}
    row |= {key: value for key in ("language", "author") if (value := getattr(line, key))}
    if line.tags:
        row["tags"] = list(line.tags)
    if isinstance(line, PairLine):
        if line.gold is not None:
            row["gold"] = line.gold.word
        if line.judgements:
            row["judgements"] = [_native_judgement(said) for said in line.judgements]
    return row


def _native_judgement(said: JudgementRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"annotator": said.annotator, "verdict": said.verdict.word}
    for key in ("shown_first", "strength", "confidence", "seconds"):
        if getattr(said, key) is not None:
            row[key] = getattr(said, key)
    if said.reason:
        row["reason"] = said.reason
    if said.at is not None:
        row["at"] = said.at.isoformat().replace("+00:00", "Z")
    return row
