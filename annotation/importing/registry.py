"""Every format by the name people ask for it with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from annotation.importing.jsonlines import OnNul
from annotation.importing.native import read_native
from annotation.importing.pandalm import read_pandalm
from annotation.importing.records import Item


class Reader(Protocol):
    """A file's bytes to its records and problems, in order. Raises ``FileRefused`` where it can read nothing."""

    def __call__(self, stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]: ...


READERS: Final[dict[str, Reader]] = {"native": read_native, "pandalm": read_pandalm}
