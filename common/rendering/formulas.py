"""LaTeX in markdown: finds formulas, and turns one into MathML of known elements, or says that it cannot."""

from __future__ import annotations

import html
import re
from typing import Final
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_FORMULA: Final = 2_000
_FARTHEST: Final = 2 * MAX_FORMULA
"""How far an end is looked for; longer formulas are read as text. Keeps the search linear."""
_MAX_DEPTH: Final = 60

ENUMERATED: Final[dict[str, dict[str, frozenset[str]]]] = {
    "math": {"display": frozenset(("block", "inline"))},
    "mi": {"mathvariant": frozenset(("normal", "bold", "italic", "bold-italic"))},
    "mo": {name: frozenset(("true", "false")) for name in ("stretchy", "fence", "separator", "movablelimits", "accent")}
    | {"form": frozenset(("prefix", "infix", "postfix"))},
    "mfrac": {"linethickness": frozenset(("0",))},
    "mtd": {"columnalign": frozenset(("left", "center", "right"))},
    "mtable": {"displaystyle": frozenset(("true", "false"))},
    "mstyle": {
        "displaystyle": frozenset(("true", "false")),
        "scriptlevel": frozenset(("0", "1", "2")),
    },
    "menclose": {
        "notation": frozenset(("box", "updiagonalstrike", "downdiagonalstrike", "updiagonalstrike downdiagonalstrike"))
    },
    "mover": {"accent": frozenset(("true", "false"))},
    "munder": {"accentunder": frozenset(("true", "false"))},
}
"""Element to attribute to the values it may have; what is not here is dropped."""
_PLAIN_TAGS: Final = "mrow mn ms mtext mspace msqrt mroot msub msup msubsup munderover mmultiscripts mprescripts none mtr mphantom mpadded"
TAGS: Final = frozenset(ENUMERATED) | frozenset(_PLAIN_TAGS.split())

_NEVER: Final = re.compile(
    r"\\(?:[egx]?def|let|(?:re|provide)?new(?:command|environment)|newcommand|renewcommand|providecommand"
    r"|DeclareMathOperator|href|url|html[A-Za-z]*|class|cssId|id|style|data|require|unicode|rule|includegraphics"
    r"|input|include|catcode|csname|expandafter|loop|write|special)(?![A-Za-z])"
)
_REFUSED_ATTRIBUTES: Final = frozenset(("href", "style", "class", "id", "src", "mathbackground"))
_WIDTH: Final = re.compile(r"-?[0-3]?(?:\.[0-9]{1,4})?em")
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_REFERENCE: Final = re.compile(r"&#x[0-9A-Fa-f]{1,6};")
_DROPPED: Final = re.compile(r"\\(?:label\{[^{}]*\}|nonumber(?![A-Za-z])|notag(?![A-Za-z]))")
_ENVIRONMENTS: Final = {
    "aligned": "split",
    "align": "align*",
    "gathered": "matrix",
    "gather": "matrix",
    "gather*": "matrix",
    "multline": "matrix",
    "multline*": "matrix",
    "equation*": "equation",
}
_ENVIRONMENT: Final = re.compile(r"\\(begin|end)\{([a-zA-Z]+\*?)\}")


class _NotDrawable(Exception):
    """The formula has a part we do not draw; its source is shown instead."""


def mathml(source: str, *, display: bool) -> str | None:
    """The formula as MathML, or None where its source should be shown: too long, a macro, an error, a part unknown.

    Built element by element from a list of those allowed, every text escaped: the converter itself lets markup in
    ``\\text{…}`` through as it came.
    """
    if len(source) > MAX_FORMULA or not source.strip() or _NEVER.search(source) or not _closed(source):
        return None
    tex = _ENVIRONMENT.sub(_environment, _DROPPED.sub("", source)).strip()
    for attempt in (tex, f"\\begin{{matrix}}{tex}\\end{{matrix}}"):
        try:
            return _written(convert_to_element(attempt, display="block" if display else "inline"), 0)
        except _NotDrawable as error:
            if str(error) != "linebreak" or "\\begin" in tex:
                return None
        except Exception:  # the converter raises what it likes, RecursionError among it, on what is no LaTeX
            return None
    return None


def _closed(source: str) -> bool:
    braces = _ESCAPED.sub("", source)
    return braces.count("{") == braces.count("}")


def _environment(match: re.Match[str]) -> str:
    return f"\\{match[1]}{{{_ENVIRONMENTS.get(match[2], match[2])}}}"


_NAMES: Final = frozenset("∞∅")
"""Signs the converter takes for operators, which would set them apart from their neighbours; they are names."""


def _written(element: Element, depth: int) -> str:
    tag = element.tag
    if depth > _MAX_DEPTH or tag not in TAGS or not _REFUSED_ATTRIBUTES.isdisjoint(element.attrib):
        raise _NotDrawable(tag)
    if "linebreak" in element.attrib:
        raise _NotDrawable("linebreak")
    text = _REFERENCE.sub(lambda m: html.unescape(m[0]), element.text or "")
    if (text[:1] == "\\" and len(text) > 1) or element.text == "&":
        raise _NotDrawable(text)  # a command the converter does not know, a cell mark outside a table
    allowed = ENUMERATED.get(tag, {})
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if value in allowed.get(name, ()) or (tag == "mspace" and name == "width" and _WIDTH.fullmatch(value))
    )
    if tag == "mo" and text in _NAMES:
        tag, attributes = "mi", ""
    children = "".join(_written(child, depth + 1) for child in element)
    return f"<{tag}{attributes}>{html.escape(text)}{children}</{tag}>"


def formulas(md: MarkdownIt) -> None:
    """Teach the parser ``$…$``, ``$$…$$``, ``\\(…\\)``, ``\\[…\\]`` and top-level environments.

    Tokens ``formula`` (inline) and ``formula_block``: ``content`` is the LaTeX, ``markup`` the source with its marks,
    ``meta["display"]`` whether it is displayed on its own line. ``$`` opens a formula only if no space follows.
    """
    md.inline.ruler.before("escape", "formula", _inline)
    md.block.ruler.before("fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


_ENDS: Final = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_OPENS_ENVIRONMENT: Final = re.compile(
    r"\\begin\{((?:equation|align|alignat|flalign|gather|multline|eqnarray|[pbBvV]?matrix|cases|array|split)\*?)\}"
)


def _inline(state: StateInline, silent: bool) -> bool:
    src, pos = state.src, state.pos
    first = src[pos]
    if first not in "$\\":
        return False
    opening = src[pos : pos + 2]
    closing = _ENDS.get(opening)
    if closing is None:
        if first != "$":
            return False
        opening = closing = "$"
    start = pos + len(opening)
    end = src.find(closing, start, min(state.posMax, start + _FARTHEST))
    if end < 0 or not src[start:end].strip():
        return False
    after = end + len(closing)
    if opening == "$" and (
        src[start].isspace()
        or src[end - 1].isspace()
        or src[end - 1] == "\\"
        or (pos > 0 and src[pos - 1].isalnum())
        or src[after : after + 1].isalnum()
    ):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = src[start:end]
        token.markup = src[pos:after]
        token.meta = {"display": opening in ("$$", "\\[")}
    state.pos = after
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    src = state.src
    pos = state.bMarks[start_line] + state.tShift[start_line]
    if state.is_code_block(start_line) or src[pos : pos + 1] not in ("$", "\\"):
        return False
    opening = src[pos : pos + 2]
    closing, environment = _ENDS.get(opening), _OPENS_ENVIRONMENT.match(src, pos)
    if environment:
        opening, closing = environment[0], f"\\end{{{environment[1]}}}"
    elif closing is None or opening == "\\(":
        return False
    end = src.find(closing, pos + len(opening), min(state.eMarks[end_line - 1], pos + _FARTHEST))
    if end < 0:
        return False
    line = start_line
    while state.eMarks[line] < end + len(closing):
        line += 1
        if line >= end_line or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
    if src[end + len(closing) : state.eMarks[line]].strip():
        return False
    source = state.getLines(start_line, line + 1, state.blkIndent, False).strip()
    content = source if environment else source[len(opening) : -len(closing)]
    if not content.strip():
        return False
    if silent:
        return True
    token = state.push("formula_block", "", 0)
    token.block = True
    token.content, token.markup, token.map = content, source, [start_line, line + 1]
    token.meta = {"display": True}
    state.line = line + 1
    return True
