"""The stored vocabulary as Django choices, made from the Django-free one."""

from __future__ import annotations

from enum import Enum

from django.db.models import BooleanField, F, Func, Q

from annotation import vocabulary as c


def pairs(enum: type[Enum]) -> list[tuple[str, str]]:
    """``choices=`` of a text column: the value, and its words in sentence case."""
    return [(str(m.value), str(m.value).replace("_", " ").capitalize()) for m in enum]


VERDICTS = [
    (c.Verdict.FIRST.value, "First is better"),
    (c.Verdict.SECOND.value, "Second is better"),
    (c.Verdict.TIE.value, "Tie"),
    (c.Verdict.BOTH_BAD.value, "Both bad"),
]


def one_of(field: str, enum: type[Enum]) -> Func:
    """A check constraint's condition: the column holds a word of the vocabulary.

    One array literal, not IN: PostgreSQL reads a constraint anew for every statement that writes a row, and an IN of
    words is an array of casts that it also works out anew.
    """
    words = ",".join(str(m.value) for m in enum)
    return Func(F(field), template=f"%(expressions)s = ANY ('{{{words}}}'::text[])", output_field=BooleanField())


def verdict_or_null(field: str) -> Q:
    """A check constraint's condition: a verdict's code, or nothing. The column itself is never below zero."""
    assert sorted(c.Verdict) == list(range(len(c.Verdict)))
    return Q(**{f"{field}__lte": max(c.Verdict).value})
