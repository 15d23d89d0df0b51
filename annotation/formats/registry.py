"""Every format by the name people ask for it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, Final, Protocol

from annotation.formats.native import read_native
from annotation.formats.pandalm import read_pandalm
from annotation.formats.problems import FileRefused
from annotation.formats.records import Item
from common.strict_json import OnNul


class Reader(Protocol):
    """A file's bytes to its records and problems, in order. Raises ``FileRefused`` where it can read nothing."""

    def __call__(self, stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]: ...


READERS: Final[dict[str, Reader]] = {"native": read_native, "pandalm": read_pandalm}

_ENDINGS: Final = {
    **dict.fromkeys((".csv", ".tsv"), "a table of values"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "a spreadsheet"),
    **dict.fromkeys((".parquet", ".arrow", ".feather"), "a binary table"),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz"), "packed"),
}


def refuse_by_name(file_name: str) -> None:
    """A file whose name says that it is something else than JSON is not read as if it were. Raises ``FileRefused``.

    Somebody has mixed up two files, or the name is wrong: we do not choose for him.
    """
    ending = PurePosixPath(file_name).suffix.lower()
    if ending in _ENDINGS:
        message = (
            f"The file's name ends in {ending}, as if it were {_ENDINGS[ending]}; send JSON, under a name of its own."
        )
        raise FileRefused("wrong_format", message)
