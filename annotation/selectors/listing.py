"""What the API lists, a page at a time, in an order in which a reader can resume where they stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, Q

from annotation.models import Annotation, AnnotationRevision, Assignment, Member, Pair, Project, Slot
from annotation.selectors.judgements import counting, standing, surplus
from annotation.vocabulary import Verdict

WHICH: Final[dict[str, Q]] = {
    "counting": counting(),
    "surplus": surplus(),
    "withdrawn": ~standing(),
    "all": Q(),
}
"""Which annotations can be asked for, the whole of it, so that no field name comes from a request."""


def pairs(*, project: Project, after: int = 0, most: int = 100) -> list[dict[str, Any]]:
    """Return the pairs after the one with primary key ``after``, in the order in which they were added, each with how much of it was judged."""
    found = list(
        Pair.objects.filter(project=project, pk__gt=after)
        .select_related("prompt", "first", "second")
        .order_by("pk")[:most]
    )
    keys = [pair.pk for pair in found]
    slots = {
        row["pair"]: row
        for row in Slot.objects.filter(project=project, pair__in=keys)
        .values("pair")
        .annotate(wanted=Count("pk"), free=Count("pk", filter=Q(open=True)))
        .order_by()
    }
    judged = dict(
        Assignment.objects.filter(counting(annotation="annotation__", assignment=""), project=project, pair__in=keys)
        .values_list("pair")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return [_pair(pair, slots.get(pair.pk, {}), judged.get(pair.pk, 0)) for pair in found]


def _pair(pair: Pair, slots: dict[str, int], judgements: int) -> dict[str, Any]:
    return {
        "pk": pair.pk,
        "id": pair.external_id,
        "prompt": pair.prompt.content,
        "response_a": {"model": pair.first.source_model, "text": pair.first.content},
        "response_b": {"model": pair.second.source_model, "text": pair.second.content},
        "language": pair.prompt.language,
        "tags": pair.prompt.tags,
        "author": pair.prompt.author_name,
        "gold": None if pair.gold_verdict is None else Verdict(pair.gold_verdict).word,
        "origin": pair.origin,
        "slots": {"wanted": slots.get("wanted", 0), "open": slots.get("free", 0)},
        "judgements": judgements,
        "created_at": pair.created_at,
    }


def judgements(
    *, project: Project, which: str = "counting", after: tuple[datetime, int] | None = None, most: int = 100
) -> list[dict[str, Any]]:
    """Return annotations in the order in which they last changed, after the moment and primary key ``after``.

    A reader who resumes there later gets what is new and, again, what was changed since.
    """
    behind = Q() if after is None else Q(at__gte=after[0]) & (Q(at__gt=after[0]) | Q(pk__gt=after[1]))
    found = list(
        Annotation.objects.filter(WHICH[which], behind, project=project)
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
        )[:most]
    )
    annotators = Member.objects.in_bulk({row["assignment__member"] for row in found})
    revisions = dict(
        AnnotationRevision.objects.filter(project=project, annotation__in=[row["pk"] for row in found])
        .values_list("annotation")
        .annotate(n=Max("n"))
        .order_by()
    )
    return [_annotation(dict(row), annotators[row["assignment__member"]], revisions.get(row["pk"], 0)) for row in found]


def _annotation(row: dict[str, Any], annotator: Member, revisions: int) -> dict[str, Any]:
    left = row["assignment__first_on_left"]
    kept = ("pk", "strength", "confidence", "reason", "seconds", "surplus", "first_at", "at")
    return {name: row[name] for name in kept} | {
        "id": row["assignment__uuid"],
        "pair": row["assignment__pair__external_id"],
        "annotator": annotator.name,
        "pseudonym": annotator.pseudonym,
        "verdict": None if row["verdict"] is None else Verdict(row["verdict"]).word,
        "shown_first": None if left is None else ("a" if left else "b"),
        "kind": row["assignment__kind"],
        "guidelines_version": row["assignment__guidelines_version"],
        "revisions": revisions,
    }
