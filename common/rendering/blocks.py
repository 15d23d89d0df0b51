"""Blocks of markdown. No construct swallows a line: what is no certain heading, quote, list, fence or table stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.blockquote import blockquote
from markdown_it.rules_block.fence import fence
from markdown_it.rules_block.heading import heading
from markdown_it.rules_block.list import list_block

MAX_NESTING: Final = 60
_MARKDOWN: Final = frozenset(("markdown", "md", "mdx", "mdown", "mkd", "rmarkdown", "rmd", "qmd", "quarto"))


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
        ("blockquote", _blockquote, ["paragraph", "blockquote", "list"]),
        ("list", _list, ["paragraph", "blockquote"]),
        ("fence", _fence, ["paragraph", "blockquote", "list"]),
        ("table", _table, ["paragraph"]),
    ):
        md.block.ruler.at(name, rule, {"alt": ends})


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _nesting(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.level > MAX_NESTING:
        raise TooDeep
    return False


_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+(#+))?[ \t]*")


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A heading has words; number signs at its end vanish where they are as many as at its beginning."""
    found = _HEADING.fullmatch(_line(state, start_line))
    if found is None or not found[2].strip("# \t") or not heading(state, start_line, end_line, silent):
        return False
    if not silent:
        closing = found[3] if found[3] and found[3] != found[1] else ""
        state.tokens[-2].content = f"{found[2]} {closing}".strip()
    return True


_QUOTE: Final = re.compile(r">{1,2}(?:[ \t]|$)")


def _blockquote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``> `` quotes; ``>=``, and the ``>>> `` of a Python prompt, do not. A quote of nothing is no quote."""
    line = _line(state, start_line)
    if not _QUOTE.match(line):
        return False
    if not line.strip("> \t") and (start_line + 1 >= end_line or not _line(state, start_line + 1).startswith(">")):
        return False
    return blockquote(state, start_line, end_line, silent)


_NUMBER_WITH_ZEROS: Final = re.compile(r"0\d+[.)]")


def _zeros(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """End a list before a number that begins with zeros, as of an agent: a list would not show them."""
    return silent and _NUMBER_WITH_ZEROS.match(_line(state, start_line)) is not None


_REACH: Final = 40


def _list(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A list shows its own numbers; lines that begin with plus and minus signs in turn are a comparison, not two lists."""
    line = _line(state, start_line)
    if _NUMBER_WITH_ZEROS.match(line) or (line[:1] in ("+", "-") and _is_comparison(state, start_line, line[0])):
        return False
    return list_block(state, start_line, end_line, silent)


def _is_comparison(state: StateBlock, start_line: int, marker: str) -> bool:
    other = "-" if marker == "+" else "+"
    indent = state.sCount[start_line]
    for step in (1, -1):
        line = start_line + step
        while 0 <= line < state.lineMax and abs(line - start_line) <= _REACH and not state.isEmpty(line):
            if state.sCount[line] == indent and re.match(rf"\{other}[ \t]", _line(state, line)):
                return True
            line += step
    return False


_FENCE: Final = re.compile(r"(`{3,}|~{3,})([^`]*)")


def _fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A fence of markdown holds fences: it ends where those inside are closed and those after it are too."""
    if silent or state.is_code_block(start_line):
        return fence(state, start_line, end_line, silent)
    found = _FENCE.fullmatch(_line(state, start_line))
    if found is None or found[2].strip().lower() not in _MARKDOWN:
        return fence(state, start_line, end_line, silent)
    closing = _closing_of_nested(state, start_line, end_line, found[1])
    if closing is None:
        return fence(state, start_line, end_line, silent)
    token = state.push("fence", "code", 0)
    token.info, token.markup = found[2], found[1]
    token.content = state.getLines(start_line + 1, closing, state.sCount[start_line], True)
    token.map = [start_line, closing + 1]
    state.line = closing + 1
    return True


def _closing_of_nested(state: StateBlock, start_line: int, end_line: int, opening: str) -> int | None:
    """Return the first line that may close, with every fence before and after it in a pair; None where there is none."""
    lines, bare = _fences_after(state, start_line, end_line, opening)
    if not lines:
        return None
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
            return lines[at]
        end = next_bare[at + 1]  # else it opens a fence inside
        at = end + 1
    return None


def _fences_after(state: StateBlock, start_line: int, end_line: int, opening: str) -> tuple[list[int], list[bool]]:
    lines, bare = [], []
    for line in range(start_line + 1, end_line):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            break
        found = None if state.is_code_block(line) else _FENCE.fullmatch(_line(state, line))
        if found and found[1].startswith(opening):
            lines.append(line)
            bare.append(not found[2].strip())
    return lines, bare


_DELIMITER_ROW: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CODE_SPAN: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
MAX_CELLS: Final = 20_000


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A head, a row of dashes, and each following line that has a pipe. Every cell is shown, also those without a head."""
    if start_line + 2 > end_line or state.sCount[start_line + 1] < state.blkIndent:
        return False
    if state.is_code_block(start_line) or state.is_code_block(start_line + 1):
        return False
    delimiters = _line(state, start_line + 1).strip()
    if "-" not in delimiters or not _DELIMITER_ROW.fullmatch(delimiters) or "|" not in _line(state, start_line):
        return False
    aligns = ["right" if cell.strip().endswith("-:") and cell.strip()[0] != ":" else "" for cell in _cells(delimiters)]
    head = _row(_line(state, start_line), len(aligns))
    if len(head) != len(aligns):
        return False
    if silent:
        return True
    rows = _rows(state, start_line + 2, end_line, len(aligns))
    width = max((len(row) for row in rows), default=len(head))
    if width * (len(rows) + 1) > MAX_CELLS:
        return False
    state.line = start_line + 2 + len(rows)
    state.push("table_open", "table", 1).map = [start_line, state.line]
    aligns += [""] * (width - len(aligns))
    state.push("thead_open", "thead", 1)
    _push_row(state, head, aligns, "th")
    state.push("thead_close", "thead", -1)
    if rows:
        state.push("tbody_open", "tbody", 1)
        for row in rows:
            _push_row(state, row, aligns, "td")
        state.push("tbody_close", "tbody", -1)
    state.push("table_close", "table", -1)
    return True


def _rows(state: StateBlock, start_line: int, end_line: int, width: int) -> list[list[str]]:
    """Return the cells of the lines up to the first that is no row: blank, without a pipe, or of another block."""
    terminators = state.md.block.ruler.getRules("blockquote")
    rows = []
    for line in range(start_line, end_line):
        text = _line(state, line)
        if state.sCount[line] < state.blkIndent or "|" not in text or state.is_code_block(line):
            break
        if any(rule(state, line, end_line, True) for rule in terminators):
            break
        rows.append(_row(text, width))
    return rows


def _row(text: str, width: int) -> list[str]:
    """Return the cells of a line; a pipe in code separates cells only where the row would be short of them else."""
    with_code = _cells(text, code=True)
    return with_code if len(with_code) >= width else _cells(text)


def _cells(text: str, *, code: bool = False) -> list[str]:
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\ue000{len(kept) - 1}\ue001"

    text = text.strip()
    hidden = _CODE_SPAN.sub(keep, text) if code and "\ue000" not in text else text
    if hidden.startswith("|"):
        hidden = hidden[1:]
    parts = re.split(r"(?<!\\)\|", hidden)
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    cells = [part.strip().replace("\\|", "|") for part in parts]
    if not kept:
        return cells
    return [re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])].replace("\\|", "|"), cell) for cell in cells]


def _push_row(state: StateBlock, cells: Sequence[str], aligns: Sequence[str], tag: str) -> None:
    state.push("tr_open", "tr", 1)
    for at, align in enumerate(aligns):
        token = state.push(f"{tag}_open", tag, 1)
        if align:
            token.attrSet("class", "num")
        inline = state.push("inline", "", 0)
        inline.content, inline.children = cells[at] if at < len(cells) else "", []
        state.push(f"{tag}_close", tag, -1)
    state.push("tr_close", "tr", -1)
