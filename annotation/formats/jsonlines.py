"""Split any file into lines, with at most one of them in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from annotation.formats.problems import MAX_LINE, FileRefused
from annotation.formats.records import Problem
from common.strict_json import UTF8_BOM, brackets

CHUNK: Final = 1 << 16
KEPT: Final = 4096
"""Bytes of a line that is too large which its problem keeps."""
MOST_BLANK: Final = 1000
"""Blank lines after an array at the beginning that are read to see whether anything else follows."""

_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_MAGIC: Final = {
    b"PAR1": "Parquet",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"ARROW1": "Arrow",
}


def opened(stream: BinaryIO) -> bytes:
    """Return the file's first bytes without a UTF-8 byte order mark. Refuses what is no UTF-8 text by its first bytes."""
    head = b""
    while len(head) < 8 and (chunk := stream.read(CHUNK)):
        head += chunk
    if len(head.removeprefix(UTF8_BOM)) < 2:
        raise FileRefused("empty_file")
    if head.startswith(_BOMS):
        raise FileRefused("not_utf8", reason="byte_order_mark")
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            raise FileRefused("wrong_format", reason="other_format", format=name)
    return head.removeprefix(UTF8_BOM)


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes] | Problem]:
    """Yield each line with its number from 1, without its line end; a ``Problem`` for a line above 1 MiB.

    Splits on line feed alone (U+2028 and its like are text) and removes one carriage return before it. Holds at most
    one line: the rest of a line that is too large is skipped. A file of nothing but white space is refused at its end,
    after its blank lines were yielded; a file that is a JSON array is refused at its first line.
    """
    found = _split(stream)
    for line in found:
        if _is_blank(line):
            yield line
            continue
        yield from _not_one_array(line, found)
        yield from found
        return
    raise FileRefused("empty_file", reason="blank_lines")


def _split(stream: BinaryIO) -> Iterator[tuple[int, bytes] | Problem]:
    number = 1
    held = bytearray()
    skipping = False
    chunk = opened(stream)
    while chunk:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if skipping:
                skipping = False
            else:
                line = (bytes(held) + chunk[start:end]).removesuffix(b"\r")
                yield (number, line) if len(line) <= MAX_LINE else _too_large(number, line)
            held.clear()
            number += 1
            start = end + 1
        if not skipping:
            held += chunk[start:]
            if len(held) > MAX_LINE + 1:  # one more: a carriage return may belong to the line end
                skipping = True
                yield _too_large(number, held)
                held.clear()
        chunk = stream.read(CHUNK)
    if held:
        line = bytes(held)
        yield (number, line) if len(line) <= MAX_LINE else _too_large(number, line)


_TABLE: Final = re.compile(rb'"?[A-Za-z_][\w ]{0,60}"?(?:[,;\t]"?[A-Za-z_][\w ]{0,60}"?)+')
"""The heads of a table of values."""


def _is_blank(line: tuple[int, bytes] | Problem) -> bool:
    return not isinstance(line, Problem) and not line[1].strip(b" \t\r")


def _not_one_array(
    first: tuple[int, bytes] | Problem, rest: Iterator[tuple[int, bytes] | Problem]
) -> Iterator[tuple[int, bytes] | Problem]:
    """The first line that is not blank, and the lines that had to be read to see that the file is no JSON array.

    A line that is a whole array, with another line after it, is a wrong line and not a wrong file.
    """
    raw = first.raw if isinstance(first, Problem) else first[1]
    held = [first]
    if _TABLE.fullmatch(raw.strip()):
        raise FileRefused("wrong_format", reason="table")
    if raw.strip() == b"{":
        for line in rest:
            held.append(line)
            if not _is_blank(line) or len(held) > MOST_BLANK:
                break
        following = held[-1].raw if isinstance(held[-1], Problem) else held[-1][1]
        if following.lstrip().startswith(b'"'):
            raise FileRefused("wrong_format", reason="object_over_lines")
    if raw.lstrip(b" \t\r").startswith(b"["):
        if not isinstance(first, Problem) and _is_closed(raw):
            for line in rest:
                held.append(line)
                if not _is_blank(line) or len(held) > MOST_BLANK:
                    break
        if _is_blank(held[-1]) or len(held) == 1:
            raise FileRefused("wrong_format", reason="array")
    yield from held


def _is_closed(raw: bytes) -> bool:
    """Whether the last bracket closes the first one."""
    depth = end = 0
    for at, opens in brackets(raw):
        depth += 1 if opens else -1
        end = at + 1
    return depth == 0 and not raw[end:].strip(b" \t\r")


def _too_large(number: int, held: bytes | bytearray) -> Problem:
    return Problem(number, "row_too_large", "", bytes(held[:KEPT]), {"most": MAX_LINE})
