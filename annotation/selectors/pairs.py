"""Complete pairs: the one definition of a pair that waits for no further judgement, and whose responses a pair holds.

A pair is complete if none of its slots is open or leased. Gold pairs have no slots and are always complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.models import Pair, Project, PromptSet
from annotation.selectors import source_models as models_of
from annotation.vocabulary import AssignmentState
from common.db import copy

INCOMPLETE: Final = f"""
SELECT pair_id FROM annotation_slot WHERE project_id = %(project)s AND open
UNION ALL
SELECT pair_id FROM annotation_assignment
WHERE project_id = %(project)s AND state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL
"""  # noqa: S608 - stored words
"""In SQL, the pairs of a project that are not complete, some of them several times."""

# ``open::int = 1`` says no more than ``open``, which would let the planner look for them among all open slots (decision 0009).
_INCOMPLETE_AMONG: Final = f"""
SELECT w.pair FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(open::int = 1), false) AS waits FROM annotation_slot
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) s
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(state = '{AssignmentState.LEASED}' AND slot_id IS NOT NULL), false) AS held
  FROM annotation_assignment WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) t
WHERE s.waits OR t.held
"""  # noqa: S608 - stored words

_SOURCE_MODELS: Final = """
SELECT p.id, a.source_model, b.source_model FROM annotation_pair p
JOIN annotation_response a ON a.id = p.first_id JOIN annotation_response b ON b.id = p.second_id
WHERE p.project_id = %(project)s ORDER BY p.id
"""

_DIFFERENCES: Final = """
SELECT p.id, ln((1.0 + a.characters) / (1.0 + b.characters))::float8 / ln(2.0::float8),
  ln((1.0 + a.headings + a.list_items + a.bold + a.code) / (1.0 + b.headings + b.list_items + b.bold + b.code))::float8
    / ln(2.0::float8)
"""
_OF_PROJECT: Final = f"""
{_DIFFERENCES}
FROM annotation_pair p
JOIN annotation_response a ON a.id = p.first_id JOIN annotation_response b ON b.id = p.second_id
WHERE p.project_id = %(project)s
"""
_OF_FEW: Final = f"""
{_DIFFERENCES}
FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (SELECT id, first_id, second_id FROM annotation_pair WHERE id = w.pair OFFSET 0) p
CROSS JOIN LATERAL (
  SELECT characters, headings, list_items, bold, code FROM annotation_response WHERE id = p.first_id OFFSET 0) a
CROSS JOIN LATERAL (
  SELECT characters, headings, list_items, bold, code FROM annotation_response WHERE id = p.second_id OFFSET 0) b
"""  # noqa: S608 - a list of columns written here


def any_of(project: Project) -> bool:
    """Whether a project has a pair, gold or not."""
    # In the order of an index: without one, a large table may be read up to the project's first row (decision 0009).
    return Pair.objects.filter(project=project).order_by("id").values("pk").first() is not None


def any_prompts(project: Project) -> bool:
    """Whether a prompt was imported with its responses, to make pairs of."""
    return PromptSet.objects.filter(project=project).order_by("external_id").values("pk").first() is not None


def incomplete(project: Project) -> NDArray[np.int64]:
    """Primary keys of the pairs that are not complete, in order."""
    rows = copy.read(INCOMPLETE, {"project": int(project.pk)}, {"pair": "i8"})
    return np.unique(rows["pair"].astype(np.int64))


def complete(project: Project, pair_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these pairs are complete."""
    return np.isin(pair_ids, incomplete(project), invert=True)


def complete_among(project: Project, pair_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these pairs are complete, where they are few: the others are not looked at."""
    among = {"project": int(project.pk), "pairs": pair_ids.tolist()}
    rows = copy.read(_INCOMPLETE_AMONG, among, {"pair": "i8"})
    return np.isin(pair_ids, rows["pair"].astype(np.int64), invert=True)


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
    # All pairs of the project in order, from a server-side cursor: a list of a million keys would be the larger query.
    wanted = iter(enumerate(pair_ids.tolist()))
    row, pair = next(wanted, (-1, -1))
    with connection.chunked_cursor() as cursor:
        cursor.execute(_SOURCE_MODELS, {"project": project.pk})
        for pk, first, second in cursor:
            if pk == pair:
                of_pair[row] = position[first], position[second]
                row, pair = next(wanted, (-1, -1))
    return of_pair, names


def differences(project: Project, pair_ids: NDArray[np.int64], *, few: bool = False) -> NDArray[np.float64]:
    """How much longer, and how much more marked up, the first response of each pair is than the second.

    Parameters
    ----------
    pair_ids : (N,) int array
        Ascending.
    few : bool
        They are few of the project's: the others are not looked at.

    Returns
    -------
    (N, 2) float array
        Binary logarithms of the ratio of characters, and of that of headings, list items, bold passages and code
        together, each with one added: 1 is twice as long, -1 half as long, 0 alike.
    """
    among = {"pairs": pair_ids.tolist()} if few else {"project": int(project.pk)}
    rows = copy.read(_OF_FEW if few else _OF_PROJECT, among, {"pair": "i8", "length": "f8", "markup": "f8"})
    place = np.searchsorted(pair_ids, rows["pair"])
    place[place == len(pair_ids)] = 0
    wanted = pair_ids[place] == rows["pair"] if len(pair_ids) else np.zeros(len(rows), dtype=bool)
    found = np.zeros((len(pair_ids), 2))
    for column, name in enumerate(("length", "markup")):
        found[place[wanted], column] = rows[name][wanted]
    return found


def external_ids(project: Project, pair_ids: Iterable[int]) -> dict[int, str]:
    """Return the external ids of some pairs, by primary key; one query."""
    return dict(Pair.objects.filter(project=project, pk__in=list(pair_ids)).values_list("pk", "external_id"))


def key_of(project: Project, external_id: str) -> int | None:
    """Return the primary key of the pair of an external id; null where there is none."""
    return Pair.objects.filter(project=project, external_id=external_id).values_list("pk", flat=True).first()
