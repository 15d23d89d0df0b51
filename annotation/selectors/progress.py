"""How far a project's pairs have been judged."""

from __future__ import annotations

from typing import Final

from django.db import connection

from annotation.models import Project
from annotation.selectors.adjudications import IN_FORCE
from annotation.vocabulary import AssignmentState

_TAKEN: Final = f"('{AssignmentState.LEASED}', '{AssignmentState.SUBMITTED}')"
# Slots and assignments are counted together, and not joined: no plan of a join could be wrong (decision 0009).
_QUERY: Final = f"""
SELECT count(*), count(*) FILTER (WHERE NOT incomplete), count(*) FILTER (WHERE done > 0),
  count(*) FILTER (WHERE done = 0 AND leased = 0), coalesce(sum(done), 0), coalesce(sum(wanted), 0),
  count(*) FILTER (WHERE leased > 0)
FROM (
  -- A held slot may be one that is not wanted any more, but its judgement is.
  SELECT greatest(sum(wanted), sum(leased + done)) AS wanted, sum(leased) AS leased, sum(done) AS done,
    bool_or(incomplete) AS incomplete
  FROM (
    SELECT pair_id, 1 AS slots, (withdrawn_at IS NULL)::int AS wanted, 0 AS leased, 0 AS done, open AS incomplete
    FROM annotation_slot WHERE project_id = %(project)s
    UNION ALL
    SELECT pair_id, 0, 0, (state = '{AssignmentState.LEASED}')::int, (state = '{AssignmentState.SUBMITTED}')::int,
      state = '{AssignmentState.LEASED}'
    FROM annotation_assignment WHERE project_id = %(project)s AND slot_id IS NOT NULL AND state IN {_TAKEN}) AS one
  GROUP BY pair_id HAVING sum(slots) > 0) AS by_pair
"""  # noqa: S608 - conditions written in this package
_ADJUDICATED: Final = f"SELECT count(*) FROM ({IN_FORCE}) AS one"  # noqa: S608 - written in this package
_NAMES: Final = ("pairs", "complete", "started", "untouched", "judgements", "wanted", "being_judged")


def progress(project: Project) -> dict[str, int]:
    """Count the pairs that have slots, which gold has not, by how far they are, and the judgements in and wanted.

    ``adjudicated`` counts pairs that an adjudicator decided, whatever else they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, {"project": project.pk})
        found = dict(zip(_NAMES, (int(value) for value in cursor.fetchone()), strict=True))
        cursor.execute(_ADJUDICATED, {"project": project.pk})
        return found | {"adjudicated": int(cursor.fetchone()[0])}
