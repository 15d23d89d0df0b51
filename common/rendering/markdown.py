"""Untrusted text to safe HTML: the only function of the product that makes HTML of what a person or a model wrote.

Markdown with HTML off, formulas to MathML, code to classed spans, and the sanitiser last, so that a mistake in any of
them still ends at the allow-list. Nothing is ever fetched: images become their words. What would take too long is
shown as the plain text it is.
"""

from __future__ import annotations

import hashlib
import html
import re
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from common.rendering.formulas import ENUMERATED, TAGS, formulas, mathml

MAX_HIGHLIGHTED: Final = 100_000
"""Characters of code in one text that get colours."""
MAX_FORMULAS: Final = 200
MAX_FORMULA_CHARACTERS: Final = 8_000
MAX_COST: Final = 120_000
"""Microseconds one text's markdown may take by ``_cost``."""
_HIGHLIGHT_SECONDS: Final = 0.08

_LANGUAGES: Final = (
    "python py python3 pycon javascript js jsx typescript ts tsx java kotlin scala c cpp c++ csharp c# cs go golang "
    "rust rs swift objective-c objc php ruby rb perl lua r julia matlab haskell hs ocaml elixir erlang clojure lisp "
    "scheme dart bash sh shell zsh console powershell ps1 bat sql postgresql mysql html xml css scss json yaml yml toml "
    "ini make makefile docker dockerfile nginx diff tex latex graphql protobuf terraform hcl vim fortran groovy"
)
LANGUAGES: Final = frozenset(_LANGUAGES.split())
"""Languages that are coloured; every other fence is plain."""

CODE_CLASSES: Final = frozenset(STANDARD_TYPES.values()) - {""}
_HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_DIRECTED: Final = frozenset(("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "th", "td"))
_HTML_TAGS: Final = "p h3 h4 h5 h6 ul ol li blockquote pre code span div table thead tbody tr th td em strong s a br hr"

ALLOWED_TAGS: Final = frozenset(_HTML_TAGS.split()) | TAGS
ALLOWED_CLASSES: Final[dict[str, frozenset[str]]] = {
    "span": CODE_CLASSES,
    "div": frozenset(("scroll", "formula")),
    "th": frozenset(("num",)),
    "td": frozenset(("num",)),
}
ALLOWED_VALUES: Final[dict[str, dict[str, frozenset[str]]]] = {
    **{tag: {"dir": frozenset(("auto",))} for tag in _DIRECTED},
    "th": {"dir": frozenset(("auto",)), "scope": frozenset(("col",))},
    "table": {"dir": frozenset(("rtl",))},
    "pre": {"tabindex": frozenset(("0",)), "dir": frozenset(("ltr",))},
    "div": {
        "tabindex": frozenset(("0",)),
        "role": frozenset(("group",)),
        "aria-label": frozenset(("Table", "Formula")),
    },
    **ENUMERATED,
}
ALLOWED_ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    "a": frozenset(("href",)),
    "ol": frozenset(("start",)),
    "mspace": frozenset(("width",)),
}
LINK_REL: Final = "noopener noreferrer nofollow"

_SANITISER: Final = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags={"script", "style"},
    attributes={"*": set(), **{tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()}},  # "*" has a default
    tag_attribute_values={
        tag: {name: set(values) for name, values in names.items()} for tag, names in ALLOWED_VALUES.items()
    },
    allowed_classes={tag: set(names) for tag, names in ALLOWED_CLASSES.items()},
    strip_comments=True,
    link_rel=LINK_REL,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    generic_attribute_prefixes=set(),
)

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
"""Microseconds each sign costs at most, measured on hostile and on ordinary texts."""


def render(text: str) -> str:
    """Safe HTML of an untrusted text in markdown; for a text too heavy to lay out, its plain form.

    The result holds only the elements and attributes of this module's ``ALLOWED_…`` tables: no image, no id, no name,
    no style, no event handler; links only to http, https and mailto addresses. Each block finds its own direction.
    """
    key = _key(text)
    found = _CACHE.get(key)
    if found is None:
        found = _rendered(_repaired(text))
        _CACHE.put(key, found)
    return found


def render_plain(text: str) -> str:
    """Safe HTML of the text exactly as it is, every sign of it: the raw view."""
    return f'<pre class="plain" tabindex="0" dir="auto">\n{html.escape(_repaired(text))}</pre>'


def excerpt(text: str, limit: int = 120) -> str:
    """The beginning of a text on one line, as text and not as HTML: no control or direction signs, at most ``limit`` long.

    >>> excerpt("Why is\\n\\nthe sky blue?", 12)
    'Why is the…'
    """
    head = text[: 4 * limit + 200]
    visible = "".join(c if unicodedata.category(c) not in _INVISIBLE else " " if c.isspace() else "" for c in head)
    line = " ".join(visible.split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return line[: max(limit - 1, 0)].rstrip() + "…"


_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _repaired(text: str) -> str:
    """What no page can carry becomes the replacement sign: NUL and halves of surrogate pairs."""
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


def _cost(text: str) -> float:
    return len(text) * 0.1 + sum(text.count(sign) * weight for sign, weight in _WEIGHTS.items())


def _rendered(text: str) -> str:
    if _cost(text) > MAX_COST:
        return render_plain(text)
    try:
        env: dict[str, Any] = {}
        tokens = _MARKDOWN.parse(text, env)
        _dress(tokens)
        return _SANITISER.clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env))
    except Exception:  # a page must come whatever the text: a parser's mistake costs the layout, not the page
        return render_plain(text)


def _dress(tokens: Sequence[Token]) -> None:
    """Headings below the page's own, a direction for each block, column heads and number columns marked."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _HEADINGS[token.tag]
        if token.nesting != 1:
            continue
        if token.tag in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.tag in ("th", "td") and str(token.attrs.pop("style", "")).endswith("right"):
            token.attrSet("class", "num")
        if token.tag == "th":
            token.attrSet("scope", "col")


_HREF: Final = re.compile(r"https?://[^\s/?#\\@]+(?:[/?#][^\s\\]*)?|mailto:[^\s\\]+", re.IGNORECASE)


def _is_link(url: str) -> bool:
    """Whole addresses only: no scheme but these, nothing relative, and nobody's name before the host."""
    return _HREF.fullmatch(url) is not None


Rule = Callable[[RendererHTML, Sequence[Token], int, OptionsDict, MutableMapping[str, Any]], str]


def _fence(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    words = token.info.split(maxsplit=1)
    return _code_block(_highlighted(token.content, words[0].lower() if words else "", env))


def _code_block(code: str) -> str:
    return f'<pre tabindex="0" dir="ltr"><code>{code}</code></pre>\n'


def _highlighted(code: str, language: str, env: MutableMapping[str, Any]) -> str:
    """Code with its words classed, or merely escaped: unknown language, too long, or shaped to hold the lexer up.

    Most lexers are quadratic in one very long line or in a long run of blank ones. The clock is looked at between
    tokens, and one text has so much of it for all its blocks.
    """
    spent = env.setdefault("highlighted", {"characters": 0, "seconds": 0.0})
    spent["characters"] += len(code)
    plain = html.escape(code)
    if language not in LANGUAGES or spent["characters"] > MAX_HIGHLIGHTED or _HOLDS_UP.search(code):
        return plain
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:  # pragma: no cover - a test asks for each listed name
        return plain
    start = time.thread_time()
    tokens = []
    try:
        for token in lexer.get_tokens(code):
            if spent["seconds"] + time.thread_time() - start > _HIGHLIGHT_SECONDS:
                return plain
            tokens.append(token)
    finally:
        spent["seconds"] += time.thread_time() - start
    if "".join(value for _, value in tokens) != code:
        return plain  # the lexer changed the text; the text counts more than its colours
    return "".join(_spans(tokens))


_HOLDS_UP: Final = re.compile(r"[^\n]{1000}|(?:[ \t]*+\n){20}")


def _spans(tokens: list[tuple[Any, str]]) -> list[str]:
    found: list[str] = []
    for kind, value in tokens:
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        name = STANDARD_TYPES[kind]
        text = html.escape(value)
        found.append(f'<span class="{name}">{text}</span>' if name and not value.isspace() else text)
    return found


def _image(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """An image is its words; nothing is fetched."""
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
    """Where the table's words run from right to left, so do its columns. The cells' own ``auto`` does not reach up."""
    closing = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
    words = "".join(token.content for token in tokens[index:closing] if token.type == "inline")
    direction = ' dir="rtl"' if _runs_to_the_left(words) else ""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="Table"><table{direction}>\n'


def _runs_to_the_left(text: str) -> bool:
    """By its first letter that has a direction, as ``dir="auto"`` has it."""
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


class _Cache:
    """The latest results by hash, within so many entries and so many characters. Several people meet a pair soon."""

    def __init__(self, *, entries: int, characters: int) -> None:
        self._entries, self._characters = entries, characters
        self._held: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> str | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: bytes, value: str) -> None:
        if len(value) > self._characters // 8:  # one giant must not push everything else out
            return
        with self._lock:
            self._size += len(value) - len(self._held.pop(key, ""))
            self._held[key] = value
            while len(self._held) > self._entries or self._size > self._characters:
                self._size -= len(self._held.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size = 0

    def __len__(self) -> int:
        return len(self._held)


_CACHE: Final = _Cache(entries=1_000, characters=16 << 20)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
