"""The consensus on pairs, for who uses the verdicts: the one way to ask which pairs are settled, and on what."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from common.db import copy
from quality.stats.consensus import NONE, Consensus
from quality.stats.consensus import consensus as by_number

# Pair by pair (decision 0009).
_STORED: Final = """
SELECT w.pair, coalesce(c.verdict, -1)::int2, c.settled FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT verdict, settled FROM quality_consensus
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) c
"""


def of_pairs(
    project: Project, pair_ids: NDArray[np.int64], counts: NDArray[np.int64], complete: NDArray[np.bool_]
) -> Consensus:
    """Return the consensus on pairs.

    By their judgements as they are now; where the consensus decides how many there are (``Project.consensus_decides``), as it
    was stored last, some seconds ago. A pair of which nothing is stored is not settled.

    Parameters
    ----------
    pair_ids : (N,) int array
        Ascending.
    counts : (N, K) int array
        Counting judgements of each pair, by verdict.
    complete : (N,) bool array
        Whether a pair waits for no further judgement.
    """
    if not project.consensus_decides:
        return by_number(counts, complete)
    at = {"project": int(project.pk), "pairs": pair_ids.tolist()}
    rows = copy.read(_STORED, at, {"pair": "i8", "verdict": "i2", "settled": "b1"})
    place = np.searchsorted(pair_ids, rows["pair"])
    verdict, settled = np.full(len(pair_ids), NONE, np.int8), np.zeros(len(pair_ids), dtype=bool)
    verdict[place], settled[place] = rows["verdict"], rows["settled"]
    n = np.asarray(counts.sum(axis=1), dtype=np.int64)
    return Consensus(verdict, settled & (n > 0), n)
