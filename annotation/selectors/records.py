"""Pairs as the records that formats write, streamed: what exports are made of."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from django.db import connection

from annotation.formats.records import AdjudicationRecord, JudgementRecord, PairRecord, ResponseRecord, content_of
from annotation.models import Member, Project
from annotation.sampling.presentation import shown_first
from annotation.selectors.judgements import COUNTING
from annotation.vocabulary import AssignmentState, Verdict
from common.db.rows import parsed

ROWS_AT_ONCE: Final = 500

# Each judgement as it was last given, in the order of that: a file that is imported elsewhere knows no other moment, and
# must come out the same there. Slots and assignments are found pair by pair, each by the one index that leads to a pair's:
# a state in WHERE would offer the planner partial indexes, which lead to all of a project's (decision 0009).
QUERY: Final = f"""
SELECT p.id, p.external_id, q.content, a.source_model, a.content, b.source_model, b.content, q.language, q.tags, q.author_name,
  p.gold_verdict, NOT s.waits AND NOT j.waits, j.verdicts, j.judgements, d.verdict, d.by, d.reason, d.at
FROM annotation_pair p
JOIN annotation_prompt q ON q.id = p.prompt_id
JOIN annotation_response a ON a.id = p.first_id
JOIN annotation_response b ON b.id = p.second_id
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(s.open), false) AS waits
  FROM annotation_slot s WHERE s.project_id = p.project_id AND s.pair_id = p.id) s
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(t.state = '{AssignmentState.LEASED}' AND t.slot_id IS NOT NULL), false) AS waits,
    array_agg(n.verdict) FILTER (WHERE {COUNTING}) AS verdicts,
    jsonb_agg(jsonb_build_array(t.member_id, n.verdict, t.first_on_left, n.strength, n.confidence, n.reason, n.seconds, n.at)
      ORDER BY n.at, n.id) FILTER (WHERE %(judgements)s AND {COUNTING}) AS judgements
  FROM annotation_assignment t
  LEFT JOIN LATERAL (SELECT * FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n ON true
  WHERE t.project_id = p.project_id AND t.pair_id = p.id) j
LEFT JOIN LATERAL (
  SELECT e.verdict, e.reason, e.at,
    coalesce((SELECT m.name FROM annotation_member m WHERE m.project_id = e.project_id AND m.user_id = e.by_id), '') AS by
  FROM annotation_adjudication e WHERE e.project_id = p.project_id AND e.pair_id = p.id ORDER BY e.n DESC LIMIT 1) d ON true
WHERE p.project_id = %(project)s
  AND (NOT %(conversations)s
    OR 'array' IN (jsonb_typeof(q.content), jsonb_typeof(a.content), jsonb_typeof(b.content)))
ORDER BY p.id
"""  # noqa: S608 - conditions written in this package

# Both ask a partial index of conversations, which is empty in most projects. ORDER BY holds the planner to it (EXISTS
# would drop it): it estimates conversations as common, and would otherwise scan texts until it finds one, all of them where there is none.
HAS_CONVERSATIONS: Final = """
SELECT coalesce(
  (SELECT true FROM annotation_prompt
   WHERE project_id = (SELECT %(project)s::bigint) AND jsonb_typeof(content) <> 'string' ORDER BY created_at LIMIT 1),
  (SELECT true FROM annotation_response
   WHERE project_id = (SELECT %(project)s::bigint) AND jsonb_typeof(content) <> 'string' ORDER BY content_hash LIMIT 1),
  false)
"""


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair with its counting judgements. ``record.judgements`` is empty where only the verdicts were asked for."""

    id: int
    record: PairRecord
    verdicts: list[int]
    complete: bool


def has_conversations(project: Project) -> bool:
    """Whether any prompt or response of the project is a conversation and no plain text. Answered at once."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_CONVERSATIONS, {"project": project.pk})
        return bool(cursor.fetchone()[0])


def stream(
    project: Project, *, with_judgements: bool = True, conversations_only: bool = False
) -> Generator[StoredPair, None, None]:
    """Yield every pair of a project in the order in which it was added, from a server-side cursor.

    With ``conversations_only`` yield those alone of which a part is no plain text. Read it inside a transaction, which
    gives one snapshot of everything.
    """
    parameters = {"project": project.pk, "judgements": with_judgements, "conversations": conversations_only}
    names = dict(Member.objects.filter(project=project).values_list("pk", "name")) if with_judgements else {}
    with connection.chunked_cursor() as cursor:
        cast(Any, cursor).cursor.itersize = ROWS_AT_ONCE
        cursor.execute(QUERY, parameters)
        for row in cursor:
            yield _stored(names, *row)


def _stored(
    names: dict[int, str],
    id: int,
    external_id: str,
    prompt: Any,
    first_model: str,
    first: Any,
    second_model: str,
    second: Any,
    language: str,
    tags: list[str],
    author: str,
    gold: int | None,
    complete: bool,
    verdicts: list[int] | None,
    judgements: Any,
    decided: int | None,
    by: str,
    decided_because: str,
    decided_at: datetime,
) -> StoredPair:
    record = PairRecord(
        external_id=external_id,
        prompt=content_of(parsed(prompt)),
        first=ResponseRecord(first_model, content_of(parsed(first))),
        second=ResponseRecord(second_model, content_of(parsed(second))),
        language=language,
        tags=tuple(tags),
        author=author,
        gold=None if gold is None else Verdict(gold),
        judgements=tuple(_judgement(names[member], *given) for member, *given in parsed(judgements) or ()),
    )
    if decided is not None:
        adjudication = AdjudicationRecord(Verdict(decided), by, decided_because, decided_at)
        record = replace(record, adjudication=adjudication)
    return StoredPair(id, record, verdicts or [], complete)


def _judgement(
    annotator: str,
    verdict: int,
    first_on_left: bool | None,
    strength: int | None,
    confidence: float | None,
    reason: str,
    seconds: float | None,
    at: str,
) -> JudgementRecord:
    side, moment = shown_first(first_on_left), datetime.fromisoformat(at)
    return JudgementRecord(annotator, Verdict(verdict), side, strength, confidence, reason, seconds, moment)
