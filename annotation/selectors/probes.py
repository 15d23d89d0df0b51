"""Probes and the judgements that they repeat: two verdicts of one person on one pair, the second with sides swapped.

An answer to a probe is no counting judgement: whatever reads judgements leaves it out, and this alone reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors.judgements import COUNTING
from annotation.vocabulary import AssignmentKind, AssignmentState
from common.db import copy

# By the partial index of probes that are held or answered, of which there are few; the judgement that each repeats is found by
# its pair and person (decision 0009).
_PROBES: Final = f"""
SELECT b.pair_id, b.member_id, n.verdict::int2, m.verdict::int2
FROM (SELECT id, pair_id, member_id, state FROM annotation_assignment
      WHERE project_id = %(project)s AND kind = '{AssignmentKind.PROBE}'
        AND state IN ('{AssignmentState.LEASED}', '{AssignmentState.SUBMITTED}') OFFSET 0) b
CROSS JOIN LATERAL (
  SELECT verdict FROM annotation_annotation WHERE assignment_id = b.id AND verdict IS NOT NULL OFFSET 0) m
CROSS JOIN LATERAL (
  SELECT id, state, kind FROM annotation_assignment
  WHERE project_id = %(project)s AND pair_id = b.pair_id AND member_id = b.member_id OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT verdict, surplus FROM annotation_annotation WHERE assignment_id = t.id OFFSET 0) n
WHERE b.state = '{AssignmentState.SUBMITTED}' AND {COUNTING}
"""  # noqa: S608 - conditions written in this package
_COLUMNS: Final = {"pair": "i8", "member": "i8", "first": "i2", "again": "i2"}


@dataclass(frozen=True, slots=True)
class Probes:
    """Answered probes of judgements that count, as arrays of one length, in order of (pair, member)."""

    pair: NDArray[np.int64]  # primary keys
    member: NDArray[np.int64]  # primary keys
    first: NDArray[np.int64]  # the verdict of the judgement
    again: NDArray[np.int64]  # the verdict of the probe

    def __len__(self) -> int:
        return len(self.pair)


def probes(project: Project) -> Probes:
    """Return the answered probes of a project. One COPY, no model objects."""
    rows: Any = copy.read(_PROBES, {"project": int(project.pk)}, _COLUMNS)
    order = np.lexsort((rows["member"], rows["pair"]))
    return Probes(**{name: rows[name][order].astype(np.int64) for name in _COLUMNS})
