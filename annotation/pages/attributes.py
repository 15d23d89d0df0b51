"""Attributes of annotators: what their page shows, and why something was refused, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotation.models import Member
from common.tables import Column, Table

REFUSED = {
    "too_many": "A project has at most {most} attributes.",
    "too_long": "At most {most} characters.",
    "unreadable": "Use printable characters only.",
    "reserved": "“{name}” is what files call the first column. Choose another name.",
    "unknown_attribute": "There is no attribute “{name}”. Add it first.",
    "unknown_annotator": "Line {line}: there is no annotator “{name}” in this project.",
    "twice": "Line {line}: “{name}” was on an earlier line.",
    "no_annotator_column": "The first line names the columns; one of them is “annotator”.",
    "not_csv": "This is no CSV file: a quotation mark is not closed.",
}


def refused(code: str, arguments: Mapping[str, str | int]) -> str:
    """Return why something was refused: the reason of ``services.members.attributes.BadAttribute`` with its arguments."""
    return REFUSED[code].format(**arguments)


@dataclass(frozen=True, slots=True)
class Row:
    """A member with their values, in the order of the attributes."""

    member: Member
    values: tuple[tuple[str, str], ...]  # an attribute's name, and the value


def rows(members: Iterable[Member], values: Mapping[str, Mapping[int, str]]) -> list[Row]:
    """Return members with their values."""
    return [
        Row(member, tuple((name, given.get(member.pk, "")) for name, given in values.items())) for member in members
    ]


def as_table(found: Sequence[Row], names: Iterable[str]) -> Table[Row]:
    """Return the values as a table that can be read back."""
    return Table(
        "attributes",
        (
            Column("annotator", lambda row: row.member.name),
            *(Column(name, _value(name)) for name in names),
        ),
        found,
    )


def _value(name: str) -> Callable[[Row], str]:
    return lambda row: dict(row.values)[name]
