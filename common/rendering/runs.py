"""Parts of a line from right to left that must run from left to right as a whole: sums, and Latin words with signs at an end.

The algorithm for bidirectional text gives signs no direction of their own. In a Hebrew paragraph it lays out ``3 + 4 = 7`` as
``7 = 4 + 3``, ``-5`` as ``5-`` and ``C++`` as ``++C``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from common.rendering.languages import RIGHT_TO_LEFT

# Digits of Arabic proper are left out: sums in them are written from right to left. Persian's and Urdu's run as Latin ones.
_DIGIT: Final = "[0-9۰-۹]"
_UNIT: Final = r"(?: ?[A-Za-zµ°]{1,4}(?:/[A-Za-z]{1,3})?[²³]?(?![\w²³]))"
_CURRENCY: Final = "$£¥¢\u20a0-\u20bf"
_NUMBER: Final = rf"[{_CURRENCY}]?\.?{_DIGIT}(?:[.,:/٫٬']?{_DIGIT})*+[%°!²³{_CURRENCY}]*{_UNIT}?"
_NAME: Final = r"[A-Za-zα-ωΑ-Ω√π∞](?:_?[0-9])?[²³]?(?![A-Za-z])"
_TUPLE: Final = (
    rf"[({{\[](?:[-−]?{_DIGIT}{{1,9}}|[A-Za-z])(?:, ?(?:[-−]?{_DIGIT}{{1,9}}|[A-Za-z]|…|\.\.\.)){{1,9}}[)}}\]]"
)
_TERM: Final = rf"(?:(?:[A-Za-z]{{1,6}}[0-9]?(?=\())?{_TUPLE}|\.\.\.|[…⋯]|(?:[A-Za-z]{{1,6}}[0-9]?(?=\())?[(\[{{|]{{0,3}}[-+−±√]?[(\[{{|]{{0,3}}(?:{_NUMBER}|{_NAME})[)\]}}|]{{0,3}}[!%²³]?)"
_OPERATOR: Final = (
    r"(?:[ \t\u00a0]{0,3}(?:[<>=!:]=|->|[+\-−*×÷·⋅/=<>≤≥≠≈≡^±∓→⇒∈∪∩⊂⊆∖]|\*\*|//)[ \t\u00a0]{0,3}"
    r"|[ \u00a0](?:mod|div|%(?=[^\n=]{1,40}=))[ \u00a0])"  # a percentage is no remainder
)
_LATIN: Final = r"A-Za-z0-9_À-ÖØ-öø-ɏ"  # without the signs of products and quotients among them
_RUN: Final = re.compile(
    r"(?P<address>(?:https?://|www\.)[^\s\u0590-\u08ff]*[^\s\u0590-\u08ff.,;:!?)\]}'\"])"
    rf"|(?P<signed>(?<![\w\-.])--?[A-Za-z][{_LATIN}\-]*(?:=[{_LATIN}./]+)?"  # -x, --save
    rf"|(?<!\w)[@#$.][A-Za-z][{_LATIN}.\-]*(?<![.\-])"  # @me, #tag, $x, .env
    rf"|(?<![\w.])[~.]{{0,2}}/(?:[{_LATIN}][{_LATIN}.\-]*(?<![.\-])/?)+"  # /usr/bin
    r"|(?<!\w)[A-Z][A-Za-z]{0,9}(?:\+\+|\#)(?!\w))"  # C++, C#
    rf"|(?P<sum>(?<![\w.,])(?:{_TERM}(?:(?:{_OPERATOR}|(?=\()){_TERM})++(?:[ \t]?=(?![\w=])|[ ]?\(mod {_DIGIT}{{1,9}}\))?"  # 3 + 4 = 7, 2(x + 1) =
    rf"|\+(?=(?:[ \-()]{{0,3}}{_DIGIT}){{7}}){_DIGIT}++(?:[ \-]?\(?{_DIGIT}++\)?)*+(?![.,]{_DIGIT})"  # +972 3 555 1234
    rf"|[{_CURRENCY}]?[-+−±]{_NUMBER})(?![\w]))"  # -5, $-5
    rf"|(?P<number>(?<![\w.,]){_DIGIT}(?:[.,:]?{_DIGIT})*+)(?!\w)"
    rf"|(?P<word>[A-Za-zÀ-ÖØ-öø-ɏ][{_LATIN}.'’\-]*(?<![.'’\-]))"
)
_RANGE: Final = re.compile(rf"{_NUMBER}[-–]{_NUMBER}")
"""Between two numbers a mere hyphen is as likely "to", read from the right, as minus."""
_HAS_DIGIT: Final = re.compile(_DIGIT)
_SIGNED: Final = re.compile(rf"[-+−±]{_NUMBER}")
_TWO_NUMBERS: Final = re.compile(rf"({_DIGIT}++(?:[.,]{_DIGIT}++)*+) ?= ?({_DIGIT}++(?:[.,]{_DIGIT}++)*+)")
_AMOUNT_END: Final = re.compile(rf"[{_CURRENCY}%°²³)\]}}][ \u00a0]?\Z")
_NUMBER_AT_END: Final = re.compile(rf"{_DIGIT}[ \u00a0]?\Z")
_OPERATORS: Final = frozenset("+−*×÷·⋅/=<>≤≥≠≈≡^±∓∈∪∩⊂⊆∖")
_DASHES: Final = frozenset("-–—")
"""As likely between words as between terms."""
_BLANKS: Final = " \t\u00a0"
_NEAR: Final = 40
_WORD_AT_END: Final = re.compile(r"\w+\Z")
_WORD_AT_START: Final = re.compile(r"\w+")
_MARKS_BEFORE: Final = re.compile(r"(?:(?<![^\s(\[{])(?:\*{1,3}|_{1,3}|~~)|</?[A-Za-z][^<>]*>)\Z")
_MARKS_AFTER: Final = re.compile(r"(?:\*{1,3}|_{1,3}|~~)(?![^\s.,:;!?)\]}])|</?[A-Za-z][^<>]*>")
"""Marks of emphasis and tags, in a text that is shown as it was typed."""
_BULLET: Final = re.compile(r"(?:|[ \t]{2,})[-*+>]+")
_REMAINDER_BEFORE: Final = re.compile(r"[\s)](?:mod|div|%)\Z")
_REMAINDER_AFTER: Final = re.compile(r"(?:mod|div|%)(?=[ \u00a0(])")
_GAP: Final = re.compile(r"[ \u00a0]{1,2}")
_GAP_OF_WORDS: Final = re.compile(r"[,;:/&|]?[ \u00a0]{0,2}")


@dataclass(slots=True)
class _Part:
    start: int
    end: int
    is_special: bool
    has_words: bool
    is_number: bool = False


MAX_RUNS: Final = 1_000


def parted(line: str, most: int = MAX_RUNS) -> list[tuple[str, bool]]:
    """Return a line of text in parts, each with whether it runs from left to right in any text; ``most`` of those that do.

    A sum in whose terms is a letter from right to left runs with its text, and so does what may be a part of a longer sum.

    >>> parted("הסכום 3 + 4 = 7 נכון")
    [('הסכום ', False), ('3 + 4 = 7', True), (' נכון', False)]
    """
    found: list[tuple[str, bool]] = []
    last = 0
    for part in _joined(line):
        if not part.is_special:
            continue
        if not most:
            break
        most -= 1
        if part.start > last:
            found.append((line[last : part.start], False))
        found.append((line[part.start : part.end], True))
        last = part.end
    if last < len(line) or not found:
        found.append((line[last:], False))
    return found


def _joined(line: str) -> Iterator[_Part]:
    """Yield the parts of a line, each joined with the Latin words beside it, which would change places with it else."""
    open_part: _Part | None = None
    for part in _parts(line):
        if open_part is not None:
            gap = line[open_part.end : part.start]
            joins = not open_part.is_number and (open_part.has_words or part.has_words)
            both = open_part.has_words and part.has_words
            if (both and _GAP_OF_WORDS.fullmatch(gap)) or (joins and _GAP.fullmatch(gap)):
                open_part.end = part.end
                open_part.is_special |= part.is_special
                open_part.has_words = part.has_words
                continue
            yield open_part
        open_part = part
    if open_part is not None:
        yield open_part


def _parts(line: str) -> Iterator[_Part]:
    for found in _RUN.finditer(line):
        start, end = found.span()
        if found["word"]:
            yield _Part(start, end, is_special=False, has_words=True)
        elif found["number"]:
            yield _Part(start, end, is_special=False, has_words=False, is_number=True)
        elif not found["sum"]:
            yield _Part(start, end, is_special=True, has_words=True)
        else:
            start, end = _balanced(line, start, end)
            content = line[start:end]
            if _HAS_DIGIT.search(content) and not _RANGE.fullmatch(content) and not _is_torn(line, start, end):
                yield _Part(start, end, is_special=True, has_words=False)


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


def _is_torn(line: str, start: int, end: int) -> bool:
    """Return whether what was found is, or may be, a part of a longer sum, whose other terms run with the text.

    Such a sum runs as a whole from right to left: its tail alone from left to right would be another sum.
    """
    content = line[start:end]
    numbers = _TWO_NUMBERS.fullmatch(content)
    if numbers and numbers[1] != numbers[2]:
        return True  # the result of what is before it
    depth = 0
    for sign in content:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return True
    return _goes_before(line, start, content) or _goes_after(line, end, content)


def _goes_before(line: str, start: int, content: str) -> bool:
    """Return whether an operator or a factor that belongs to the sum is before it."""
    near = line[max(0, start - _NEAR) : start]
    if content[0] in "-+−±":
        word = _WORD_AT_END.search(near.rstrip(_BLANKS))
        if _AMOUNT_END.search(near) or (word and len(word[0]) > 1 and _is_term(word[0])):
            return True
    if content[0] not in "-+−±" and _SIGNED.fullmatch(content, 1) and _NUMBER_AT_END.search(near):
        return True
    outside = near.rstrip("([{")
    outside = outside[: found.start()] if (found := _MARKS_BEFORE.search(outside)) else outside
    before = outside.rstrip(_BLANKS)
    sign = before[-1:]
    if before == outside and len(outside) < len(near):
        word = _WORD_AT_END.search(before)
        if sign == ")" or (word and _is_term(word[0])):
            return True
    if _REMAINDER_BEFORE.search(before):
        return True
    if sign not in _OPERATORS and sign not in _DASHES:
        return False
    if start == len(near) and _BULLET.fullmatch(before):
        return False
    if start == len(near) and before.strip(_BLANKS) == sign:
        return True  # what is before it is emphasized, code or a formula
    rest = before.rstrip("".join(_OPERATORS) + "-–—").rstrip(_BLANKS)
    word = _WORD_AT_END.search(rest)
    is_after_term = rest[-1:] in tuple(")]}") or (word is not None and _is_term(word[0]))
    if sign in _DASHES or before.endswith(("->", "=>")) or _SIGNED.fullmatch(content):
        return is_after_term
    return True


def _goes_after(line: str, end: int, content: str) -> bool:
    """Return whether an operator or a factor that belongs to the sum is behind it."""
    near = line[end : end + _NEAR]
    outside = near.lstrip(")]}")
    if found := _MARKS_AFTER.match(outside):
        outside = outside[found.end() :]
    after = outside.lstrip(_BLANKS)
    word = _WORD_AT_START.match(after)
    if content[-1] == "=":
        return near == " " or (word is not None and (_is_term(word[0]) or word[0][0].isdigit()))
    if after == outside and (after[:1] == "(" or (word and _is_term(word[0]))):
        return True
    if _REMAINDER_AFTER.match(after):
        return True
    if after.startswith(("->", "=>")):
        return False
    if after[:1] in _DASHES:
        rest = after[1:].lstrip(_BLANKS)
        word = _WORD_AT_START.match(rest)
        return not rest or rest[0] in "([{" or (word is not None and (_is_term(word[0]) or word[0][0].isdigit()))
    return after[:1] in _OPERATORS


def _is_term(word: str) -> bool:
    """Return whether a word is of a sum from right to left: a letter alone, or with a coefficient or an exponent."""
    return RIGHT_TO_LEFT.search(word) is not None and (len(word) == 1 or any(sign.isdigit() for sign in word))
