"""Pairs, members, guidelines, and the project that all of it belongs to."""

from __future__ import annotations

from annotation.selectors.integrity.invariant import Invariant

PROJECT_COLUMNS = (
    ("assignment", "pair", "pair_id"),
    ("assignment", "member", "member_id"),
    ("assignment", "slot", "slot_id"),
    ("annotation", "assignment", "assignment_id"),
    ("annotationrevision", "annotation", "annotation_id"),
    ("annotationrevision", "member", "member_id"),
    ("slot", "pair", "pair_id"),
    ("pair", "prompt", "prompt_id"),
    ("pair", "response", "first_id"),
    ("pair", "response", "second_id"),
    ("response", "prompt", "prompt_id"),
    ("prompt", "member", "author_id"),
    ("promptset", "prompt", "prompt_id"),
    ("queuemark", "member", "member_id"),
    ("skip", "assignment", "assignment_id"),
    ("skip", "member", "member_id"),
    ("flag", "assignment", "assignment_id"),
    ("flag", "member", "member_id"),
    ("takenback", "assignment", "assignment_id"),
    ("takenback", "member", "member_id"),
    ("draft", "assignment", "assignment_id"),
    ("import", "job", "job_id"),
    ("importline", "import", "run_id"),
)


def _of_another_project(child: str, parent: str, key: str) -> str:
    """Rows of a child whose parent is of another project, or is missing."""
    return f"""
SELECT '{child} ' || c.id FROM annotation_{child} c LEFT JOIN annotation_{parent} p ON p.id = c.{key}
WHERE [c] AND c.{key} IS NOT NULL AND c.project_id IS DISTINCT FROM p.project_id"""  # noqa: S608 - names of our own


INVARIANTS = (
    Invariant(
        "project_columns_agree",
        "What belongs together belongs to one project.",
        "\nUNION ALL".join(_of_another_project(child, parent, key) for child, parent, key in PROJECT_COLUMNS),
    ),
    Invariant(
        "pairs_are_canonical",
        "A pair is two different responses to its own prompt, and no two pairs are of the same two.",
        """
SELECT 'pair ' || p.id FROM annotation_pair p
LEFT JOIN annotation_response f ON f.id = p.first_id LEFT JOIN annotation_response s ON s.id = p.second_id
WHERE [p] AND (p.first_id = p.second_id OR f.prompt_id IS DISTINCT FROM p.prompt_id
  OR s.prompt_id IS DISTINCT FROM p.prompt_id)
UNION ALL
SELECT 'pairs ' || array_agg(id)::text FROM annotation_pair p WHERE [p]
GROUP BY project_id, least(first_id, second_id), greatest(first_id, second_id) HAVING count(*) > 1""",
    ),
    Invariant(
        "members_can_be_told_apart",
        "Members have numbers from 1 on, each once in a project.",
        """
SELECT 'member ' || min(m.id) || ' number ' || number FROM annotation_member m
WHERE [m] GROUP BY project_id, number HAVING count(*) > 1 OR number < 1""",
    ),
    Invariant(
        "members_have_a_place_in_the_queue",
        "Active members who can sign in have one queue mark; a mark that went back is not beyond the key it walks to.",
        """
SELECT 'member ' || m.id || ' has no mark' FROM annotation_member m
WHERE [m] AND m.user_id IS NOT NULL AND m.state = 'active'
  AND NOT EXISTS (SELECT FROM annotation_queuemark q WHERE q.member_id = m.id AND q.route = 0)
UNION ALL
SELECT 'mark ' || q.id FROM annotation_queuemark q
WHERE [q] AND (q.walk_to < q.key OR q.key IN ('NaN', 'Infinity', '-Infinity'))""",
    ),
    Invariant(
        "slots_have_a_place_in_the_queue",
        "Slots have a finite key, and only open ones say when they were reopened.",
        """
SELECT 'slot ' || s.id FROM annotation_slot s
WHERE [s] AND (s.key IN ('NaN', 'Infinity', '-Infinity') OR (s.reopened_at IS NOT NULL AND NOT s.open))""",
    ),
    Invariant(
        "guidelines_without_gaps",
        "Guidelines are numbered 1 to n, and the version shown with a pair exists.",
        """
SELECT 'project ' || project_id FROM annotation_guidelines g WHERE [g]
GROUP BY project_id HAVING min(version) <> 1 OR max(version) <> count(*)
UNION ALL
SELECT 'version ' || t.guidelines_version || ' of project ' || t.project_id FROM (
  SELECT DISTINCT project_id, guidelines_version FROM annotation_assignment t
  WHERE [t] AND guidelines_version IS NOT NULL) t
LEFT JOIN annotation_guidelines g ON g.project_id = t.project_id AND g.version = t.guidelines_version
WHERE g.id IS NULL""",
    ),
)
