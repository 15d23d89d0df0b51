"""Store the consensus on judged pairs, touching only the rows that change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors.judgements import Judgements
from common.db import copy
from quality.models import Consensus as Stored
from quality.stats.arguments import same_length
from quality.stats.consensus import NONE, Consensus, Likeliest

_OF_MODEL: Final = ("likeliest", "probability", "entropy", "p_first", "p_second", "p_tie", "p_both_bad")
_COLUMNS: Final = {
    "pair_id": "i8",
    "verdict": "i2",
    "settled": "b1",
    "n": "i4",
    "likeliest": "i2",
    **dict.fromkeys(_OF_MODEL[1:], "f8"),
    "known": "i2",
}
_STORED: Final = ("verdict", "settled", "n", *_OF_MODEL, "known", "given")

# Every statement looks each pair up by a key, however many rows the planner thinks that a project has (decision 0009).
# Not dropped at the end of the transaction by itself: a test, or a caller's, may hold two.
CREATE: Final = """
CREATE TEMPORARY TABLE found_consensus (
  pair_id bigint PRIMARY KEY, verdict smallint NOT NULL, settled boolean NOT NULL, n integer NOT NULL,
  likeliest smallint NOT NULL, probability float8 NOT NULL, entropy float8 NOT NULL,
  p_first float8 NOT NULL, p_second float8 NOT NULL, p_tie float8 NOT NULL, p_both_bad float8 NOT NULL,
  known smallint NOT NULL, given bytea NOT NULL DEFAULT '')
"""

_FOUND: Final = ", ".join(
    f"nullif(f.{name}, '{'NaN' if _COLUMNS.get(name) == 'f8' else NONE}')"
    if name in (*_OF_MODEL, "verdict", "known")
    else f"f.{name}"
    for name in _STORED
)
_ROW: Final = ", ".join(f"c.{name}" for name in _STORED)

MERGE: Final = f"""
INSERT INTO quality_consensus (project_id, pair_id, as_of, round, {", ".join(_STORED)})
SELECT %(project)s, f.pair_id, %(as_of)s, %(round)s, {_FOUND}
FROM found_consensus f
LEFT JOIN LATERAL (
  SELECT id, {", ".join(_STORED)} FROM quality_consensus
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = f.pair_id OFFSET 0) c ON true
WHERE (c.id IS NULL AND f.n > 0) OR (c.id IS NOT NULL AND ({_ROW}) IS DISTINCT FROM ({_FOUND}))
ON CONFLICT (project_id, pair_id)
DO UPDATE SET as_of = EXCLUDED.as_of, round = EXCLUDED.round, {", ".join(f"{name} = EXCLUDED.{name}" for name in _STORED)}
"""  # noqa: S608 - names written here

# Pairs whose every judgement was withdrawn since.
REMOVE: Final = """
DELETE FROM quality_consensus c WHERE c.project_id = %(project)s
  AND (SELECT true FROM found_consensus f WHERE f.pair_id = c.pair_id) IS NULL
"""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The consensus on N pairs, and what it was made of."""

    pair_ids: NDArray[np.int64]  # (N,) primary keys, ascending
    complete: NDArray[np.bool_]  # (N,) whether a pair waits for no further judgement
    consensus: Consensus  # by the number of judgements, or as the project's rule has it (quality.services.settling)
    likeliest: Likeliest  # by the model of the annotators; NaN where nothing is known of them
    known: NDArray[np.int8]  # (N,) the known verdict of gold, NONE elsewhere
    given: Judgements  # their counting judgements, and maybe those of others; a pair may have none
    wanted: NDArray[np.int64] | None = None
    """(N,) how many judgements are wanted of a pair, those that it has among them; NONE where that stays as it is, null where
    every pair gets the same number."""

    def __post_init__(self) -> None:
        same_length(
            pair_ids=self.pair_ids,
            complete=self.complete,
            consensus=self.consensus.n,
            likeliest=self.likeliest.n,
            known=self.known,
        )

    def where(self, mask: NDArray[np.bool_]) -> Found:
        """Return what was found of some of the pairs."""
        by_number, by_model = self.consensus, self.likeliest
        return Found(
            self.pair_ids[mask],
            self.complete[mask],
            Consensus(by_number.verdict[mask], by_number.settled[mask], by_number.n[mask]),
            Likeliest(
                by_model.verdict[mask],
                by_model.settled[mask],
                by_model.n[mask],
                by_model.posterior[mask],
                by_model.probability[mask],
                by_model.entropy[mask],
            ),
            self.known[mask],
            self.given,
            None if self.wanted is None else self.wanted[mask],
        )


def known_of(given: Judgements) -> NDArray[np.int8]:
    """Return the known verdict of each judged pair, NONE for what is no gold."""
    known = np.full(len(given.pair_ids), NONE, np.int8)
    known[given.pair] = given.gold
    return known


@transaction.atomic
def store(*, project: Project, found: Found, as_of: datetime, round: int = 0, all_pairs: bool = True) -> None:
    """Make stored rows those that were found.

    Parameters
    ----------
    as_of
        When the judgements were read.
    round : int
        The live round that found them, or the last one whose changes a run has read.
    all_pairs : bool
        These are all the project's pairs with a judgement: rows of others go.
    """
    where: dict[str, Any] = {"project": project.pk, "as_of": as_of, "round": round}
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        _write(found)
        cursor.execute("ANALYZE found_consensus")
        # An empty table looks best read whole, once for each pair, and grows while it is: a first run would be quadratic.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(MERGE, where)
        if all_pairs:
            cursor.execute(REMOVE, where)
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
        cursor.execute("DROP TABLE found_consensus")


def _write(found: Found) -> None:
    """Send what was found to the temporary table: pairs with as many judgements at once, whose rows are of one size."""
    posterior = found.likeliest.posterior
    columns: dict[str, NDArray[Any]] = {
        "pair_id": found.pair_ids,
        "verdict": found.consensus.verdict,
        "settled": found.consensus.settled,
        "n": found.consensus.n,
        "likeliest": found.likeliest.verdict,
        "probability": np.where(found.likeliest.n > 0, found.likeliest.probability, np.nan),
        "entropy": np.where(found.likeliest.n > 0, found.likeliest.entropy, np.nan),
        **{
            name: np.where(found.likeliest.n > 0, posterior[:, column], np.nan)
            for column, name in enumerate(_OF_MODEL[3:])
        },
        "known": found.known,
    }
    given = np.zeros(len(found.given), Stored.GIVEN)
    given["member"] = np.array(found.given.member_ids, dtype=np.int64)[found.given.annotator]
    given["verdict"] = found.given.verdict
    starts = np.searchsorted(found.given.pair_ids[found.given.pair], found.pair_ids)
    for n in np.unique(found.consensus.n).tolist():
        rows = np.flatnonzero(found.consensus.n == n)
        packed = np.ascontiguousarray(given[starts[rows, None] + np.arange(n)])
        size = f"V{n * Stored.GIVEN.itemsize}"
        of_n: dict[str, NDArray[Any]] = {name: values[rows] for name, values in columns.items()}
        # NumPy has no type of no bytes.
        more = {"given": packed.view(size)[:, 0]} if n else {}
        copy.write("found_consensus", _COLUMNS | ({"given": size} if n else {}), of_n | more)
