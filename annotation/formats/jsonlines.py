"""Bytes to lines, whatever the file, holding at most one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from annotation.formats.problems import MAX_LINE, FileRefused
from annotation.formats.records import Problem
from common.strict_json import UTF8_BOM, brackets

CHUNK: Final = 1 << 16
KEPT: Final = 4096
"""Bytes of a line that is too large which its problem keeps."""
MOST_BLANK: Final = 1000
"""Blank lines behind an array at the beginning that are read to see whether anything else follows."""

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
    """The file's first bytes, its UTF-8 byte order mark taken off. Refuses what is no UTF-8 text by its first bytes."""
    head = b""
    while len(head) < 8 and (chunk := stream.read(CHUNK)):
        head += chunk
    if len(head.removeprefix(UTF8_BOM)) < 2:
        raise FileRefused("empty_file", "The file is empty.")
    if head.startswith(_BOMS):
        raise FileRefused("not_utf8", "The file is UTF-16 or UTF-32, as its first bytes say; save it as UTF-8.")
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            raise FileRefused("wrong_format", f"This is a {name} file, not JSON lines.")
    return head.removeprefix(UTF8_BOM)


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes] | Problem]:
    """Each line with its number from 1, without its line end; a ``Problem`` for a line above 1 MiB.

    Splits on line feed alone (U+2028 and its like are text) and takes one carriage return off before it. Holds at
    most one line: the rest of one that is too large is read past. A file of nothing but white space is refused at its
    end, when its blank lines have been handed out; one that is a JSON array at its first line.
    """
    found = _split(stream)
    for line in found:
        if _is_blank(line):
            yield line
            continue
        yield from _not_one_array(line, found)
        yield from found
        return
    raise FileRefused("empty_file", "The file holds nothing but blank lines.")


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
            if len(held) > MAX_LINE + 1:  # one more for a carriage return that may yet turn out to be the line end
                skipping = True
                yield _too_large(number, held)
                held.clear()
        chunk = stream.read(CHUNK)
    if held:
        line = bytes(held)
        yield (number, line) if len(line) <= MAX_LINE else _too_large(number, line)


def _is_blank(line: tuple[int, bytes] | Problem) -> bool:
    return not isinstance(line, Problem) and not line[1].strip(b" \t\r")


def _not_one_array(
    first: tuple[int, bytes] | Problem, rest: Iterator[tuple[int, bytes] | Problem]
) -> Iterator[tuple[int, bytes] | Problem]:
    """The first line that is not blank, and what had to be read behind it to see that the file is no JSON array.

    A line that is a whole array, with another line behind it, is a wrong line and no wrong file.
    """
    raw = first.raw if isinstance(first, Problem) else first[1]
    held = [first]
    if raw.lstrip(b" \t\r").startswith(b"["):
        if not isinstance(first, Problem) and _is_closed(raw):
            for line in rest:
                held.append(line)
                if not _is_blank(line) or len(held) > MOST_BLANK:
                    break
        if _is_blank(held[-1]) or len(held) == 1:
            message = "The file is one JSON array; send one object a line, or say which format it is."
            raise FileRefused("wrong_format", message)
    yield from held


def _is_closed(raw: bytes) -> bool:
    """Whether the last bracket closes the first one."""
    depth = end = 0
    for at, opens in brackets(raw):
        depth += 1 if opens else -1
        end = at + 1
    return depth == 0 and not raw[end:].strip(b" \t\r")


def _too_large(number: int, held: bytes | bytearray) -> Problem:
    return Problem(number, "row_too_large", "The line is longer than 1 MiB (1,048,576 bytes).", "", bytes(held[:KEPT]))
