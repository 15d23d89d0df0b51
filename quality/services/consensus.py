"""Store the consensus on every judged pair, touching only the rows that change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from annotation.models import Project
from common.db import copy
from quality.stats.consensus import Consensus

_COLUMNS: Final = {"pair_id": "i8", "verdict": "i2", "settled": "b1", "n": "i4"}

# Both statements look each pair up by a key, however many rows the planner thinks that a project has (decision 0009).
# Not dropped at the end of the transaction by itself: a test, or a caller's, may hold two.
CREATE: Final = """
CREATE TEMPORARY TABLE found_consensus (
  pair_id bigint PRIMARY KEY, verdict smallint NOT NULL, settled boolean NOT NULL, n integer NOT NULL)
"""

MERGE: Final = """
INSERT INTO quality_consensus (project_id, pair_id, verdict, settled, n, as_of)
SELECT %(project)s, f.pair_id, nullif(f.verdict, -1), f.settled, f.n, %(as_of)s
FROM found_consensus f
LEFT JOIN LATERAL (
  SELECT id, verdict, settled, n FROM quality_consensus
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = f.pair_id OFFSET 0) c ON true
WHERE c.id IS NULL OR (c.verdict, c.settled, c.n) IS DISTINCT FROM (nullif(f.verdict, -1), f.settled, f.n)
ON CONFLICT (project_id, pair_id)
DO UPDATE SET verdict = EXCLUDED.verdict, settled = EXCLUDED.settled, n = EXCLUDED.n, as_of = EXCLUDED.as_of
"""

# Pairs whose every judgement was withdrawn since.
REMOVE: Final = """
DELETE FROM quality_consensus c WHERE c.project_id = %(project)s
  AND (SELECT true FROM found_consensus f WHERE f.pair_id = c.pair_id) IS NULL
"""


@transaction.atomic
def store(*, project: Project, pair_ids: NDArray[np.int64], consensus: Consensus, as_of: datetime) -> None:
    """Make the stored rows of a project those of a run.

    Parameters
    ----------
    pair_ids : (N,) int array
        The judged pairs, ascending.
    consensus : Consensus
        Theirs.
    as_of
        When the run's judgements were read.
    """
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        columns: dict[str, NDArray[Any]] = {
            "pair_id": pair_ids,
            "verdict": consensus.verdict,
            "settled": consensus.settled,
            "n": consensus.n,
        }
        copy.write("found_consensus", _COLUMNS, columns)
        cursor.execute("ANALYZE found_consensus")
        cursor.execute(MERGE, {"project": project.pk, "as_of": as_of})
        cursor.execute(REMOVE, {"project": project.pk})
        cursor.execute("DROP TABLE found_consensus")
