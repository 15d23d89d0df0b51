"""Pages by cursor: an opaque signed string with the position in the list, valid for its own list only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core import signing
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.fields import Digits, Query
from common.api.problems import Error, invalid

MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 100

Row = dict[str, Any]


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$", "maxLength": 1000})
class CursorField(serializers.CharField):
    """A cursor as it was given."""


class PageQuery(Query):
    cursor = CursorField(
        required=False,
        default="",
        max_length=1000,
        help_text="`next_cursor` of the page before, in the same list with the same filters; any other is refused (400).",
    )
    limit = Digits(required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT, help_text="Rows a page.")


def write_cursor(of: str, place: Sequence[Any]) -> str:
    """Return the cursor of a place in a list. ``of`` names the list, with its project and its filters."""
    packed = signing.b64_encode(json.dumps(list(place)).encode()).decode()
    return signing.Signer(salt=f"cursor:{of}").sign(packed)


def read_cursor(of: str, cursor: str) -> list[Any]:
    """Return the place in the list; refuse a cursor that was not written for this list."""
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
    """Return one page of a list and the cursor of the next, null at the end.

    ``fetch`` gets the position of the last row returned (null for the beginning) and the largest number of rows to return.
    """
    rows = fetch(read_cursor(of, cursor) if cursor else None, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return {"results": rows, "next_cursor": write_cursor(of, place(rows[-1])) if more else None}
