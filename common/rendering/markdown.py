"""Untrusted text to safe HTML: the only module of the product that lays out what a person or a model wrote.

Markdown with HTML off, formulas to MathML, code to classed spans, and the sanitizer last, so that a mistake in any of
them still ends at the allow-list. Nothing is ever fetched: an image is shown as it was written. What would take too long
is shown as plain text. A character of the source vanishes only where its meaning is certain: see ``marks`` and ``blocks``.
"""

from __future__ import annotations

import html
import math
import re
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final

from cachetools import cached
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from common.rendering.allowlist import SANITIZER
from common.rendering.blocks import certain_blocks
from common.rendering.cache import RenderedTexts, key_of
from common.rendering.direction import set_directions
from common.rendering.formulas import formulas
from common.rendering.highlighting import NAMES, TEXTS, highlighted
from common.rendering.languages import Direction
from common.rendering.marks import certain_marks
from common.rendering.mathml import mathml
from common.rendering.plain import directed_lines, render_plain, repaired

_FIRST_HEADING: Final = 3
"""The level of a text's highest heading: the page has a heading of level 2 above it."""
MAX_FORMULAS: Final = 200
MAX_FORMULA_CHARACTERS: Final = 8_000
MAX_COST: Final = 120_000
"""Microseconds one text's markdown may take by ``cost``."""
_WEIGHTS: Final = {
    "[": 22.0,
    "]": 3.0,
    "!": 26.0,
    "://": 50.0,
    "|": 14.0,
    "*": 13.0,
    "_": 13.0,
    "~": 10.0,
    "`": 8.0,
    "<": 5.0,
    "&": 7.0,
    "\\": 10.0,
    "\\(": 5.0,
    "\n-": 40.0,
    "$": 8.0,
    "\n": 40.0,
}
"""Microseconds each character or pair costs at most, measured on hostile and on ordinary texts."""
_LABEL: Final = 0.25
"""Microseconds for each mark between an opening bracket and the one that closes it: it may be the label of a link."""
_IN_LABELS: Final = re.compile(r"[\[\]]|\n[ \t]*\n")
_MARKS: Final = re.compile(r"[^\w\s]")
MAX_SECONDS: Final = 1.0
"""Of the processor for one text, whatever ``cost`` tells: what a rule may do that nobody has thought of ends there."""


@cached(RenderedTexts(entries=1_000, characters=16 << 20), key=key_of, lock=threading.Lock())
def render(text: str, language: str = "") -> str:
    """Return safe HTML of an untrusted text in markdown; of a text too heavy to lay out, its plain form.

    ``language`` is the tag stated with the text: with the text's own words it decides which way blocks run.

    The result holds only the elements and attributes of ``common.rendering.allowlist``: no image, no id, no name, no
    style, no event handler; links only to http, https and mailto addresses.
    """
    text = repaired(text)
    if cost(text) > MAX_COST:
        return render_plain(text, language)
    try:
        env: dict[str, Any] = {"ends": time.thread_time() + MAX_SECONDS}
        tokens = _MARKDOWN.parse(text, env)
        _adapt(tokens)
        set_directions(tokens, language)
        return SANITIZER.clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env))
    except Exception:  # a page must come whatever the text: a parser's mistake costs the layout, not the page
        return render_plain(text, language)


def cost(text: str) -> float:
    """Return the microseconds the markdown of a text may take at most."""
    return len(text) * 0.1 + sum(text.count(sign) * weight for sign, weight in _WEIGHTS.items()) + _labels(text)


def _labels(text: str) -> float:
    """Return the microseconds in which brackets find those that close them.

    Each reads on to its own, or to the end of the paragraph: many that are never closed read the same text again and again.
    """
    if text.count("[") < 20:
        return 0.0
    opened: list[int] = []
    length = 0
    for found in _IN_LABELS.finditer(text):
        if found[0] == "[":
            opened.append(found.start())
        elif found[0] == "]":
            length += found.start() - opened.pop() if opened else 0
        else:
            length += sum(found.start() - at for at in opened)
            opened.clear()
    length += sum(len(text) - at for at in opened)
    return _LABEL * length * min(1.0, len(_MARKS.findall(text)) / len(text))


class _TooLong(Exception):
    """A text takes longer than any may."""


def _look_at_the_clock(state: StateInline, silent: bool) -> bool:
    """End a text that takes too long. Asked before every rule of a line, as the first of them."""
    if time.thread_time() > state.env.get("ends", math.inf):
        raise _TooLong
    return False


def _adapt(tokens: Sequence[Token]) -> None:
    """Put headings below the page's own, mark column heads, and let each item of a list show its own number."""
    expected: list[int] = []
    in_cell = False
    highest = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) - highest + _FIRST_HEADING)}"
        elif token.type in ("th_open", "td_open"):
            in_cell = True
            if token.tag == "th":
                token.attrSet("scope", "col")
        elif token.type in ("th_close", "td_close"):
            in_cell = False
        elif token.type == "inline" and in_cell:
            for child in token.children or []:
                child.meta["cell"] = True
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            expected.append(int(token.attrs.get("start", 1)))
            if token.tag == "ol" and token.markup == ")":
                token.attrSet("class", "paren")
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            expected.pop()
        elif token.type == "list_item_open" and token.info:
            number = int(token.info)
            if number != expected[-1]:
                token.attrSet("value", str(number))
            expected[-1] = number + 1


_HOST: Final = r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
_HREF: Final = re.compile(rf"https?://{_HOST}(?:[/?#][^\s\\]*)?|mailto:[^\s\\]+", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"https?://[^/?#]*[\[\]]", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"https?://\[[0-9a-f:.]+\]", re.IGNORECASE)


def _is_link(url: str) -> bool:
    """Return whether a URL is absolute, of a scheme allowed here, has no user name before the host, and stays in a link.

    What the sanitizer takes for no address (``http://localhost:PORT``) would leave a link to nowhere, its address unseen.
    """
    return _HREF.fullmatch(url) is not None and "href=" in SANITIZER.clean(f'<a href="{escapeHtml(url)}">x</a>')


def _normalized(url: str) -> str:
    """Return a URL as a link has it; one with a bracket in its host that is no IPv6 address as written, which is no link."""
    return url if _BRACKETED.match(url) and not _ADDRESS.match(url) else normalizeLink(url)


Rule = Callable[[RendererHTML, Sequence[Token], int, OptionsDict, MutableMapping[str, Any]], str]


def _fence(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    info = token.info.strip()
    known = not info or info.lower() in NAMES
    content = token.content if known else f"{info}\n{token.content}"
    if not known or info.lower() in TEXTS:
        code, direction = directed_lines(content, is_code=True)
        return _code_block(code, direction)
    return _code_block(highlighted(content, info.lower(), env))


def _code_block(code: str, direction: Direction = "ltr") -> str:
    return f'<pre tabindex="0" dir="{direction}"><code>{code}</code></pre>\n'


def _text(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Escape text; in a cell of a table, where a line cannot end otherwise, ``<br>`` ends it."""
    escaped = html.escape(tokens[index].content, quote=False)
    return _BREAK.sub("<br>", escaped) if tokens[index].meta.get("cell") else escaped


_BREAK: Final = re.compile(r"&lt;br ?/?&gt;", re.IGNORECASE)


def _formula(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    spent = env.setdefault("formulas", {"number": 0, "characters": 0})
    spent["number"] += 1
    spent["characters"] += len(token.content)
    block, display = token.type == "formula_block", bool(token.meta["display"])
    drawn = None
    if spent["number"] <= MAX_FORMULAS and spent["characters"] <= MAX_FORMULA_CHARACTERS:
        drawn = mathml(token.content, display=display)
    if drawn is None:
        source = html.escape(token.markup)
        return _code_block(source) if block else f'<code dir="ltr">{source}</code>'
    if block:
        return f'<div class="formula" tabindex="0" role="group" aria-label="Formula">{drawn}</div>\n'
    return drawn


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    table = self.renderToken(tokens, index, options, env)
    return f'<div class="scroll" tabindex="0" role="group" aria-label="Table">{table}'


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"


_RULES: Final[dict[str, Rule]] = {
    "fence": _fence,
    "code_block": _fence,
    "text": _text,
    "formula": _formula,
    "formula_block": _formula,
    "table_open": _table_open,
    "table_close": _table_close,
}


def _parser() -> MarkdownIt:
    # a single line end is kept as a break: models write verses and lists that way, and their reader must see it
    md = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "breaks": True})
    md.enable(["table", "strikethrough"])
    certain_blocks(md)
    certain_marks(md)
    formulas(md)
    md.inline.ruler.before("text", "clock", _look_at_the_clock)
    md.validateLink = _is_link  # type: ignore[method-assign]
    md.normalizeLink = _normalized  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        md.add_render_rule(name, rule)
    return md


_MARKDOWN: Final = _parser()
