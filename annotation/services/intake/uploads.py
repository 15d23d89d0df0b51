"""Uploaded files that nobody reads any more.

A job reads its file until it is over; from then on its report and the lines that were put aside stand in rows. And a
process that is killed while it takes a file in leaves a part of one that no row knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.core.files.storage import default_storage

from annotation.models import Import

FOLDER: Final = "imports"
KEPT_FOR: Final = timedelta(days=7)
"""Long enough to look at a file that was refused, and for any upload to come to its end."""


def sweep(*, now: datetime) -> int:
    """Remove files whose import has been over for a week, and files a week old that no import knows; how many.

    A file is named by its import and no other, so what was not there a moment ago is nobody's loss.
    """
    removed = 0
    for names in _files():
        jobs = {run.stored_as: run.job for run in Import.objects.filter(stored_as__in=names).select_related("job")}
        for name in names:
            job = jobs.get(name)
            since = job.finished_at if job else _written_at(name)
            if since is not None and since < now - KEPT_FOR:
                default_storage.delete(name)
                removed += 1
    return removed


def _files() -> Iterator[list[str]]:
    """The names of what is stored, by project."""
    try:
        projects, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nothing was ever taken in
        return
    for project in sorted(projects):
        folder = f"{FOLDER}/{project}"
        yield [f"{folder}/{file}" for file in default_storage.listdir(folder)[1]]


def _written_at(name: str) -> datetime | None:
    try:
        return default_storage.get_modified_time(name)
    except FileNotFoundError:
        return None
