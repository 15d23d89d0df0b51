"""English sentences for codes with arguments: one table per subject, so that what is stored and returned holds no sentence."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

STRICT_JSON: Final[Mapping[str, str]] = {
    "not_utf8": "Byte 0x{byte:02X} at offset {offset} is not UTF-8.",
    "nul_character": "A text holds the NUL character.",
    "nul_character.at_column": "A NUL character is at column {column}.",
    "lone_surrogate": "A text holds half of a surrogate pair.",
    "too_deep": "The line is nested more than {most} levels deep at byte {byte}.",
    "too_many_keys": "An object has {keys:,} keys; {most} are allowed.",
    "duplicate_key": "The key {key} occurs twice in one object.",
    "out_of_range": "The whole number {number} does not fit in 64 bits.",
    "not_finite": "The number {number} is too large to be finite.",
    "not_finite.no_number": "{number} is not a number JSON knows.",
    "not_json": "It is not JSON at column {column}.",
    "not_json.carriage_return": "A carriage return is at column {column}; end each line with a line feed.",
    "not_json.no_value": (
        "A value is expected at column {column}: a text in double quotes, a number, true, false, null, a list or an object."
    ),
    "not_json.no_key": "A key in double quotes is expected at column {column}.",
    "not_json.no_colon": "A colon is expected at column {column}, between a key and its value.",
    "not_json.no_comma": 'A comma is expected at column {column}; write a double quote inside a text as \\".',
    "not_json.trailing_comma_in_object": "Leave out the comma at column {column}: nothing follows it in the object.",
    "not_json.trailing_comma_in_array": "Leave out the comma at column {column}: nothing follows it in the list.",
    "not_json.unterminated_string": (
        "The text that begins at column {column} does not end on its line; write a line end inside a text as \\n."
    ),
    "not_json.control_character": "A tab or another control character is at column {column}; write a tab inside a text as \\t.",
    "not_json.bad_escape": "No escape begins with the backslash at column {column}; write a backslash inside a text as \\\\.",
    "not_json.bad_unicode_escape": "Four hexadecimal digits are expected after \\u at column {column}.",
    "not_json.extra_data": "Something follows the value at column {column}; write one object a line, and nothing after it.",
}
"""What ``strict_json`` refuses."""


def sentence(templates: Mapping[str, str], code: str, arguments: Mapping[str, Any], path: str = "") -> str:
    """Return the sentence of a code with its arguments.

    Parameters
    ----------
    templates : mapping
        Sentences by ``code``, or by ``code.reason`` where the arguments have a ``reason``; with the arguments' names, and
        ``path``, in braces.
    code, arguments, path
        As in ``common.refusals.Refused``.

    Returns
    -------
    str
        Where the table knows neither the reason nor the code, or the arguments are others, the code in words: an old row may
        have been stored by another version.

    Examples
    --------
    >>> sentence(STRICT_JSON, "not_json", {"reason": "no_value", "column": 7})
    'A value is expected at column 7: a text in double quotes, a number, true, false, null, a list or an object.'
    >>> sentence({}, "some_old_code", {})
    'Some old code.'
    """
    reason = arguments.get("reason")
    template = templates.get(f"{code}.{reason}") or templates.get(code)
    if template is not None:
        with suppress(KeyError):
            return template.format(path=path, **arguments)
    return f"{code.replace('_', ' ').capitalize()}."
