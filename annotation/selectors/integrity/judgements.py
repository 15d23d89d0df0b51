"""Annotations and their revisions."""

from __future__ import annotations

from annotation.selectors.integrity.invariant import Invariant

INVARIANTS = (
    Invariant(
        "annotation_is_its_last_revision",
        "An annotation equals its last revision, value by value.",
        """
SELECT 'annotation ' || a.id FROM annotation_annotation a
LEFT JOIN LATERAL (
  SELECT * FROM annotation_annotationrevision r
  WHERE r.project_id = a.project_id AND r.annotation_id = a.id ORDER BY r.n DESC LIMIT 1) r ON true
WHERE [a] AND (r.id IS NULL
  OR (a.verdict, a.strength, a.confidence, a.reason, a.seconds, a.at)
    IS DISTINCT FROM (r.verdict, r.strength, r.confidence, r.reason, r.seconds, r.at))""",
    ),
    Invariant(
        "revisions_without_gaps",
        "The revisions of an annotation are numbered 1 to n without a gap.",
        """
SELECT 'annotation ' || annotation_id || ': ' || array_agg(n ORDER BY n)::text FROM annotation_annotationrevision r
WHERE [r] GROUP BY annotation_id
HAVING min(n) <> 1 OR max(n) <> count(*) OR count(DISTINCT n) <> count(*)""",
    ),
    Invariant(
        "revisions_in_order",
        "The first revision is a submit; edits and withdrawals follow a verdict in force, a later submit a withdrawal.",
        """
SELECT 'annotation ' || annotation_id || ' revision ' || n || ' is ' || kind FROM (
  SELECT annotation_id, n, kind, lag(kind) OVER (PARTITION BY annotation_id ORDER BY n) AS before
  FROM annotation_annotationrevision r WHERE [r]) r
WHERE (kind = 'submit') <> (before IS NULL OR before = 'withdraw')""",
    ),
    Invariant(
        "withdrawn_has_no_verdict",
        "A revision has no verdict exactly where it withdraws.",
        """
SELECT 'revision ' || id || ' is ' || kind FROM annotation_annotationrevision r
WHERE [r] AND (kind = 'withdraw') <> (verdict IS NULL)""",
    ),
    Invariant(
        "revision_by_its_annotator",
        "Every revision was made by the person to whom the pair was handed, under a key of its own.",
        """
SELECT 'revision ' || r.id FROM annotation_annotationrevision r
JOIN annotation_annotation a ON a.id = r.annotation_id JOIN annotation_assignment t ON t.id = a.assignment_id
WHERE [r] AND r.member_id <> t.member_id
UNION ALL
SELECT 'key ' || submit_key FROM annotation_annotationrevision r WHERE [r]
GROUP BY project_id, member_id, submit_key HAVING count(*) > 1""",
    ),
    Invariant(
        "submitted_has_a_verdict",
        "A submitted assignment has an annotation that is not withdrawn.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
LEFT JOIN annotation_annotation a ON a.assignment_id = t.id
WHERE [t] AND t.state = 'submitted' AND a.verdict IS NULL""",
    ),
    Invariant(
        "verdict_stands_only_where_submitted",
        "Only submitted assignments have a verdict in force: not leased, released, expired or skipped ones.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.state FROM annotation_annotation a
CROSS JOIN LATERAL (SELECT id, state FROM annotation_assignment WHERE id = a.assignment_id OFFSET 0) t
WHERE [a] AND a.verdict IS NOT NULL AND t.state <> 'submitted'""",
    ),
    Invariant(
        "adjudications_in_order",
        "The adjudications of a pair are numbered without a gap; each withdrawal, and no other, follows one in force and has no verdict.",
        """
SELECT 'adjudication ' || n || ' of pair ' || pair_id || ' is ' || kind FROM (
  SELECT pair_id, n, kind, verdict, lag(kind) OVER w AS before, row_number() OVER w AS place
  FROM annotation_adjudication a WHERE [a] WINDOW w AS (PARTITION BY a.project_id, pair_id ORDER BY n)) a
WHERE n <> place OR (kind = 'withdraw') <> (verdict IS NULL)
  OR (kind = 'submit') <> (before IS NULL OR before = 'withdraw')""",
    ),
)
