"""The stored vocabulary as Django choices, made from the Django-free one."""

from __future__ import annotations

from enum import Enum

from django.db.models import Q

from annotation import choices as c


def pairs(enum: type[Enum]) -> list[tuple[str, str]]:
    """``choices=`` of a text column: the value, and its words in sentence case."""
    return [(str(m.value), str(m.value).replace("_", " ").capitalize()) for m in enum]


VERDICTS = [
    (c.Verdict.FIRST.value, "First is better"),
    (c.Verdict.SECOND.value, "Second is better"),
    (c.Verdict.TIE.value, "Tie"),
    (c.Verdict.BOTH_BAD.value, "Both bad"),
]


def one_of(field: str, enum: type[Enum]) -> Q:
    """A check constraint's condition: the column holds a word of the vocabulary."""
    return Q(**{f"{field}__in": [m.value for m in enum]})


def verdict_or_null(field: str) -> Q:
    """A check constraint's condition: a verdict's code, or nothing."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__in": [v.value for v in c.Verdict]})
