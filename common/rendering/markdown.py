"""Untrusted text to safe HTML: the only module of the product that lays out what a person or a model wrote.

Markdown with HTML off, formulas to MathML, code to classed spans, and the sanitizer last, so that a mistake in any of
them still ends at the allow-list. Nothing is ever fetched: images become their alternative text. What would take too
long is shown as plain text.
"""

from __future__ import annotations

import html
import re
import threading
import unicodedata
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final

from cachetools import cached
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from common.rendering.allowlist import DIRECTED, SANITIZER
from common.rendering.cache import RenderedTexts, key_of
from common.rendering.formulas import formulas, mathml
from common.rendering.highlighting import highlighted
from common.rendering.plain import render_plain, repaired

_HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
MAX_FORMULAS: Final = 200
MAX_FORMULA_CHARACTERS: Final = 8_000
MAX_COST: Final = 120_000
"""Microseconds one text's markdown may take by ``_cost``."""
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
    "\\": 5.0,
    "\\(": 10.0,
    "\n-": 40.0,
    "$": 8.0,
    "\n": 40.0,
}
"""Microseconds each character or pair costs at most, measured on hostile and on ordinary texts."""


@cached(RenderedTexts(entries=1_000, characters=16 << 20), key=key_of, lock=threading.Lock())
def render(text: str) -> str:
    """Return safe HTML of an untrusted text in markdown; of a text too heavy to lay out, its plain form.

    The result holds only the elements and attributes of ``common.rendering.allowlist``: no image, no id, no name, no
    style, no event handler; links only to http, https and mailto addresses. Each block finds its own direction.
    """
    text = repaired(text)
    if _cost(text) > MAX_COST:
        return render_plain(text)
    try:
        env: dict[str, Any] = {}
        tokens = _MARKDOWN.parse(text, env)
        _adapt(tokens)
        return SANITIZER.clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env))
    except Exception:  # a page must come whatever the text: a parser's mistake costs the layout, not the page
        return render_plain(text)


def _cost(text: str) -> float:
    """Return the microseconds the markdown of a text may take at most."""
    return len(text) * 0.1 + sum(text.count(sign) * weight for sign, weight in _WEIGHTS.items())


def _adapt(tokens: Sequence[Token]) -> None:
    """Put headings below the page's own, give each block a direction, and mark column heads and number columns."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _HEADINGS[token.tag]
        if token.nesting != 1:
            continue
        if token.tag in DIRECTED:
            token.attrSet("dir", "auto")
        if token.tag in ("th", "td") and str(token.attrs.pop("style", "")).endswith("right"):
            token.attrSet("class", "num")
        if token.tag == "th":
            token.attrSet("scope", "col")


_HREF: Final = re.compile(r"https?://[^\s/?#\\@]+(?:[/?#][^\s\\]*)?|mailto:[^\s\\]+", re.IGNORECASE)


def _is_link(url: str) -> bool:
    """Return whether a URL is absolute, of a scheme allowed here, and has no user name before the host."""
    return _HREF.fullmatch(url) is not None


Rule = Callable[[RendererHTML, Sequence[Token], int, OptionsDict, MutableMapping[str, Any]], str]


def _fence(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    words = token.info.split(maxsplit=1)
    return _code_block(highlighted(token.content, words[0].lower() if words else "", env))


def _code_block(code: str) -> str:
    return f'<pre tabindex="0" dir="ltr"><code>{code}</code></pre>\n'


def _image(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Show the alternative text of an image; nothing is fetched."""
    token = tokens[index]
    words = self.renderInlineAsText(token.children, options, env) if token.children else ""
    return html.escape(words.strip() or str(token.attrs.get("src", "")))


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
        return _code_block(source) if block else f"<code>{source}</code>"
    if block:
        return f'<div class="formula" tabindex="0" role="group" aria-label="Formula">{drawn}</div>\n'
    return drawn


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Order the columns as the table's text runs: ``dir="auto"`` of a cell does not affect the table."""
    closing = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
    words = "".join(token.content for token in tokens[index:closing] if token.type == "inline")
    direction = ' dir="rtl"' if _is_right_to_left(words) else ""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="Table"><table{direction}>\n'


def _is_right_to_left(text: str) -> bool:
    """Return whether the first letter that has a direction runs from right to left, as ``dir="auto"`` decides."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), False)


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"


_RULES: Final[dict[str, Rule]] = {
    "fence": _fence,
    "code_block": _fence,
    "image": _image,
    "formula": _formula,
    "formula_block": _formula,
    "table_open": _table_open,
    "table_close": _table_close,
}


def _parser() -> MarkdownIt:
    # a single line end is kept as a break: models write verses and lists that way, and their reader must see it
    md = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "breaks": True})
    md.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])
    md.use(formulas)
    md.validateLink = _is_link  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        md.add_render_rule(name, rule)
    return md


_MARKDOWN: Final = _parser()
