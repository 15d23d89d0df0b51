"""The stored vocabulary as Django choices, made from the Django-free one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Q

from annotation import vocabulary as c


def choices(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return ``choices=`` of a text column: each word with its label, in sentence case."""
    return [(str(word), str(word).replace("_", " ").capitalize()) for word in words]


VERDICTS = [(verdict.value, verdict.label) for verdict in c.Verdict]


def one_of(field: str, words: Iterable[str]) -> Func:
    """Return a check constraint's condition: the column holds one of these words.

    One array literal, not IN: PostgreSQL parses a constraint again for every statement that writes a row, and an IN of
    words is an array of casts that it also evaluates again.
    """
    array = ",".join(str(word) for word in words)
    return Func(F(field), template=f"%(expressions)s = ANY ('{{{array}}}'::text[])", output_field=BooleanField())


def verdict_or_null(field: str) -> Q:
    """Return a check constraint's condition: a verdict's code, or null. The column itself is never below zero."""
    assert sorted(c.Verdict) == list(range(len(c.Verdict)))
    return Q(**{f"{field}__lte": max(c.Verdict).value})
