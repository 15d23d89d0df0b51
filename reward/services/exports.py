"""Stream preference datasets from one snapshot in constant memory, with a manifest of the bytes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotation.formats.records import Preference
from annotation.formats.registry import WRITTEN, PairWriter, PreferenceWriter
from annotation.models import Project
from annotation.selectors import records
from common.db.snapshots import large_read, snapshot
from quality.selectors import figures
from quality.selectors.figures import StoredRun
from reward.datasets.manifest import Hashed
from reward.datasets.manifest import manifest as describe
from reward.datasets.policies import JudgedPair, Tally, left_out, preference, soft_preference
from reward.selectors import judged_pairs
from reward.vocabulary import Adjudicated


class UnknownFormat(Exception):
    """No format of that name is written; ``annotation.formats.registry.WRITTEN`` has those that are."""


class NotSoft(Exception):
    """Labels of that format are not soft, so they cannot be smoothed."""


class Export:
    """One dataset being written. Single-pass iterator of lines; the manifest exists once it is exhausted."""

    def __init__(
        self, project: Project, format: str, adjudicated: Adjudicated = Adjudicated.IGNORE, smoothing: float = 0.0
    ) -> None:
        if format not in WRITTEN:
            raise UnknownFormat(format)
        if smoothing and not WRITTEN[format].soft:
            raise NotSoft(format)
        self.project = project
        self.format = format
        self.adjudicated = adjudicated
        self.smoothing = smoothing
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
        policy = "keep" if every_pair else "soft" if WRITTEN[self.format].soft else "drop"
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
        if WRITTEN[self.format].soft:
            self._options |= {"label": "posterior", "label_smoothing": self.smoothing}
        rows = self._tally.preferences(self._judged(), self._row)
        return write(rows, conversational=conversational)

    def _row(self, pair: JudgedPair) -> Preference | None:
        return soft_preference(pair, smoothing=self.smoothing) if WRITTEN[self.format].soft else preference(pair)

    def _judged(self, *, conversations_only: bool = False) -> Generator[JudgedPair, None, None]:
        return judged_pairs.stream(
            self.project,
            with_judgements=False,
            conversations_only=conversations_only,
            adjudicated=self.adjudicated,
            with_posteriors=WRITTEN[self.format].soft,
        )

    def _has_conversations(self) -> bool:
        """Whether a row of the file will be a conversation, asked of those pairs alone that could make it one."""
        if not records.has_conversations(self.project):
            return False
        with closing(self._judged(conversations_only=True)) as pairs:
            rows = (row for row in map(self._row, pairs) if row is not None)
            return any(not row.is_text and left_out(row) is None for row in rows)


def open_export(
    *, project: Project, format: str, adjudicated: str = Adjudicated.IGNORE, label_smoothing: float = 0.0
) -> Export:
    """Return a dataset of a project, ready to be written; ``adjudicated`` is one of :class:`Adjudicated`.

    ``label_smoothing``: as ``smoothing`` of ``reward.datasets.policies.soft_preference``.

    Raises
    ------
    NotSoft
        Labels are to be smoothed that are not soft.
    UnknownFormat
        No format of that name is written.
    """
    return Export(project, format, Adjudicated(adjudicated), label_smoothing)


def manifest(
    *,
    project: Project,
    format: str,
    agreement: Callable[[StoredRun], dict[str, Any]],
    adjudicated: str = Adjudicated.IGNORE,
    label_smoothing: float = 0.0,
) -> dict[str, Any]:
    """Return the manifest of the dataset as it would be written now; its lines are read and dropped.

    Raises
    ------
    Busy
        As many large reads go on as may at once.
    NotSoft
        Labels are to be smoothed that are not soft.
    UnknownFormat
        No format of that name is written.
    """
    export = open_export(project=project, format=format, adjudicated=adjudicated, label_smoothing=label_smoothing)
    with large_read():
        for _ in export.lines():
            pass
    return export.manifest(agreement=agreement)
