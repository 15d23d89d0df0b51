"""TRL's preference format with an explicit prompt, for DPO and the reward trainer. Write only: a row names no models, so that no pair can be made of it.

A trap on the reader's side: the ``datasets`` library (5.2 tried) takes a column in which every text is a date, "2026-07-13", for
moments in time. The file is right; conversational rows are not affected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from annotation.formats.records import Content, Preference, plain

NAME: Final = "trl-preference"
COLUMNS: Final = ("prompt", "chosen", "rejected")

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write(preferences: Iterable[Preference], *, conversational: bool) -> Iterator[bytes]:
    """Yield a row ``{"prompt", "chosen", "rejected"}`` for each preference, one at a time.

    TRL joins prompt and chosen as they are, and so are they written: an exact text is worth more than a guess at a separator.

    Parameters
    ----------
    conversational : bool
        False: three strings, exact as stored. True: three lists of ``{"role", "content"}``, of which chosen and rejected have
        only the assistant's turns and what tools returned between them; a stored text becomes one turn, of the user or of the assistant. All rows of a file have
        one form.

    Raises
    ------
    ValueError
        ``conversational`` is false and a row is a conversation.

    Examples
    --------
    >>> list(write([Preference("2 + 2?", "4", "5")], conversational=False))
    [b'{"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}\\n']
    """
    for preference in preferences:
        yield _ENCODER.encode(row(preference, conversational)).encode() + b"\n"


def row(preference: Preference, conversational: bool) -> dict[str, Any]:
    """Return the values of a row by column; see :func:`write`."""
    if conversational:
        return {
            "prompt": _turns(preference.prompt, "user"),
            "chosen": _turns(preference.chosen, "assistant"),
            "rejected": _turns(preference.rejected, "assistant"),
        }
    if not preference.is_text:
        raise ValueError("a conversation cannot be a row of strings")
    return {"prompt": preference.prompt, "chosen": preference.chosen, "rejected": preference.rejected}


def _turns(content: Content, role: str) -> Any:
    return [{"role": role, "content": content}] if isinstance(content, str) else plain(content)
