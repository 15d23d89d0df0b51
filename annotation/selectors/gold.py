"""Gold pairs, and how often their known verdict was found.

Everything begins at the gold pairs, of which there are few, and finds the judgements of each by an index (decision 0009).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from annotation.models import Member, Pair, Project
from annotation.selectors.judgements import COUNTING
from common.db.rows import query

_JUDGED: Final = f"""
FROM annotation_pair p
CROSS JOIN LATERAL (
  SELECT id, state, kind, first_on_left FROM annotation_assignment
  WHERE project_id = p.project_id AND pair_id = p.id OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT verdict, surplus, at FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
WHERE p.project_id = %(project)s AND p.gold_verdict IS NOT NULL AND {COUNTING}
"""  # noqa: S608 - conditions written in this package
_DAYS: Final = f"""
SELECT (n.at AT TIME ZONE 'UTC')::date AS day, p.id, count(*), count(*) FILTER (WHERE n.verdict = p.gold_verdict)
{_JUDGED} AND n.at >= %(since)s GROUP BY day, p.id ORDER BY day, p.id
"""
_BY_PAIR: Final = f"SELECT count(*), count(*) FILTER (WHERE n.verdict = p.gold_verdict) {_JUDGED} GROUP BY p.id"
_COUNTS: Final = f"""
SELECT p.id, count(*), count(*) FILTER (WHERE n.verdict = p.gold_verdict),
  count(*) FILTER (WHERE t.first_on_left),
  count(*) FILTER (WHERE t.first_on_left AND n.verdict = p.gold_verdict),
  count(*) FILTER (WHERE NOT t.first_on_left),
  count(*) FILTER (WHERE NOT t.first_on_left AND n.verdict = p.gold_verdict)
{_JUDGED} GROUP BY p.id
"""


_KNOWN_BY: Final = """
SELECT w.pair, concord_gold_exposure(%(project)s, w.pair) FROM unnest(%(pairs)s::bigint[]) AS w(pair)
"""
_ANSWERS: Final = f"""
SELECT t.member_id, n.verdict, n.at FROM (
  SELECT id, member_id, state, kind FROM annotation_assignment
  WHERE project_id = %(project)s AND pair_id = %(pair)s OFFSET 0) t
CROSS JOIN LATERAL (SELECT verdict, surplus, at FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
WHERE {COUNTING} ORDER BY n.at DESC
"""  # noqa: S608 - conditions written in this package


@dataclass(frozen=True, slots=True)
class Day:
    """The gold judgements that were given on a day (UTC), pair by pair: how many, and how many of them were right."""

    day: date
    n: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """A gold pair's judgements: ``n``, ``right`` of them, and the same for either presentation.

    ``n_left`` and ``right_left`` count those with the first response on the left, ``n_right`` and ``right_right`` the
    others; where the presentation was not recorded, neither does.
    """

    pair_id: int
    external_id: str
    n: int = 0
    right: int = 0
    n_left: int = 0
    right_left: int = 0
    n_right: int = 0
    right_right: int = 0


def _by_share(counts: Counts) -> tuple[bool, float, int, str]:
    """The share that is right, least first, pairs that nobody judged last."""
    return not counts.n, counts.right / counts.n if counts.n else 0.0, -counts.n, counts.external_id


ORDERS: Final[dict[str, Callable[[Counts], Any]]] = {
    "right": _by_share,
    "n": lambda counts: (-counts.n, counts.external_id),
    "id": lambda counts: counts.external_id,
}
"""What gold pairs can be sorted by, the whole of it."""


def days(project: Project, *, since: datetime) -> list[Day]:
    """Gold judgements by the day on which they were given, since a moment; only days that had any, in order."""
    rows = query(_DAYS, {"project": project.pk, "since": since})
    found = []
    for day, of_day in groupby(rows, key=itemgetter(0)):
        _, _, n, right = zip(*of_day, strict=True)
        found.append(Day(day, n, right))
    return found


def by_pair(project: Project) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How many judgements each judged gold pair has, and how many of them are right."""
    rows = list(query(_BY_PAIR, {"project": project.pk}))
    return tuple(n for n, _ in rows), tuple(right for _, right in rows)


def pairs(project: Project, *, order: str = "right") -> list[Counts]:
    """Every gold pair's judgements as they are counted now, in order; two queries."""
    given = {pair: counts for pair, *counts in query(_COUNTS, {"project": project.pk})}
    gold = Pair.objects.filter(project=project, gold_verdict__isnull=False).values_list("pk", "external_id")
    return sorted((Counts(pk, name, *given.get(pk, ())) for pk, name in gold), key=ORDERS[order])


@dataclass(frozen=True, slots=True)
class Answered:
    """A judgement of a pair as it counts now."""

    member: Member
    verdict: int
    at: datetime


def known_by(project: Project, pair_ids: Iterable[int]) -> dict[int, int]:
    """Return how many people were handed each of some pairs, or judged it elsewhere."""
    return dict(query(_KNOWN_BY, {"project": project.pk, "pairs": list(pair_ids)}))


def with_texts(project: Project, pair_id: int) -> Pair | None:
    """Return a pair of a project with its prompt and responses."""
    return Pair.objects.filter(project=project, pk=pair_id).select_related("prompt", "first", "second").first()


def answers(pair: Pair) -> list[Answered]:
    """Return the counting judgements of a pair, the newest first."""
    rows = query(_ANSWERS, {"project": pair.project_id, "pair": pair.pk})
    people = Member.objects.in_bulk([member for member, _, _ in rows])
    return [Answered(people[member], verdict, at) for member, verdict, at in rows]


def key_of(project: Project, external_id: str) -> int | None:
    """Return the primary key of the pair of that id."""
    if not external_id or "\0" in external_id:
        return None
    return Pair.objects.filter(project=project, external_id=external_id).values_list("pk", flat=True).first()


def with_prompts(pair_ids: Iterable[int]) -> dict[int, Pair]:
    """Return pairs with their prompts, by primary key."""
    return Pair.objects.select_related("prompt").in_bulk(list(pair_ids))
