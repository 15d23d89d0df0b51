"""Reads: judgements as columns for the kernels, stored results for the pages and doors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.models import Member, Project
from annotation.selectors.freshness import said_since
from quality.models import Figure, QualityRun

STATISTICS = ("cohen_kappa_mean", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "percent_agreement")
OF_AN_ANNOTATOR = (
    "cohen_kappa",
    "gold_accuracy",
    "calibration_ece",
    "calibration_brier",
    "seconds_median",
    "left_share",
)

# A figure in the shape commands and the API give: ``value`` null where undefined, and why.
_OF_A_FIGURE = ("value", "low", "high", "n", "method", "reason")

# What counts now: the latest revisions, nothing withdrawn, no surplus, no probes; gold is in.
COUNTING = """
SELECT t.pair_id, t.member_id, n.verdict::int2, coalesce(p.gold_verdict, -1)::int2,
  CASE WHEN t.first_on_left IS NULL THEN -1 WHEN t.first_on_left THEN 1 ELSE 0 END::int2,
  coalesce(n.confidence, 'NaN'::float8), coalesce(n.seconds, 'NaN'::float8),
  extract(epoch FROM n.at)::float8
FROM annotation_annotation n
JOIN annotation_assignment t ON t.id = n.assignment_id
JOIN annotation_pair p ON p.id = t.pair_id
WHERE n.project_id = %(project)s AND t.project_id = %(project)s
  AND n.verdict IS NOT NULL AND NOT n.surplus AND t.kind <> 'probe'
ORDER BY t.pair_id, t.member_id
"""

# One row of PostgreSQL's binary COPY: a field count, then each field behind its length. No column is null, so all
# rows are alike and the whole answer is one array.
_ROW = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in (
            ("pair", ">i8"),
            ("member", ">i8"),
            ("verdict", ">i2"),
            ("gold", ">i2"),
            ("left", ">i2"),
            ("confidence", ">f8"),
            ("seconds", ">f8"),
            ("at", ">f8"),
        )
        for part in ((f"{name}_size", ">i4"), (name, kind))
    ]
)
_HEADER, _TRAILER = 19, 2


@dataclass(frozen=True, slots=True)
class Judgements:
    """Counting judgements of a project as index arrays of one length M, in order of (pair, annotator).

    ``gold`` is the pair's known verdict or -1; ``left`` is 1 where the first response stood left, 0 where it stood
    right, -1 where nobody recorded it; ``confidence`` and ``seconds`` are NaN where unknown; ``at`` is in seconds
    since 1970.
    """

    pair: NDArray[np.int64]  # position in pair_ids
    annotator: NDArray[np.int32]  # position in names
    verdict: NDArray[np.int8]
    gold: NDArray[np.int8]
    left: NDArray[np.int8]
    confidence: NDArray[np.float64]
    seconds: NDArray[np.float64]
    at: NDArray[np.float64]
    pair_ids: NDArray[np.int64]
    member_ids: list[int]
    names: list[str]
    as_of: datetime

    def __len__(self) -> int:
        return len(self.pair)


def judgements(project: Project) -> Judgements:
    """Read what counts now. One COPY, no model objects; annotators stand in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        as_of: datetime = cursor.fetchone()[0]
        chunks: list[bytes] = []
        with cast(Any, cursor).cursor.copy(
            f"COPY ({COUNTING % {'project': int(project.pk)}}) TO STDOUT (FORMAT BINARY)"
        ) as copy:
            chunks.extend(bytes(chunk) for chunk in copy)
    rows = np.frombuffer(b"".join(chunks)[_HEADER:-_TRAILER], dtype=_ROW)
    pair_ids, pair = np.unique(rows["pair"].astype(np.int64), return_inverse=True)
    members = np.unique(rows["member"].astype(np.int64))
    named = sorted((name, pk) for pk, name in Member.objects.filter(pk__in=members.tolist()).values_list("pk", "name"))
    order = {pk: i for i, (_, pk) in enumerate(named)}
    position = np.array([order[pk] for pk in members.tolist()], dtype=np.int32)
    annotator = position[np.searchsorted(members, rows["member"].astype(np.int64))] if len(rows) else position
    return Judgements(
        pair=pair.astype(np.int64),
        annotator=annotator,
        verdict=rows["verdict"].astype(np.int8),
        gold=rows["gold"].astype(np.int8),
        left=rows["left"].astype(np.int8),
        confidence=rows["confidence"].astype(np.float64),
        seconds=rows["seconds"].astype(np.float64),
        at=rows["at"].astype(np.float64),
        pair_ids=pair_ids,
        member_ids=[pk for _, pk in named],
        names=[name for name, _ in named],
        as_of=as_of,
    )


def unfinished_pairs(project: Project) -> NDArray[np.int64]:
    """Primary keys of pairs with an open or a leased slot, in order. All others are complete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pair_id FROM annotation_slot WHERE project_id = %(p)s AND open UNION "
            "SELECT pair_id FROM annotation_assignment WHERE project_id = %(p)s AND state = 'leased' "
            "AND slot_id IS NOT NULL ORDER BY 1",
            {"p": project.pk},
        )
        return np.array([pair for (pair,) in cursor.fetchall()], dtype=np.int64)


PROGRESS = """
WITH by_pair AS (
  SELECT s.pair_id, count(*) AS wanted, count(*) FILTER (WHERE s.open) AS open,
    count(t.id) FILTER (WHERE t.state = 'leased') AS leased, count(t.id) FILTER (WHERE t.state = 'submitted') AS done
  FROM annotation_slot s
  LEFT JOIN annotation_assignment t
    ON t.project_id = s.project_id AND t.slot_id = s.id AND t.state IN ('leased', 'submitted')
  WHERE s.project_id = %(p)s GROUP BY s.pair_id)
SELECT count(*), count(*) FILTER (WHERE open = 0 AND leased = 0), count(*) FILTER (WHERE done > 0),
  count(*) FILTER (WHERE done = 0 AND leased = 0), coalesce(sum(done), 0), coalesce(sum(wanted), 0),
  count(*) FILTER (WHERE leased > 0)
FROM by_pair
"""


def progress(project: Project) -> dict[str, int]:
    """How far the ordinary pairs are: complete means no open and no leased slot. Gold is not in it."""
    names = ("pairs", "complete", "started", "untouched", "judgements", "wanted", "being_judged")
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, {"p": project.pk})
        return dict(zip(names, (int(v) for v in cursor.fetchone()), strict=True))


def latest_run(project: Project) -> QualityRun | None:
    """The newest stored results."""
    return QualityRun.objects.filter(project=project).order_by("-id").first()


def stale(project: Project, run: QualityRun | None) -> bool:
    """Whether something was judged, changed, taken back or brought in since these results were read."""
    return said_since(project, run.as_of if run else None)


def report(run: QualityRun) -> dict[str, Any]:
    """All stored results of a run as plain values, in the shape ``compute_quality --json`` promises."""
    # Rows and no model objects: 500 annotators make 120,000 of them.
    rows = Figure.objects.filter(project_id=run.project_id, run=run).order_by("id")
    figures = rows.values_list("name", "reading", "member_id", "partner_id", *_OF_A_FIGURE)
    names = dict(Member.objects.filter(project_id=run.project_id).values_list("pk", "name"))
    agreement: dict[str, dict[str, Any]] = {"strict": {}, "direction": {}}
    overall: dict[str, Any] = {}
    people: dict[int, dict[str, Any]] = {}
    pairs: list[dict[str, Any]] = []
    for name, reading, member, partner, *rest in figures:
        figure = dict(zip(_OF_A_FIGURE, rest, strict=True))
        if member is not None and partner is not None:
            pairs.append({"a": names[member], "b": names[partner], "n": figure["n"], "cohen_kappa": figure})
        elif member is not None:
            person = people.setdefault(member, {"name": names[member], "n": 0})
            if name == "n":
                person["n"] = figure["n"]
            elif reading == Figure.Reading.DIRECTION:
                person[f"{name}_direction"] = figure
            else:
                person[name] = figure
        elif reading:
            agreement[reading][name] = figure
        else:
            overall[name] = figure
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "n_annotations": run.n_annotations,
        "n_pairs": run.n_pairs,
        "categories": run.summary.get("categories", {}),
        "agreement": agreement,
        "overall": overall,
        "pairs_of_annotators": pairs,
        "annotators": list(people.values()),
        "majority": run.summary["majority"],
        "progress": run.summary["progress"],
    }
