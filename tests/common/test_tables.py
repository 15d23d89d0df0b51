"""Tables as files: CSV that no spreadsheet computes, and JSON, from one definition."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from common.formatting import Measure
from common.tables import Column, Table, as_csv, as_json, measured, spreadsheet_safe

MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ROWS = [('Ann, the "first"', 0.5, None), ("=cmd|'/c calc'!A1", float("nan"), MOMENT)]
TABLE = Table(
    "people",
    (
        Column("who", lambda row: row[0]),
        Column("share", lambda row: row[1]),
        Column("at", lambda row: row[2]),
    ),
    ROWS,
    {"as_of": MOMENT, "n": 2},
)


def read(table: Table[object]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(as_csv(table)).decode(), newline="")))


class TestCsv:
    def test_is_read_back_by_a_reader_of_csv(self) -> None:
        assert read(TABLE) == [
            ["who", "share", "at"],
            ['Ann, the "first"', "0.5", ""],
            ["'=cmd|'/c calc'!A1", "", MOMENT.isoformat()],
        ]

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"])
    def test_marks_every_character_a_formula_begins_with(self, sign: str) -> None:
        assert spreadsheet_safe(f"{sign}1") == f"'{sign}1"

    def test_leaves_negative_numbers_numbers(self) -> None:
        assert spreadsheet_safe(-0.5) == "-0.5"

    def test_ends_lines_as_the_standard_says(self) -> None:
        assert all(line.endswith(b"\r\n") for line in as_csv(TABLE))

    def test_reads_rows_only_as_they_are_asked_for(self) -> None:
        read_so_far = []

        def rows() -> Iterator[int]:
            for n in range(3):
                read_so_far.append(n)
                yield n

        lines = as_csv(Table("t", (Column("n", int),), rows()))
        next(lines), next(lines)
        assert read_so_far == [0]


class TestJson:
    def test_has_what_holds_for_the_table_and_its_rows_by_key(self) -> None:
        assert json.loads(b"".join(as_json(TABLE))) == {
            "as_of": MOMENT.isoformat(),
            "n": 2,
            "rows": [
                {"who": 'Ann, the "first"', "share": 0.5, "at": None},
                {"who": "=cmd|'/c calc'!A1", "share": None, "at": MOMENT.isoformat()},
            ],
        }

    def test_of_no_rows_is_whole(self) -> None:
        assert json.loads(b"".join(as_json(Table("t", (Column("n", int),), [])))) == {"rows": []}


class TestAFigure:
    def test_has_its_interval_its_n_its_method_and_its_reason(self) -> None:
        table = Table(
            "t",
            measured("k", lambda row: row),
            [Measure(0.5, 0.4, 0.6, 9, "", "wilson"), Measure(None, n=1, reason="few")],
        )
        assert read(table) == [
            ["k", "k_low", "k_high", "k_n", "k_method", "k_reason"],
            ["0.5", "0.4", "0.6", "9", "wilson", ""],
            ["", "", "", "1", "", "few"],
        ]


class TestATable:
    def test_has_no_two_columns_of_one_name(self) -> None:
        with pytest.raises(ValueError, match="same key"):
            Table("t", (Column("n", int), Column("n", float)), [])
