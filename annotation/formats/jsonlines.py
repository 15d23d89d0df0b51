"""Bytes to lines, and a line to JSON values, under limits that hold before the parser sees anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Literal, NoReturn, TypeAlias

from annotation.formats.problems import MAX_DEPTH, MAX_KEYS, MAX_LINE, MAX_PATH, FileRefused, LineRefused, shown
from annotation.formats.records import Problem

OnNul: TypeAlias = Literal["refuse", "replace"]

CHUNK: Final = 1 << 16
KEPT: Final = 4096
"""Bytes of a line that is too large which its problem keeps."""
MOST_BLANK: Final = 1000
"""Blank lines behind an array at the beginning that are read to see whether anything else follows."""

UTF8_BOM: Final = b"\xef\xbb\xbf"
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


_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
"""A whole string, closed or not, or one bracket: what depth depends on. Possessive, so linear on any bytes."""
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INT64: Final = 1 << 63


def strict_json(raw: bytes, *, on_nul: OnNul = "refuse", warnings: list[str] | None = None) -> Any:
    """The JSON value of one line or body, read as RFC 8259 says and no more kindly.

    Refuses, as ``LineRefused`` with a code and a place: invalid UTF-8, a carriage return, depth above 32, more than
    256 keys, a key twice, NaN, infinities and 1e400, whole numbers beyond 64 bits, lone surrogates, NUL (or replaces
    it by U+FFFD and adds ``nul_replaced`` to ``warnings``), and everything that is no JSON, with its column.
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"Byte 0x{raw[error.start]:02X} at offset {error.start} is not UTF-8."
        raise LineRefused("not_utf8", message, f"byte {error.start}") from None
    if "\r" in text:
        column = text.index("\r") + 1
        message = f"A carriage return stands at column {column}; end each line with a line feed."
        raise LineRefused("not_json", message, f"column {column}")
    if "\0" in text:
        if on_nul == "refuse":
            column = text.index("\0") + 1
            raise LineRefused("nul_character", f"A NUL character stands at column {column}.", f"column {column}")
        text = text.replace("\0", "\ufffd")
        _warn(warnings)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"{error.msg.removesuffix(' at')} at column {error.pos + 1}."
        raise LineRefused("not_json", message, f"column {error.pos + 1}") from None
    if _ESCAPED.search(text):
        value = _checked(value, "$", on_nul, warnings)
    return value


def _warn(warnings: list[str] | None) -> None:
    if warnings is not None and "nul_replaced" not in warnings:
        warnings.append("nul_replaced")


def brackets(raw: bytes) -> Iterator[tuple[int, bool]]:
    """Where each bracket outside a string stands, and whether it opens. Linear on any bytes, no parser."""
    for match in _STRING_OR_BRACKET.finditer(raw):
        byte = raw[match.start()]
        if byte != 0x22:
            yield match.start(), byte in b"[{"


def _check_depth(raw: bytes) -> None:
    depth = 0
    for at, opens in brackets(raw):
        depth += 1 if opens else -1
        if depth > MAX_DEPTH:
            message = f"The line is nested more than {MAX_DEPTH} levels deep at byte {at + 1}."
            raise LineRefused("too_deep", message, f"column {at + 1}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise LineRefused("too_many_keys", f"An object has {len(pairs):,} keys; {MAX_KEYS} are allowed.")
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise LineRefused("duplicate_key", f"The key {shown(key)} stands twice in one object.")
            seen.add(key)
    return found


def _integer(digits: str) -> int:
    if len(digits) <= 20 and -_INT64 <= (value := int(digits)) < _INT64:
        return value
    raise LineRefused("out_of_range", f"The whole number {shown(digits, 24)} does not fit in 64 bits.")


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise LineRefused("not_finite", f"The number {shown(digits, 24)} is too large to be finite.")
    return value


def _constant(word: str) -> NoReturn:
    raise LineRefused("not_finite", f"{word} is not a number JSON knows.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _checked(value: Any, path: str, on_nul: OnNul, warnings: list[str] | None) -> Any:
    """The value with no lone surrogate in any string and no NUL; what an escape may have brought in."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise LineRefused("lone_surrogate", "A text holds half of a surrogate pair.", path)
        if "\0" in value:
            if on_nul == "refuse":
                raise LineRefused("nul_character", "A text holds the NUL character.", path)
            _warn(warnings)
            return value.replace("\0", "\ufffd")
        return value
    if isinstance(value, list):
        return [_checked(item, f"{path}[{i}]", on_nul, warnings) for i, item in enumerate(value)]
    if isinstance(value, dict):
        items = [(_checked(key, path, on_nul, warnings), key) for key in value]
        return _object([(key, _checked(value[old], below(path, key), on_nul, warnings)) for key, old in items])
    return value


def below(path: str, key: str) -> str:
    """The JSON path of a key: ``$.text``, or quoted and cut short where the key is no plain word."""
    if key.isascii() and key.isidentifier():
        return f"{path}.{key}"[:MAX_PATH]
    return f"{path}[{shown(key)}]"[:MAX_PATH]
