"""A table, defined once as columns and rows: pages show it, and files in CSV and JSON hold it. No Django here."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from common.formatting import Measure

Value: TypeAlias = "str | int | float | bool | datetime | None"
Row = TypeVar("Row")

RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")
"""What a formula of a spreadsheet may begin with."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: its name in files, and its value in a row."""

    key: str
    value: Callable[[Row], Value]


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A table.

    Parameters
    ----------
    name : str
        Of its files, without their ending; ours, never a user's.
    columns
        Their keys differ.
    rows
        Read once, one after the other.
    about
        What holds for the whole table, such as ``as_of`` and a method: JSON has it, CSV has no place for it.
    """

    name: str
    columns: tuple[Column[Row], ...]
    rows: Iterable[Row]
    about: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({column.key for column in self.columns}) < len(self.columns):
            raise ValueError("two columns have the same key")


def measured(key: str, of: Callable[[Row], Measure]) -> tuple[Column[Row], ...]:
    """Return the columns of a figure: its value, both ends of its interval, its n, and why it or its interval is undefined.

    >>> [column.key for column in measured("gold", lambda row: row)]
    ['gold', 'gold_low', 'gold_high', 'gold_n', 'gold_method', 'gold_reason']
    """
    return (
        Column(key, lambda row: of(row).value),
        Column(f"{key}_low", lambda row: of(row).low),
        Column(f"{key}_high", lambda row: of(row).high),
        Column(f"{key}_n", lambda row: of(row).n),
        Column(f"{key}_method", lambda row: of(row).method),
        Column(f"{key}_reason", lambda row: of(row).reason),
    )


def as_csv(table: Table[Row]) -> Generator[bytes, None, None]:
    """Yield a table as CSV (RFC 4180, UTF-8), line by line, its keys first.

    What is undefined is empty. Text that a spreadsheet would read as a formula has a quotation mark before it.

    >>> list(as_csv(Table("t", (Column("who", str), Column("n", lambda row: -1.5)), ["=1+1"])))
    [b'who,n\\r\\n', b"'=1+1,-1.5\\r\\n"]
    """
    yield from csv_lines([tuple(column.key for column in table.columns)])
    yield from csv_lines(tuple(column.value(row) for column in table.columns) for row in table.rows)


def csv_lines(rows: Iterable[tuple[Value, ...]]) -> Generator[bytes, None, None]:
    """Yield rows as lines of CSV."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([spreadsheet_safe(cell) for cell in row]).encode()


def spreadsheet_safe(cell: Value) -> str:
    """Return a cell that no spreadsheet reads as a formula: spreadsheets hide the quotation mark before it.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-2"), spreadsheet_safe(-7), spreadsheet_safe("fine"), spreadsheet_safe(None)
    ("'=1+1", "'-2", '-7', 'fine', '')
    """
    plain = _plain(cell)
    if isinstance(plain, bool):
        return str(plain).lower()
    text = "" if plain is None else str(plain)
    return f"'{text}" if isinstance(plain, str) and text.startswith(RISKY) else text


def as_json(table: Table[Row]) -> Generator[bytes, None, None]:
    """Yield a table as one JSON object, row by row: what holds for the whole, and ``rows``, each an object by key.

    >>> b"".join(as_json(Table("t", (Column("n", float),), [1, math.nan], {"as_of": "today"})))
    b'{"as_of": "today", "rows": [\\n{"n": 1.0},\\n{"n": null}\\n]}\\n'
    """
    about = json.dumps({key: _plain(value) for key, value in table.about.items()}, ensure_ascii=False)
    yield f"{about[:-1]}{', ' if table.about else ''}".encode() + b'"rows": ['
    before = b"\n"
    for row in table.rows:
        values = {column.key: _plain(column.value(row)) for column in table.columns}
        yield before + json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
        before = b",\n"
    yield b"\n]}\n"


def _plain(value: Value) -> str | int | float | bool | None:
    """A value as files have it: what is not finite is null, a moment is in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


class _Echo:
    """A file whose ``write`` returns its argument, for ``csv.writer``."""

    def write(self, value: str) -> str:
        return value
