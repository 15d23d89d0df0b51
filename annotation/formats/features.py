"""What a response looks like before it is read: its length and its markup. Both are known to move judgements.

Counted in the Markdown as it was written, by a few passes over the text, because an import counts every response that it
stores: what is drawn in the end (a list inside a quote, a star that is escaped) may differ by one or two.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from annotation.formats.records import Content

_FENCE: Final = "```"
# Each begins with what is searched for at once: a line break, or a sign that text seldom holds.
_HEADING: Final = re.compile(r"\n#{1,6}[ \t]")
_LIST_ITEM: Final = re.compile(r"\n[ \t]{0,8}(?:[-*+]|[0-9]{1,3}[.)])[ \t]")
_BOLD: Final = re.compile(r"\*\*(?=\S)[^\n*]{1,200}\*\*")
_CODE: Final = re.compile(r"`[^\n`]{1,200}`")


class Features(NamedTuple):
    """Of one response; of a conversation, of what the assistant wrote in it."""

    characters: int
    headings: int
    list_items: int
    bold: int
    code: int
    """Blocks between fences, and spans between single signs."""


def features(content: Content) -> Features:
    """Return the length of a response in characters, and how often it uses each kind of markup outside of code.

    >>> features("# Steps\\n\\n1. **Run** `make`\\n2. Wait\\n\\n```\\n# no heading\\n```")
    Features(characters=56, headings=1, list_items=2, bold=1, code=2)
    """
    text = content if isinstance(content, str) else "\n".join(_written(content))
    parts = text.split(_FENCE)
    outside = "\n" + ("\n".join(parts[::2]) if len(parts) > 1 else text)
    return Features(
        characters=len(text),
        headings=_count(_HEADING, "\n#", outside),
        list_items=_count(_LIST_ITEM, "\n", outside),
        bold=_count(_BOLD, "**", outside),
        code=len(parts) // 2 + _count(_CODE, "`", outside),
    )


def _written(content: Content) -> list[str]:
    turns = [message for message in content if not isinstance(message, str)]
    return [turn.content for turn in turns if turn.role == "assistant"] or [turn.content for turn in turns]


def _count(pattern: re.Pattern[str], sign: str, text: str) -> int:
    return len(pattern.findall(text)) if sign in text else 0
