"""How much work the texts of one page may take together: counted in characters, so that it is the same on every machine.

One text is bounded by ``markdown.MAX_COST``. A line of a megabyte may have thousands of texts, each below that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from common.rendering.languages import language_direction
from common.rendering.markdown import MAX_COST, cost

MOST: Final = 400_000.0
"""Microseconds of a page by ``laying_out`` and ``plainly``: a prompt and two responses of the greatest cost, and some more."""
MOST_NOTES: Final = 20
"""Texts of a page that say why they are shown as written; a page of a thousand turns does not say it a thousand times."""
_A_TEXT: Final = 200.0
"""Microseconds of a short text, whatever is in it."""


def laying_out(text: str, language: str = "") -> float:
    """Return the microseconds that laying out a text may take at most, within a factor of two."""
    return _A_TEXT + cost(text) + _directions(text, language) + text.count(">")


def plainly(text: str, language: str = "") -> float:
    """Return the microseconds that a text as it is takes, with the direction of every line."""
    return 20 + 0.03 * len(text) + text.count("\n") + _directions(text, language)


_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]+"
)
_OTHER_WORDS: Final = re.compile(r"[!-~]+")


def _directions(text: str, language: str) -> float:
    """Return the microseconds in which the ways are found that a text's lines, and words within them, run."""
    letters = 0 if text.isascii() else sum(map(len, _RIGHT_TO_LEFT.findall(text)))
    if not letters and language_direction(language) != "rtl":
        return 0
    return 0.5 * letters + 20 * sum(1 for _ in _OTHER_WORDS.finditer(text)) + 10 * text.count("\n")


class Budget:
    """The work that is left to the texts of one page. What is over it is shown as written, whole.

    A text is charged as if no cache held it, so that a page looks the same whenever it is opened.

    Examples
    --------
    >>> budget = Budget(1_000.0)
    >>> budget.lays_out("*a*"), budget.lays_out("*b* " * 100), budget.lays_out("*c*")
    (True, False, True)

    Texts that are compared are laid out together or not at all.

    >>> budget = Budget(1_000.0)
    >>> budget.decide(["*a*", "*b* " * 100])
    >>> budget.lays_out("*a*"), budget.lays_out("*b* " * 100)
    (False, False)
    """

    def __init__(self, most: float = MOST) -> None:
        self.left = most
        self.notes = MOST_NOTES
        self._decided: dict[str, bool] = {}

    def decide(self, texts: Sequence[str], language: str = "") -> None:
        """Decide on these texts together. One that is too heavy by itself takes nothing."""
        counted = [text for text in texts if cost(text) <= MAX_COST]
        together = self._take(sum(laying_out(text, language) for text in counted))
        self._decided |= dict.fromkeys(texts, together)

    def lays_out(self, text: str, language: str = "") -> bool:
        """Return whether a text is to be laid out, and charge it if nothing was decided on it yet."""
        if text in self._decided:
            return self._decided[text] and cost(text) <= MAX_COST
        return cost(text) <= MAX_COST and self._take(laying_out(text, language))

    def finds_directions(self, text: str, language: str = "") -> bool:
        """Return whether the lines of a text that is shown as written get their directions, and charge them."""
        return self._take(plainly(text, language))

    def says_why(self) -> bool:
        """Return whether one more text says why it is shown as written."""
        self.notes -= 1
        return self.notes >= 0

    def _take(self, work: float) -> bool:
        if work > self.left:
            return False
        self.left -= work
        return True


_CURRENT: ContextVar[Budget | None] = ContextVar("budget_of_texts", default=None)


@contextmanager
def page() -> Iterator[Budget]:
    """Let all texts rendered within share one budget."""
    budget = Budget()
    token = _CURRENT.set(budget)
    try:
        yield budget
    finally:
        _CURRENT.reset(token)


def current() -> Budget:
    """Return the page's budget; outside any page one for this text alone."""
    return _CURRENT.get() or Budget()
