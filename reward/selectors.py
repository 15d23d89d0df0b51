"""Reads: comparisons as columns for the fit, pairs as records for the writers, stored ratings for pages and doors."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.models import Project, Response
from annotation.vocabulary import Verdict
from common.db.rows import parsed
from quality.selectors.runs import judgements, unfinished_pairs
from quality.stats.consensus import majority
from quality.stats.labels import item_counts
from reward.datasets.records import UNDECIDED, PairRecord
from reward.datasets.records import Response as ResponseRecord
from reward.models import Rating, RatingRun

if TYPE_CHECKING:
    from reward.fitting import Comparisons

Unit = Literal["judgement", "majority"]


@dataclass(frozen=True, slots=True)
class Compared:
    """Comparisons of a project's source models and who they are; ``unsettled`` pairs have no majority to count."""

    comparisons: Comparisons
    names: list[str]
    unsettled: int
    as_of: datetime


def comparisons(project: Project, *, unit: Unit) -> Compared:
    """What was said of ordinary pairs, by judgement or by the majority of each settled pair. Gold is left out.

    All source models of the project are named, those without a comparison too.
    """
    from reward.fitting import Comparisons  # SciPy comes with it; pages and exports have no use for it

    said = judgements(project)
    ordinary = said.gold < 0
    pair, verdict, annotator = said.pair[ordinary], said.verdict[ordinary], said.annotator[ordinary]
    unsettled = 0
    if unit == "majority":
        counts = item_counts(pair, verdict, len(said.pair_ids), len(Verdict))
        judged = counts.sum(axis=1) > 0
        complete = ~np.isin(said.pair_ids, unfinished_pairs(project))
        leading = np.where(complete, majority(counts), UNDECIDED)
        unsettled = int((judged & (leading < 0)).sum())
        pair = np.flatnonzero(leading >= 0)
        verdict = leading[pair].astype(np.int8)
        annotator = np.zeros(len(pair), dtype=np.int32)
    names, of_pair = _models_of(project, said.pair_ids)
    return Compared(
        Comparisons.of(of_pair[pair, 0], of_pair[pair, 1], verdict, len(names), cluster=pair, annotator=annotator),
        names,
        unsettled,
        said.as_of,
    )


def _models_of(project: Project, pair_ids: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """All source models by name, and for each pair the positions of its two."""
    names = sorted(
        Response.objects.filter(project=project).order_by().values_list("source_model", flat=True).distinct()
    )
    position = {name: i for i, name in enumerate(names)}
    of_pair = np.zeros((len(pair_ids), 2), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, a.source_model, b.source_model FROM annotation_pair p "
            "JOIN annotation_response a ON a.id = p.first_id JOIN annotation_response b ON b.id = p.second_id "
            "WHERE p.project_id = %s AND p.id = ANY(%s) ORDER BY p.id",
            [project.pk, pair_ids.tolist()],
        )
        for row, (_, first, second) in enumerate(cursor):
            of_pair[row] = position[first], position[second]
    return names, of_pair


# One row a pair: its texts, and its counting judgements as JSON, each as it was last said, in that order: a file that is
# imported elsewhere knows no other moment, and must come out the same there.
RECORDS = """
SELECT p.external_id, q.content, a.source_model, a.content, b.source_model, b.content, q.language, q.tags, q.author_name,
  p.gold_verdict, u.pair_id IS NULL, j.said
FROM annotation_pair p
JOIN annotation_prompt q ON q.id = p.prompt_id
JOIN annotation_response a ON a.id = p.first_id
JOIN annotation_response b ON b.id = p.second_id
LEFT JOIN LATERAL (
  SELECT s.pair_id FROM annotation_slot s
  WHERE s.project_id = p.project_id AND s.pair_id = p.id
    AND (s.open OR EXISTS (SELECT 1 FROM annotation_assignment l
         WHERE l.project_id = p.project_id AND l.slot_id = s.id AND l.state = 'leased')) LIMIT 1) u ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(m.name, n.verdict, t.first_on_left, n.strength, n.confidence, n.reason, n.seconds,
      to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ORDER BY n.at, n.id) AS said
  FROM annotation_assignment t
  JOIN annotation_annotation n ON n.assignment_id = t.id
  JOIN annotation_member m ON m.id = t.member_id
  WHERE t.project_id = p.project_id AND t.pair_id = p.id AND t.state = 'submitted' AND t.kind <> 'probe'
    AND n.verdict IS NOT NULL AND (NOT n.surplus OR %(surplus)s)) j ON true
WHERE p.project_id = %(project)s
  AND (NOT %(talks)s OR 'array' IN (jsonb_typeof(q.content), jsonb_typeof(a.content), jsonb_typeof(b.content)))
ORDER BY p.id
"""

# Both ask a partial index of conversations, which is empty in most projects. ORDER BY holds the planner to it (EXISTS
# would drop it): it takes conversations for common, and would else read texts until it meets one, to the last of them.
TALKS = """
SELECT coalesce(
  (SELECT true FROM annotation_prompt
   WHERE project_id = (SELECT %(project)s::bigint) AND jsonb_typeof(content) <> 'string' ORDER BY created_at LIMIT 1),
  (SELECT true FROM annotation_response
   WHERE project_id = (SELECT %(project)s::bigint) AND jsonb_typeof(content) <> 'string' ORDER BY content_hash LIMIT 1),
  false)
"""


def has_conversations(project: Project) -> bool:
    """Whether any prompt or response of the project is a conversation and no plain text. Answered at once."""
    with connection.cursor() as cursor:
        cursor.execute(TALKS, {"project": project.pk})
        return bool(cursor.fetchone()[0])


def records(
    project: Project, *, surplus: bool = False, with_judgements: bool = True, conversations_only: bool = False
) -> Generator[PairRecord, None, None]:
    """Every pair of a project in the order it came, one at a time from a server-side cursor.

    With ``conversations_only`` those alone of which a part is no plain text. Must be read inside a transaction, which gives one snapshot of everything.
    """
    with connection.chunked_cursor() as cursor:
        cast(Any, cursor).cursor.itersize = 500
        cursor.execute(RECORDS, {"project": project.pk, "surplus": surplus, "talks": conversations_only})
        for row in cursor:
            yield _record(row, with_judgements=with_judgements)


def _record(row: tuple[Any, ...], *, with_judgements: bool) -> PairRecord:
    external, prompt, first_model, first, second_model, second, language, tags, author, gold, complete, said = row
    said = parsed(said) or []
    consensus = UNDECIDED
    if complete and said:
        counts = np.bincount([item[1] for item in said], minlength=len(Verdict))
        consensus = int(majority(counts[None, :].astype(np.int64))[0])
    return PairRecord(
        external_id=external,
        prompt=parsed(prompt),
        first=ResponseRecord(first_model, parsed(first)),
        second=ResponseRecord(second_model, parsed(second)),
        language=language,
        tags=tuple(tags),
        author=author,
        gold=None if gold is None else Verdict(gold).word,
        consensus=consensus,
        settled=consensus != UNDECIDED,
        judgements=[_judgement(item) for item in said] if with_judgements else (),
    )


def _judgement(said: list[Any]) -> dict[str, Any]:
    name, verdict, left, strength, confidence, reason, seconds, at = said
    return {
        "annotator": name,
        "verdict": Verdict(verdict).word,
        "shown_first": None if left is None else ("a" if left else "b"),
        "strength": strength,
        "confidence": confidence,
        "reason": reason,
        "seconds": seconds,
        "at": at,
    }


def latest_run(project: Project) -> RatingRun | None:
    """The newest stored fit."""
    return RatingRun.objects.filter(project=project).order_by("-id").first()


def report(run: RatingRun) -> dict[str, Any]:
    """A stored fit as plain values, in the shape ``fit_ratings --json`` promises; strongest first, unrated last."""
    models = Rating.objects.filter(project_id=run.project_id, run=run)
    keys = ("name", "component", "theta", "theta_low", "theta_high", "reason", "rating", "low", "high", "n")
    rows = [
        {key: getattr(model, key) for key in (*keys, "rank_low", "rank_high")}
        for model in sorted(models, key=lambda m: (m.theta is None, m.component or 0, -(m.theta or 0), m.name))
    ]
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "method": run.method,
        "ties": run.ties,
        "unit": run.unit,
        "intervals": run.intervals,
        "converged": run.converged,
        "iterations": run.iterations,
        "components": run.components,
        "models": rows,
        "log_likelihood": run.log_likelihood,
        "nu": run.nu,
        "n_comparisons": run.n_comparisons,
        "left_out": run.left_out,
    }
