"""Pairs that were touched since live figures took in their judgements: take them, and give them back.

The rows are written by triggers, see ``annotation.models.Touched``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from common.db import copy
from common.db.order import by_index
from common.db.rows import execute, query

# The newest first: somebody waits for what they have just judged, nobody for the last line of a large file.
_TAKE: Final = """
DELETE FROM annotation_touched WHERE id = ANY (ARRAY(
  SELECT id FROM annotation_touched WHERE project_id = %(project)s ORDER BY id DESC LIMIT %(most)s))
RETURNING pair_id
"""
_GIVE_BACK: Final = """
INSERT INTO annotation_touched (project_id, pair_id) SELECT %(project)s, unnest(%(pairs)s::bigint[])
"""
_WAITING: Final = "SELECT id FROM annotation_touched WHERE project_id = %(project)s"
_DISCARD: Final = "DELETE FROM annotation_touched WHERE id = ANY (%(rows)s::bigint[])"

# From one project to the next by the index, however many rows each has.
_PROJECTS: Final = """
WITH RECURSIVE found AS (
  (SELECT project_id FROM annotation_touched ORDER BY project_id LIMIT 1)
  UNION ALL
  SELECT (SELECT t.project_id FROM annotation_touched t WHERE t.project_id > f.project_id ORDER BY t.project_id LIMIT 1)
  FROM found f WHERE f.project_id IS NOT NULL)
SELECT project_id FROM found WHERE project_id IS NOT NULL
"""


def projects() -> list[Project]:
    """Return the projects with touched pairs. One query, or two."""
    found = [pk for (pk,) in query(_PROJECTS, {})]
    return list(Project.objects.filter(pk__in=found).order_by("pk")) if found else []


def take(project: Project, *, most: int) -> tuple[int, NDArray[np.int64]]:
    """Take away touched pairs of a project, the newest first, within the transaction that stores what they come to.

    Returns
    -------
    int, (N,) int array
        How many rows were taken, at most ``most``, and the pairs they name, ascending and each once.
    """
    with by_index():
        rows = query(_TAKE, {"project": project.pk, "most": most})
    return len(rows), np.unique(np.array([pair for (pair,) in rows], dtype=np.int64))


def touch(project: Project, pair_ids: NDArray[np.int64]) -> None:
    """Let these pairs be taken again."""
    execute(_GIVE_BACK, {"project": project.pk, "pairs": pair_ids.tolist()})


def waiting(project: Project) -> NDArray[np.int64]:
    """Return the rows of a project that wait to be taken, by their own primary keys."""
    return copy.read(_WAITING, {"project": int(project.pk)}, {"row": "i8"})["row"].astype(np.int64)


def discard(rows: NDArray[np.int64]) -> None:
    """Take away rows of which everything is taken in."""
    execute(_DISCARD, {"rows": rows.tolist()})
