"""Gold pairs, and how often their known verdict was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import NullIf, TruncDate

from annotation.models import Annotation, Pair, Project
from annotation.selectors.judgements import counting, of_project

_RIGHT: Final = Q(verdict=F("assignment__pair__gold_verdict"))

ORDERS: Final[dict[str, tuple[Any, ...]]] = {
    "right": (F("share").asc(nulls_last=True), "-n", "external_id"),
    "n": ("-n", "external_id"),
    "id": ("external_id",),
}
"""What gold pairs can be sorted by, the whole of it."""


@dataclass(frozen=True, slots=True)
class Day:
    """How many gold judgements were given on a day (UTC), and how many of them were right."""

    day: date
    n: int
    right: int


def _judged(project: Project) -> QuerySet[Annotation]:
    return of_project(project).filter(assignment__pair__gold_verdict__isnull=False)


def days(project: Project, *, since: datetime) -> list[Day]:
    """Gold judgements by the day on which they were given, since a moment; only days that had any, in order."""
    rows = (
        _judged(project)
        .filter(at__gte=since)
        .annotate(day=TruncDate("at", tzinfo=UTC))
        .values_list("day")
        .annotate(n=Count("pk"), right=Count("pk", filter=_RIGHT))
        .order_by("day")
    )
    return [Day(day, n, right) for day, n, right in rows]


def overall(project: Project) -> tuple[int, int]:
    """How many gold judgements are right, and how many there are."""
    counts = _judged(project).aggregate(n=Count("pk"), right=Count("pk", filter=_RIGHT))
    return counts["right"], counts["n"]


def pairs(project: Project, *, order: str = "right") -> QuerySet[Pair]:
    """Gold pairs, each with ``n`` judgements, ``right`` of them, and the same for either presentation.

    ``n_left`` and ``right_left`` count those with the first response on the left, ``n_right`` and ``right_right`` the
    others; where the presentation was not recorded, neither does.
    """
    judged = counting(annotation="assignments__annotation__", assignment="assignments__")
    right = judged & Q(assignments__annotation__verdict=F("gold_verdict"))
    left = Q(assignments__first_on_left=True)
    not_left = Q(assignments__first_on_left=False)
    return (
        Pair.objects.filter(project=project, gold_verdict__isnull=False)
        .select_related("prompt")
        .annotate(
            n=Count("assignments", filter=judged),
            right=Count("assignments", filter=right),
            n_left=Count("assignments", filter=judged & left),
            right_left=Count("assignments", filter=right & left),
            n_right=Count("assignments", filter=judged & not_left),
            right_right=Count("assignments", filter=right & not_left),
        )
        .annotate(share=F("right") * 1.0 / NullIf(F("n"), Value(0)))
        .order_by(*ORDERS[order])
    )
