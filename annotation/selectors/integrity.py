"""Everything that must be true of what is stored, each as a sentence and the one query that finds what breaks it.

Constraints keep most of it true from one statement to the next. This looks at the rows themselves, so it also finds
what a dropped constraint, a restored backup or a hand at psql has let in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from annotation.models import Project

FOUND = "SELECT found, count(*) OVER () FROM (<breaches>) AS breach (found) LIMIT 5"


@dataclass(frozen=True, slots=True)
class Invariant:
    """``sql`` yields one row a breach, a few words that lead to it; ``[t]`` stands for "t is of the project asked for"."""

    name: str
    sentence: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How often an invariant is broken, and the first few places."""

    invariant: Invariant
    breaches: int
    examples: tuple[str, ...]


# Rows of a child whose parent is of another project, or is missing.
OTHER_PROJECT = """
SELECT '<child> ' || c.id FROM annotation_<child> c LEFT JOIN annotation_<parent> p ON p.id = c.<key>
WHERE [c] AND c.<key> IS NOT NULL AND c.project_id IS DISTINCT FROM p.project_id"""

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
    ("flag", "assignment", "assignment_id"),
    ("draft", "assignment", "assignment_id"),
    ("import", "job", "job_id"),
    ("importline", "import", "run_id"),
)

ROWS = (
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
        "The first revision is a submit; edits and withdrawals follow a standing verdict, a later submit a withdrawal.",
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
        "A submitted assignment has an annotation that stands.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
LEFT JOIN annotation_annotation a ON a.assignment_id = t.id
WHERE [t] AND t.state = 'submitted' AND a.verdict IS NULL""",
    ),
    Invariant(
        "verdict_stands_only_where_submitted",
        "Only submitted assignments have a standing verdict: not leased, released, expired or skipped ones.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.state FROM annotation_annotation a
JOIN annotation_assignment t ON t.id = a.assignment_id
WHERE [a] AND a.verdict IS NOT NULL AND t.state <> 'submitted'""",
    ),
    Invariant(
        "closed_slot_is_held_once",
        "A closed slot is held by exactly one leased or submitted assignment.",
        """
SELECT 'slot ' || s.id || ' held ' || count(t.id) || ' times' FROM annotation_slot s
LEFT JOIN annotation_assignment t ON t.project_id = s.project_id AND t.slot_id = s.id AND t.state IN ('leased', 'submitted')
WHERE [s] AND NOT s.open GROUP BY s.id HAVING count(t.id) <> 1""",
    ),
    Invariant(
        "open_slot_is_free",
        "An open slot is held by nobody.",
        """
SELECT 'slot ' || s.id || ' held by assignment ' || t.id FROM annotation_slot s
JOIN annotation_assignment t ON t.slot_id = s.id AND t.state IN ('leased', 'submitted') WHERE [s] AND s.open""",
    ),
    Invariant(
        "never_over_the_number_wanted",
        "No pair is with more people than it has slots; surplus work stands beside.",
        """
SELECT 'pair ' || t.pair_id || ': ' || count(*) || ' of ' || coalesce(max(s.n), 0) FROM annotation_assignment t
LEFT JOIN (SELECT pair_id, count(*) AS n FROM annotation_slot s WHERE [s] GROUP BY pair_id) s
  USING (pair_id)
WHERE [t] AND t.state IN ('leased', 'submitted') AND t.slot_id IS NOT NULL
GROUP BY t.pair_id HAVING count(*) > coalesce(max(s.n), 0)""",
    ),
    Invariant(
        "surplus_has_no_slot",
        "Surplus is exactly the standing ordinary work that fills no slot.",
        """
SELECT 'annotation ' || a.id FROM annotation_annotation a JOIN annotation_assignment t ON t.id = a.assignment_id
WHERE [a] AND t.state = 'submitted' AND a.surplus <> (t.kind = 'ordinary' AND t.slot_id IS NULL)""",
    ),
    Invariant(
        "ordinary_lease_has_a_slot",
        "An ordinary lease holds a slot, unless it is surplus work that was undone.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
LEFT JOIN annotation_annotation a ON a.assignment_id = t.id
WHERE [t] AND t.state = 'leased' AND t.kind = 'ordinary' AND t.slot_id IS NULL
  AND a.surplus IS NOT TRUE""",
    ),
    Invariant(
        "gold_and_probes_take_no_slot",
        "Gold and probes take no slot.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.kind FROM annotation_assignment t
WHERE [t] AND t.kind <> 'ordinary' AND t.slot_id IS NOT NULL""",
    ),
    Invariant(
        "gold_pairs_have_no_slots",
        "Gold pairs have no slots, and only gold pairs are handed out as gold.",
        """
SELECT 'slot ' || s.id || ' of gold pair ' || p.id FROM annotation_pair p
JOIN annotation_slot s ON s.project_id = p.project_id AND s.pair_id = p.id
WHERE [p] AND p.gold_verdict IS NOT NULL
UNION ALL
SELECT 'assignment ' || t.id FROM annotation_assignment t JOIN annotation_pair p ON p.id = t.pair_id
WHERE [t] AND t.kind = 'gold' AND p.gold_verdict IS NULL""",
    ),
    Invariant(
        "slot_of_the_same_pair",
        "An assignment's slot is a slot of its pair.",
        """
SELECT 'assignment ' || t.id || ' slot ' || s.id FROM annotation_assignment t
JOIN annotation_slot s ON s.id = t.slot_id WHERE [t] AND s.pair_id <> t.pair_id""",
    ),
    Invariant(
        "once_a_person",
        "Nobody holds or has judged a pair twice, probes aside; and nobody is probed on a pair twice.",
        """
SELECT 'pair ' || pair_id || ' member ' || member_id FROM annotation_assignment t
WHERE [t] AND t.state IN ('leased', 'submitted') GROUP BY pair_id, member_id, kind = 'probe' HAVING count(*) > 1""",
    ),
    Invariant(
        "nobody_judges_his_own_prompt",
        "Nobody was handed a pair of a prompt that he wrote.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
JOIN annotation_pair p ON p.id = t.pair_id JOIN annotation_prompt q ON q.id = p.prompt_id
WHERE [t] AND q.author_id = t.member_id AND t.leased_at IS NOT NULL""",
    ),
    Invariant(
        "lease_has_side_and_end",
        "A lease has a beginning and an end, and whatever was handed out says which response stood on the left.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
WHERE [t] AND (t.state = 'leased' AND (t.lease_until IS NULL OR t.leased_at IS NULL OR t.first_on_left IS NULL)
  OR t.leased_at IS NOT NULL AND t.first_on_left IS NULL)""",
    ),
    Invariant(
        "skips_are_skipped",
        "Every skipped assignment has its reason, and only skipped ones have one.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.state FROM annotation_assignment t
LEFT JOIN annotation_skip s ON s.assignment_id = t.id
WHERE [t] AND (t.state = 'skipped' OR s.id IS NOT NULL)
  AND (t.state = 'skipped') <> (s.id IS NOT NULL)""",
    ),
    Invariant(
        "drafts_end_with_the_work",
        "No draft is left where the verdict is in or the pair was skipped.",
        """
SELECT 'draft ' || d.id FROM annotation_draft d JOIN annotation_assignment t ON t.id = d.assignment_id
WHERE [d] AND t.state IN ('submitted', 'skipped')""",
    ),
    Invariant(
        "project_columns_agree",
        "What belongs together belongs to one project.",
        "\nUNION ALL".join(
            OTHER_PROJECT.replace("<child>", child).replace("<parent>", parent).replace("<key>", key)
            for child, parent, key in PROJECT_COLUMNS
        ),
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
        "Active members who can sign in have one place in the queue; who walks back does not stand beyond his aim.",
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
SELECT 'import ' || i.id || ': ' || count(l.id) || ' of ' || i.quarantined FROM annotation_import i
LEFT JOIN annotation_importline l ON l.project_id = i.project_id AND l.run_id = i.id
WHERE [i] GROUP BY i.id
HAVING count(l.id) <> i.quarantined OR count(DISTINCT l.line) <> count(l.id) OR coalesce(max(l.line), 0) > i.lines_done
  OR min(l.line) < 1""",
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

TRIGGERS = Invariant(
    "append_only_is_enforced",
    "Row triggers refuse UPDATE and DELETE on revisions and audit events.",
    # tgtype 27: for each row (1), before (2), on delete (8) or update (16).
    """
SELECT t.name || ' has no trigger' FROM unnest(%(append_only)s::text[]) AS t (name)
WHERE NOT EXISTS (
  SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid
  WHERE g.tgrelid = to_regclass(t.name) AND f.proname = 'concord_append_only' AND g.tgenabled IN ('O', 'A')
    AND g.tgtype & 27 = 27 AND g.tgqual IS NULL AND g.tgattr = '')""",
)

CONSTRAINTS = Invariant(
    "constraints_stand",
    "Every constraint and index that is meant exists and is valid.",
    """
SELECT c.on_table || ': ' || c.name FROM unnest(%(constraint_tables)s::text[], %(constraints)s::text[]) AS c (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_constraint p
  WHERE p.conrelid = to_regclass(c.on_table) AND p.conname = c.name AND p.convalidated)
  AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
  WHERE i.indrelid = to_regclass(c.on_table) AND k.relname = c.name AND i.indisvalid AND i.indisready)
UNION ALL
SELECT f.on_table || '.' || f.name || ' points anywhere' FROM unnest(%(key_tables)s::text[], %(keys)s::text[]) AS f (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_constraint p
  JOIN pg_attribute a ON a.attrelid = p.conrelid AND a.attnum = p.conkey[1]
  WHERE p.conrelid = to_regclass(f.on_table) AND p.contype = 'f' AND p.convalidated AND array_length(p.conkey, 1) = 1
    AND a.attname = f.name)
UNION ALL
SELECT u.on_table || '.' || u.name || ' may repeat' FROM unnest(%(unique_tables)s::text[], %(unique)s::text[]) AS u (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = to_regclass(u.on_table) AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND a.attname = u.name)
UNION ALL
SELECT p.conrelid::regclass || ': ' || p.conname || ' is not valid' FROM pg_constraint p
WHERE p.conrelid::regclass::text LIKE 'annotation\\_%%' AND NOT p.convalidated
UNION ALL
SELECT i.indrelid::regclass || ': ' || i.indexrelid::regclass || ' is not valid' FROM pg_index i
WHERE i.indrelid::regclass::text LIKE 'annotation\\_%%' AND NOT (i.indisvalid AND i.indisready)""",
)

# What stands in SQL alone, beside what the models say.
APPEND_ONLY_TABLES = ("annotation_annotationrevision", "annotation_auditevent")
IN_SQL = (
    ("annotation_pair", "pair_first_answers_its_prompt"),
    ("annotation_pair", "pair_second_answers_its_prompt"),
    ("annotation_pair", "keep_assigned"),
    ("annotation_slot", "keep_assigned"),
)

INVARIANTS = (*ROWS, TRIGGERS, CONSTRAINTS)


def check(project: Project | None = None) -> list[Finding]:
    """Look for breaches of every invariant, in one project or in all. Reads only; see :func:`snapshot`."""
    return [look(invariant, project) for invariant in INVARIANTS]


def sound(project: Project | None = None) -> bool:
    """Whether every invariant holds, asked in one round trip."""
    broken = " OR ".join(f"EXISTS ({_rendered(invariant)})" for invariant in INVARIANTS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT (<broken>)".replace("<broken>", broken), _parameters(project))
        return bool(cursor.fetchone()[0])


@contextmanager
def snapshot() -> Iterator[None]:
    """One read-only view of the whole database; a writer beside it neither waits nor shows."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def look(invariant: Invariant, project: Project | None) -> Finding:
    """Look for breaches of one invariant."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND.replace("<breaches>", _rendered(invariant)), _parameters(project))
        rows = cursor.fetchall()
    return Finding(invariant, rows[0][1] if rows else 0, tuple(str(found) for found, _ in rows))


def _rendered(invariant: Invariant) -> str:
    condition = r"(%(project)s::bigint IS NULL OR \1.project_id = %(project)s)"
    return re.sub(r"\[([a-z]+)\]", condition, invariant.sql)


def _parameters(project: Project | None) -> dict[str, Any]:
    constraints = sorted(_constraints_of_models() | set(IN_SQL))
    keys = sorted(_foreign_keys_of_models())
    unique = sorted(_unique_columns_of_models())
    return {
        "project": project.pk if project else None,
        "append_only": list(APPEND_ONLY_TABLES),
        "constraint_tables": [table for table, _ in constraints],
        "constraints": [name for _, name in constraints],
        "key_tables": [table for table, _ in keys],
        "keys": [column for _, column in keys],
        "unique_tables": [table for table, _ in unique],
        "unique": [column for _, column in unique],
    }


def _models() -> list[type[models.Model]]:
    return list(apps.get_app_config("annotation").get_models(include_auto_created=True))


def _constraints_of_models() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, named.name)
        for model in _models()
        for named in [*model._meta.constraints, *model._meta.indexes]
    }


def _unique_columns_of_models() -> set[tuple[str, str]]:
    """Primary keys, one-to-one keys, and whatever else no two rows may share by itself."""
    return {
        (model._meta.db_table, field.column)
        for model in _models()
        for field in model._meta.local_fields
        if field.unique and field.column
    }


def _foreign_keys_of_models() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, field.column)
        for model in _models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and getattr(field, "db_constraint", False) and field.column
    }
