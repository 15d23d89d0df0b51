"""The original bytes of lines that were parsed and then quarantined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from annotation.formats import native
from annotation.formats.jsonlines import lines
from annotation.formats.records import Problem
from annotation.models import Import
from annotation.services.intake import uploads
from annotation.services.intake.identities import IdentifiedLine


class RawLines:
    """Lines of an import's file as they came. Close it after use.

    A native file is read a second time, only as far as the line asked for and without parsing; a line of another format
    is written in native form, so that it can be sent again by itself.
    """

    def __init__(self, run: Import) -> None:
        self.run = run
        self.stream: BinaryIO | None = None
        self.found: Iterator[tuple[int, bytes] | Problem] = iter(())

    def __enter__(self) -> RawLines:
        return self

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()

    def of(self, line: IdentifiedLine) -> bytes:
        """Return the line itself. Must be asked in the order of the file."""
        if self.run.format != native.NAME:
            return native.json_line(line.record)
        if self.stream is None:
            self.stream = uploads.opened(self.run)
            self.found = lines(self.stream)
        for found in self.found:
            if not isinstance(found, Problem) and found[0] == line.line:
                return found[1]
        raise AssertionError("lines are quarantined in the order of the file")
