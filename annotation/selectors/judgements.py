"""Counting judgements: the one definition of the judgements that quality, ratings and exports use.

A judgement counts if it is submitted and not withdrawn, is no surplus, and answers no probe. Gold counts. The
definition is written as a condition of the ORM (:func:`counting`) and as one of SQL (:data:`COUNTING`), over the same
state and kind; a test keeps the two alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from numpy.typing import NDArray

from annotation.models import Annotation, Member, Project
from annotation.vocabulary import AssignmentKind, AssignmentState
from common.db import clock, copy
from common.db.rows import query

_COUNTED_STATE: Final = AssignmentState.SUBMITTED
_UNCOUNTED_KIND: Final = AssignmentKind.PROBE

COUNTING: Final = f"(n.verdict IS NOT NULL AND NOT n.surplus AND t.state = '{_COUNTED_STATE}' AND t.kind <> '{_UNCOUNTED_KIND}') IS TRUE"
"""In SQL, of an annotation ``n`` and its assignment ``t``. ``IS TRUE`` holds it together, so that it is asked of the two
joined: by themselves the conditions on ``t`` would let the planner begin there (decision 0009)."""


def in_force(annotation: str = "") -> Q:
    """Whether an annotation was given and not withdrawn, whether it counts or not. ``annotation`` is as in :func:`counting`."""
    return Q(**{f"{annotation}verdict__isnull": False})


def surplus(annotation: str = "") -> Q:
    """Whether an annotation was given when no slot of its pair was left, and not withdrawn."""
    return in_force(annotation) & Q(**{f"{annotation}surplus": True})


def counting(*, annotation: str = "", assignment: str = "assignment__") -> Q:
    """Whether an annotation counts.

    Parameters
    ----------
    annotation, assignment
        The way to the annotation and to its assignment from the model that is asked, as it is for annotations
        themselves. From pairs: ``annotation="assignments__annotation__", assignment="assignments__"``.
    """
    kinds = [kind.value for kind in AssignmentKind if kind is not _UNCOUNTED_KIND]
    return in_force(annotation) & Q(
        **{
            f"{annotation}surplus": False,
            f"{assignment}state": _COUNTED_STATE.value,
            f"{assignment}kind__in": kinds,
        }
    )


def per_day(*, project: Project, member: Member, since: datetime) -> dict[date, int]:
    """How many counting judgements a member gave on each day (UTC) since a moment; days without any are absent."""
    # By way of their own assignments, of which others have none: the project is asked of one table alone (decision 0009).
    rows = (
        Annotation.objects.filter(
            counting(), assignment__project_id=project.pk, assignment__member=member, at__gte=since
        )
        .annotate(day=TruncDate("at", tzinfo=UTC))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return dict(rows)


_SELECTED: Final = """
SELECT t.pair_id, t.member_id, n.verdict::int2, coalesce(p.gold_verdict, -1)::int2,
  CASE WHEN t.first_on_left IS NULL THEN -1 WHEN t.first_on_left THEN 1 ELSE 0 END::int2,
  coalesce(n.confidence, 'NaN'::float8), coalesce(n.seconds, 'NaN'::float8),
  extract(epoch FROM n.at)::float8, (octet_length(n.reason) > 0),
  coalesce(n.strength, 0)::int2, coalesce(t.guidelines_version, -1)::int4
"""

# Only ``n`` is asked for its project, and the others are found by their keys (decision 0009).
_QUERY: Final = f"""
{_SELECTED}
FROM annotation_annotation n
JOIN annotation_assignment t ON t.id = n.assignment_id
JOIN annotation_pair p ON p.id = t.pair_id
WHERE n.project_id = %(project)s AND {COUNTING}
"""
_OF_PAIRS: Final = f"""
{_SELECTED}
FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT gold_verdict FROM annotation_pair WHERE id = w.pair AND project_id = (SELECT %(project)s::bigint) OFFSET 0) p
CROSS JOIN LATERAL (
  SELECT id, pair_id, member_id, first_on_left, guidelines_version, state, kind FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT verdict, surplus, confidence, seconds, at, reason, strength FROM annotation_annotation
  WHERE assignment_id = t.id OFFSET 0) n
WHERE {COUNTING}
"""  # noqa: S608 - conditions written in this package
_JUDGED_BY: Final = f"""
SELECT DISTINCT t.pair_id
FROM unnest(%(members)s::bigint[], %(since)s::timestamptz[]) AS w(member, since)
CROSS JOIN LATERAL (
  SELECT id, pair_id, state, kind FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND member_id = w.member OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT verdict, surplus, at FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
WHERE {COUNTING} AND n.at > w.since
"""  # noqa: S608 - conditions written in this package
_COLUMNS: Final = {
    "pair": "i8",
    "member": "i8",
    "verdict": "i2",
    "gold": "i2",
    "left": "i2",
    "confidence": "f8",
    "seconds": "f8",
    "at": "f8",
    "reasoned": "b1",
    "strength": "i2",
    "guidelines": "i4",
}


@dataclass(frozen=True, slots=True)
class Judgements:
    """Counting judgements of a project as index arrays of one length M, in order of (pair, annotator).

    ``gold`` is the pair's known verdict or -1; ``left`` is 1 where the first response was on the left, 0 where it was
    on the right, -1 where that was not recorded; ``confidence`` and ``seconds`` are NaN where unknown; ``at`` is in
    seconds since 1970; ``reasoned`` says whether a reason was given; ``strength`` is how
    much better a response is, from 1 to 3, or 0 where that was not stated; ``guidelines`` is the version that was shown, or -1
    where that was not recorded. Annotators are in the order of their names.
    """

    pair: NDArray[np.int64]  # position in pair_ids
    annotator: NDArray[np.int32]  # position in names
    verdict: NDArray[np.int8]
    gold: NDArray[np.int8]
    left: NDArray[np.int8]
    confidence: NDArray[np.float64]
    seconds: NDArray[np.float64]
    at: NDArray[np.float64]
    reasoned: NDArray[np.bool_]
    strength: NDArray[np.int8]
    guidelines: NDArray[np.int32]
    pair_ids: NDArray[np.int64]
    member_ids: list[int]
    names: list[str]
    as_of: datetime

    def __len__(self) -> int:
        return len(self.pair)


def judgements(project: Project) -> Judgements:
    """Return the judgements of a project that count now. One COPY, no model objects."""
    return _read(_QUERY, {"project": int(project.pk)})


def of_pairs(project: Project, pair_ids: NDArray[np.int64]) -> Judgements:
    """Return those of some pairs; ``pair_ids`` of the result holds the pairs among them that have any."""
    return _read(_OF_PAIRS, {"project": int(project.pk), "pairs": pair_ids.tolist()})


def since(project: Project, moments: Mapping[int, datetime]) -> Judgements:
    """Return everybody's judgements of the pairs that members judged after a moment, each member after their own."""
    at = {"project": project.pk, "members": list(moments), "since": list(moments.values())}
    return of_pairs(project, np.array(sorted(pair for (pair,) in query(_JUDGED_BY, at)), dtype=np.int64))


def _read(statement: str, parameters: Mapping[str, Any]) -> Judgements:
    as_of = clock.now()
    rows = copy.read(statement, parameters, _COLUMNS)
    members, member = np.unique(rows["member"].astype(np.int64), return_inverse=True)
    named = sorted((name, pk) for pk, name in Member.objects.filter(pk__in=members.tolist()).values_list("pk", "name"))
    position = {pk: i for i, (_, pk) in enumerate(named)}
    annotator = np.array([position[pk] for pk in members.tolist()], dtype=np.int32)[member]
    order = np.lexsort((annotator, rows["pair"]))
    pair_ids, pair = np.unique(rows["pair"][order].astype(np.int64), return_inverse=True)

    def column(name: str, kind: type[Any]) -> NDArray[Any]:
        return rows[name][order].astype(kind)

    return Judgements(
        pair=pair.astype(np.int64),
        annotator=annotator[order],
        verdict=column("verdict", np.int8),
        gold=column("gold", np.int8),
        left=column("left", np.int8),
        confidence=column("confidence", np.float64),
        seconds=column("seconds", np.float64),
        at=column("at", np.float64),
        reasoned=column("reasoned", np.bool_),
        strength=column("strength", np.int8),
        guidelines=column("guidelines", np.int32),
        pair_ids=pair_ids,
        member_ids=[pk for _, pk in named],
        names=[name for name, _ in named],
        as_of=as_of,
    )
