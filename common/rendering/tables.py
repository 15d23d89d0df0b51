"""Tables of markdown: a head, a row of dashes, and each following line that has a pipe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.rules_block import StateBlock

from common.rendering.formulas import reads_as_tex
from common.rendering.lines import line_of

_DELIMITER_ROW: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CODE_SPAN: Final = r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
_FORMULA: Final = (
    r"(?<![\\$])\$(?!\$)(?P<single>[^$\s](?:[^$]*[^$\s])?)(?<!\\)\$(?!\$)|(?<![\\$])\$\$(?P<double>[^$]+)\$\$(?!\$)"
    r"|(?<!\\)\\\((?P<round>(?:(?!\\\)).){1,400})\\\)|(?<!\\)\\\[(?P<square>(?:(?!\\\]).){1,400})\\\]"
)
_OR: Final = r"(?!\A)(?<![|\\])\|\|(?!\||\s*\Z)"
_ENCLOSED: Final = (
    r"\([^()|]*\|[^()]*\)|\[[^\[\]|]*\|[^\[\]]*\]|\{[^{}|]*\|[^{}]*\}"
    r"|(?<!\w)\"[^\"|]*\|[^\"]*\"(?!\w)|(?<!\w)'[^'|]*\|[^']*'(?!\w)"
)
_HIDING: Final = {
    "formulas": re.compile(f"{_CODE_SPAN}|{_FORMULA}"),
    "code": re.compile(_CODE_SPAN),
    "or": re.compile(f"{_CODE_SPAN}|{_OR}"),
    "enclosed": re.compile(f"{_CODE_SPAN}|{_ENCLOSED}"),
    "or enclosed": re.compile(f"{_CODE_SPAN}|{_ENCLOSED}|{_OR}"),
}
_ESCAPED_PIPE: Final = re.compile(r"\\\|")
MAX_CELLS: Final = 20_000
MAX_SPAN: Final = 100


def table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Push a table. Of a row that has more cells than the head, which pipes separate is not certain: its source is shown."""
    if start_line + 2 > end_line or state.sCount[start_line + 1] < state.blkIndent:
        return False
    if state.is_code_block(start_line) or state.is_code_block(start_line + 1):
        return False
    delimiters = line_of(state, start_line + 1).strip()
    if "-" not in delimiters or not _DELIMITER_ROW.fullmatch(delimiters) or "|" not in line_of(state, start_line):
        return False
    aligns = ["right" if cell.strip().endswith("-:") and cell.strip()[0] != ":" else "" for cell in _cells(delimiters)]
    head = _row(line_of(state, start_line), len(aligns))
    if len(head) != len(aligns):
        return False
    if silent:
        return True
    rows = _rows(state, start_line + 2, end_line, len(aligns))
    if len(head) * (len(rows) + 1) > MAX_CELLS:
        return False
    state.line = start_line + 2 + len(rows)
    state.push("table_open", "table", 1).map = [start_line, state.line]
    state.push("thead_open", "thead", 1)
    _push_row(state, head, aligns, "th")
    state.push("thead_close", "thead", -1)
    if rows:
        state.push("tbody_open", "tbody", 1)
        for row in rows:
            if len(row) > len(head):
                _push_source(state, row[-1], len(head))
            else:
                _push_row(state, row, aligns, "td")
        state.push("tbody_close", "tbody", -1)
    state.push("table_close", "table", -1)
    return True


def _rows(state: StateBlock, start_line: int, end_line: int, width: int) -> list[list[str]]:
    """Return the cells of the lines up to the first that is no row: blank, without a pipe, or of another block.

    After those of a row with more than ``width`` cells is its source.
    """
    terminators = state.md.block.ruler.getRules("blockquote")
    rows = []
    for line in range(start_line, end_line):
        text = line_of(state, line)
        if state.sCount[line] < state.blkIndent or "|" not in text or state.is_code_block(line):
            break
        if any(rule(state, line, end_line, True) for rule in terminators):
            break
        row = _row(text, width)
        row = row if len(row) <= width else _fitted(text, row, width)
        rows.append(row if len(row) <= width else [*row, text.strip()])
    return rows


def _row(text: str, width: int) -> list[str]:
    """Return the cells of a line; a pipe in code or in a formula separates cells only where the row would not fit else."""
    if "`" not in text and "$" not in text and "\\" not in text:
        return _cells(text)
    with_formulas = _cells(text, "formulas")
    if len(with_formulas) == width:
        return with_formulas
    with_code = _cells(text, "code")
    return with_code if len(with_code) >= width else _cells(text)


def _fitted(text: str, row: list[str], width: int) -> list[str]:
    """Return the cells of a row that is too long, without empty ones at its end, or with pipes in brackets, quotes and ``||`` kept."""
    if not any(row[width:]):
        return row[:width]
    for kept in ("enclosed", "or", "or enclosed"):
        cells = _cells(text, kept)
        if len(cells) == width and all(cells):
            return cells
    return row


def _cells(text: str, hiding: str = "") -> list[str]:
    """Return the cells of a line. A pipe after a backslash is a pipe of the cell."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        groups = found.groupdict()
        content = groups.get("single") or groups.get("double")
        bracketed = groups.get("round") or groups.get("square")
        if content or bracketed:
            if "|" not in found[0] or not reads_as_tex(content or bracketed or "", loose=bracketed is not None):
                return found[0]
            escaped = len(_ESCAPED_PIPE.findall(found[0]))  # two of them are the bars of a norm
            kept.append(found[0] if escaped % 2 == 0 else found[0].replace("\\|", "|"))
        else:
            kept.append(found[0].replace("\\|", "|"))
        return f"\ue000{len(kept) - 1}\ue001"

    text = text.strip()
    hidden = _HIDING[hiding].sub(keep, text) if hiding and "\ue000" not in text else text
    if hidden.startswith("|"):
        hidden = hidden[1:]
    parts = re.split(r"(?<!\\)\|", hidden)
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    cells = [part.strip().replace("\\|", "|") for part in parts]
    if not kept:
        return cells
    return [re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], cell) for cell in cells]


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


def _push_source(state: StateBlock, source: str, width: int) -> None:
    state.push("tr_open", "tr", 1)
    token = state.push("td_open", "td", 1)
    if 1 < width <= MAX_SPAN:
        token.attrSet("colspan", str(width))
    inline = state.push("inline", "", 0)
    inline.content, inline.children = source, []
    state.push("td_close", "td", -1)
    state.push("tr_close", "tr", -1)
