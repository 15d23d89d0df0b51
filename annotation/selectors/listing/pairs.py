"""Pairs with their texts, a page at a time."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from annotation.models import Assignment, Pair, Project, Slot
from annotation.selectors.judgements import counting
from annotation.vocabulary import Verdict
from common.db.order import by_index


def page(*, project: Project, after: int = 0, most: int = 100) -> list[dict[str, Any]]:
    """Return the pairs after the one with primary key ``after``, in the order in which they were added, each with how much of it was judged."""
    # Two queries: an index holds the order, and one query could still read all texts before it sorts.
    ordered = Pair.objects.filter(project=project, pk__gt=after).order_by("pk")
    with by_index():
        keys = list(ordered.values_list("pk", flat=True)[:most])
    found = Pair.objects.filter(pk__in=keys).select_related("prompt", "first", "second").order_by("pk")
    slots = {
        row["pair"]: row
        for row in Slot.objects.filter(project=project, pair__in=keys)
        .values("pair")
        .annotate(wanted=Count("pk", filter=Q(withdrawn_at__isnull=True)), free=Count("pk", filter=Q(open=True)))
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
