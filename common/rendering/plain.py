"""Untrusted text shown as it is: escaped, or as the beginning of it on one line."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

from common.rendering.direction import line_directions
from common.rendering.languages import Direction
from common.rendering.runs import MAX_RUNS, parted

_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero width, and yet spelling: Persian and Indic words, and families of emoji, fall apart without them."""
_KEPT: Final = _JOINERS | frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd")  # number signs
_JUDGED: Final = 700
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def render_plain(text: str, language: str = "") -> str:
    """Return safe HTML of the text exactly as it is, every character of it: the raw view.

    A line that runs the other way than the text is isolated, so that its punctuation stays on its side; so is a sum, or a
    word with signs, in a line from right to left.
    """
    content, base = directed_lines(repaired(text), language)
    return f'<pre class="plain" tabindex="0" dir="{base}">\n{content}</pre>'


def render_simply(text: str) -> str:
    """Return safe HTML of the text exactly as it is, in no time: the browser looks for its direction."""
    return f'<pre class="plain" tabindex="0" dir="auto">\n{html.escape(repaired(text))}</pre>'


_OF_CODE: Final = re.compile(
    r"[ \t]*[A-Za-z_$@#][^\u0590-\u08ff]{0,300}?(?:[\w;{}:)\]][ \t]+(?://|\#|/\*)[ \t]|\w\([\"'])|[A-Za-z].{0,300};[ \t]*\Z"
)
"""How a line of a program begins, before a remark from right to left."""


def directed_lines(text: str, language: str = "", *, is_code: bool = False) -> tuple[str, Direction]:
    """Return text as escaped HTML, with what runs the other way isolated, and the direction of the whole.

    ``is_code`` where it may be code: a line that begins as a statement then runs from left to right.
    """
    base, directions = line_directions(text, language)
    if is_code and "rtl" in directions:
        lines = zip(text.split("\n"), directions, strict=True)
        directions = ["ltr" if _OF_CODE.match(line) else direction for line, direction in lines]
        if all(one == "ltr" for one, line in zip(directions, text.split("\n"), strict=True) if line.strip()):
            base, directions = "ltr", ["ltr"] * len(directions)
    shown: list[str] = []
    runs = MAX_RUNS
    for line, direction in zip(text.split("\n"), directions, strict=True):
        parts = parted(line, runs) if direction == "rtl" else [(line, False)]
        runs -= sum(is_run for _, is_run in parts)
        content = "".join(
            f'<span dir="ltr">{html.escape(part)}</span>' if is_run else html.escape(part) for part, is_run in parts
        )
        shown.append(content if direction == base else f'<span dir="{direction}">{content}</span>')
    return "\n".join(shown), base


def repaired(text: str) -> str:
    """Replace what no page can carry, NUL and halves of surrogate pairs, with the replacement character."""
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


def excerpt(text: str, limit: int = 120) -> str:
    """Return the beginning of a text on one line, as text and not as HTML: joiners, but no control or direction characters, at most ``limit`` long.

    >>> excerpt("Why is\\n\\nthe sky blue?", 12)
    'Why is the…'
    """
    head = text[: 4 * limit + 200]
    line = " ".join("".join(map(_shown, head)).split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return line[: _end(line, max(limit - 1, 0))].rstrip() + "…"


def excerpt_direction(text: str, language: str = "") -> Direction:
    """Return which way an excerpt of a text runs: by most of its words, where its first word would turn it.

    >>> excerpt_direction("React היא ספרייה")
    'rtl'
    """
    return line_directions(text[:_JUDGED], language)[0]


def _shown(sign: str) -> str:
    if sign in _KEPT or unicodedata.category(sign) not in _INVISIBLE:
        return sign
    return " " if sign.isspace() else ""


def _end(line: str, end: int) -> int:
    """Return where to cut so that no sign is parted from what joins it or is set on it."""
    start = end
    while 0 < end < len(line) and start - end < 16 and (_clings(line[end]) or line[end - 1] in _JOINERS):
        end -= 1
    return end if start - end < 16 else start


def _clings(sign: str) -> bool:
    return sign in _JOINERS or unicodedata.category(sign) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= sign <= "\U0001f3ff"
