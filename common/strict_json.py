"""Parse untrusted JSON exactly as RFC 8259 defines it, with limits that are checked before parsing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, NoReturn, TypeAlias

from common.refusals import Refused, below, excerpt

OnNul: TypeAlias = Literal["refuse", "replace"]

MAX_DEPTH: Final = 32
MAX_KEYS: Final = 256
UTF8_BOM: Final = b"\xef\xbb\xbf"

_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
"""A whole string, closed or not, or one bracket: what depth depends on. Possessive, so linear on any bytes."""
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INT64: Final = 1 << 63

_REASONS: Final = {
    "Expecting value": "no_value",
    "Expecting property name enclosed in double quotes": "no_key",
    "Expecting ':' delimiter": "no_colon",
    "Expecting ',' delimiter": "no_comma",
    "Illegal trailing comma before end of object": "trailing_comma_in_object",
    "Illegal trailing comma before end of array": "trailing_comma_in_array",
    "Unterminated string starting at": "unterminated_string",
    "Invalid control character at": "control_character",
    "Invalid \\escape": "bad_escape",
    "Invalid \\uXXXX escape": "bad_unicode_escape",
    "Extra data": "extra_data",
}
"""What Python's parser says, as reasons of ``not_json``."""


def strict_json(raw: bytes, *, on_nul: OnNul = "refuse", warnings: list[str] | None = None) -> Any:
    """Return the JSON value of one line or request body.

    Parameters
    ----------
    raw : bytes
        One value, without a byte order mark.
    on_nul : {"refuse", "replace"}
        What to do with a NUL character, which no database column takes: refuse the value, or put U+FFFD in its place.
    warnings : list of str, optional
        Gets ``nul_replaced`` where a NUL was replaced.

    Raises
    ------
    Refused
        ``not_utf8``, ``not_json`` (also a carriage return), ``too_deep`` (more than 32 levels), ``too_many_keys`` (more
        than 256), ``duplicate_key``, ``not_finite`` (NaN, infinities and 1e400), ``out_of_range`` (whole numbers beyond 64
        bits), ``lone_surrogate`` or ``nul_character``; ``common.sentences.STRICT_JSON`` has the sentences.
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start}", byte=raw[error.start], offset=error.start) from None
    if "\r" in text:
        column = text.index("\r") + 1
        raise Refused("not_json", f"column {column}", reason="carriage_return", column=column)
    if "\0" in text:
        if on_nul == "refuse":
            column = text.index("\0") + 1
            raise Refused("nul_character", f"column {column}", reason="at_column", column=column)
        text = text.replace("\0", "\ufffd")
        _warn(warnings)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        column = error.pos + 1
        reason = _REASONS.get(error.msg, "")
        raise Refused("not_json", f"column {column}", reason=reason, column=column) from None
    except Refused as refused:
        raise _located(text, refused) from None
    if _ESCAPED.search(text):
        value = _checked(value, "$", on_nul, warnings)
    return value


def brackets(raw: bytes) -> Iterator[tuple[int, bool]]:
    """Yield the position of each bracket outside a string, and whether it opens. Linear on any bytes, no parser."""
    for match in _STRING_OR_BRACKET.finditer(raw):
        byte = raw[match.start()]
        if byte != 0x22:
            yield match.start(), byte in b"[{"


def _warn(warnings: list[str] | None) -> None:
    if warnings is not None and "nul_replaced" not in warnings:
        warnings.append("nul_replaced")


def _check_depth(raw: bytes) -> None:
    depth = 0
    for at, opens in brackets(raw):
        depth += 1 if opens else -1
        if depth > MAX_DEPTH:
            raise Refused("too_deep", f"column {at + 1}", most=MAX_DEPTH, byte=at + 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise Refused("too_many_keys", keys=len(pairs), most=MAX_KEYS)
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused("duplicate_key", key=excerpt(key))
            seen.add(key)
    return found


def _integer(digits: str) -> int:
    if len(digits) <= 20 and -_INT64 <= (value := int(digits)) < _INT64:
        return value
    raise Refused("out_of_range", number=excerpt(digits, 24))


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Refused("not_finite", number=excerpt(digits, 24))
    return value


def _constant(name: str) -> NoReturn:
    raise Refused("not_finite", reason="no_number", number=name)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _located(text: str, refused: Refused) -> Refused:
    """The refusal of a hook of the parser, which does not know where it is, with the JSON path of the place."""
    for path, found in _refusals(_TOLERANT.decode(text), "$"):
        if (found.code, found.arguments) == (refused.code, refused.arguments):
            return Refused(found.code, path, **found.arguments)
    return refused


def _refusals(value: Any, path: str) -> Iterator[tuple[str, Refused]]:
    """Yield what the hooks refuse in a value of the tolerant parser, with its path, in their order: an object after its values."""
    if isinstance(value, Refused):
        yield path, value
    elif isinstance(value, _Pairs):
        for key, item in value:
            yield from _refusals(item, below(path, key))
        if refused := _kept(_object, value):
            yield path, refused
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _refusals(item, f"{path}[{at}]")


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of an object, as they stand in the text."""


def _kept(hook: Callable[[Any], Any], given: Any) -> Refused | None:
    """What a hook raises, as a value."""
    try:
        hook(given)
    except Refused as refused:
        return refused
    return None


_TOLERANT: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=lambda digits: _kept(_integer, digits),
    parse_float=lambda digits: _kept(_float, digits),
    parse_constant=lambda name: _kept(_constant, name),
)


def _checked(value: Any, path: str, on_nul: OnNul, warnings: list[str] | None) -> Any:
    """The value with no lone surrogate and no NUL in any string: an escape can hold what the bytes did not."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise Refused("lone_surrogate", path)
        if "\0" in value:
            if on_nul == "refuse":
                raise Refused("nul_character", path)
            _warn(warnings)
            return value.replace("\0", "\ufffd")
        return value
    if isinstance(value, list):
        return [_checked(item, f"{path}[{i}]", on_nul, warnings) for i, item in enumerate(value)]
    if isinstance(value, dict):
        items = [(_checked(key, path, on_nul, warnings), key) for key in value]
        pairs = [(key, _checked(value[old], below(path, key), on_nul, warnings)) for key, old in items]
        if refused := _kept(_object, pairs):  # two keys became one
            raise Refused(refused.code, path, **refused.arguments)
        return dict(pairs)
    return value
