"""The page of a stored fit: which source model people prefer, who is tied, what was refused. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.charts import Tick
from reward.models import Rating, RatingRun
from reward.pages import wording
from reward.pages.findings import Finding, findings
from reward.pages.headline import headline
from reward.pages.standings import Group, standings
from reward.pages.win_matrix import WinMatrix, win_matrix


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All that the page shows of a fit."""

    answer: str
    lede: str
    groups: tuple[Group, ...]
    axis: tuple[Tick, ...]
    n_refused: int
    matrix: WinMatrix
    findings: tuple[Finding, ...]
    counted: str
    method: str


def leaderboard(run: RatingRun, ratings: Sequence[Rating]) -> Leaderboard:
    """Return the page of a run, from its ratings."""
    rated = sorted((r for r in ratings if r.theta is not None), key=lambda r: (r.group, -(r.theta or 0), r.name))
    unrated = sorted((r for r in ratings if r.theta is None), key=lambda r: (-r.n, r.name))
    board = standings(rated, run.matrix["names"])
    sizes = [group.size for group in board.groups]
    answer, lede = headline(sizes, rated, run.n_comparisons)
    return Leaderboard(
        answer=answer,
        lede=lede,
        groups=board.groups,
        axis=board.axis,
        n_refused=len(unrated),
        matrix=win_matrix(run.matrix, [r.name for r in (*rated, *unrated)]),
        findings=tuple(findings(run, unrated, sizes)),
        counted=f"n = {run.n_comparisons:,} {'comparison' if run.n_comparisons == 1 else 'comparisons'}, {wording.UNITS_COUNTED[run.unit]}, excluding gold",
        method=(
            f"Bradley-Terry with {wording.TIES_IN_METHOD[run.ties]}, maximum likelihood, centred at 0; "
            f"{wording.intervals(run.intervals, run.method_arguments)}; rank intervals from pairwise differences, all of them together by Holm’s method"
        ),
    )
