"""Uploaded files: stored as they arrive, opened by their job, and removed when no job needs them.

A job reads its file until it is over; from then on its report and the quarantined lines are rows. A process that is killed
while it stores a file leaves a part of one that no row names.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from annotation.models import Import, Project
from annotation.services import jobs
from annotation.vocabulary import JobFailure
from common.db import locks

FOLDER: Final = "imports"
KEPT_FOR: Final = timedelta(days=7)
"""Long enough to look at a file that was refused, and for any upload to end."""


class TooLarge(Exception):
    """The file is larger than ``IMPORT_MAX_BYTES``; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file: its name in the storage, bytes, lines and SHA-256."""

    name: str
    size: int
    lines: int
    sha256: str


def save(*, project: Project, stream: BinaryIO) -> Upload:
    """Store a file under a new name. The stream is read once to its end, in pieces; never sought, never closed.

    Raises
    ------
    TooLarge
        It is larger than ``IMPORT_MAX_BYTES``.
    """
    measured = _Measured(stream, settings.IMPORT_MAX_BYTES)
    name = f"{FOLDER}/{project.pk}/{uuid.uuid4()}"
    try:
        name = default_storage.save(name, File(cast(Any, measured), name=name))
    except BaseException:  # an upload that was cut leaves nothing behind
        remove(name)
        raise
    return Upload(name, measured.size, measured.lines, measured.digest.hexdigest())


def remove(name: str) -> None:
    """Remove a stored file, if it is there."""
    default_storage.delete(name)


def opened(run: Import) -> BinaryIO:
    """Return an import's file.

    Raises
    ------
    jobs.PermanentFailure
        It is not there any more.
    """
    try:
        return cast(BinaryIO, default_storage.open(run.stored_as, "rb"))
    except FileNotFoundError:
        raise jobs.PermanentFailure(JobFailure.FILE_MISSING) from None


@transaction.atomic
def sweep(*, now: datetime) -> int:
    """Remove files whose import has been over for a week, and files a week old that no import names; how many.

    A file is named by its import alone, so one that is gone meanwhile is no loss to anybody. Does nothing
    while another sweep goes on.
    """
    if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.sweep_uploads"):
        return 0
    removed = 0
    for names in _files():
        runs = Import.objects.filter(stored_as__in=names).select_related("job")
        job_of = {run.stored_as: run.job for run in runs}
        for name in names:
            job = job_of.get(name)
            since = job.finished_at if job else _written_at(name)
            if since is not None and since < now - KEPT_FOR:
                remove(name)
                removed += 1
    return removed


def _files() -> Iterator[list[str]]:
    """The names of what is stored, by project."""
    try:
        projects, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nothing was ever stored
        return
    for project in sorted(projects):
        folder = f"{FOLDER}/{project}"
        yield [f"{folder}/{file}" for file in default_storage.listdir(folder)[1]]


def _written_at(name: str) -> datetime | None:
    try:
        return default_storage.get_modified_time(name)
    except FileNotFoundError:
        return None


class _Measured(io.RawIOBase):
    """A stream that is hashed, counted and limited while it is read."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream = stream
        self.limit = limit
        self.size = 0
        self.digest = hashlib.sha256()
        self.line_feeds = 0
        self.last = b""

    @property
    def lines(self) -> int:
        """How many lines there are; one that does not end counts."""
        return self.line_feeds + (self.last not in (b"", b"\n"))

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        piece = self.stream.read(self.limit + 1 if size is None or size < 0 else size)
        self.size += len(piece)
        if self.size > self.limit:
            raise TooLarge
        self.digest.update(piece)
        self.line_feeds += piece.count(b"\n")
        self.last = piece[-1:] or self.last
        return piece

    def close(self) -> None:
        """Closing the stream is the caller's."""
