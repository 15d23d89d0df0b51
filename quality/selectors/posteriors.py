"""What the model of the annotators says of pairs, as stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from annotation.models import Project
from quality.models import Consensus

COLUMNS: Final = ("pair_id", "p_first", "p_second", "p_tie", "p_both_bad")


def posteriors_of(project: Project, pair_ids: Collection[int]) -> dict[int, tuple[float, ...]]:
    """Return how likely each verdict is the true one, by pair and then by code; pairs of which nothing is known are left out."""
    stored = Consensus.objects.filter(project=project, pair_id__in=pair_ids, n__gt=0, probability__isnull=False)
    return {pair: tuple(map(float, likely)) for pair, *likely in stored.values_list(*COLUMNS)}
