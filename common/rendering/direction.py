"""Which way a text runs: by its stated language, and by its own words, block by block.

The first letter does not decide, as ``dir="auto"`` would have it: "React היא ספרייה" is a sentence in Hebrew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from markdown_it.token import Token

from common.rendering.languages import RIGHT_TO_LEFT, Direction, language_direction
from common.rendering.runs import MAX_RUNS, parted

_SHARE_IN_OWN_LANGUAGE: Final = 0.2
"""A sentence in a right-to-left language may be four fifths of Latin names and terms."""
_SHARE: Final = 0.5
_LETTER: Final = re.compile(r"[^\W\d_]+")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+")


def line_directions(text: str, language: str) -> tuple[Direction, list[Direction]]:
    """Return the direction of a text as it was typed, and of each of its lines."""
    lines = text.split("\n")
    base = _base(*_letters(text), language) if RIGHT_TO_LEFT.search(text) or language else "ltr"
    if base == "ltr" and not RIGHT_TO_LEFT.search(text):
        return base, [base] * len(lines)
    return base, [block_direction(line, base) or base for line in lines]


def _base(right: int, left: int, language: str) -> Direction:
    """Return the direction of a whole text, which its blocks without letters have too."""
    stated = language_direction(language)
    if not right:
        return "rtl" if not left and stated == "rtl" else "ltr"
    return _direction(right, left, stated or "ltr") or "ltr"


def block_direction(text: str, base: Direction) -> Direction | None:
    """Return the direction of a block or a line in a text of the direction ``base``, None where it has no letters."""
    return _direction(*_letters(text), base)


def _direction(right: int, left: int, base: Direction) -> Direction | None:
    if not right and not left:
        return None
    share = _SHARE_IN_OWN_LANGUAGE if base == "rtl" else _SHARE
    return "rtl" if right and right >= share * (right + left) else "ltr"


def _letters(text: str) -> tuple[int, int]:
    """Count the letters from right to left and from left to right; addresses tell nothing about the sentence.

    Those from right to left count twice where they begin: a sentence is seldom turned by its first word, more often by
    names at its end.
    """
    letters = "".join(_LETTER.findall(_ADDRESS.sub(" ", text)))
    right = len(RIGHT_TO_LEFT.findall(letters))
    left = len(letters) - right
    return (2 * right if right and RIGHT_TO_LEFT.match(letters) else right), left


_BLOCKS: Final = frozenset(("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table"))


def set_directions(tokens: Sequence[Token], language: str) -> None:
    """Give each block the direction of its words. Cells and list items keep the side of their table or list.

    What runs the other way within a line, a cell or an item is isolated, and so is code: punctuation stays on its side.
    """
    letters, total = _letters_by_block(tokens)
    base = _base(*total, language)
    inherited: list[Direction] = [base]
    runs = MAX_RUNS
    for at, token in enumerate(tokens):
        if token.type == "inline":
            token.children = _isolated(token.children or [], inherited[-1], runs)
            runs -= min(runs, sum(child.type == "span_open" for child in token.children))
        elif token.nesting == 1:
            direction = inherited[-1]
            if token.tag in _BLOCKS and not token.hidden:
                direction = _direction(*letters[at], base) or direction
                token.attrSet("dir", direction)
            inherited.append(direction)
        elif token.nesting == -1:
            inherited.pop()


def _letters_by_block(tokens: Sequence[Token]) -> tuple[dict[int, tuple[int, int]], tuple[int, int]]:
    """Count the letters inside each token that opens a block, and in all, without those of code and formulas."""
    found: dict[int, tuple[int, int]] = {}
    right = left = 0
    opened: list[tuple[int, int, int]] = []
    for at, token in enumerate(tokens):
        if token.type == "inline":
            more = _letters(_words(token.children or []))
            right, left = right + more[0], left + more[1]
        elif token.nesting == 1:
            opened.append((at, right, left))
        elif token.nesting == -1:
            start, right_before, left_before = opened.pop()
            found[start] = right - right_before, left - left_before
    return found, (right, left)


def _words(children: Sequence[Token]) -> str:
    return " ".join(child.content for child in children if child.type == "text")


def _isolated(children: list[Token], inherited: Direction, runs: int) -> list[Token]:
    """Return the children of a line with each part that runs the other way in an element of its own; ``runs`` at most in a text."""
    found: list[Token] = []
    segment: list[Token] = []
    for child in [*children, None]:
        if child is not None and child.type not in ("softbreak", "hardbreak"):
            segment.append(child)
            continue
        direction = block_direction(_words(segment), inherited)
        turned = direction is not None and direction != inherited and _is_whole(segment)
        for token in segment:
            if token.type == "code_inline":
                _isolate_code(token, direction if turned and direction else inherited)
        if (direction if turned and direction else inherited) == "rtl":
            parts = [part for token in segment for part in _with_runs(token, runs)]
            runs -= min(runs, (len(parts) - len(segment)) // 2)
            segment = parts
        if turned and direction:
            segment = [_span(1, direction), *segment, _span(-1, direction)]
        found += segment
        segment = []
        if child is not None:
            found.append(child)
    return found


def _with_runs(token: Token, most: int) -> list[Token]:
    """Return a text in the parts that run as it does, and those that run from left to right in any text."""
    if token.type != "text":
        return [token]
    parts = parted(token.content, most)
    if len(parts) == 1 and not parts[0][1]:
        return [token]
    found: list[Token] = []
    for content, is_run in parts:
        part = Token("text", "", 0, level=token.level, content=content, meta=token.meta)
        found += [_span(1, "ltr"), part, _span(-1, "ltr")] if is_run else [part]
    return found


def _is_whole(segment: Sequence[Token]) -> bool:
    depth = 0
    for token in segment:
        depth += token.nesting
        if depth < 0:
            return False
    return depth == 0


def _span(nesting: Literal[1, -1], direction: Direction) -> Token:
    token = Token("span_open" if nesting == 1 else "span_close", "span", nesting)
    if nesting == 1:
        token.attrSet("dir", direction)
    return token


def _isolate_code(token: Token, around: Direction) -> None:
    right, left = _letters(token.content)
    direction: Direction = "rtl" if right and not left else "ltr"
    if direction != around:
        token.attrSet("dir", direction)
