"""Fences of markdown: where a block of code begins and ends, also with fences inside it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from markdown_it.rules_block import StateBlock

from common.rendering.highlighting import NAMES
from common.rendering.lines import leaves, line_of

_MARKDOWN: Final = frozenset(("markdown", "md", "mdx", "mdown", "mkd", "rmarkdown", "rmd", "qmd", "quarto"))
_FENCE: Final = re.compile(r"(`{3,}|~{3,})([^`]*)")
_PLACE: Final = re.compile(r"(?m)^[^`~\n]*(`{3,}|~{3,})([^`\n]*)$")
_MAX_INSIDE: Final = 200
"""How many fences after one are looked at."""


class _Fence(NamedTuple):
    line: int
    mark: str
    info: str


def fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Push a block of code, shown as it is. A fence holds fences: it ends where those inside are closed and those after it too.

    One around nothing is shown with its marks. One that nothing closes must have the name of a language, or be bare and of
    backticks, as of an answer that was cut off; else its marks are an ornament or are spoken of.
    """
    if state.is_code_block(start_line):
        return False
    opening = _fence_of(state, start_line)
    if opening is None:
        return False
    closing = _closing(state, opening, end_line)
    if closing is None and not _may_stay_open(opening):
        return False
    if silent:
        return True
    end = closing if closing is not None else _end(state, start_line + 1, end_line)
    content = state.getLines(start_line + 1, end, state.sCount[start_line], True)
    after = end + (closing is not None)
    info = opening.info
    if not content.strip():
        content, info = state.getLines(start_line, after, state.sCount[start_line], True), ""
    token = state.push("fence", "code", 0)
    token.info, token.markup, token.content = info, opening.mark, content
    token.map = [start_line, after]
    state.line = after
    return True


def _fence_of(state: StateBlock, line: int) -> _Fence | None:
    found = _FENCE.fullmatch(line_of(state, line))
    return _Fence(line, found[1], found[2]) if found else None


def _may_stay_open(opening: _Fence) -> bool:
    info = opening.info.strip()
    return info.lower() in NAMES or (opening.mark[0] == "`" and not re.search(r"\s", info))


def _end(state: StateBlock, line: int, end_line: int) -> int:
    while line < end_line and not leaves(state, line):
        line += 1
    return line


def _closing(state: StateBlock, opening: _Fence, end_line: int) -> int | None:
    """Return the line that closes a fence, None where none does."""
    places = _places(state)
    if places.longest[opening.mark[0]][bisect_right(places.lines, opening.line)] < len(opening.mark):
        return None
    after = _fences_after(state, opening, end_line)
    first = next(after, None)
    if first is None:
        return None
    if first.info.strip() or opening.info.strip().lower() in _MARKDOWN:
        fences = [first]
        for found in after:
            fences.append(found)
            if len(fences) == _MAX_INSIDE:
                break
        closing = _closing_of_nested(fences)
        if closing is not None:
            return closing
        after = iter(fences)
        first = next(after)
    while first is not None and first.info.strip():
        first = next(after, None)
    return first.line if first else None


def _closing_of_nested(fences: list[_Fence]) -> int | None:
    """Return the first line that may close, with every fence before and after it in a pair; None where there is none."""
    bare = [not found.info.strip() for found in fences]
    # where reading begins to be in pairs to the end: a fence pairs with the next one that has no language
    next_bare = [len(bare)] * (len(bare) + 1)
    for at in range(len(bare) - 1, -1, -1):
        next_bare[at] = at if bare[at] else next_bare[at + 1]
    paired = [False] * len(bare) + [True]
    for at in range(len(bare) - 1, -1, -1):
        end = next_bare[at + 1]
        paired[at] = end < len(bare) and paired[end + 1]
    at = 0
    while at < len(bare):
        if bare[at] and paired[at + 1]:
            return fences[at].line
        end = next_bare[at + 1]  # else it opens a fence inside
        at = end + 1
    return None


def _fences_after(state: StateBlock, opening: _Fence, end_line: int) -> Iterator[_Fence]:
    """Yield the fences of the same mark, at least as long, to the end of the quote or item that the opening one is in."""
    places = _places(state)
    before = opening.line
    for at in range(bisect_right(places.lines, before), len(places.lines)):
        line = places.lines[at]
        if line >= end_line or (state.blkIndent and any(leaves(state, each) for each in range(before + 1, line + 1))):
            return
        before = line
        found = None if state.is_code_block(line) else _fence_of(state, line)
        if found and found.mark.startswith(opening.mark):
            yield found


class _Places(NamedTuple):
    """The lines of a text that may hold a fence; and of each mark the longest bare fence from each of them to the end."""

    lines: list[int]
    longest: dict[str, list[int]]


def _places(state: StateBlock) -> _Places:
    """Return where fences may be in the whole text, found once."""
    if "fences" not in state.env:
        lines, line, before = [], 0, 0
        bare: list[tuple[str, int]] = []
        for found in _PLACE.finditer(state.src):
            line += state.src.count("\n", before, found.start())
            before = found.start()
            lines.append(line)
            mark = found[1]
            bare.append((mark[0], len(mark)) if not found[2].strip() else ("", 0))
        longest = {"`": [0] * (len(lines) + 1), "~": [0] * (len(lines) + 1)}
        for at in range(len(lines) - 1, -1, -1):
            for mark, suffix in longest.items():
                suffix[at] = max(suffix[at + 1], bare[at][1] if bare[at][0] == mark else 0)
        state.env["fences"] = _Places(lines, longest)
    places: _Places = state.env["fences"]
    return places
