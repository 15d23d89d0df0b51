"""The hot statements use the indexes that are meant for them, on a fresh project and on a half-done one.

Plans that once went wrong: NOT EXISTS over an empty table becomes an anti join that reads a whole index at each
claim; a state in the condition lets the planner walk the partial index of leases with all its dead entries; a join to
the ids of a LIMIT that the plan does not know reads a whole index. Each function is called often enough to have run by
plans made for its values and by the plan that stays.
"""

from __future__ import annotations

import re
import uuid
from importlib import resources
from typing import Any

import pytest
from django.db import connection

from annotation.models import Assignment, Slot
from annotation.services import handout, judging, slots
from annotation.services.handout import gold, leases, probes, queue
from annotation.services.judging import submission
from annotation.services.judging.replay import replay
from annotation.vocabulary import SkipReason
from common.db.rows import query, query_value
from tests.annotation.services.builders import (
    Always,
    Scene,
    ask,
    five_minutes_later,
    judge,
    lapse,
    lease,
    scene,
    shift,
    submit,
)
from tests.annotation.services.plans import (
    BIG,
    assert_sparing,
    assert_uses,
    indexes,
    plans,
    reads,
)

pytestmark = [pytest.mark.external, pytest.mark.django_db(transaction=True)]

OFTEN = 8  # five plans for the values, then the one that stays
PAIRS = 20_000

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
INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, kind, state, first_on_left, leased_at, lease_until)
SELECT gen_random_uuid(), %(project)s, m, p.id, 'gold', 'expired', true, now(), now()
FROM unnest(%(members)s) m, annotation_pair p WHERE p.project_id = %(project)s AND p.gold_verdict IS NOT NULL;
WITH taken AS (
  UPDATE annotation_slot SET open = false FROM (
    SELECT id, pair_id, row_number() OVER (PARTITION BY pair_id ORDER BY id) AS r FROM annotation_slot
    WHERE project_id = %(project)s AND open AND key BETWEEN 2 AND 2.5) s
  WHERE annotation_slot.id = s.id RETURNING s.*),
given AS (
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    leased_at, lease_until)
  SELECT gen_random_uuid(), %(project)s, (%(members)s)[1 + (pair_id + r) %% %(count)s], pair_id, id, 'ordinary',
    'submitted', true, now(), now() FROM taken RETURNING id, member_id),
judged AS (
  INSERT INTO annotation_annotation (project_id, assignment_id, verdict, reason, surplus, first_at, at)
  SELECT %(project)s, id, 0, '', false, now(), now() FROM given RETURNING id, assignment_id)
INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash, verdict,
  reason, at)
SELECT %(project)s, judged.id, given.member_id, 1, 'submit', gen_random_uuid(), 'x', 0, '', now()
FROM judged JOIN given ON given.id = judged.assignment_id;
"""


def project(state: str) -> Scene:
    """A project of 20,000 pairs, vacuumed and analysed as autovacuum would leave it."""
    made = scene(pairs=10, members=6, gold=50, gold_rate=0.1)
    at: dict[str, Any] = {"project": made.project.pk, "n": PAIRS, "count": 6, "members": [m.pk for m in made.members]}
    with connection.cursor() as cursor:
        cursor.execute(FILL, at)
        if state == "half done":
            cursor.execute(HALF, at)
            cursor.execute("UPDATE annotation_queuemark SET key = 2.5")
        for table in BIG:
            cursor.execute(f"VACUUM (ANALYZE) annotation_{table}")
        cursor.execute("ANALYZE")
    return made


def hand_out(the: Scene) -> None:
    for member in the.members[:3]:
        judge(member)
    for author in (False, True):
        at = {"project": the.project.pk, "member": the[0].pk, "route": 0, "lease": 600, "until": float("inf")}
        with reads(undo=True) as found:
            for _ in range(OFTEN):
                ((claimed, _),) = query(queue.CLAIM, at | {"walking": False, "author": author})
                assert claimed is not None
            found.assert_sparing(rows=OFTEN * 60)
        found.assert_uses("slot", "slot_queue")
        found.assert_uses("assignment", "assignment_pair_person")
    with plans() as seen:
        leases.live(the[0])
    ((sql, live),) = seen
    assert_sparing(sql, live)
    assert_uses(live, "assignment", "assignment_one_lease_a_pair", "assignment_person_latest")


def the_common_case(the: Scene) -> None:
    for _ in range(OFTEN):
        judge(the[1])
    with reads() as found:
        for member in the.members[:3]:
            for _ in range(5):
                assert judge(member) is not None
    found.assert_sparing(rows=15 * 60)


def the_pair_one_holds_already(the: Scene) -> None:
    lease(the[0])
    with plans() as seen:
        ask(the[0])
    for sql, plan in seen:
        assert_sparing(sql, plan)
    with reads() as found:
        for _ in range(OFTEN):
            ask(the[0])
    found.assert_sparing(rows=OFTEN * 60)
    found.assert_uses("assignment", "annotation_assignment_pkey")


def gold_pairs(the: Scene) -> None:
    for _ in range(3):
        judge(the[1])
    with reads(undo=True) as found:
        for _ in range(OFTEN):
            assert gold.claim(the[1], Always()) is not None
    found.assert_sparing(rows=OFTEN * 2000)
    found.assert_uses("pair", "pair_gold")
    # One after the other until there are eight that they have not had, of each how many know it: not all fifty each time.
    assert found["assignment_pair_person"].scans <= OFTEN * (OFTEN + 2 * gold.AMONG + 3)


def probes_of_own_judgements(the: Scene) -> None:
    with reads(undo=True) as found:
        for _ in range(OFTEN):
            probes.claim(the[1], Always())
    # The latest judgements with their prompts, and those among which a probe is drawn; of six people where all are read in order.
    found.assert_sparing(rows=OFTEN * 6 * (gold.APART + probes.AMONG))


def submitting(the: Scene) -> None:
    with reads() as found:
        for _ in range(OFTEN):
            submit(the[2], lease(the[2]))
    found.assert_sparing(rows=OFTEN * 60)
    found.assert_uses("assignment", "assignment_uuid_once")
    found.assert_uses("annotationrevision", "revision_key_once")

    held = lease(the[2])
    with plans() as seen:
        handout.own(member=the[2], uuid=held.uuid)
        replay(member=the[2], submit_key=uuid.uuid4(), body=b"")
    (own, earlier) = (plan for _, plan in seen)
    for sql, plan in seen:
        assert_sparing(sql, plan)
    assert_uses(own, "assignment", "assignment_uuid_once")
    assert_uses(earlier, "annotationrevision", "revision_key_once")


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

    values: dict[str, Any] = {
        "project": the.project.pk,
        "member": the[3].pk,
        "body": b"x",
        "surplus": True,
        "slot": None,
    }
    values |= {"first_left": 0, "first_right": 0, "strength": None, "confidence": None, "reason": "", "seconds": 1.0}
    late = [lease(the[3])]
    while len(late) < OFTEN:
        handout.release(member=the[3], assignment_uuid=late[-1].uuid)
        late.append(lease(the[3]))
    with reads(undo=True) as found:
        for assignment in late:
            assert query_value(submission.SUBMIT_LATE, values | {"uuid": assignment.uuid, "key": uuid.uuid4()})
    found.assert_sparing(rows=OFTEN * 60)
    found.assert_uses("assignment", "assignment_uuid_once")


def lapsed_leases_and_where_their_slots_go(the: Scene) -> None:
    for _ in range(OFTEN):
        held = [lease(member) for member in the.members]
        lapse(*held[:4])
        with reads() as found:
            assert handout.expire(project=the.project) == 4
        found.assert_sparing()
        found.assert_uses("assignment", "assignment_one_lease_a_pair")
        found.assert_uses("assignment", "annotation_assignment_pkey")
        found.assert_uses("slot", "slot_queue")
        found.assert_uses("slot", "annotation_slot_pkey")


def reopened_slots_that_were_passed(the: Scene) -> None:
    for _ in range(OFTEN):
        held = lease(the[0])
        handout.release(member=the[0], assignment_uuid=held.uuid)
        shift(Slot, "reopened_at", [held.slot_id], to=-400)
        with reads() as found:
            slots.move_reopened(project=the.project)
        found.assert_sparing()
        found.assert_uses("slot", "slot_reopened")


def undo_change_skip_draft_heartbeat(the: Scene) -> None:
    judge(the[4])
    held = judge(the[4])
    judgement = judging.Judgement("tie")
    with reads() as found, plans() as seen:
        judging.change(member=the[4], assignment_uuid=held.uuid, submit_key=uuid.uuid4(), judgement=judgement)
        judging.undo(member=the[4], submit_key=uuid.uuid4())
        judging.save_draft(member=the[4], assignment_uuid=held.uuid, version=1, reason="Hm")
        handout.renew(member=the[4], assignment_uuid=held.uuid)
        handout.leave(member=the[4], assignment_uuid=held.uuid)
        judging.skip(member=the[4], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
    for sql, plan in seen:
        assert_sparing(sql, plan)
    found.assert_sparing(rows=2 * 200)


def the_end_of_the_queue_is_a_probe_and_going_back_a_bounded_walk(the: Scene) -> None:
    while handout.expire(project=the.project, most=500):
        pass
    for held in Assignment.objects.filter(member=the[5], state="leased"):
        handout.release(member=the[5], assignment_uuid=held.uuid)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_queuemark SET key = 9, went_back_at = clock_timestamp()")
    with reads() as found, plans() as seen:
        assert ask(the[5]).answer is handout.Answer.NOTHING_LEFT
    for sql, plan in seen:
        assert_sparing(sql, plan)
    found.assert_sparing()
    # They had every pair before: nothing in the first steps is for them.
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
    assert sum(sql == queue.CLAIM for sql, _ in seen) <= 2 + queue.WALK_STEPS_A_REQUEST
    with reads() as found:
        assert ask(the[5]).answer is handout.Answer.LOOKING_FURTHER
    # Once to find where each step ends, once to look for a slot in it, and an entry or two of the member's for each slot.
    found.assert_sparing(rows=queue.WALK_STEPS_A_REQUEST * 1000 * 6)
    assert Assignment.objects.filter(member=the[5], state="leased").count() == 0


@pytest.mark.parametrize("state", ["fresh", "half done"])
def test_every_hot_statement_uses_the_indexes_meant(state, monkeypatch):
    monkeypatch.setattr(queue, "WALK_STEP", 1000)
    the = project(state)
    for operation in (
        hand_out,
        the_common_case,
        the_pair_one_holds_already,
        gold_pairs,
        probes_of_own_judgements,
        submitting,
        late_work,
        lapsed_leases_and_where_their_slots_go,
        reopened_slots_that_were_passed,
        undo_change_skip_draft_heartbeat,
        the_end_of_the_queue_is_a_probe_and_going_back_a_bounded_walk,
    ):
        operation(the)


def test_a_claim_planned_while_there_are_no_assignments_finds_those_of_one_pair_and_member():
    """Its plan stays until the next ANALYZE, and by then a project may have thousands of them."""
    probe = """(SELECT true FROM annotation_assignment t
           WHERE t.project_id = s.project_id AND t.member_id = in_member AND t.pair_id = s.pair_id
             AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL"""
    claim = resources.files("annotation.sql").joinpath("claim.sql").read_text()
    assert claim.count(probe) == 2
    assert not Assignment.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_assignment")
        cursor.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        arguments = {"s.project_id": "$1", "s.pair_id": "$2", "in_member": "$3"}
        statement = re.sub("|".join(map(re.escape, arguments)), lambda found: arguments[found[0]], probe)
        cursor.execute(f"PREPARE probe (bigint, bigint, bigint) AS SELECT {statement}")
        cursor.execute("EXPLAIN EXECUTE probe (1, 2, 3)")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE probe; RESET plan_cache_mode; RESET enable_seqscan")
    assert "assignment_pair_person" in plan
