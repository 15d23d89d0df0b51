"""Lines that were put aside, as their page shows them: their beginnings only, for a line may be a mebibyte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import BinaryField
from django.db.models.functions import Substr

from annotation.formats.problems import ADVICE
from annotation.models import Import, ImportLine

BEGINNING = 240


@dataclass(frozen=True, slots=True)
class Shown:
    """A line put aside: what is wrong with it, where, and how it begins."""

    line: int
    code: str
    sentence: str
    message: str
    path: str
    beginning: str


def shown(run: Import, *, code: str = "", after: int = 0, most: int = 50) -> list[Shown]:
    """Lines behind line ``after``, in the file's order; of one reason where ``code`` names it."""
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run, line__gt=after)
    if code:
        lines = lines.filter(code=code)
    rows = lines.annotate(start=Substr("raw", 1, BEGINNING, output_field=BinaryField())).order_by("line")
    return [
        Shown(line, code, sentence(code), message, path, visible(bytes(start)))
        for line, code, message, path, start in rows.values_list("line", "code", "message", "path", "start")[:most]
    ]


def before(run: Import, *, line: int, code: str = "") -> int:
    """How many of those lines stand at or before a line."""
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run, line__lte=line)
    return (lines.filter(code=code) if code else lines).count() if line else 0


def report_rows(run: Import) -> Iterator[tuple[int, str, str, str, str]]:
    """Line, code, what is wrong, message and place of every line put aside. Streams."""
    lines = ImportLine.objects.filter(project_id=run.project_id, run=run).order_by("line")
    for line, code, message, path in lines.values_list("line", "code", "message", "path").iterator(chunk_size=1000):
        yield line, code, sentence(code), message, path


def sentence(code: str) -> str:
    """What a code means, in words."""
    return ADVICE.get(code, (code.replace("_", " ").capitalize(), ""))[0]


def visible(raw: bytes) -> str:
    r"""Bytes as a reader may see them: what is no text, and what cannot be seen, as a replacement sign.

    >>> visible(b'caf\xe9 \x00 {"id"')
    'caf\ufffd \ufffd {"id"'
    """
    text = raw.decode("utf-8", errors="replace")
    return "".join(sign if sign.isprintable() else " " if sign in "\t\r\n" else "\ufffd" for sign in text)
