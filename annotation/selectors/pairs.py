"""Complete pairs: the one definition of a pair that waits for no further judgement, and whose responses a pair holds.

A pair is complete if none of its slots is open or leased. Gold pairs have no slots and are always complete.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import source_models as models_of
from annotation.vocabulary import AssignmentState
from common.db import copy

INCOMPLETE: Final = f"""
SELECT pair_id FROM annotation_slot WHERE project_id = %(project)s AND open
UNION ALL
SELECT pair_id FROM annotation_assignment
WHERE project_id = %(project)s AND state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL
"""  # noqa: S608 - stored words
"""In SQL, the pairs of a project that are not complete, some of them several times. Joined by ``pair_id`` it is one
look at an index for each pair."""


def incomplete(project: Project) -> NDArray[np.int64]:
    """Primary keys of the pairs that are not complete, in order."""
    rows = copy.read(INCOMPLETE, {"project": int(project.pk)}, {"pair": "i8"})
    return np.unique(rows["pair"].astype(np.int64))


def complete(project: Project, pair_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these pairs are complete."""
    return np.isin(pair_ids, incomplete(project), invert=True)


def source_models(project: Project, pair_ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Which source models the two responses of each pair come from.

    Parameters
    ----------
    pair_ids : (N,) int array
        Ascending.

    Returns
    -------
    (N, 2) int array, list of str
        Positions of the first and the second response's model in the list, which names the project's models in order,
        those of no pair too.
    """
    names = models_of.names(project=project)
    position = {name: i for i, name in enumerate(names)}
    of_pair = np.zeros((len(pair_ids), 2), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, a.source_model, b.source_model FROM annotation_pair p "
            "JOIN annotation_response a ON a.id = p.first_id JOIN annotation_response b ON b.id = p.second_id "
            "WHERE p.project_id = %s AND p.id = ANY(%s) ORDER BY p.id",
            [project.pk, pair_ids.tolist()],
        )
        for row, (_, first, second) in enumerate(cursor):
            of_pair[row] = position[first], position[second]
    return of_pair, names
