"""Every invariant that is broken on purpose is found, and a sound database passes."""

from __future__ import annotations

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    AuditEvent,
    Import,
    ImportLine,
    Job,
    Pair,
    Slot,
    TakenBack,
    User,
)
from annotation.models.touched import NoteTouched
from annotation.selectors import integrity
from annotation.selectors.integrity import content
from annotation.services import adjudication, judging
from annotation.vocabulary import FlagReason, JobKind, SkipReason, Verdict
from tests.annotation.services.builders import Always, judge, lapse, lease, scene, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """A little of everything: submitted, edited, withdrawn, late, surplus, gold, skipped, leased and drafted work."""
    the = scene(pairs=12, members=3, gold=2, gold_rate=0.5)
    for _ in range(3):
        judge(the[0])
    judge(the[0], rng=Always())
    held = judge(the[0])
    judging.change(
        member=the[0],
        assignment_uuid=held.uuid,
        submit_key=uuid.uuid4(),
        judgement=judging.Judgement("tie", reason="On the whole."),
    )
    judge(the[0])
    judging.undo(member=the[0], submit_key=uuid.uuid4())
    late = lease(the[1])
    lapse(late)
    for _ in range(4):
        lease(the[2], rng=Always())
        judge(the[2], rng=Always())
    submit(the[1], late)
    for _ in range(2):  # a skip that stays, after a flag and a skip that were taken back
        skipped = lease(the[1])
        judging.skip(member=the[1], assignment_uuid=skipped.uuid, reason=SkipReason.OTHER)
        if not TakenBack.objects.exists():
            judging.undo(member=the[1], submit_key=uuid.uuid4())
            judging.flag(member=the[1], assignment_uuid=skipped.uuid, reason=FlagReason.OTHER)
    drafted = lease(the[1])
    judging.save_draft(member=the[1], assignment_uuid=drafted.uuid, version=1, reason="Hm")
    by = User.objects.create_user("rita@example.org", "x")
    for n, verdict in enumerate((Verdict.TIE, Verdict.FIRST)):
        adjudication.adjudicate(
            project=the.project,
            pair_id=Pair.objects.filter(gold_verdict=None, assignments__state="submitted").order_by("pk")[0].pk,
            by=by,
            verdict=verdict,
            reason="",
            read=n,
            submit_key=uuid.uuid4(),
            first_on_left=True,
        )
    job = Job.objects.create(project=the.project, kind=JobKind.IMPORT.value)
    run = Import.objects.create(
        project=the.project,
        job=job,
        batch=1,
        format="native",
        stored_as="x",
        lines_done=5,
        accepted=2,
        quarantined=2,
        blank=1,
    )
    for line in (2, 4):
        ImportLine.objects.create(project=the.project, run=run, line=line, code="c", raw=b"x")
    return the


def force(*statements: str) -> None:
    """Raw SQL with whatever the statements need out of the way; the test's transaction takes it all back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # no triggers, no foreign keys
        try:
            for statement in statements:
                cursor.execute(statement)
        finally:
            cursor.execute("SET session_replication_role = origin")


def drop(table: str, *names: str) -> str:
    drops = ", ".join(f"DROP CONSTRAINT {name}" for name in names)
    return f"ALTER TABLE annotation_{table} {drops}"


def without_unique(table: str, column: str) -> str:
    """Drop the constraint by which a column is unique by itself, whatever Django called it."""
    return f"""
DO $$ DECLARE c name; BEGIN
  SELECT conname INTO STRICT c FROM pg_constraint WHERE contype = 'u' AND conrelid = 'annotation_{table}'::regclass
    AND conkey = (SELECT ARRAY[attnum] FROM pg_attribute WHERE attrelid = conrelid AND attname = '{column}');
  EXECUTE 'ALTER TABLE annotation_{table} DROP CONSTRAINT ' || quote_ident(c); END $$"""


def trigger(model: type[Model]) -> str:
    """The name that the database has for the one trigger of a model that keeps rows from being changed or lost."""
    (one,) = (found for found in model._meta.triggers if not isinstance(found, NoteTouched))
    return one.get_pgid(model)


ONE_SUBMITTED = (
    "(SELECT id FROM annotation_assignment WHERE state = 'submitted' AND kind = 'ordinary' ORDER BY id LIMIT 1)"
)
ONE_LEASED = "(SELECT id FROM annotation_assignment WHERE state = 'leased' ORDER BY id DESC LIMIT 1)"
ONE_GOLD = "(SELECT id FROM annotation_assignment WHERE kind = 'gold' LIMIT 1)"
FREE_SLOT = "(SELECT id FROM annotation_slot WHERE open ORDER BY id DESC LIMIT 1)"
OTHER_PROJECT = (
    "INSERT INTO annotation_project SELECT (p).* FROM (SELECT jsonb_populate_record(q, "
    """'{"id": 999999, "slug": "elsewhere"}') AS p FROM annotation_project q LIMIT 1) x"""
)
HANDED_AGAIN = (
    "INSERT INTO annotation_assignment SELECT (a).* FROM (SELECT jsonb_populate_record(t, jsonb_build_object("
    "'id', 999999, 'uuid', gen_random_uuid(), 'slot_id', NULL)) AS a FROM annotation_assignment t "
    f"WHERE id = {ONE_SUBMITTED}) x"
)

BREACHES: dict[str, list[tuple[str, ...]]] = {
    "annotation_is_its_last_revision": [
        ("UPDATE annotation_annotation SET reason = 'Forged.' WHERE id = (SELECT max(id) FROM annotation_annotation)",),
        ("UPDATE annotation_annotation SET seconds = 1e6 WHERE id = (SELECT min(id) FROM annotation_annotation)",),
        ("DELETE FROM annotation_annotationrevision WHERE n = 2",),
        ("DELETE FROM annotation_annotationrevision",),
    ],
    "revisions_without_gaps": [
        ("UPDATE annotation_annotationrevision SET n = 3 WHERE n = 2",),
        ("UPDATE annotation_annotationrevision SET n = 0 WHERE n = 1",),
    ],
    "revisions_in_order": [
        ("UPDATE annotation_annotationrevision SET kind = 'edit' WHERE n = 1",),
        ("UPDATE annotation_annotationrevision SET kind = 'submit' WHERE kind = 'edit'",),
    ],
    "withdrawn_has_no_verdict": [
        (
            drop("annotationrevision", "revision_withdraw_has_no_verdict"),
            "UPDATE annotation_annotationrevision SET verdict = 1 WHERE kind = 'withdraw'",
        ),
    ],
    "revision_by_its_annotator": [
        (
            "UPDATE annotation_annotationrevision r SET member_id = (SELECT max(id) FROM annotation_member) "
            "WHERE member_id = (SELECT min(id) FROM annotation_member)",
        ),
        (
            drop("annotationrevision", "revision_key_once"),
            "UPDATE annotation_annotationrevision SET submit_key = '00000000-0000-4000-8000-000000000000'",
        ),
    ],
    "submitted_has_a_verdict": [
        (f"UPDATE annotation_assignment SET state = 'submitted' WHERE id = {ONE_LEASED}",),
        (
            "UPDATE annotation_assignment SET state = 'submitted' WHERE id IN (SELECT assignment_id FROM annotation_annotation)",
        ),
    ],
    "verdict_stands_only_where_submitted": [
        (f"UPDATE annotation_assignment SET state = 'leased' WHERE id = {ONE_SUBMITTED}",),
        (f"UPDATE annotation_assignment SET state = 'expired' WHERE id = {ONE_SUBMITTED}",),
    ],
    "closed_slot_is_held_once": [
        (f"UPDATE annotation_slot SET open = false WHERE id = {FREE_SLOT}",),
        ("UPDATE annotation_assignment SET state = 'released' WHERE state = 'leased' AND slot_id IS NOT NULL",),
        (
            "DROP INDEX assignment_one_a_slot",
            f"UPDATE annotation_assignment SET slot_id = (SELECT slot_id FROM annotation_assignment WHERE id = {ONE_SUBMITTED}) "
            f"WHERE id = {ONE_LEASED}",
        ),
    ],
    "open_slot_is_free": [
        (
            f"UPDATE annotation_slot SET open = true WHERE id = (SELECT slot_id FROM annotation_assignment WHERE id = {ONE_SUBMITTED})",
        ),
    ],
    "never_over_the_number_wanted": [
        (
            f"DELETE FROM annotation_slot WHERE pair_id = (SELECT pair_id FROM annotation_assignment WHERE id = {ONE_SUBMITTED})",
        ),
    ],
    "surplus_has_no_slot": [
        ("UPDATE annotation_annotation SET surplus = NOT surplus WHERE verdict IS NOT NULL",),
        (f"UPDATE annotation_assignment SET slot_id = NULL WHERE id = {ONE_SUBMITTED}",),
    ],
    "ordinary_lease_has_a_slot": [(f"UPDATE annotation_assignment SET slot_id = NULL WHERE id = {ONE_LEASED}",)],
    "gold_and_probes_take_no_slot": [
        (
            drop("assignment", "assignment_gold_has_no_slot"),
            f"UPDATE annotation_assignment SET slot_id = {FREE_SLOT} WHERE id = {ONE_GOLD}",
        ),
    ],
    "gold_pairs_have_no_slots": [
        (
            f"UPDATE annotation_slot SET pair_id = (SELECT id FROM annotation_pair WHERE gold_verdict = 0 LIMIT 1) WHERE id = {FREE_SLOT}",
        ),
        ("UPDATE annotation_pair SET gold_verdict = NULL",),
    ],
    "probes_come_back_swapped": [
        (f"UPDATE annotation_assignment SET kind = 'probe', slot_id = NULL WHERE id = {ONE_SUBMITTED}",),
    ],
    "slot_of_the_same_pair": [
        (f"UPDATE annotation_assignment SET slot_id = {FREE_SLOT} WHERE id = {ONE_SUBMITTED}",),
    ],
    "once_a_person": [("DROP INDEX assignment_once_a_person", HANDED_AGAIN)],
    "nobody_judges_their_own_prompt": [
        (
            "UPDATE annotation_prompt q SET author_id = t.member_id FROM annotation_assignment t, annotation_pair p "
            f"WHERE t.id = {ONE_SUBMITTED} AND p.id = t.pair_id AND q.id = p.prompt_id",
        ),
    ],
    "lease_has_side_and_end": [
        (f"UPDATE annotation_assignment SET first_on_left = NULL WHERE id = {ONE_LEASED}",),
        (
            drop("assignment", "assignment_lease_has_an_end"),
            f"UPDATE annotation_assignment SET lease_until = NULL WHERE id = {ONE_LEASED}",
        ),
        (f"UPDATE annotation_assignment SET first_on_left = NULL WHERE id = {ONE_SUBMITTED}",),
    ],
    "skips_are_skipped": [
        ("DELETE FROM annotation_skip",),
        ("UPDATE annotation_assignment SET state = 'released' WHERE state = 'skipped'",),
    ],
    "skips_and_flags_by_their_annotator": [
        (f"UPDATE annotation_{table} SET member_id = (SELECT min(id) FROM annotation_member)",)
        for table in ("skip", "flag", "takenback")
    ]
    + [("UPDATE annotation_takenback SET given_at = at + interval '1 second'",)],
    "drafts_end_with_the_work": [(f"UPDATE annotation_draft SET assignment_id = {ONE_SUBMITTED}",)],
    "project_columns_agree": [
        (OTHER_PROJECT, f"UPDATE annotation_{child} SET project_id = 999999")
        for child in sorted({child for child, _, _ in content.PROJECT_COLUMNS})
        if child != "promptset"
    ]
    + [
        ("UPDATE annotation_annotation SET project_id = 31415926",),
        # Without a foreign key of their own (decision 0006): what they point to is looked up here.
        (f"UPDATE annotation_assignment SET pair_id = 31415926 WHERE id = {ONE_GOLD}",),
        (
            f"DELETE FROM annotation_pair WHERE id = (SELECT pair_id FROM annotation_assignment WHERE id = {ONE_LEASED})",
        ),
        (f"UPDATE annotation_assignment SET slot_id = 31415926 WHERE id = {ONE_LEASED}",),
        (
            f"DELETE FROM annotation_slot WHERE id = (SELECT slot_id FROM annotation_assignment WHERE id = {ONE_LEASED})",
        ),
        ("UPDATE annotation_annotationrevision SET member_id = 31415926 WHERE n = 1",),
    ],
    "pairs_are_canonical": [
        (drop("pair", "pair_of_two"), "UPDATE annotation_pair SET second_id = first_id"),
        (
            "UPDATE annotation_pair SET first_id = (SELECT max(id) FROM annotation_response) WHERE id = (SELECT min(id) FROM annotation_pair)",
        ),
        ("DELETE FROM annotation_response WHERE id = (SELECT max(id) FROM annotation_response)",),
        (
            "DROP INDEX pair_of_two_responses_once",
            "INSERT INTO annotation_pair SELECT (a).* FROM (SELECT jsonb_populate_record(p, jsonb_build_object("
            "'id', 999999, 'external_id', 'x', 'first_id', second_id, 'second_id', first_id)) AS a "
            "FROM annotation_pair p ORDER BY id LIMIT 1) x",
        ),
    ],
    "members_can_be_told_apart": [
        (drop("member", "member_number_once"), "UPDATE annotation_member SET number = 1"),
        ("UPDATE annotation_member SET number = 0 WHERE number = 1",),
    ],
    "members_have_a_place_in_the_queue": [
        ("DELETE FROM annotation_queuemark WHERE id = (SELECT max(id) FROM annotation_queuemark)",),
        ("UPDATE annotation_queuemark SET walk_to = key - 1",),
        ("UPDATE annotation_queuemark SET key = 'NaN'",),
    ],
    "withdrawn_slot_is_closed": [(f"UPDATE annotation_slot SET withdrawn_at = now() WHERE id = {FREE_SLOT}",)],
    "slots_have_a_place_in_the_queue": [
        (f"UPDATE annotation_slot SET key = 'Infinity' WHERE id = {FREE_SLOT}",),
        ("UPDATE annotation_slot SET reopened_at = now() WHERE NOT open",),
    ],
    "guidelines_without_gaps": [
        ("UPDATE annotation_guidelines SET version = 2",),
        ("DELETE FROM annotation_guidelines",),
    ],
    "imported_lines_add_up": [("UPDATE annotation_import SET accepted = accepted + 1",)],
    "quarantined_lines_are_kept": [
        ("DELETE FROM annotation_importline WHERE line = 2",),
        ("UPDATE annotation_importline SET line = 99 WHERE line = 2",),
    ],
    "jobs_are_where_they_say": [
        ("UPDATE annotation_job SET state = 'running'",),
        ("UPDATE annotation_job SET state = 'done', finished_at = now()",),
        ("UPDATE annotation_job SET state = 'failed'",),
        ("UPDATE annotation_job SET finished_at = now()",),
    ],
    "append_only_is_enforced": [
        (f"ALTER TABLE annotation_annotationrevision DISABLE TRIGGER {trigger(AnnotationRevision)}",),
        (f"DROP TRIGGER {trigger(AuditEvent)} ON annotation_auditevent",),
        (
            f"DROP TRIGGER {trigger(AuditEvent)} ON annotation_auditevent",
            f"CREATE TRIGGER {trigger(AuditEvent)} BEFORE UPDATE ON annotation_auditevent FOR EACH ROW "
            f"EXECUTE FUNCTION {trigger(AuditEvent)}()",
        ),
    ],
    "adjudications_in_order": [
        ("UPDATE annotation_adjudication SET n = 5 WHERE n = 2",),
        ("UPDATE annotation_adjudication SET kind = 'edit' WHERE n = 1",),
        (
            drop("adjudication", "adjudication_withdraw_no_verdict"),
            "UPDATE annotation_adjudication SET verdict = NULL WHERE n = 1",
        ),
    ],
    "constraints_stand": [
        (drop("pair", "pair_first_answers_its_prompt"),),
        (drop("annotation", "annotation_verdict_known"),),
        (f"DROP TRIGGER {trigger(Pair)} ON annotation_pair",),
        (f"DROP TRIGGER {trigger(Slot)} ON annotation_slot",),
        ("DROP INDEX slot_queue",),
        ("DROP INDEX assignment_one_a_slot",),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'slot_pair'::regclass",),
        (without_unique("annotation", "assignment_id"),),
        (without_unique("job", "uuid"),),
        (without_unique("apitoken", "digest"),),
        (
            drop("project", "project_state_known"),
            "ALTER TABLE annotation_project ADD CONSTRAINT project_state_known CHECK (state <> 'x') NOT VALID",
        ),
        (
            "DO $$ DECLARE c name; BEGIN SELECT conname INTO c FROM pg_constraint WHERE contype = 'f' AND "
            "conrelid = 'annotation_assignment'::regclass AND conkey = (SELECT ARRAY[attnum] FROM pg_attribute WHERE "
            "attrelid = conrelid AND attname = 'member_id'); "
            "EXECUTE 'ALTER TABLE annotation_assignment DROP CONSTRAINT ' || quote_ident(c); END $$",
        ),
    ],
}


def test_every_invariant_is_broken_by_some_test():
    assert set(BREACHES) == {invariant.name for invariant in integrity.INVARIANTS}


@pytest.mark.external
@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(world, name):
    (invariant,) = (i for i in integrity.INVARIANTS if i.name == name)
    for statements in BREACHES[name]:
        with transaction.atomic():
            force(*statements)
            finding = integrity.look(invariant, None)
            assert finding.breaches >= 1, statements
            assert 1 <= len(finding.examples) <= 5
            assert not integrity.sound()
            transaction.set_rollback(True)
        assert integrity.look(invariant, None).breaches == 0


@pytest.mark.external
def test_a_pair_or_slot_that_is_assigned_cannot_be_deleted(world):
    gold = Assignment.objects.filter(kind="gold")[0]  # has no slots that would keep its pair
    held = lease(world[1])
    for table, number in (("pair", gold.pair_id), ("slot", held.slot_id)):
        refusal = f"annotation_{table} {number} is still referred to by assignment"
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            delete(table, str(number))
    delete("slot", FREE_SLOT)


def delete(table: str, number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM annotation_{table} WHERE id = {number}")
        assert cursor.rowcount == 1
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_at_most_five_examples_are_told_and_all_are_counted(world):
    force("UPDATE annotation_annotation SET reason = 'Forged.'")
    (finding,) = (f for f in integrity.check(world.project) if f.breaches)
    assert len(finding.examples) == 5
    assert finding.breaches == Annotation.objects.count() > 5


def test_another_projects_breach_is_not_this_ones(world):
    other = scene(pairs=2, members=1)
    force(f"UPDATE annotation_guidelines SET version = 7 WHERE project_id = {other.project.pk}")
    assert integrity.sound(world.project)
    assert not integrity.sound(other.project)
    assert not integrity.sound()


def test_the_world_itself_is_sound_and_holds_what_the_breaches_need(world):
    assert [f.invariant.sentence for f in integrity.check() if f.breaches] == []
    assert {"leased", "submitted", "skipped"} == set(Assignment.objects.values_list("state", flat=True))
    assert AnnotationRevision.objects.filter(kind="withdraw").exists()
    assert Assignment.objects.filter(kind="gold", state="submitted").exists()


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    def test_prints_each_invariant_as_a_sentence_and_ends_well(self):
        scene(pairs=2, members=1)
        out, err = StringIO(), StringIO()
        call_command("check_integrity", stdout=out, stderr=err)
        assert all(invariant.sentence in out.getvalue() for invariant in integrity.INVARIANTS)
        assert f"All {len(integrity.INVARIANTS)} invariants hold." in err.getvalue()

    def test_ends_with_1_and_says_what_is_broken(self):
        the = scene(pairs=2, members=1)
        judge(the[0])
        force("UPDATE annotation_annotation SET reason = 'Forged.'")
        out = StringIO()
        with pytest.raises(CommandError) as ended:
            call_command("check_integrity", "--json", "--project", the.project.slug, stdout=out, stderr=StringIO())
        assert ended.value.returncode == 1
        answer = json.loads(out.getvalue())
        (broken,) = (i for i in answer["invariants"] if i["breaches"])
        assert not answer["ok"]
        assert broken["name"] == "annotation_is_its_last_revision"
        assert broken["breaches"] == len(broken["examples"]) == 1

    def test_of_a_project_that_is_not_there_says_so(self):
        with pytest.raises(CommandError, match="There is no project 'nowhere'"):
            call_command("check_integrity", "--project", "nowhere", stdout=StringIO(), stderr=StringIO())

    def test_reads_only_and_one_moment(self):
        with integrity.snapshot(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('transaction_isolation')")
            assert cursor.fetchone() == ("on", "repeatable read")

    def test_does_not_join_a_transaction_that_has_begun(self):
        with pytest.raises(RuntimeError), transaction.atomic(), integrity.snapshot():
            pass
