"""How many judgements each pair has, waits for, and wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project, Slot
from annotation.vocabulary import AssignmentState
from common.db import copy

# Counted together and not joined; of some pairs, pair by pair (decision 0009).
_OF_PROJECT: Final = f"""
SELECT pair_id, sum(wanted)::int4, sum(leased)::int4, sum(waiting)::int4 FROM (
  SELECT pair_id, 1 AS slots, (withdrawn_at IS NULL)::int AS wanted, 0 AS leased, open::int AS waiting
  FROM annotation_slot WHERE project_id = %(project)s
  UNION ALL
  SELECT pair_id, 0, 0, 1, 0 FROM annotation_assignment
  WHERE project_id = %(project)s AND state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL) AS one
GROUP BY pair_id HAVING sum(slots) > 0
"""  # noqa: S608 - stored words
_OF_SOME: Final = f"""
SELECT w.pair, s.wanted::int4, t.leased::int4, s.waiting::int4 FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT count(*) AS slots, count(*) FILTER (WHERE withdrawn_at IS NULL) AS wanted,
    count(*) FILTER (WHERE open::int = 1) AS waiting FROM annotation_slot
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) s
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL) AS leased
  FROM annotation_assignment WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) t
WHERE s.slots > 0
"""  # noqa: S608 - stored words
_COLUMNS: Final = {"pair": "i8", "wanted": "i4", "leased": "i4", "waiting": "i4"}

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Slots:
    """Of N ordinary pairs with slots, in order of their keys."""

    pair_ids: Ints
    wanted: Ints  # slots that are not withdrawn
    leased: Ints  # people who hold one
    waiting: Ints  # open slots

    def __len__(self) -> int:
        return len(self.pair_ids)


def counts(project: Project, *, pairs: Sequence[int] | None = None) -> Slots:
    """Return the slots of a project's pairs, or of some of them."""
    if pairs is None:
        rows = copy.read(_OF_PROJECT, {"project": int(project.pk)}, _COLUMNS)
    else:
        rows = copy.read(_OF_SOME, {"project": int(project.pk), "pairs": list(pairs)}, _COLUMNS)
    order = np.argsort(rows["pair"], kind="stable")

    def column(name: str) -> NDArray[Any]:
        return rows[name][order].astype(np.int64)

    return Slots(column("pair"), column("wanted"), column("leased"), column("waiting"))


def with_withdrawn(project: Project) -> list[int]:
    """Return the pairs that have a withdrawn slot, in order."""
    found = Slot.objects.filter(project_id=project.pk, withdrawn_at__isnull=False).order_by("pair_id")
    return list(found.values_list("pair_id", flat=True).distinct())
