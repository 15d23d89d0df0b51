"""Comparisons of a project's source models as arrays for the fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import pairs
from annotation.selectors.judgements import judgements
from annotation.vocabulary import Verdict
from quality.selectors import consensus
from quality.stats.labels import item_counts
from reward.vocabulary import ComparisonUnit

if TYPE_CHECKING:
    from reward.fitting import Comparisons


@dataclass(frozen=True, slots=True)
class Compared:
    """Comparisons of a project's source models and their names; ``unsettled`` pairs have no majority to count."""

    comparisons: Comparisons
    names: list[str]
    unsettled: int
    as_of: datetime


def of_project(project: Project, *, unit: ComparisonUnit) -> Compared:
    """Return the comparisons of ordinary pairs: their judgements, or the majority of each settled pair. Gold is left out.

    All source models of the project are named, those without a comparison too.
    """
    from reward.fitting import Comparisons  # SciPy comes with it; pages and exports have no use for it

    judged = judgements(project)
    ordinary = judged.gold < 0
    pair, verdict = judged.pair[ordinary], judged.verdict[ordinary]
    annotator: NDArray[np.int32] | None = judged.annotator[ordinary]
    unsettled = 0
    if unit is ComparisonUnit.MAJORITY:
        counts = item_counts(pair, verdict, len(judged.pair_ids), len(Verdict))
        found = consensus.of_pairs(project, judged.pair_ids, counts, pairs.complete(project, judged.pair_ids))
        unsettled = int(((found.n > 0) & ~found.settled).sum())
        pair = np.flatnonzero(found.settled)
        verdict = found.verdict[pair]
        annotator = None  # a majority is no single annotator's
    models, names = pairs.source_models(project, judged.pair_ids)
    first, second = models[pair, 0], models[pair, 1]
    comparisons = Comparisons.of(first, second, verdict, len(names), cluster=pair, annotator=annotator)
    return Compared(comparisons, names, unsettled, judged.as_of)
