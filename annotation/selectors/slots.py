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

# Counted together and not joined (decision 0009). ``some`` are pairs by their keys, null for all of the project.
_OF: Final = "(%(some)s::bigint[] IS NULL OR pair_id = ANY (%(some)s))"
_QUERY: Final = f"""
SELECT pair_id, sum(wanted)::int4, sum(leased)::int4, sum(waiting)::int4 FROM (
  SELECT pair_id, (withdrawn_at IS NULL)::int AS wanted, 0 AS leased, open::int AS waiting
  FROM annotation_slot WHERE project_id = %(project)s AND {_OF}
  UNION ALL
  SELECT pair_id, 0, 1, 0 FROM annotation_assignment
  WHERE project_id = %(project)s AND state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL AND {_OF}) AS one
GROUP BY pair_id
"""  # noqa: S608 - stored words and conditions written in this package
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
    some = None if pairs is None else list(pairs)
    rows = copy.read(_QUERY, {"project": int(project.pk), "some": some}, _COLUMNS)
    order = np.argsort(rows["pair"], kind="stable")

    def column(name: str) -> NDArray[Any]:
        return rows[name][order].astype(np.int64)

    return Slots(column("pair"), column("wanted"), column("leased"), column("waiting"))


def with_withdrawn(project: Project) -> list[int]:
    """Return the pairs that have a withdrawn slot, in order."""
    found = Slot.objects.filter(project_id=project.pk, withdrawn_at__isnull=False).order_by("pair_id")
    return list(found.values_list("pair_id", flat=True).distinct())
