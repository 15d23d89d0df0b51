"""The agreement of every two annotators of a run, and the order in which those who agree are neighbors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.models import Member
from annotation.selectors import members
from quality.models import AnnotatorMatrix, Figure, Part, QualityRun
from quality.selectors.figures import StoredFigure, figure_rows
from quality.stats.readings import Reading


@dataclass(frozen=True, slots=True, eq=False)
class StoredKappas:
    """Cohen's kappa, strict, of P pairs of annotators.

    ``members`` are those that share two pairs with somebody, by number; ``a`` and ``b`` are positions in it. ``order`` are
    all those positions, neighbors agreeing. ``own`` is each member's kappa with all partners, where it is stored.
    """

    members: list[Member]
    order: NDArray[np.int64]  # (R,)
    own: Mapping[int, StoredFigure]  # by position
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    n: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reason: NDArray[np.int64]  # -1 or a position in reasons
    reasons: list[tuple[str, dict[str, Any]]]
    method: str

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True)
class _Positions:
    """From the positions of a stored matrix to those of the members that are shown."""

    matrix: AnnotatorMatrix
    members: list[Member]

    @cached_property
    def place(self) -> NDArray[np.int64]:
        at = {member.pk: i for i, member in enumerate(self.members)}
        return np.array([at.get(pk, -1) for pk in self.matrix.column("members").tolist()], dtype=np.int64)

    def of(self, side: str) -> NDArray[np.int64]:
        return np.take(self.place, self.matrix.column(side))


def kappas(run: QualityRun) -> StoredKappas | None:
    """Return the kappas of a run; null where it has none stored. Four queries."""
    matrix = AnnotatorMatrix.objects.filter(
        project_id=run.project_id, run=run, name="cohen_kappa", reading=Reading.STRICT.value
    ).first()
    if matrix is None:
        return None
    stored = matrix.column("members")
    sharing = stored[np.union1d(matrix.column("a"), matrix.column("b"))].tolist()
    shown = list(members.of_keys(project_id=run.project_id, keys=sharing))
    positions = _Positions(matrix, shown)
    a, b = positions.of("a"), positions.of("b")
    kept = (a >= 0) & (b >= 0)
    at = {member.pk: i for i, member in enumerate(shown)}
    return StoredKappas(
        members=shown,
        order=_order(run, at),
        own=_own(run, at),
        a=a[kept],
        b=b[kept],
        n=matrix.column("n")[kept],
        value=matrix.column("value")[kept],
        low=matrix.column("low")[kept],
        high=matrix.column("high")[kept],
        reason=matrix.column("reason")[kept].astype(np.int64),
        reasons=[(code, arguments) for code, arguments in matrix.reasons],
        method=matrix.method,
    )


def _order(run: QualityRun, at: Mapping[int, int]) -> NDArray[np.int64]:
    """Positions in the stored order; those that it lacks, as in runs of before it was stored, are last."""
    part = Part.objects.filter(project_id=run.project_id, run=run, name="agreement").first()
    stored = [at[pk] for pk in (part.content["order"] if part else []) if pk in at]
    return np.array([*stored, *sorted(set(at.values()).difference(stored))], dtype=np.int64)


def _own(run: QualityRun, at: Mapping[int, int]) -> dict[int, StoredFigure]:
    rows = Figure.objects.filter(
        project_id=run.project_id,
        run=run,
        name="cohen_kappa",
        reading=Reading.STRICT.value,
        member__isnull=False,
        of_gold=False,
    )
    found = ((at.get(figure.member_id or 0), figure) for figure in figure_rows(rows))
    return {position: figure for position, figure in found if position is not None}
