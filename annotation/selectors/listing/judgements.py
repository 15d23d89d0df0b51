"""Annotations as they are now, a page at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Q

from annotation.models import Annotation, AnnotationRevision, Member, Project
from annotation.sampling.presentation import shown_first
from annotation.selectors.judgements import counting, in_force, surplus
from annotation.vocabulary import Verdict
from common.db.order import by_index

WHICH: Final[dict[str, Q]] = {
    "counting": counting(),
    "surplus": surplus(),
    "withdrawn": ~in_force(),
    "all": Q(),
}
"""Which annotations can be asked for, the whole of it, so that no field name comes from a request."""


def page(
    *, project: Project, which: str = "counting", after: tuple[datetime, int] | None = None, most: int = 100
) -> list[dict[str, Any]]:
    """Return annotations in the order in which they last changed, after the moment and primary key ``after``.

    A reader who resumes there later gets what is new and, again, what was changed since.
    """
    behind = Q() if after is None else Q(at__gte=after[0]) & (Q(at__gt=after[0]) | Q(pk__gt=after[1]))
    # Two queries: an index holds the order, and one query could still read and join everything before it sorts.
    ordered = Annotation.objects.filter(WHICH[which], behind, project=project).order_by("at", "pk")
    with by_index():
        keys = list(ordered.values_list("pk", flat=True)[:most])
    found = list(
        Annotation.objects.filter(pk__in=keys)
        .order_by("at", "pk")
        .values(
            "pk",
            "verdict",
            "strength",
            "confidence",
            "reason",
            "seconds",
            "surplus",
            "first_at",
            "at",
            "assignment__uuid",
            "assignment__kind",
            "assignment__first_on_left",
            "assignment__guidelines_version",
            "assignment__pair__external_id",
            "assignment__member",
        )
    )
    annotators = Member.objects.in_bulk({row["assignment__member"] for row in found})
    revisions = dict(
        AnnotationRevision.objects.filter(project=project, annotation__in=keys)
        .values_list("annotation")
        .annotate(n=Max("n"))
        .order_by()
    )
    return [_annotation(dict(row), annotators[row["assignment__member"]], revisions.get(row["pk"], 0)) for row in found]


def _annotation(row: dict[str, Any], annotator: Member, revisions: int) -> dict[str, Any]:
    kept = ("pk", "strength", "confidence", "reason", "seconds", "surplus", "first_at", "at")
    return {name: row[name] for name in kept} | {
        "id": row["assignment__uuid"],
        "pair": row["assignment__pair__external_id"],
        "annotator": annotator.name,
        "pseudonym": annotator.pseudonym,
        "verdict": None if row["verdict"] is None else Verdict(row["verdict"]).word,
        "shown_first": shown_first(row["assignment__first_on_left"]),
        "kind": row["assignment__kind"],
        "guidelines_version": row["assignment__guidelines_version"],
        "revisions": revisions,
    }
