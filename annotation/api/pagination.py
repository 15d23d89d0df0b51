"""Pages by cursor: an opaque signed word that says where to go on, good for that list and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core import signing

from annotation.api.problems import Error, invalid

MOST: Final = 200
USUAL: Final = 100

Row = dict[str, Any]


def write_cursor(of: str, place: Sequence[Any]) -> str:
    """The word for a place in a list. ``of`` names the list, its project and its filters."""
    packed = signing.b64_encode(json.dumps(list(place)).encode()).decode()
    return signing.Signer(salt=f"cursor:{of}").sign(packed)


def read_cursor(of: str, cursor: str) -> list[Any]:
    """The place in the list. A cursor that we did not write for this list is refused."""
    try:
        packed = signing.Signer(salt=f"cursor:{of}").unsign(cursor)
        return list(json.loads(signing.b64_decode(packed.encode())))
    except (signing.BadSignature, ValueError):
        sentence = "This cursor is not one that we gave for this list."
        raise invalid([Error(path="?cursor", code="bad_cursor", message=sentence)]) from None


def page(
    *,
    of: str,
    cursor: str,
    limit: int,
    fetch: Callable[[list[Any] | None, int], list[Row]],
    place: Callable[[Row], Sequence[Any]],
) -> dict[str, Any]:
    """One page of a list and the cursor of the next, null at the end.

    ``fetch`` is given the place to go on behind (null for the beginning) and how many rows to give at most.
    """
    rows = fetch(read_cursor(of, cursor) if cursor else None, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return {"results": rows, "next_cursor": write_cursor(of, place(rows[-1])) if more else None}
