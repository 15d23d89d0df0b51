"""Adjudications, and what an adjudicator has to know of a pair: the texts, and everybody's judgement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from annotation.models import Adjudication, Pair, Project
from annotation.selectors.judgements import COUNTING
from annotation.selectors.pairs import INCOMPLETE
from annotation.vocabulary import AssignmentState, Verdict
from common.db import copy
from common.db.rows import query

IN_FORCE: Final = """
SELECT pair_id, verdict::int2 FROM (
  SELECT DISTINCT ON (pair_id) pair_id, verdict FROM annotation_adjudication
  WHERE project_id = %(project)s ORDER BY pair_id, n DESC) AS latest
WHERE verdict IS NOT NULL
"""
"""In SQL, the adjudicated pairs of a project, each with its verdict."""

_GOLD: Final = "SELECT id FROM annotation_pair WHERE project_id = %(project)s AND gold_verdict IS NOT NULL"

# Each pair leads to its own assignments, and each of them to its annotation (decision 0009).
_TALLIES: Final = f"""
SELECT w.pair, n.verdict, count(*) FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, state, kind FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) t
CROSS JOIN LATERAL (SELECT verdict, surplus FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
WHERE {COUNTING} GROUP BY w.pair, n.verdict
"""  # noqa: S608 - conditions written in this package
_JUDGEMENTS: Final = f"""
SELECT w.pair, m.number, m.name, n.verdict, t.first_on_left, n.strength, n.confidence, n.reason, n.seconds, n.at, {COUNTING}
FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, member_id, state, kind, first_on_left FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) t
CROSS JOIN LATERAL (SELECT * FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
CROSS JOIN LATERAL (SELECT number, name FROM annotation_member WHERE id = t.member_id OFFSET 0) m
WHERE n.verdict IS NOT NULL ORDER BY w.pair, n.at, n.id
"""  # noqa: S608 - conditions written in this package
_HISTORY: Final = """
SELECT a.n, a.verdict, a.reason, a.at, a.by_id,
  (SELECT m.number FROM annotation_member m WHERE m.project_id = a.project_id AND m.user_id = a.by_id)
FROM annotation_adjudication a WHERE a.project_id = %(project)s AND a.pair_id = %(pair)s ORDER BY a.n DESC
"""
_OWN: Final = f"""
SELECT t.state FROM annotation_assignment t JOIN annotation_member m ON m.id = t.member_id
WHERE t.project_id = %(project)s AND t.pair_id = %(pair)s AND m.user_id = %(user)s
  AND t.state IN ('{AssignmentState.LEASED}', '{AssignmentState.SUBMITTED}')
"""  # noqa: S608 - stored words
_LANGUAGES: Final = """
SELECT w.pair, q.language FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (SELECT prompt_id FROM annotation_pair WHERE id = w.pair OFFSET 0) p
CROSS JOIN LATERAL (SELECT language FROM annotation_prompt WHERE id = p.prompt_id OFFSET 0) q
"""


@dataclass(frozen=True, slots=True)
class Given:
    """Somebody's judgement of a pair as it counts now, for the eyes of reviewers and managers. ``counts``: surplus and probes
    do not."""

    number: int
    name: str
    verdict: Verdict
    first_on_left: bool | None
    strength: int | None
    confidence: float | None
    reason: str
    seconds: float | None
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """An adjudication, or its withdrawal (``verdict`` null), by an account: ``number`` is that of their membership."""

    n: int
    verdict: Verdict | None
    reason: str
    at: datetime
    by_id: int
    number: int | None


@dataclass(frozen=True, slots=True)
class Own:
    """What an account has to do with a pair itself: it judged it, or has it on the judging page."""

    judged: bool
    leased: bool


def in_force(project: Project) -> dict[int, int]:
    """Return the verdicts of adjudicated pairs by the pairs' primary keys. One query."""
    rows = copy.read(IN_FORCE, {"project": int(project.pk)}, {"pair": "i8", "verdict": "i2"})
    return dict(zip(rows["pair"].tolist(), rows["verdict"].tolist(), strict=True))


def open_to_adjudication(project: Project, pair_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each of some pairs waits for nobody's judgement and has no known verdict. Two queries."""
    parameters = {"project": int(project.pk)}
    waiting = copy.read(INCOMPLETE, parameters, {"pair": "i8"})["pair"]
    gold = copy.read(_GOLD, parameters, {"pair": "i8"})["pair"]
    return np.isin(pair_ids, np.concatenate([waiting, gold]).astype(np.int64), invert=True)


def pair_of(project: Project, pk: int) -> Pair | None:
    """Return a pair with its texts; null where the project has none of that key."""
    return Pair.objects.filter(project=project, pk=pk).select_related("prompt", "first", "second").first()


def with_texts(project: Project, pair_ids: Iterable[int]) -> dict[int, Pair]:
    """Return pairs with their texts, by primary key. One query."""
    found = Pair.objects.filter(project=project).select_related("prompt", "first", "second")
    return found.in_bulk(list(pair_ids))


def judgements(project: Project, pair_ids: Iterable[int]) -> dict[int, list[Given]]:
    """Return everybody's judgements of some pairs, in the order in which they were last changed. One query."""
    found: dict[int, list[Given]] = {}
    for pair, number, name, verdict, *rest in query(_JUDGEMENTS, {"project": int(project.pk), "pairs": list(pair_ids)}):
        found.setdefault(pair, []).append(Given(number, name, Verdict(verdict), *rest))
    return found


def tallies(project: Project, pair_ids: Iterable[int]) -> dict[int, dict[Verdict, int]]:
    """Return how many counting judgements each verdict of some pairs has. One query."""
    found: dict[int, dict[Verdict, int]] = {}
    for pair, verdict, n in query(_TALLIES, {"project": int(project.pk), "pairs": list(pair_ids)}):
        found.setdefault(pair, {})[Verdict(verdict)] = n
    return found


def languages(project: Project, pair_ids: Iterable[int]) -> dict[int, str]:
    """Return the language of some pairs' prompts by the pairs' primary keys; empty where it is not known. One query."""
    rows: list[Any] = query(_LANGUAGES, {"project": int(project.pk), "pairs": list(pair_ids)})
    return dict(rows)


def history(project: Project, pair_id: int) -> list[Decision]:
    """Return what was decided about a pair, newest first. One query."""
    rows = query(_HISTORY, {"project": int(project.pk), "pair": pair_id})
    return [
        Decision(n, None if verdict is None else Verdict(verdict), reason, at, by, number)
        for n, verdict, reason, at, by, number in rows
    ]


def own(project: Project, pair_id: int, *, user_id: int) -> Own:
    """Return what an account has to do with a pair itself. One query."""
    rows = query(_OWN, {"project": int(project.pk), "pair": pair_id, "user": user_id})
    states = {state for (state,) in rows}
    return Own(judged=AssignmentState.SUBMITTED.value in states, leased=AssignmentState.LEASED.value in states)


def page(*, project: Project, after: int = 0, most: int = 100) -> list[dict[str, Any]]:
    """Return adjudications and withdrawals after the one with primary key ``after``, in the order in which they were made."""
    return _listed(Adjudication.objects.filter(project=project, pk__gt=after).order_by("pk"), most)


def of_pair(project: Project, pair_id: int) -> list[dict[str, Any]]:
    """Return the newest adjudication of a pair or its withdrawal as :func:`page` does; empty where there is none."""
    return _listed(Adjudication.objects.filter(project=project, pair=pair_id).order_by("-n"), 1)


def _listed(found: QuerySet[Adjudication], most: int) -> list[dict[str, Any]]:
    rows = found.values("pk", "pair__external_id", "n", "kind", "verdict", "reason", "by__email", "at")[:most]
    return [
        {
            "pk": row["pk"],
            "pair": row["pair__external_id"],
            "revision": row["n"],
            "kind": row["kind"],
            "verdict": None if row["verdict"] is None else Verdict(row["verdict"]).word,
            "reason": row["reason"],
            "by": row["by__email"],
            "at": row["at"],
        }
        for row in rows
    ]
