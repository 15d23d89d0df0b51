"""Untrusted text shown as it is: escaped, or as the beginning of it on one line."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def render_plain(text: str) -> str:
    """Return safe HTML of the text exactly as it is, every character of it: the raw view."""
    return f'<pre class="plain" tabindex="0" dir="auto">\n{html.escape(repaired(text))}</pre>'


def repaired(text: str) -> str:
    """Replace what no page can carry, NUL and halves of surrogate pairs, with the replacement character."""
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


def excerpt(text: str, limit: int = 120) -> str:
    """Return the beginning of a text on one line, as text and not as HTML: no control or direction characters, at most ``limit`` long.

    >>> excerpt("Why is\\n\\nthe sky blue?", 12)
    'Why is the…'
    """
    head = text[: 4 * limit + 200]
    visible = "".join(c if unicodedata.category(c) not in _INVISIBLE else " " if c.isspace() else "" for c in head)
    line = " ".join(visible.split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return line[: max(limit - 1, 0)].rstrip() + "…"
