"""Pairs whose annotators disagree: complete, and without a verdict that may be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import adjudications
from common.db import copy

_UNSETTLED: Final = """
SELECT pair_id, n::int4, coalesce(entropy, -1), extract(epoch FROM as_of)::float8 FROM quality_consensus
WHERE project_id = %(project)s AND NOT settled AND n > 0
"""


class Show(StrEnum):
    """Which pairs of the queue."""

    WAITING = "waiting"
    ADJUDICATED = "adjudicated"


class Order(StrEnum):
    """What comes first."""

    CONTESTED = "contested"  # what the verdict is is the least certain, in bits; of equals, those judged most
    OLDEST = "oldest"  # waiting the longest


@dataclass(frozen=True, slots=True)
class Queue:
    """The pairs of a queue in order, and how many there are besides.

    ``languages`` counts the pairs that ``show`` asks for by their prompts' languages, most frequent first, whatever language is chosen.
    """

    pair_ids: tuple[int, ...]
    waiting: int
    adjudicated: int
    languages: tuple[tuple[str, int], ...]
    language_of: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.pair_ids)

    def neighbors(self, pair_id: int) -> tuple[int | None, int | None]:
        """Return the pairs before and after one; the first one after a pair that is not in the queue."""
        if pair_id not in self.pair_ids:
            return None, next(iter(self.pair_ids), None)
        at = self.pair_ids.index(pair_id)
        after = self.pair_ids[at + 1] if at + 1 < len(self.pair_ids) else None
        return (self.pair_ids[at - 1] if at else None), after


def queue(
    project: Project, *, show: Show = Show.WAITING, order: Order = Order.CONTESTED, language: str | None = None
) -> Queue:
    """Return the pairs that disagree, as of the stored consensus, less those that wait for a judgement again. Five queries.

    An adjudicated pair is in the queue of those, whether its annotators disagreed or not.
    """
    rows = copy.read(
        _UNSETTLED, {"project": int(project.pk)}, {"pair": "i8", "n": "i4", "entropy": "f8", "as_of": "f8"}
    )
    pair_ids = rows["pair"].astype(np.int64)
    decided = adjudications.in_force(project)
    done = np.array(sorted(decided), dtype=np.int64)
    free = adjudications.open_to_adjudication(project, pair_ids) & ~np.isin(pair_ids, done)
    chosen = done if show is Show.ADJUDICATED else _ordered(rows, free, order)
    of_pair = adjudications.languages(project, chosen.tolist())
    counted = Counter(of_pair.values())
    kept = [pair for pair in chosen.tolist() if language is None or of_pair.get(pair) == language]
    return Queue(tuple(kept), int(free.sum()), len(done), tuple(counted.most_common()), of_pair)


def _ordered(rows: NDArray[np.void], free: NDArray[np.bool_], order: Order) -> NDArray[np.int64]:
    pair, n, entropy, as_of = (rows[name][free] for name in ("pair", "n", "entropy", "as_of"))
    # Bits are rounded: equal tallies differ in the last digits, by the order of their judgements.
    keys = (pair, as_of) if order is Order.OLDEST else (pair, -n.astype(np.int64), -entropy.round(6))
    by = np.lexsort(keys)
    ordered: NDArray[np.int64] = pair[by].astype(np.int64)
    return ordered
