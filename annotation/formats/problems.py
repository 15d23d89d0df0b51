"""Limits of lines and files, and the refusal of a whole file."""

from __future__ import annotations

from typing import Final

from common.refusals import Refused

MAX_TEXT: Final = 262_144
"""Characters a text may have."""
MAX_NAME: Final = 200
"""Characters an id or a name may have."""
MAX_LANGUAGE: Final = 35
MAX_TAG: Final = 100
MAX_TAGS: Final = 64
MAX_RESPONSES: Final = 26
"""Responses a prompt line may have: one per letter of the alphabet, 325 pairs."""
MAX_JUDGEMENTS: Final = 500
"""Judgements a line may have: every two annotators of a pair are compared, so what follows grows with the square."""
MAX_LINE: Final = 1 << 20
"""Bytes a line may have, its line end not counted."""


class FileRefused(Refused):
    """The file cannot be read at all, or no further."""

    def __init__(self, code: str, **arguments: str | int | float) -> None:
        super().__init__(code, "", **arguments)
