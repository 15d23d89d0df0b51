"""The hot statements use the indexes that are meant for them, on a fresh project and on a half-done one.

Planner traps that were met: NOT EXISTS over an empty table becomes an anti join that reads a whole index at each
claim; a state in the condition lets the planner walk the partial index of leases with all its dead entries.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from annotation.models import Assignment, Slot
from annotation.services import handout, judging, locks, slots
from annotation.vocabulary import SkipReason
from tests.annotation.services.builders import Scene, ask, five_minutes_later, judge, lapse, lease, scene, shift, submit

pytestmark = [pytest.mark.external, pytest.mark.django_db(transaction=True)]

PAIRS = 20_000
BIG = ("slot", "pair", "prompt", "response", "assignment", "annotation", "annotationrevision")

# Pairs with their prompts, responses and three slots each, as an import leaves them; then a share of it judged.
FILL = """
INSERT INTO annotation_prompt (project_id, content, content_hash, language, tags, author_name, created_at)
SELECT %(project)s, '"Question?"', sha256(('p' || i)::bytea), '', '{}', '', now() FROM generate_series(1, %(n)s) i;
INSERT INTO annotation_response (project_id, prompt_id, source_model, content, content_hash, copy)
SELECT project_id, id, 'model-' || side, '"Text."', content_hash, 0 FROM annotation_prompt, (VALUES ('a'), ('b')) s (side)
WHERE project_id = %(project)s;
INSERT INTO annotation_pair (project_id, prompt_id, first_id, second_id, external_id, origin, batch, content_hash, created_at)
SELECT %(project)s, prompt_id, min(id), max(id), 'e' || prompt_id, 'import', 1, 'x', now() FROM annotation_response
WHERE project_id = %(project)s GROUP BY prompt_id;
INSERT INTO annotation_slot (project_id, pair_id, route, key, open, first_on_left)
SELECT %(project)s, p.id, 0, 2 + p.r, true, s %% 2 = 0
FROM (SELECT id, random() AS r FROM annotation_pair WHERE project_id = %(project)s AND gold_verdict IS NULL OFFSET 0) p,
  generate_series(1, 3) s WHERE NOT EXISTS (SELECT FROM annotation_slot o WHERE o.pair_id = p.id);
"""
HALF = """
WITH taken AS (
  UPDATE annotation_slot SET open = false FROM (
    SELECT id, pair_id, row_number() OVER (PARTITION BY pair_id ORDER BY id) AS r FROM annotation_slot
    WHERE project_id = %(project)s AND open AND key BETWEEN 2 AND 2.5) s
  WHERE annotation_slot.id = s.id RETURNING s.*),
given AS (
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    leased_at, lease_until)
  SELECT gen_random_uuid(), %(project)s, (%(members)s)[1 + (pair_id + r) %% %(people)s], pair_id, id, 'ordinary',
    'submitted', true, now(), now() FROM taken RETURNING id, member_id),
said AS (
  INSERT INTO annotation_annotation (project_id, assignment_id, verdict, reason, surplus, first_at, at)
  SELECT %(project)s, id, 0, '', false, now(), now() FROM given RETURNING id, assignment_id)
INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash, verdict,
  reason, at)
SELECT %(project)s, said.id, given.member_id, 1, 'submit', gen_random_uuid(), 'x', 0, '', now()
FROM said JOIN given ON given.id = said.assignment_id;
INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, kind, state, first_on_left, leased_at, lease_until)
SELECT gen_random_uuid(), %(project)s, m, p.id, 'gold', 'expired', true, now(), now()
FROM unnest(%(members)s) m, annotation_pair p WHERE p.project_id = %(project)s AND p.gold_verdict IS NOT NULL;
"""


def project(state: str) -> Scene:
    """A project of 20,000 pairs, vacuumed and analysed as autovacuum would leave it."""
    made = scene(pairs=10, people=6, gold=50, gold_rate=0.1)
    at: dict[str, Any] = {"project": made.project.pk, "n": PAIRS, "people": 6, "members": [m.pk for m in made.people]}
    with connection.cursor() as cursor:
        cursor.execute(FILL, at)
        if state == "half done":
            cursor.execute(HALF, at)
            cursor.execute("UPDATE annotation_queuemark SET key = 2.5")
        for table in BIG:
            cursor.execute(f"VACUUM (ANALYZE) annotation_{table}")
        cursor.execute("ANALYZE")
    return made


@contextmanager
def plans() -> Iterator[list[tuple[str, dict]]]:
    """Each statement sent meanwhile with the plan it ran by; EXPLAIN runs beside it, in a savepoint taken back."""
    seen: list[tuple[str, dict]] = []

    def explain(execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", sql):
            with context["connection"].connection.cursor() as bare:
                bare.execute("SAVEPOINT plan")
                bare.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql, params)
                (plan,) = bare.fetchone()[0]
                bare.execute("ROLLBACK TO SAVEPOINT plan")
            seen.append((sql, plan["Plan"]))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(explain):
        yield seen


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def indexes(plan: dict) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def assert_uses(plan: dict, table: str, *names: str) -> None:
    """One of these indexes leads to the table's rows; a table of a page or two may be read as it stands."""
    if table in grown():
        assert indexes(plan) & set(names), indexes(plan)


def grown() -> set[str]:
    """The tables that hold more than a page or two by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 5 * 8192")
        return {name.removeprefix("annotation_") for (name,) in cursor.fetchall()} & set(BIG)


def assert_sparing(sql: str, plan: dict, *, rows: int = 200) -> None:
    """No table that has grown is read from end to end, none is anti joined, and no node touches more than a few rows."""
    big = grown()
    for node in nodes(plan):
        where = f"{node['Node Type']} on {node.get('Relation Name', node.get('Index Name', ''))}\n{sql}"
        table = node.get("Relation Name", "").removeprefix("annotation_")
        assert not (node["Node Type"] == "Seq Scan" and table in big), where
        assert node.get("Join Type") != "Anti", where
        touched = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert touched <= rows, f"{touched} rows: {where}"


def the_one(seen: list[tuple[str, dict]], sql: str) -> dict:
    (plan,) = (plan for sent, plan in seen if sent == sql)
    return plan


def hand_out(the: Scene) -> None:
    for member in the.people[:3]:
        judge(member)
    at = {"project": the.project.pk, "member": the[0].pk, "route": 0, "lease": 600} | handout.AHEAD_OF_THE_MARK
    claims = (handout.CLAIM, handout.CLAIM_OF_AUTHOR)
    with plans() as seen, connection.cursor() as cursor:
        for sql in (handout.LIVE, *claims):
            cursor.execute(sql, at)
    for sql, plan in seen:
        assert_sparing(sql, plan)
    for claim in claims:
        assert_uses(the_one(seen, claim), "slot", "slot_queue")
        assert_uses(the_one(seen, claim), "assignment", "assignment_pair_person")
    live = the_one(seen, handout.LIVE)
    assert_uses(live, "assignment", "assignment_one_lease_a_pair", "assignment_person_latest")


def the_common_case(the: Scene) -> None:
    """What the functions do inside cannot be explained from outside: they count as they go."""
    for _ in range(8):  # by then plans of the functions stay as they are
        judge(the[1])
    with transaction.atomic():
        before = read_so_far()
        for member in the.people[:3]:
            for _ in range(5):
                assert judge(member) is not None
        after = read_so_far()
    for table in grown():
        scans, rows = (after[table][i] - before[table][i] for i in (0, 1))
        assert scans == 0, f"{table} was read from end to end"
        assert rows <= 15 * 60, f"{rows} rows of {table} were looked at"


def read_so_far() -> dict[str, tuple[int, int]]:
    """Of each table: scans from end to end, and rows found through indexes, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_scan, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")
        return {name.removeprefix("annotation_"): (scans, rows) for name, scans, rows in cursor.fetchall()}


def the_pair_one_holds_already(the: Scene) -> None:
    lease(the[0])
    with plans() as seen:
        ask(the[0])
    for sql, plan in seen:
        assert_sparing(sql, plan)
    assert_uses(the_one(seen, handout.RENEW_AND_SHOW), "assignment", "annotation_assignment_pkey")


def gold(the: Scene) -> None:
    for _ in range(3):
        judge(the[1])
    with plans() as seen, connection.cursor() as cursor:
        cursor.execute(handout.GOLD, {"project": the.project.pk, "member": the[1].pk, "lease": 600})
    plan = the_one(seen, handout.GOLD)
    assert_sparing("gold", plan, rows=2000)
    assert_uses(plan, "pair", "pair_gold")


def submitting(the: Scene) -> None:
    held = lease(the[2])
    at = {"project": the.project.pk, "member": the[2].pk, "uuid": held.uuid, "key": uuid.uuid4(), "body": b"x"}
    at |= {"assignment": held.pk, "slot": held.slot_id, "surplus": False, "verdict": 0, "strength": None}
    at |= {"confidence": None, "reason": "Better.", "seconds": 1.0}
    at |= {"first_left": 0, "first_right": 1}
    with plans() as seen, connection.cursor() as cursor:
        for sql in (judging.REPLAY, handout.OWN, judging.SUBMIT):
            cursor.execute(sql, at)
            assert cursor.rowcount == (sql != judging.REPLAY)
    again = lease(the[2])
    with plans() as seen_too, connection.cursor() as cursor:
        cursor.execute(judging.SUBMIT_OF_LEASE, at | {"uuid": again.uuid, "key": uuid.uuid4()})
        assert cursor.rowcount == 1
    seen += seen_too
    for sql, plan in seen:
        assert_sparing(sql, plan)
    assert_uses(the_one(seen, judging.SUBMIT_OF_LEASE), "assignment", "assignment_uuid_once")
    assert_uses(the_one(seen, judging.SUBMIT_OF_LEASE), "annotationrevision", "revision_key_once")
    assert_uses(the_one(seen, judging.REPLAY), "annotationrevision", "revision_key_once")
    assert_uses(the_one(seen, handout.OWN), "assignment", "assignment_uuid_once")
    assert_uses(the_one(seen, judging.SUBMIT), "assignment", "annotation_assignment_pkey")


def late_work(the: Scene) -> None:
    held = lease(the[3])
    lapse(held)
    handout.expire(project=the.project)
    with plans() as seen:
        submit(the[3], held)
    for sql, plan in seen:
        assert_sparing(sql, plan)
    by_pair = [indexes(plan) for sql, plan in seen if "annotation_slot" in sql and sql.startswith("SELECT")]
    assert {"slot_pair"} in by_pair


def lapsed_leases_and_where_their_slots_go(the: Scene) -> None:
    held = [lease(member) for member in the.people]
    lapse(*held[:4])
    with plans() as seen:
        assert handout.expire(project=the.project) == 4
    for sql, plan in seen:
        assert_sparing(sql, plan)
    assert_uses(the_one(seen, handout.LAPSED), "assignment", "assignment_one_lease_a_pair")
    assert_uses(the_one(seen, slots.AHEAD), "slot", "slot_queue")
    assert_uses(the_one(seen, slots.REOPEN), "slot", "annotation_slot_pkey")


def reopened_slots_that_were_passed(the: Scene) -> None:
    held = lease(the[0])
    handout.release(member=the[0], assignment_uuid=held.uuid)
    shift(Slot, "reopened_at", [held.slot_id], to=-400)
    with plans() as seen:
        slots.move_reopened(project=the.project)
    plan = the_one(seen, slots.STALE)
    assert_sparing("stale", plan)
    assert_uses(plan, "slot", "slot_reopened")


def undo_change_skip_draft_heartbeat(the: Scene) -> None:
    judge(the[4])
    held = judge(the[4])
    said = judging.Said("tie")
    with plans() as seen:
        judging.change(member=the[4], assignment_uuid=held.uuid, submit_key=uuid.uuid4(), said=said)
        judging.undo(member=the[4], submit_key=uuid.uuid4())
        judging.save_draft(member=the[4], assignment_uuid=held.uuid, version=1, reason="Hm")
        handout.renew(member=the[4], assignment_uuid=held.uuid)
        handout.leave(member=the[4], assignment_uuid=held.uuid)
        judging.skip(member=the[4], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
    for sql, plan in seen:
        assert_sparing(sql, plan)


def the_end_of_the_queue_is_a_probe_and_going_back_a_bounded_walk(the: Scene) -> None:
    while handout.expire(project=the.project, most=500):
        pass
    for held in Assignment.objects.filter(member=the[5], state="leased"):
        handout.release(member=the[5], assignment_uuid=held.uuid)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_queuemark SET key = 9, went_back_at = clock_timestamp()")
    with plans() as seen:
        assert ask(the[5]).answer is handout.Answer.NOTHING_LEFT
    for sql, plan in seen:
        assert_sparing(sql, plan)
    # He had every pair before: nothing in the first steps is for him.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, kind, state, first_on_left) "
            "SELECT gen_random_uuid(), project_id, %(member)s, id, 'ordinary', 'skipped', true FROM annotation_pair "
            "WHERE project_id = %(project)s AND id NOT IN (SELECT pair_id FROM annotation_assignment "
            "WHERE member_id = %(member)s AND state IN ('leased', 'submitted', 'skipped'))",
            {"member": the[5].pk, "project": the.project.pk},
        )
        cursor.execute("VACUUM (ANALYZE) annotation_assignment")
    five_minutes_later(the.project)
    with plans() as seen:
        assert ask(the[5]).answer is handout.Answer.LOOKING_FURTHER
    for sql, plan in seen:
        assert_sparing(sql, plan, rows=1200)
    assert sum(sql == handout.CLAIM for sql, _ in seen) <= 2 + handout.WALK_STEPS_A_REQUEST
    assert Assignment.objects.filter(member=the[5], state="leased").count() == 0


@pytest.mark.parametrize("state", ["fresh", "half done"])
def test_every_hot_statement_uses_the_indexes_meant(state, monkeypatch):
    monkeypatch.setattr(handout, "WALK_STEP", 1000)
    the = project(state)
    for deed in (
        hand_out,
        the_common_case,
        the_pair_one_holds_already,
        gold,
        submitting,
        late_work,
        lapsed_leases_and_where_their_slots_go,
        reopened_slots_that_were_passed,
        undo_change_skip_draft_heartbeat,
        the_end_of_the_queue_is_a_probe_and_going_back_a_bounded_walk,
    ):
        deed(the)


def test_the_functions_say_what_the_services_say():
    """The common cases run in functions that a migration made: the same statements, or somebody changed one alone."""
    constants = {"until": "'Infinity'", "walking": "false", "surplus": "false"}
    with connection.cursor() as cursor:
        for name, sql in (("concord_claim", handout.CLAIM), ("concord_submit", judging.SUBMIT_OF_LEASE)):
            cursor.execute("SELECT prosrc, provolatile, proconfig FROM pg_proc WHERE proname = %s", [name])
            source, volatile, settings = cursor.fetchone()
            for parameter, value in constants.items():
                sql = sql.replace(f"%({parameter})s", value)
            sql = re.sub(r"%\((\w+)\)s", r"in_\1", sql).replace("%%", "%")
            assert " ".join(sql.split()) in " ".join(source.split())
            # Volatile: each statement inside sees what was committed before it began.
            assert (volatile, settings) == ("v", ["enable_seqscan=off"])
            lock = locks.LOCK_MEMBER.replace("%%", "%").replace("%(ns)s", str(locks.MEMBER))
            assert re.search(r"pg_advisory_xact_lock\(.*?::int\)", lock.replace("%(member)s", "in_member"))[0] in source
