"""Preference datasets as they stream: one snapshot, constant memory, and a manifest that tells what the bytes are."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from annotation.models import Project
from annotation.selectors import whole_pairs
from quality.pages.report import agreement
from quality.selectors import figures
from reward.datasets import raw, trl_preference
from reward.datasets.manifest import Hashed
from reward.datasets.manifest import manifest as describe
from reward.datasets.records import PairRecord, Tally
from reward.selectors import records

FORMATS = (trl_preference.FORMAT, raw.FORMAT)


class UnknownFormat(Exception):
    """No writer has that name; the sentence names those there are."""


class Export:
    """One dataset being written. Its lines pass once; afterwards it can say what they were."""

    def __init__(self, project: Project, format: str) -> None:
        if format not in FORMATS:
            raise UnknownFormat(f"format is one of {', '.join(FORMATS)}; not {format}")
        self.project = project
        self.format = format
        self.file_name = f"{project.slug}-{format}.jsonl"
        self._tally = Tally()
        self._options: dict[str, Any] = {}
        self._source = self._written()
        self._passing = Hashed(self._source)
        self._as_of = timezone.now()

    def lines(self) -> Generator[bytes, None, None]:
        """The file's lines, read from one snapshot of the database.

        The snapshot ends with the last line, or when a reader who has had enough closes this: the export refers to
        its own half-read lines, which would else wait for the garbage collector.
        """
        try:
            yield from self._passing
        finally:
            self._source.close()

    def manifest(self) -> dict[str, Any]:
        """What the lines were: counts, policies, agreement, hash.

        Raises
        ------
        RuntimeError
            The lines have not all passed yet.
        """
        quality = figures.latest(self.project)
        keep = "keep" if self.format == raw.FORMAT else "drop"
        return describe(
            self._passing,
            format=self.format,
            project=self.project.slug,
            tally=self._tally,
            as_of=self._as_of,
            code_version=settings.CODE_VERSION,
            tie_policy=keep,
            both_bad_policy=keep,
            filters={"surplus": False, "gold": self.format == raw.FORMAT},
            agreement=agreement(quality) if quality else None,
            options=self._options,
        )

    def _written(self) -> Generator[bytes, None, None]:
        with snapshot():
            self._as_of = timezone.now()
            if self.format == raw.FORMAT:
                yield from raw.lines(records.records(self.project), tally=self._tally)
                return
            conversational = self._conversational()
            self._options = {"conversational": conversational, "separator": ""}
            yield from trl_preference.lines(self._records(), conversational=conversational, tally=self._tally)

    def _conversational(self) -> bool:
        """Whether a row of the file will be a conversation, asked of those pairs alone that could make it one."""
        if not whole_pairs.has_conversations(self.project):
            return False
        with closing(self._records(conversations_only=True)) as found:
            return any(trl_preference.is_row(one) and not trl_preference.can_be_string(one) for one in found)

    def _records(self, *, conversations_only: bool = False) -> Generator[PairRecord, None, None]:
        return records.records(self.project, with_judgements=False, conversations_only=conversations_only)


def open_export(*, project: Project, format: str) -> Export:
    """A dataset of a project, ready to be written.

    Raises
    ------
    UnknownFormat
        No writer has that name.
    """
    return Export(project, format)


def manifest(*, project: Project, format: str) -> dict[str, Any]:
    """The manifest of the dataset as it would be written now; the lines pass, and nobody keeps them.

    Raises
    ------
    UnknownFormat
        No writer has that name.
    """
    export = open_export(project=project, format=format)
    for _ in export.lines():
        pass
    return export.manifest()


@contextmanager
def snapshot() -> Iterator[None]:
    """One view of the database for everything read inside, whatever others commit meanwhile."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # the outermost: inside another the view is that one's
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
