"""Values of a line's fields, checked one by one: nothing is coerced, and every refusal names its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from annotation.formats.problems import MAX_NAME, MAX_TEXT
from annotation.formats.sides import as_seen
from common.refusals import Refused, below, excerpt

LIKE: Final = 0.85
"""How like a field's name another must be (difflib's ratio) to be taken for a slip of it."""
OF_REQUESTS: Final = frozenset(
    (
        *(
            "annotations",
            "audio",
            "cache_control",
            "citations",
            "created",
            "finish_reason",
            "frequency_penalty",
            "index",
        ),
        *("logprobs", "max_completion_tokens", "max_tokens", "metadata", "n", "object", "parallel_tool_calls"),
        *("presence_penalty", "refusal", "response_format", "seed", "service_tier", "stop", "stop_reason"),
        *("stop_sequence", "store", "stream", "system_fingerprint", "temperature", "tool_choice", "top_k", "top_p"),
        *("type", "usage"),
    )
)
"""Fields of requests to models and of their responses that say nothing to annotators."""

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?")
_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one kind of object: whether each is required, and what other tools call them.

    ``foreign`` maps a field of another tool to the reason that words what to write instead; ``kind`` names the object where
    something else is in its place.
    """

    required: Mapping[str, bool]
    foreign: Mapping[str, str] = field(default_factory=dict)
    kind: str = "object"


def an_object(value: Any, path: str, fields: Fields) -> dict[str, Any]:
    """Return an object that has no field but these."""
    if value is None:
        raise Refused("missing_field", path, reason="null")
    if not isinstance(value, dict):
        raise wrong_type(path, fields.kind, value)
    refuse_unknown(value, fields, path)
    return value


def refuse_unknown(value: Mapping[str, Any], fields: Fields, path: str) -> None:
    """Refuse a key that is no field, and an optional field that is there and null."""
    for key, found in value.items():
        if key not in fields.required:
            raise _unknown(key, fields, path)
        if found is None and not fields.required[key]:
            raise Refused("wrong_type", below(path, key), reason="null")


def _unknown(key: str, fields: Fields, path: str) -> Refused:
    here, named, written = below(path, key), excerpt(key), key.strip().lower()
    if reason := fields.foreign.get(written):
        return Refused("unknown_field", here, field=named, reason=reason)
    joined = {_joined(wanted): wanted for wanted in fields.required}
    if written and (near := get_close_matches(_joined(written[:MAX_NAME]), joined, n=1, cutoff=LIKE)):
        return Refused("unknown_field", here, field=named, reason="spelling", wanted=joined[near[0]])
    if written in OF_REQUESTS:
        return Refused("unknown_field", here, field=named, reason="leave_out")
    return Refused("unknown_field", here, field=named, reason="known", wanted=", ".join(fields.required))


def _joined(name: str) -> str:
    """A field's name without what separates its words: ``responseA``, ``response-a`` and ``response_a`` are one."""
    return "".join(c for c in name.lower() if c not in "_- .")


def required(value: Mapping[str, Any], key: str, path: str) -> Any:
    """Return a field that is there and not null."""
    found = value.get(key)
    if found is not None:
        return found
    raise Refused("missing_field", below(path, key), reason="null" if key in value else "absent")


def a_text(value: Mapping[str, Any], key: str, path: str) -> str:
    """Return a field that is a text."""
    found, here = required(value, key, path), below(path, key)
    if not isinstance(found, str):
        raise wrong_type(here, "text", found)
    return short_enough(found, here)


def short_enough(text: str, path: str) -> str:
    """Return a text that is not too long."""
    if len(text) > MAX_TEXT:
        raise Refused("text_too_long", path, length=len(text), most=MAX_TEXT)
    return text


def one_of(value: Mapping[str, Any], key: str, path: str, allowed: tuple[str, ...]) -> str:
    """Return a field that is one of some words."""
    found = a_text(value, key, path)
    if found not in allowed:
        raise Refused("bad_value", below(path, key), reason="none_of", value=excerpt(found), allowed=", ".join(allowed))
    return found


def a_name(value: Mapping[str, Any], key: str, path: str) -> str:
    """Return a field that is a name."""
    refuse_number(value.get(key), below(path, key))
    found = a_text(value, key, path)
    if not is_printable(found):
        reason = "no_name" if found.strip() else "blank_name"
        raise Refused("bad_value", below(path, key), reason=reason, value=excerpt(found), most=MAX_NAME)
    return found


def refuse_number(given: Any, path: str) -> None:
    """Refuse a number where a name is wanted, and show it as the text it may have been meant as."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise Refused("wrong_type", path, reason="number_as_text", value=excerpt(given))


def refuse_quoted_number(given: Any, path: str) -> None:
    """Refuse a text that is a number, where a number is wanted, and show it as one."""
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        raise Refused("wrong_type", path, reason="number_in_quotes", value=excerpt(given), wanted=given)


def is_printable(text: str, most: int = MAX_NAME) -> bool:
    """Not blank, short enough, and no control, line or direction character in it; emoji and any script are fine."""
    if not 1 <= len(text) <= most or not text.strip():
        return False
    if text.isascii():
        return text.isprintable()
    return bool(as_seen(text).strip()) and not any(
        c in _BIDI_CONTROLS or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text
    )


def a_number(value: Mapping[str, Any], key: str, path: str, low: float, high: float) -> float:
    """Return a field that is a number in a range."""
    found = value[key]
    refuse_quoted_number(found, f"{path}.{key}")
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise wrong_type(f"{path}.{key}", "number", found)
    if high == 1 < found <= 100:
        wanted = excerpt(round(found / 100, 4))
        raise Refused("bad_value", f"{path}.{key}", reason="per_cent", value=excerpt(found), wanted=wanted)
    if not low <= found <= high:
        raise Refused("bad_value", f"{path}.{key}", reason="out_of_range", value=excerpt(found), low=low, high=high)
    return float(found)


def wrong_type(path: str, wanted: str, found: object) -> Refused:
    """Return the refusal of a value of another type."""
    return Refused("wrong_type", path, wanted=wanted, found=type_of(found))


def type_of(value: object) -> str:
    """What JSON calls the value's type: ``null``, ``true``, ``false``, ``text``, ``number``, ``list`` or ``object``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = ((str, "text"), (int | float, "number"), (list, "list"), (dict, "object"))
    return next(name for kind, name in names if isinstance(value, kind))
