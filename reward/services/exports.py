"""Stream preference datasets from one snapshot in constant memory, with a manifest of the bytes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotation.formats.registry import WRITTEN, PairWriter, PreferenceWriter
from annotation.models import Project
from annotation.selectors import records
from common.db.snapshots import large_read, snapshot
from quality.selectors import figures
from quality.selectors.figures import StoredRun
from reward.datasets.manifest import Hashed
from reward.datasets.manifest import manifest as describe
from reward.datasets.policies import Tally, left_out, preference
from reward.selectors import judged_pairs
from reward.vocabulary import Adjudicated


class UnknownFormat(Exception):
    """No format of that name is written; ``annotation.formats.registry.WRITTEN`` has those that are."""


class Export:
    """One dataset being written. Single-pass iterator of lines; the manifest exists once it is exhausted."""

    def __init__(self, project: Project, format: str, adjudicated: Adjudicated = Adjudicated.IGNORE) -> None:
        if format not in WRITTEN:
            raise UnknownFormat(format)
        self.project = project
        self.format = format
        self.adjudicated = adjudicated
        self.file_name = f"{project.slug}-{format}{WRITTEN[format].extension}"
        self._tally = Tally()
        self._options: dict[str, Any] = {}
        self._source = self._written()
        self._passing = Hashed(self._source, header=WRITTEN[format].header)
        self._as_of = timezone.now()

    def lines(self) -> Generator[bytes, None, None]:
        """Yield the file's lines, read from one snapshot of the database.

        The snapshot ends with the last line, or when the consumer closes it: the export refers to its own iterator,
        which would otherwise stay open until the garbage collector runs.
        """
        try:
            yield from self._passing
        finally:
            self._source.close()

    def manifest(self, *, agreement: Callable[[StoredRun], dict[str, Any]]) -> dict[str, Any]:
        """Return counts, policies, agreement and hash of the lines.

        ``agreement`` words the stored figures, if there are any.

        Raises
        ------
        RuntimeError
            The iterator of lines is not exhausted.
        """
        quality = figures.latest(self.project)
        every_pair = WRITTEN[self.format].write_pairs is not None
        policy = "keep" if every_pair else "drop"
        return describe(
            self._passing,
            format=self.format,
            project=self.project.slug,
            tally=self._tally,
            as_of=self._as_of,
            code_version=settings.CODE_VERSION,
            tie_policy=policy,
            both_bad_policy=policy,
            adjudication_policy=self.adjudicated.value,
            filters={"surplus": False, "gold": every_pair},
            agreement=agreement(quality) if quality else None,
            options=self._options,
        )

    def _written(self) -> Generator[bytes, None, None]:
        format = WRITTEN[self.format]
        with snapshot():
            self._as_of = timezone.now()
            self._options = dict(format.options)
            if format.write_pairs is not None:
                yield from self._pairs(format.write_pairs)
            if format.write_preferences is not None:
                yield from self._preferences(format.write_preferences)

    def _pairs(self, write: PairWriter) -> Iterator[bytes]:
        return write(self._tally.records(judged_pairs.stream(self.project, adjudicated=self.adjudicated)))

    def _preferences(self, write: PreferenceWriter) -> Iterator[bytes]:
        conversational = self._has_conversations()
        self._options = {"conversational": conversational, **self._options}
        pairs = judged_pairs.stream(self.project, with_judgements=False, adjudicated=self.adjudicated)
        return write(self._tally.preferences(pairs), conversational=conversational)

    def _has_conversations(self) -> bool:
        """Whether a row of the file will be a conversation, asked of those pairs alone that could make it one."""
        if not records.has_conversations(self.project):
            return False
        pairs = judged_pairs.stream(
            self.project, with_judgements=False, conversations_only=True, adjudicated=self.adjudicated
        )
        with closing(pairs):
            rows = (row for row in map(preference, pairs) if row is not None)
            return any(not row.is_text and left_out(row) is None for row in rows)


def open_export(*, project: Project, format: str, adjudicated: str = Adjudicated.IGNORE) -> Export:
    """Return a dataset of a project, ready to be written; ``adjudicated`` is one of :class:`Adjudicated`.

    Raises
    ------
    UnknownFormat
        No format of that name is written.
    """
    return Export(project, format, Adjudicated(adjudicated))


def manifest(
    *,
    project: Project,
    format: str,
    agreement: Callable[[StoredRun], dict[str, Any]],
    adjudicated: str = Adjudicated.IGNORE,
) -> dict[str, Any]:
    """Return the manifest of the dataset as it would be written now; its lines are read and dropped.

    Raises
    ------
    Busy
        As many large reads go on as may at once.
    UnknownFormat
        No format of that name is written.
    """
    export = open_export(project=project, format=format, adjudicated=adjudicated)
    with large_read():
        for _ in export.lines():
            pass
    return export.manifest(agreement=agreement)
