"""Verdict schemes: what an annotator can answer. One table for the page, the form, the script and the models.

A scheme is one entry of ``SCHEMES``. No Django here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from annotation.vocabulary import Verdict

_KEYBOARD: Final = "1234567890"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. A is the response shown on the left, B the one on the right.

    Parameters
    ----------
    verdict : Verdict
        What is stored where the pair's first response is A; a choice that names a side is stored swapped where it is B.
    statement : str
        What it says, to people; of its side, where it names one.
    key : str
        The key that gives it.
    mark : str
        One sign for it in a list of judgements.
    side : {"a", "b", ""}
        The side that it names, if any.
    """

    verdict: Verdict
    statement: str
    key: str
    mark: str
    side: Literal["a", "b", ""] = ""

    @property
    def word(self) -> str:
        """Its name in forms and in the API."""
        return self.verdict.word

    @property
    def label(self) -> str:
        """Its name to people."""
        return f"{self.mark} {self.statement}" if self.side else self.statement


@dataclass(frozen=True, slots=True)
class Scheme:
    """The choices of a scheme, in the order in which the page shows them."""

    choices: tuple[Choice, ...]

    def choice(self, word: str) -> Choice:
        """Return the choice of a word.

        >>> SCHEMES["four"].choice("b").label, SCHEMES["four"].choice("both_bad").label
        ('B is better', 'Both bad')
        """
        return next(choice for choice in self.choices if choice.word == word)

    @property
    def by_key(self) -> list[Choice]:
        """The choices in the order of their keys on a keyboard.

        >>> [choice.label for choice in SCHEMES["four"].by_key]
        ['A is better', 'B is better', 'Tie', 'Both bad']
        """
        return sorted(self.choices, key=lambda choice: _KEYBOARD.index(choice.key))


SCHEMES: Final[Mapping[str, Scheme]] = {
    "four": Scheme(
        (
            Choice(Verdict.FIRST, "is better", key="1", mark="A", side="a"),
            Choice(Verdict.TIE, Verdict.TIE.label, key="3", mark="="),
            Choice(Verdict.BOTH_BAD, Verdict.BOTH_BAD.label, key="0", mark="×"),
            Choice(Verdict.SECOND, "is better", key="2", mark="B", side="b"),
        )
    )
}
"""Every scheme by its stored name."""

DEFAULT: Final = "four"
