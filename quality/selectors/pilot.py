"""What a pilot found, for a plan: how able its annotators are, how frequent each verdict is the true one, how long they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors.judgements import judgements
from quality.models import QualityRun
from quality.selectors import figures, runs
from quality.stats.time import mean_time


class NoPilot(Exception):
    """The project has no run with reliability, or it is undefined there: ``reason`` with its arguments, empty without a run."""

    def __init__(self, reason: str = "", **arguments: Any) -> None:
        super().__init__(reason)
        self.reason, self.arguments = reason, arguments


@dataclass(frozen=True, slots=True, eq=False)
class Pilot:
    """A project's figures as of its newest run; people weigh by how much they judged."""

    run: QualityRun
    prior: NDArray[np.float64]  # (K,)
    confusion: NDArray[np.float64]  # (R, K, K)
    weights: NDArray[np.float64]  # (R,) judgements
    seconds: float  # mean of a judgement, NaN where no time is known


def pilot(project: Project) -> Pilot:
    """Return what is known from a project's judgements.

    Raises
    ------
    NoPilot
        Its annotators' reliability is not known.
    """
    run = runs.latest_run(project)
    found = None if run is None else figures.reliability(run)
    if run is None or found is None:
        raise NoPilot
    if found.reason:
        raise NoPilot(found.reason, **found.arguments)
    given = judgements(project)
    counts = dict(zip(given.member_ids, np.bincount(given.annotator, minlength=len(given.names)).tolist(), strict=True))
    prior, confusion = found.column("prior"), found.confusions
    # A verdict that is never the true one has no row; as it has no weight either, any will do.
    rows = np.where(np.isnan(confusion), 1 / len(prior), confusion)
    return Pilot(
        run=run,
        prior=prior / prior.sum(),
        confusion=rows / rows.sum(axis=2, keepdims=True),
        weights=np.array([counts.get(member, 0) for member in found.column("members").tolist()], dtype=np.float64),
        seconds=mean_time(given.seconds),
    )
