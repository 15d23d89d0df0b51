"""The stored figures of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet

from annotation.models import Member, Project
from annotation.selectors import members, pairs
from quality.models import AnnotatorMatrix, Figure, Part, QualityRun, Reliability
from quality.selectors.runs import latest_run
from quality.stats.readings import Reading, key

_COLUMNS = ("name", "reading", "member_id", "value", "low", "high", "n", "method", "reason", "arguments")
_ORDINARY = Q(of_gold=False)


@dataclass(frozen=True, slots=True)
class StoredFigure:
    """A statistic as stored: ``value``, ``low`` and ``high`` null where undefined, with the reason's code and arguments."""

    name: str
    reading: str
    member_id: int | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str
    arguments: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The statistic's name, with a suffix for the direction reading."""
        return key(self.name, self.reading)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run with its figures in order, and the members they are about in order of their numbers.

    ``of_gold`` holds the project's agreement on gold pairs alone; of the other figures, those of agreement leave gold out.
    """

    run: QualityRun
    figures: list[StoredFigure]
    of_gold: list[StoredFigure]
    members: list[Member]


def _figures(run: QualityRun, which: Q = _ORDINARY) -> list[StoredFigure]:
    return figure_rows(Figure.objects.filter(which, project_id=run.project_id, run=run).order_by("id"))


def figure_rows(rows: QuerySet[Figure]) -> list[StoredFigure]:
    """Return figures as rows and no model objects: 500 annotators have thousands."""
    return [StoredFigure(*row) for row in rows.values_list(*_COLUMNS)]


def of_run(run: QualityRun, names: Collection[str] | None = None) -> StoredRun:
    """Return a run with all its figures; three queries.

    Parameters
    ----------
    names
        Of annotators, those figures alone, and not by direction: a page that shows some of them reads half as long.
    """
    some = Q() if names is None else Q(member__isnull=True) | Q(name__in=names) & ~Q(reading=Reading.DIRECTION.value)
    figures = _figures(run, _ORDINARY & some)
    about = {figure.member_id for figure in figures if figure.member_id is not None}
    return StoredRun(run, figures, on_gold(run), list(members.of_keys(project_id=run.project_id, keys=about)))


def latest(project: Project, names: Collection[str] | None = None) -> StoredRun | None:
    """Return the newest run with all its figures, or of annotators with some; four queries."""
    run = latest_run(project)
    return None if run is None else of_run(run, names)


def on_gold(run: QualityRun) -> list[StoredFigure]:
    """Return the project's agreement on gold pairs alone; one query."""
    return _figures(run, Q(of_gold=True))


def of_member(run: QualityRun, member: Member) -> list[StoredFigure]:
    """Return an annotator's figures in a run and the project's own; one query."""
    return _figures(run, _ORDINARY & (Q(member=member) | Q(member__isnull=True)))


def matrices(run: QualityRun) -> list[AnnotatorMatrix]:
    """Return the statistics of pairs of annotators of a run."""
    return list(AnnotatorMatrix.objects.filter(project_id=run.project_id, run=run).order_by("id"))


@dataclass(frozen=True, slots=True)
class StoredParts:
    """What a run found that is no table of figures, by name, and the external ids of the pairs that are in it."""

    contents: dict[str, Any]
    pairs: dict[int, str]


def parts(run: QualityRun) -> StoredParts:
    """Return what a run found that is no table of figures; empty for earlier runs. Two queries."""
    found = dict(Part.objects.filter(project_id=run.project_id, run=run).values_list("name", "content"))
    keys = {one["pair"] for one in found.get("noise", {}).get("suspects", [])}
    return StoredParts(found, pairs.external_ids(run.project, keys))


def some_parts(run: QualityRun, *names: str) -> dict[str, Any]:
    """Return parts of what a run found by name; those that it lacks are not in it. One query."""
    return dict(Part.objects.filter(project_id=run.project_id, run=run, name__in=names).values_list("name", "content"))


def part(run: QualityRun, name: str) -> dict[str, Any] | None:
    """Return one part of what a run found; null for runs of before it was stored. One query."""
    return some_parts(run, name).get(name)


def methods(run: QualityRun, *, of_annotators: bool) -> list[tuple[str, str, dict[str, Any]]]:
    """Return by which methods a run computed each statistic, each with the arguments of one of its figures. One query."""
    rows = Figure.objects.filter(project_id=run.project_id, run=run, member__isnull=not of_annotators)
    return list(rows.order_by("name", "method").distinct("name", "method").values_list("name", "method", "arguments"))


def reliability(run: QualityRun) -> Reliability | None:
    """Return what a run found of its annotators without the truth; null for runs of before that was stored. One query."""
    return Reliability.objects.filter(project_id=run.project_id, run=run).first()


def names_in(run: QualityRun, found: list[AnnotatorMatrix], *, rows: slice) -> dict[int, str]:
    """Return the names of the annotators in some rows of matrices, by primary key; one query."""
    keys: set[int] = set()
    for matrix in found:
        for side in ("a", "b"):
            keys.update(matrix.column("members")[matrix.column(side)[rows]].tolist())
    return {member.pk: member.name for member in members.of_keys(project_id=run.project_id, keys=sorted(keys))}


def partners(run: QualityRun, member: Member) -> list[tuple[Member, StoredFigure]]:
    """Return an annotator's kappa with each annotator they share two pairs with, most shared pairs first; two queries."""
    matrix = AnnotatorMatrix.objects.filter(
        project_id=run.project_id, run=run, name="cohen_kappa", reading=Reading.STRICT.value
    ).first()
    if matrix is None:
        return []
    keys, a, b = matrix.column("members"), matrix.column("a"), matrix.column("b")
    position = np.flatnonzero(keys == member.pk)
    rows = np.flatnonzero(np.isin(a, position) | np.isin(b, position))
    rows = rows[np.argsort(-matrix.column("n")[rows], kind="stable")]
    others = keys[np.where(np.isin(a[rows], position), b[rows], a[rows])].tolist()
    partner = members.of_keys(project_id=run.project_id, keys=others).in_bulk()
    return [(partner[key], _of_pair(matrix, row)) for key, row in zip(others, rows.tolist(), strict=True)]


def _of_pair(matrix: AnnotatorMatrix, row: int) -> StoredFigure:
    value, low, high = (float(matrix.column(name)[row]) for name in ("value", "low", "high"))
    reason = int(matrix.column("reason")[row])
    code, arguments = matrix.reasons[reason] if reason >= 0 else ("", {})
    return StoredFigure(
        name=matrix.name,
        reading=matrix.reading,
        member_id=None,
        value=None if np.isnan(value) else value,
        low=None if np.isnan(low) else low,
        high=None if np.isnan(high) else high,
        n=int(matrix.column("n")[row]),
        method=matrix.method,
        reason=code,
        arguments=arguments,
    )
