"""How far a project's pairs have been judged."""

from __future__ import annotations

from typing import Final

from django.db import connection

from annotation.models import Project
from annotation.selectors.pairs import INCOMPLETE
from annotation.vocabulary import AssignmentState

_TAKEN: Final = f"('{AssignmentState.LEASED}', '{AssignmentState.SUBMITTED}')"
_QUERY: Final = f"""
WITH by_pair AS (
  SELECT s.pair_id, count(*) AS wanted, count(t.id) FILTER (WHERE t.state = '{AssignmentState.LEASED}') AS leased,
    count(t.id) FILTER (WHERE t.state = '{AssignmentState.SUBMITTED}') AS done
  FROM annotation_slot s
  LEFT JOIN annotation_assignment t
    ON t.project_id = s.project_id AND t.slot_id = s.id AND t.state IN {_TAKEN}
  WHERE s.project_id = %(project)s GROUP BY s.pair_id)
SELECT count(*), count(*) FILTER (WHERE u.pair_id IS NULL), count(*) FILTER (WHERE done > 0),
  count(*) FILTER (WHERE done = 0 AND leased = 0), coalesce(sum(done), 0), coalesce(sum(wanted), 0),
  count(*) FILTER (WHERE leased > 0)
FROM by_pair LEFT JOIN (SELECT DISTINCT pair_id FROM ({INCOMPLETE}) AS found) AS u USING (pair_id)
"""  # noqa: S608 - conditions written in this package
_NAMES: Final = ("pairs", "complete", "started", "untouched", "judgements", "wanted", "being_judged")


def progress(project: Project) -> dict[str, int]:
    """Count the pairs that have slots, which gold has not, by how far they are, and the judgements in and wanted."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, {"project": project.pk})
        return dict(zip(_NAMES, (int(value) for value in cursor.fetchone()), strict=True))
