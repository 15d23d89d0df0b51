"""Passwords as they are hashed: one form for setting and for checking, so that whatever can be set can be used."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 4096
"""Characters in the prepared form."""
_DECOMPOSED: Final = 4
"""No character is written as more than so many."""
_ACCENTS: Final = 30
"""More on one letter are no text (Unicode's "stream-safe" form), and putting them in order takes the square of their number."""


class Unusable(ValueError):
    """What no password may be. ``reason``: ``too_long``, ``no_text``: a NUL, half a character, or accents without an end."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not usable as a password: {reason}")
        self.reason = reason


def prepared(text: str) -> str:
    """Return a password as it is hashed: composed (NFC), every kind of space as a space, nothing cut off at the ends.

    Keyboards and systems send the same character in different forms: é as one character or as e and an accent, a space as
    one that does not break. This is the preparation of RFC 8265, "OpaqueString".

    Raises
    ------
    Unusable
        It is longer than ``LONGEST``, or no text.

    Examples
    --------
    >>> prepared(" Cafe\u0301\u00a0noir ")
    ' Café noir '
    """
    if len(text) > LONGEST * _DECOMPOSED:
        raise Unusable("too_long")
    accents = 0
    for sign in text:
        accents = accents + 1 if unicodedata.combining(sign) else 0
        if sign == "\0" or "\ud800" <= sign <= "\udfff" or accents > _ACCENTS:
            raise Unusable("no_text")
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in text)
    composed = unicodedata.normalize("NFC", spaced)
    if len(composed) > LONGEST:
        raise Unusable("too_long")
    return composed
