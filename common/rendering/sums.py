"""Sums and signed numbers in text from right to left, which the algorithm for bidirectional text would set backwards.

``3 + 4 = 7`` in a Hebrew paragraph is laid out as ``7 = 4 + 3``, and ``-5`` as ``5-``: operators have no direction.
"""

from __future__ import annotations

import re
from typing import Final

from common.rendering.languages import RIGHT_TO_LEFT

# Digits of Arabic proper are left out: sums in them are written from right to left. Persian's and Urdu's run as Latin ones.
_DIGIT: Final = "[0-9۰-۹]"
_NUMBER: Final = rf"[$€£¥₪]?\.?{_DIGIT}(?:[.,:/٫٬']?{_DIGIT})*+[%°!²³]*(?:[A-Za-z]{{1,2}}(?![A-Za-z]))?"
_NAME: Final = r"[A-Za-zα-ωΑ-Ω√π∞](?:_?[0-9])?[²³]?(?![A-Za-z])"
_TERM: Final = rf"(?:[A-Za-z]{{1,6}}[0-9]?(?=\())?[(\[{{|]{{0,3}}[-+−±√]?[(\[{{|]{{0,3}}(?:{_NUMBER}|{_NAME})[)\]}}|]{{0,3}}[!%²³]?"
_OPERATOR: Final = r"[ \t\u00a0]{0,3}(?:[<>=!:]=|->|[+\-−*×÷·⋅/=<>≤≥≠≈≡^±∓→⇒∈]|\*\*|//)[ \t\u00a0]{0,3}"
_SUM: Final = re.compile(
    rf"(?<![\w.,])(?:"
    rf"{_TERM}(?:(?:{_OPERATOR}|(?=\()){_TERM})++(?:[ \t]?=(?![\w=]))?"  # 3 + 4 = 7, 2(x + 1) =
    rf"|\+{_DIGIT}++(?:[ \-]?\(?{_DIGIT}++\)?)*+"  # +972 3 555 1234
    rf"|[-−±]{_NUMBER}"  # -5
    rf")(?!\w)"
)
_RANGE: Final = re.compile(rf"{_NUMBER}[-–]{_NUMBER}")
"""Between two numbers a mere hyphen is as likely "to", read from the right, as minus."""
_HAS_DIGIT: Final = re.compile(_DIGIT)
_VARIABLE_BEFORE: Final = re.compile(r"(?:\A|[^\w])(\w)" + _OPERATOR + r"\Z")
_VARIABLE_AFTER: Final = re.compile(_OPERATOR + r"(\w)(?!\w)")


def parted(line: str) -> list[tuple[str, bool]]:
    """Return a line of text in parts, each with whether it is a sum that runs from left to right in any text.

    A sum in whose terms is a letter from right to left runs with its text.

    >>> parted("הסכום 3 + 4 = 7 נכון")
    [('הסכום ', False), ('3 + 4 = 7', True), (' נכון', False)]
    """
    found: list[tuple[str, bool]] = []
    last = 0
    for part in _SUM.finditer(line):
        start, end = _balanced(line, part.start(), part.end())
        content = line[start:end]
        if not _HAS_DIGIT.search(content) or _RANGE.fullmatch(content) or _is_of_other_letters(line, start, end):
            continue
        if start > last:
            found.append((line[last:start], False))
        found.append((content, True))
        last = end
    if last < len(line) or not found:
        found.append((line[last:], False))
    return found


def _balanced(line: str, start: int, end: int) -> tuple[int, int]:
    """Return the part between ``start`` and ``end`` without the brackets at its ends that enclose more or less than it."""
    while start < end and (excess := _excess(line[start:end])):
        if excess < 0 and line[end - 1] in ")]}":
            end -= 1
        elif excess > 0 and line[start] in "([{":
            start += 1
        else:
            return end, end
    return start, end


def _excess(part: str) -> int:
    return sum((sign in "([{") - (sign in ")]}") for sign in part)


def _is_of_other_letters(line: str, start: int, end: int) -> bool:
    before = _VARIABLE_BEFORE.search(line, max(0, start - 12), start)
    after = _VARIABLE_AFTER.match(line, end)
    return any(found and RIGHT_TO_LEFT.match(found[1]) for found in (before, after))
