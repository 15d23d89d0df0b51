"""Code with its tokens in classed spans; plain where that would take too long."""

from __future__ import annotations

import html
import re
import time
from collections.abc import MutableMapping
from typing import Any, Final

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

MAX_HIGHLIGHTED: Final = 100_000
"""Characters of code in one text that are highlighted."""
_HIGHLIGHT_SECONDS: Final = 0.08


_LANGUAGES: Final = (
    "python py python3 pycon javascript js jsx typescript ts tsx java kotlin scala c cpp c++ csharp c# cs go golang "
    "rust rs swift objective-c objc php ruby rb perl lua r julia matlab haskell hs ocaml elixir erlang clojure lisp "
    "scheme dart bash sh shell zsh console powershell ps1 bat sql postgresql mysql html xml css scss json yaml yml toml "
    "ini make makefile docker dockerfile nginx diff tex latex graphql protobuf terraform hcl vim fortran groovy"
)
LANGUAGES: Final = frozenset(_LANGUAGES.split())
"""Languages that are highlighted; every other fence is plain."""

_OTHER_NAMES: Final = (
    "python3 node objectivec text txt plain plaintext output none markdown md mdx csv tsv mermaid math katex log http svg vue svelte solidity "
    "assembly asm pascal prolog sas stata abap ada cobol crystal d nim zig v racket rst asciidoc bibtex properties env cmake "
    "gradle groovy jinja jinja2 django handlebars less sass stylus pseudocode pseudo verilog vhdl cuda cypher sparql "
    "jsonl json5 jsonc kql awk sed fish cmd batch ps dot graphviz plantuml tool_code tool_outputs"
)
NAMES: Final = LANGUAGES | frozenset(_OTHER_NAMES.split())
"""Words after a fence that certainly name what is in it. Any other is shown, as the first line of the block."""

TEXTS: Final = frozenset(["", *["text", "txt", "plain", "plaintext", "output", "none", "markdown", "md"]])
"""Words after a fence around what may be prose, which runs as its words do; code runs from left to right."""

CODE_CLASSES: Final = frozenset(STANDARD_TYPES.values()) - {""}
_SLOW: Final = re.compile(r"[^\n]{1000}|(?:[ \t]*+\n){20}")


def highlighted(code: str, language: str, env: MutableMapping[str, Any]) -> str:
    """Return code with classed spans, or merely escaped: unknown language, too long, or of a shape that slows lexers down.

    Most lexers are quadratic in one very long line or in a long run of blank ones. The clock is read between tokens, and
    all blocks of a text share one budget of time, kept in ``env``.
    """
    spent = env.setdefault("highlighted", {"characters": 0, "seconds": 0.0})
    spent["characters"] += len(code)
    plain = html.escape(code)
    if language not in LANGUAGES or spent["characters"] > MAX_HIGHLIGHTED or _SLOW.search(code):
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
        return plain  # the lexer changed the text; showing the text is what counts
    return "".join(_spans(tokens))


def _spans(tokens: list[tuple[Any, str]]) -> list[str]:
    found: list[str] = []
    for kind, value in tokens:
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        name = STANDARD_TYPES[kind]
        text = html.escape(value)
        found.append(f'<span class="{name}">{text}</span>' if name and not value.isspace() else text)
    return found
