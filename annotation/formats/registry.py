"""Every format that is read or written. A new one is a module, an entry here and its test; forms, commands and the API use these tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final, Protocol

from annotation.formats import native, pandalm, soft, trl_preference
from annotation.formats.problems import FileRefused
from annotation.formats.records import BlankLine, Item, PairRecord, Preference
from common.strict_json import OnNul


class Reader(Protocol):
    """A file's bytes to its records and problems, in order. Raises ``FileRefused`` where it cannot be read further."""

    def __call__(self, stream: BinaryIO, *, on_nul: OnNul = "refuse") -> Iterator[Item]: ...


class PairWriter(Protocol):
    """Every pair with its judgements to lines of bytes, one at a time."""

    def __call__(self, records: Iterable[PairRecord]) -> Iterator[bytes]: ...


class PreferenceWriter(Protocol):
    """Settled preferences to lines of bytes, one at a time; ``conversational`` where any row of the file is a conversation."""

    def __call__(self, preferences: Iterable[Preference], *, conversational: bool) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Parameters
    ----------
    name : str
        What commands, forms and the API call it.
    label : str
        What people read where they choose one.
    extension : str
        Of the files that are written.
    read : Reader, optional
        Where it can be imported.
    write_pairs, write_preferences : optional
        At most one of the two, where it can be exported: of all pairs, or of the settled pairs with a better side.
    written_as : str
        Its name among exports where that differs.
    rows : str
        What a row of an export is, for people.
    header : bytes
        The line before the rows of an export, with its line feed; empty where there is none.
    options : mapping
        How rows are written, for the manifest.
    soft : bool
        Whether ``write_preferences`` takes every pair with a posterior, settled or not, and how likely its preference is.
    """

    name: str
    label: str
    extension: str
    read: Reader | None = None
    write_pairs: PairWriter | None = None
    write_preferences: PreferenceWriter | None = None
    written_as: str = ""
    rows: str = ""
    header: bytes = b""
    options: Mapping[str, Any] = field(default_factory=dict)
    soft: bool = False


FORMATS: Final = (
    Format(
        trl_preference.NAME,
        "TRL’s preferences (JSONL)",
        ".jsonl",
        write_preferences=trl_preference.write,
        rows="prompt, chosen, rejected, one row a settled pair",
        options={"separator": ""},
    ),
    Format(
        soft.NAME,
        "Soft labels (JSONL)",
        ".jsonl",
        write_preferences=soft.write,
        rows="prompt, chosen, rejected and how likely chosen is the better one, one row a pair",
        options={"separator": ""},
        soft=True,
    ),
    Format(
        native.NAME,
        "Concord’s own lines (JSONL)",
        ".jsonl",
        read=native.read,
        write_pairs=native.write,
        written_as="raw",
        rows="the native line",
        options={"read_with": "json.loads, line by line; datasets cannot make a table of it"},
    ),
    Format(pandalm.NAME, "PandaLM’s test set (one JSON array)", ".json", read=pandalm.read),
)

READERS: Final[Mapping[str, Reader]] = {format.name: format.read for format in FORMATS if format.read}
"""Readers of imports by name."""
WRITTEN: Final[Mapping[str, Format]] = {
    format.written_as or format.name: format for format in FORMATS if format.write_pairs or format.write_preferences
}
"""Formats of exports by name."""

_NO_JSON: Final = {
    **dict.fromkeys((".csv", ".tsv"), "table_name"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "spreadsheet_name"),
    **dict.fromkeys((".parquet", ".arrow", ".feather"), "binary_name"),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz"), "packed_name"),
}


def refuse_by_name(file_name: str, format: str) -> None:
    """Refuse a file whose name says that it is of no format that we read, unless it is its format's own extension.

    Raises ``FileRefused``.

    Either two files were mixed up or the name is wrong; the sender decides which.
    """
    extension = PurePosixPath(file_name).suffix.lower()
    if extension in {found.extension for found in FORMATS if found.name == format}:
        return
    if reason := _NO_JSON.get(extension):
        raise FileRefused("wrong_format", reason=reason, extension=extension)


def refuse_unreadable(stream: BinaryIO, *, file_name: str, format: str) -> None:
    """Refuse a file that its reader refuses whole before its first line that is not blank.

    Raises ``FileRefused``. Reads no further than that; the stream stays where that was.
    """
    refuse_by_name(file_name, format)
    for item in READERS[format](stream):
        if not isinstance(item, BlankLine):
            return
