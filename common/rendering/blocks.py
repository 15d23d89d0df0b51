"""Blocks of markdown. No construct swallows a line: what is no certain heading, rule, quote, list, fence or table stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.blockquote import blockquote
from markdown_it.rules_block.heading import heading
from markdown_it.rules_block.list import list_block

from common.rendering.fences import fence
from common.rendering.lines import line_of
from common.rendering.tables import table

MAX_NESTING: Final = 60
_REACH: Final = 40
"""How many lines up and down a line is compared with."""


class TooDeep(Exception):
    """The blocks nest deeper than a page shows; the parser would leave out what is inside."""


def certain_blocks(md: MarkdownIt) -> None:
    """Replace the parser's block rules with ones that act only where it is certain.

    Definitions of links, which show nothing, and underlines of headings, which may be a rule or a row of signs, are off.
    """
    md.disable(["reference", "lheading", "html_block"])
    md.options["maxNesting"] = 2 * MAX_NESTING
    md.block.ruler.before("code", "nesting", _nesting)
    md.block.ruler.before("list", "zeros", _zeros, {"alt": ["list"]})
    for name, rule, ends in (
        ("heading", _heading, ["paragraph", "blockquote"]),
        ("hr", _rule, ["paragraph", "blockquote", "list"]),
        ("blockquote", _blockquote, ["paragraph", "blockquote", "list"]),
        ("list", _list, ["paragraph", "blockquote"]),
        ("fence", fence, ["paragraph", "blockquote", "list"]),
        ("table", table, ["paragraph"]),
    ):
        md.block.ruler.at(name, rule, {"alt": ends})


def _nesting(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.level > MAX_NESTING:
        raise TooDeep
    return False


_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+(#+))?[ \t]*")


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A heading has words, or is above some; number signs at its end vanish where they are as many as at its beginning."""
    found = _HEADING.fullmatch(line_of(state, start_line))
    if found is None or not found[2].strip("# \t"):
        return False
    if not any(map(str.isalpha, found[2])) and _extent(state, "letters")[1] < state.eMarks[start_line]:
        return False
    if found[1] == "#" and _is_remark(state, start_line):
        return False
    if not heading(state, start_line, end_line, silent):
        return False
    if not silent:
        closing = found[3] if found[3] and found[3] != found[1] else ""
        state.tokens[-2].content = f"{found[2]} {closing}".strip()
    return True


_STATEMENT: Final = re.compile(
    r"(?:import|from|export|package|using|return)[ \t]\S|[^=]*\w[ \t]?[-+*/]?=[ \t]?\S|.*[;{}][ \t]*\Z|[\w.]+\(.*\)[ \t]*:?\Z"
)
"""How a line of a program reads."""


def _is_remark(state: StateBlock, line: int) -> bool:
    """Return whether a number sign begins a remark of a program, or is the prompt of a shell.

    That is below ``#!``, next to another such line, and between two lines that read as statements.
    """
    above = line_of(state, line - 1) if line and not state.isEmpty(line - 1) else ""
    below = line_of(state, line + 1) if line + 1 < state.lineMax and not state.isEmpty(line + 1) else ""
    if above.startswith(("#!", "# ")) or below.startswith("# "):
        return True
    return bool(_STATEMENT.match(above) and _STATEMENT.match(below))


_RULE: Final = re.compile(r"(?:-{3,}|\*{3}|_{3}|\* \* \*)[ \t]*")


def _rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A rule stands alone between words before it and after it, and is not a blank to fill in, Morse code or a rating.

    Below a line of a paragraph it may be an underline, or a part of a figure made of signs.
    """
    if state.is_code_block(start_line) or not _RULE.fullmatch(line_of(state, start_line)):
        return False
    first, last = _extent(state, "words")
    if not first < state.bMarks[start_line] <= last:
        return False
    if silent:
        return state.parentType != "paragraph" or state.sCount[start_line] < state.blkIndent
    token = state.push("hr", "hr", 0)
    token.map = [start_line, start_line + 1]
    token.markup = line_of(state, start_line)
    state.line = start_line + 1
    return True


_KINDS: Final = {"words": re.compile(r"[^\W_]"), "letters": re.compile(r"[^\W\d_]")}


def _extent(state: StateBlock, kind: str) -> tuple[int, int]:
    """Return where the first and the last letter, or letter or digit, of the whole text are; of none, where nothing is between."""
    if kind not in state.env:
        text = state.src
        first = _KINDS[kind].search(text)
        last = next((at for at in range(len(text) - 1, -1, -1) if _KINDS[kind].match(text, at)), -1)
        state.env[kind] = (first.start() if first else len(text), last)
    first_at, last_at = state.env[kind]
    return first_at, last_at


_QUOTE: Final = re.compile(r">{1,2}(?:[ \t]|$)")
_MORE_THAN: Final = re.compile(r">[ \t]+[~≈±$€£¥]?[-+−]?\.?\d++(?![.)][ \t])")
_OF_OTHER_SIDE: Final = re.compile(r"<[ \t]|\d+(?:,\d+)?[acd]\d+(?:,\d+)?[ \t]*$")
"""What begins with a less-than sign, or heads a difference of ``diff``."""


def _blockquote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``> `` quotes; ``>=``, and the ``>>> `` of a Python prompt, do not. A quote of nothing is no quote.

    Nor is a line that begins with a number, as ``> 5 items``, or that is near one which begins with ``< ``.
    """
    line = line_of(state, start_line)
    if not _QUOTE.match(line):
        return False
    following = line_of(state, start_line + 1) if start_line + 1 < end_line else ""
    if not line.strip("> \t") and not following.startswith(">"):
        return False
    if not following.startswith(">") and (_MORE_THAN.match(line) or _is_amount(line[1:].strip())):
        return False
    if _MORE_THAN.match(line) and _MORE_THAN.match(following):
        return False
    if any(_OF_OTHER_SIDE.match(near) for near in _neighbors(state, start_line)):
        return False
    return blockquote(state, start_line, end_line, silent)


def _neighbors(state: StateBlock, start_line: int) -> Iterator[str]:
    """Yield the lines up and down to the next blank ones, of the same indent."""
    for step in (1, -1):
        line = start_line + step
        while 0 <= line < state.lineMax and abs(line - start_line) <= _REACH and not state.isEmpty(line):
            if state.sCount[line] == state.sCount[start_line]:
                yield line_of(state, line)
            line += step


_NUMBER_WITH_ZEROS: Final = re.compile(r"0\d+[.)]")


def _zeros(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """End a list before a number that begins with zeros, as of an agent: a list would not show them."""
    return silent and _NUMBER_WITH_ZEROS.match(line_of(state, start_line)) is not None


_MARKER: Final = re.compile(r"([-+*]|\d{1,9}[.)])(?:[ \t]+|$)")
_SIGNS: Final = re.compile(r"[!-/:-@\[-_{-~\s]*")
"""What has no word, no code and no picture in it."""


def _list(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A list has words, shows its own numbers, and its bullets cannot be the signs of numbers or of a comparison."""
    line = line_of(state, start_line)
    marker = _MARKER.match(line)
    if marker is None or _NUMBER_WITH_ZEROS.match(line) or _STARS.match(line):
        return False
    if marker[1] == "*" and _is_in_remark(state, start_line):
        return False
    content = line[marker.end() :].strip()
    if silent and state.sCount[start_line] < state.blkIndent:  # the next item of a list, or the end of one
        return list_block(state, start_line, end_line, silent)
    if not content:
        if not _goes_on(state, start_line):
            return False
    elif not marker[1][0].isdigit() and (_SIGNS.fullmatch(content) or _is_sign(state, start_line, marker[1], content)):
        return False
    return list_block(state, start_line, end_line, silent)


_STARS: Final = re.compile(r"([-+*])(?:[ \t]+\1){2,}(?=[ \t]|\Z)")
"""What begins a line of a table of jobs, each for any time, and no list."""


def _is_in_remark(state: StateBlock, start_line: int) -> bool:
    """Return whether the lines above it with a star go up to one that begins a remark of C."""
    for line in range(start_line - 1, max(-1, start_line - _REACH), -1):
        text = line_of(state, line)
        if not text.startswith("*"):
            return text.startswith("/*") and "*/" not in text
    return False


def _goes_on(state: StateBlock, start_line: int) -> bool:
    """Return whether what belongs to a bare marker is in the line below it."""
    following = start_line + 1
    return (
        following < state.lineMax
        and not state.isEmpty(following)
        and state.sCount[following] >= state.sCount[start_line] + 2
    )


def _is_sign(state: StateBlock, start_line: int, marker: str, content: str) -> bool:
    """Return whether the marker of a bullet may mean plus, minus or times, added or removed."""
    if marker in "+-" and _is_comparison(state, start_line, marker):
        return True
    if state.blkIndent:  # in a list, which says what its bullets are
        return False
    if _is_amount(content) and (marker == "+" or _is_below_amount(state, start_line)):
        return True
    return (marker == "+" or _is_amount(content)) and _is_single(state, start_line, marker)


def _is_below_amount(state: StateBlock, start_line: int) -> bool:
    """Return whether a line goes on with a sum that is written in rows, one number below the other."""
    for line in range(start_line - 1, max(-1, start_line - _REACH), -1):
        text = line_of(state, line).strip()
        marker = _MARKER.match(text)
        if not marker or marker[1][0].isdigit():
            return bool(text) and text[-1] != ":" and _is_amount(text)
    return False


_COMMAND: Final = re.compile(r"\\[A-Za-z]+")
_LONGEST_AMOUNT: Final = 60
_LONG_WORD: Final = {True: re.compile(r"[^\W\d_]{4}"), False: re.compile(r"[^\W\d_]{2}")}


def _is_amount(content: str) -> bool:
    """Return whether a line is a number, or an expression, perhaps with a short unit: the bullet before it may be its sign."""
    plain = _COMMAND.sub("", content)
    if len(content) > _LONGEST_AMOUNT or "`" in content or any(sign.isalpha() and ord(sign) >= 0x590 for sign in plain):
        return False
    return not _LONG_WORD[any(sign.isdigit() for sign in plain)].search(plain)


def _is_single(state: StateBlock, start_line: int, marker: str) -> bool:
    """Return whether a list would have one item, of one line."""
    blank = False
    for line in range(start_line + 1, min(state.lineMax, start_line + _REACH)):
        if state.isEmpty(line):
            blank = True
        elif state.sCount[line] > state.sCount[start_line]:
            return False
        else:
            found = _MARKER.match(line_of(state, line))
            if found is not None or blank:
                return found is None or found[1] != marker
    return True


_OF_DIFFERENCES: Final = re.compile(r"@@ |\+\+\+ |--- |diff --git ")


def _is_comparison(state: StateBlock, start_line: int, marker: str) -> bool:
    """Return whether lines that begin with plus and with minus signs follow each other, as in a list of differences."""
    other = re.compile(r"-(?!-)" if marker == "+" else r"\+")
    indent = state.sCount[start_line]
    for step in (1, -1):
        line, blank, text_before = start_line + step, False, False
        while 0 <= line < state.lineMax and abs(line - start_line) <= _REACH:
            if state.isEmpty(line):
                if text_before:
                    break
                blank = True
            else:
                text = line_of(state, line)
                if state.sCount[line] == indent and (other.match(text) or _OF_DIFFERENCES.match(text)):
                    return True
                if state.sCount[line] <= indent and not _MARKER.match(text):
                    if blank:
                        break
                    text_before = True
            line += step
    return False
