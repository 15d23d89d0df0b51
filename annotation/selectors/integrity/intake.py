"""Imports and jobs."""

from __future__ import annotations

from annotation.selectors.integrity.invariant import Invariant

INVARIANTS = (
    Invariant(
        "imported_lines_add_up",
        "Accepted, unchanged, quarantined and blank lines are all the lines an import has done.",
        """
SELECT 'import ' || i.id FROM annotation_import i
WHERE [i] AND i.accepted + i.unchanged + i.quarantined + i.blank <> i.lines_done""",
    ),
    Invariant(
        "quarantined_lines_are_kept",
        "Every quarantined line is kept, once, and lies among the lines done.",
        """
SELECT 'import ' || i.id || ': ' || l.n || ' of ' || i.quarantined FROM annotation_import i
CROSS JOIN LATERAL (
  SELECT count(*) AS n, count(DISTINCT line) AS lines, min(line) AS first, max(line) AS last
  FROM annotation_importline WHERE project_id = i.project_id AND run_id = i.id) l
WHERE [i] AND (l.n <> i.quarantined OR l.lines <> l.n OR coalesce(l.last, 0) > i.lines_done OR l.first < 1)""",
    ),
    Invariant(
        "jobs_are_where_they_say",
        "A running job has a heartbeat, a job that is over an end, a job that is done a result.",
        """
SELECT 'job ' || j.id || ' is ' || j.state FROM annotation_job j
WHERE [j] AND (
  (j.state = 'running' AND (j.heartbeat IS NULL OR j.started_at IS NULL OR j.attempt < 1))
  OR (j.state IN ('done', 'failed', 'parked')) <> (j.finished_at IS NOT NULL)
  OR (j.state = 'done') <> (j.result IS NOT NULL))""",
    ),
)
