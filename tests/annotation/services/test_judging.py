"""Judging: submit, change, undo, skip, flag, drafts; under one key, late, and at once."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    AuditEvent,
    Draft,
    Flag,
    Guidelines,
    QueueMark,
    Skip,
    Slot,
    TakenBack,
)
from annotation.sampling.presentation import canonical, shown_word
from annotation.selectors import integrity, own_work
from annotation.services import handout, judging, slots
from annotation.services.access.audit import record
from annotation.services.judging import Judgement
from annotation.vocabulary import AssignmentState, FlagReason, ProjectState, SkipReason, Undoable, Verdict
from tests.annotation.services.builders import (
    Always,
    ask,
    five_minutes_later,
    fresh,
    judge,
    lapse,
    lease,
    open_slots,
    scene,
    shift,
    submit,
)
from tests.annotation.services.concurrency import InThread, together
from tests.annotation.services.counting import statements
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sound_afterwards(db):
    yield
    if not connection.needs_rollback:
        broken = [f"{f.invariant.sentence} {f.examples}" for f in integrity.check() if f.breaches]
        assert not broken


def annotation_of(assignment: Assignment) -> Annotation:
    return Annotation.objects.get(assignment=assignment)


def kinds_of(assignment: Assignment) -> list[str]:
    return list(
        AnnotationRevision.objects.filter(annotation__assignment=assignment)
        .order_by("n")
        .values_list("kind", flat=True)
    )


def over(*assignments: Assignment, seconds: float = 16 * 60) -> None:
    """The judgements were given so long ago."""
    shift(Annotation, "first_at", [annotation_of(a).pk for a in assignments], to=-seconds)


class TestSubmit:
    def test_stores_verdict_revision_and_state_together(self):
        the = scene(members=1)
        held = lease(the[0])
        stored = submit(the[0], held, "tie", strength=2, confidence=0.8, reason="Both right.")
        assert stored == judging.Acknowledgement(held.uuid, 1, "submit", False)
        annotation = annotation_of(held)
        revision = AnnotationRevision.objects.get()
        assert fresh(held).state == AssignmentState.SUBMITTED
        assert (annotation.verdict, annotation.strength, annotation.confidence) == (Verdict.TIE, 2, 0.8)
        assert (annotation.reason, annotation.surplus) == ("Both right.", False)
        assert (revision.n, revision.kind, revision.member_id) == (1, "submit", the[0].pk)
        assert annotation.first_at == annotation.at == revision.at

    @pytest.mark.parametrize("shown", ["a", "b", "tie", "both_bad"])
    @pytest.mark.parametrize("first_on_left", [True, False])
    def test_turns_what_was_seen_into_the_pairs_own_order(self, shown, first_on_left):
        the = scene(members=1)
        held = lease(the[0])
        Assignment.objects.update(first_on_left=first_on_left)
        submit(the[0], held, shown)
        wanted = {"a": 0, "b": 1, "tie": 2, "both_bad": 3}[shown]
        if not first_on_left and wanted < 2:
            wanted = 1 - wanted
        assert annotation_of(held).verdict == wanted
        assert shown_word(wanted, first_on_left) == shown

    def test_of_the_same_key_and_body_gives_the_same_answer(self):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()
        answers = {submit(the[0], held, "b", key, reason="é", seconds=seconds) for seconds in (1, 5, None)}
        assert len(answers) == 1
        assert AnnotationRevision.objects.count() == 1

    @pytest.mark.parametrize(
        "other",
        [{"shown": "b"}, {"reason": "x"}, {"strength": 3}, {"confidence": 0.9}],
        ids=["verdict", "reason", "strength", "confidence"],
    )
    def test_of_the_same_key_and_another_body_is_refused(self, other):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()
        submit(the[0], held, "a", key)
        with pytest.raises(judging.KeyReused):
            submit(the[0], held, key=key, **{"shown": "a", **other})
        assert AnnotationRevision.objects.count() == 1

    def test_of_the_same_key_for_another_pair_or_operation_is_refused(self):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()
        submit(the[0], held, "a", key)
        with pytest.raises(judging.KeyReused):
            submit(the[0], lease(the[0]), "a", key)
        with pytest.raises(judging.KeyReused):
            judging.change(member=the[0], assignment_uuid=held.uuid, submit_key=key, judgement=Judgement("a"))
        with pytest.raises(judging.KeyReused):
            judging.undo(member=the[0], submit_key=key)

    def test_keys_belong_to_a_member(self):
        the = scene(members=2)
        key = uuid.uuid4()
        for member in the.members:
            submit(member, lease(member), "a", key)
        assert AnnotationRevision.objects.filter(submit_key=key).count() == 2

    def test_of_another_members_assignment_is_refused(self):
        the, elsewhere = scene(members=2), scene(members=1)
        held = lease(the[0])
        for stranger in (the[1], elsewhere[0]):
            with pytest.raises(judging.NotYours):
                submit(stranger, held)
        with pytest.raises(judging.NotYours):
            judging.submit(
                member=the[0], assignment_uuid=uuid.uuid4(), submit_key=uuid.uuid4(), judgement=Judgement("a")
            )

    @pytest.mark.parametrize("state", [ProjectState.PAUSED, ProjectState.CLOSED])
    def test_counts_in_full_when_the_project_is_paused_or_closed(self, state):
        the = scene(members=1)
        held = lease(the[0])
        the.project.state = state.value
        the.project.save()
        assert not submit(the[0], held).surplus

    def test_counts_in_full_after_the_lease_lapsed_while_nobody_took_the_slot(self):
        the = scene(members=1)
        held = lease(the[0])
        lapse(held, seconds=3600)
        assert not submit(the[0], held).surplus
        assert fresh(held).slot_id == held.slot_id

    def test_a_second_verdict_under_another_key_is_a_visible_edit(self):
        the = scene(members=1)
        held = lease(the[0])
        submit(the[0], held, "a", seconds=0)
        again = submit(the[0], held, "b")
        assert (again.revision, again.kind) == (2, "edit")
        assert kinds_of(held) == ["submit", "edit"]

    def test_believes_the_pages_seconds_up_to_the_time_since_the_lease_began(self):
        the = scene(members=1)
        wanted = {12.34: 12.3, -1: 100, 1e9: 100, float("nan"): 100, float("inf"): 100, None: 100, 0: 0}
        for claimed, stored in wanted.items():
            held = lease(the[0])
            shift(Assignment, "leased_at", [held.pk], to=-100)
            with time_machine.travel("2031-05-05 05:05:05Z", tick=False):
                submit(the[0], held, seconds=claimed)
            assert annotation_of(held).seconds == pytest.approx(stored, abs=1 if stored else 0)

    def test_ends_the_draft(self):
        the = scene(members=1)
        held = lease(the[0])
        judging.save_draft(member=the[0], assignment_uuid=held.uuid, version=1, reason="Be")
        submit(the[0], held, reason="Better.")
        assert not Draft.objects.exists()

    def test_of_gold_fills_no_slot_and_is_never_surplus(self):
        the = scene(pairs=6, members=1, gold=2, gold_rate=0.5)
        for _ in range(3):
            judge(the[0])
        golden = lease(the[0], rng=Always())
        lapse(golden)
        handout.expire(project=the.project)
        assert not submit(the[0], golden).surplus
        assert (fresh(golden).kind, fresh(golden).slot_id) == ("gold", None)


class TestLateWork:
    def test_takes_its_slot_back(self):
        the = scene(pairs=3, members=1)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        assert not submit(the[0], held).surplus
        slot = Slot.objects.get(pk=held.slot_id)
        assert (slot.open, slot.reopened_at) == (False, None)
        assert fresh(held).slot_id == slot.pk

    def test_takes_any_other_open_slot_of_the_pair(self):
        the = scene(pairs=1, members=2, slots=2)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        taken = lease(the[1])
        if taken.slot_id != held.slot_id:  # the reopened slot is ahead of the pair's other slot
            taken.slot_id, before = held.slot_id, taken.slot_id
            Slot.objects.filter(pk=before).update(open=True)
            Slot.objects.filter(pk=held.slot_id).update(open=False, reopened_at=None)
            taken.save()
        assert not submit(the[0], held).surplus
        assert fresh(held).slot_id not in (None, taken.slot_id)
        assert open_slots(the.project) == 0

    def test_is_surplus_only_when_no_slot_is_left_and_stored_all_the_same(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        submit(the[1], lease(the[1]))
        stored = submit(the[0], held, "b", reason="Late.")
        assert stored.surplus
        assert fresh(held).slot_id is None
        assert annotation_of(held).reason == "Late."
        assert annotation_of(held).surplus

    def test_of_a_pair_given_back_counts_too(self):
        the = scene(pairs=2, members=1)
        held = lease(the[0])
        handout.release(member=the[0], assignment_uuid=held.uuid)
        assert not submit(the[0], held).surplus

    def test_of_a_pair_that_was_handed_out_again_is_written_to_that_lease(self):
        the = scene(pairs=1, members=1, slots=2)
        first = lease(the[0])
        judging.save_draft(member=the[0], assignment_uuid=first.uuid, version=1, reason="Be")
        shift(Assignment, "leased_at", [first.pk], to=-100)
        lapse(first)
        handout.expire(project=the.project)
        five_minutes_later(the.project)
        again = lease(the[0])
        Assignment.objects.filter(pk=again.pk).update(first_on_left=not first.first_on_left)
        stored = submit(the[0], first, "a", seconds=80)
        assert stored.assignment == again.uuid
        assert fresh(first).state == AssignmentState.EXPIRED
        # What was judged is what was shown first, and for how long it was shown.
        assert fresh(again).first_on_left is first.first_on_left
        assert annotation_of(again).verdict == canonical("a", first.first_on_left)
        assert annotation_of(again).seconds == 80
        assert not Draft.objects.exists()

    def test_of_a_pair_that_was_judged_again_is_an_edit_of_that(self):
        the = scene(pairs=1, members=1, slots=2)
        first = lease(the[0])
        lapse(first)
        handout.expire(project=the.project)
        five_minutes_later(the.project)
        again = lease(the[0])
        submit(the[0], again, "a")
        stored = submit(the[0], first, "tie")
        assert (stored.assignment, stored.kind) == (again.uuid, "edit")
        assert annotation_of(again).verdict == Verdict.TIE

    def test_of_a_pair_that_was_skipped_in_another_tab_counts_and_takes_the_skip_back(self):
        the = scene(pairs=3, members=1)
        held = lease(the[0])
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        assert not submit(the[0], held).surplus
        assert not Skip.objects.exists()

    def test_undone_surplus_that_is_judged_again_takes_a_slot_if_there_is_one_now(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        submit(the[1], lease(the[1]))
        assert submit(the[0], held).surplus
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert fresh(held).state == AssignmentState.LEASED
        judging.undo(member=the[1], submit_key=uuid.uuid4())
        handout.release(member=the[1], assignment_uuid=Assignment.objects.get(member=the[1]).uuid)
        assert not submit(the[0], held).surplus
        assert not annotation_of(held).surplus
        assert open_slots(the.project) == 0

    def test_after_the_edit_window_is_told_so(self):
        the = scene(pairs=1, members=1, slots=2)
        first = lease(the[0])
        lapse(first)
        handout.expire(project=the.project)
        five_minutes_later(the.project)
        again = lease(the[0])
        submit(the[0], again, "a")
        over(again)
        with pytest.raises(judging.TooLate):
            submit(the[0], first, "tie")


class TestUndo:
    def test_takes_back_the_latest_submit_and_the_pair_is_leased_again_with_the_same_sides(self):
        the = scene(members=1)
        earlier, held = judge(the[0]), judge(the[0])
        undone = judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert undone == judging.Undone(Undoable.VERDICT, held.uuid)
        assert kinds_of(held) == ["submit", "withdraw"]
        again = lease(the[0])
        assert (again.pk, again.first_on_left, again.slot_id) == (held.pk, held.first_on_left, held.slot_id)
        assert annotation_of(held).verdict is None
        assert annotation_of(earlier).verdict is not None

    def test_is_judged_again_by_the_newest_guidelines(self):
        the = scene(members=1)
        held = judge(the[0])
        assert held.guidelines_version == 1
        Guidelines.objects.create(project=the.project, version=2, text="Prefer the shorter one.")
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert fresh(held).guidelines_version == 2

    def test_is_done_once_however_often_it_is_sent(self):
        the = scene(members=1)
        judge(the[0])
        judge(the[0])
        key = uuid.uuid4()
        assert len({judging.undo(member=the[0], submit_key=key) for _ in range(5)}) == 1
        assert Assignment.objects.filter(state="submitted").count() == 1

    def test_goes_on_backwards_and_hands_never_hold_more_than_three(self):
        the = scene(pairs=12, members=1)
        judged = [judge(the[0]) for _ in range(6)]
        for done in reversed(judged):
            assert judging.undo(member=the[0], submit_key=uuid.uuid4()).assignment == done.uuid
            assert fresh(done).state == AssignmentState.LEASED
            assert Assignment.objects.filter(state="leased").count() <= 3
        with pytest.raises(judging.NothingToUndo):
            judging.undo(member=the[0], submit_key=uuid.uuid4())

    def test_gives_back_a_pair_nobody_has_looked_at_rather_than_one_with_a_draft(self):
        the = scene(pairs=12, members=1)
        done = lease(the[0])
        held = [done.uuid]
        for _ in range(2):
            held.append(lease(the[0], *held).uuid)
        judging.save_draft(member=the[0], assignment_uuid=held[2], version=1, reason="Hm")
        submit(the[0], done)
        fourth = lease(the[0], *held)
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert fresh(fourth).state == AssignmentState.RELEASED
        assert set(Assignment.objects.filter(state="leased").values_list("uuid", flat=True)) == set(held)

    def test_within_the_window_only(self):
        the = scene(members=1, edit_window_seconds=900)
        held = judge(the[0])
        over(held, seconds=901)
        with pytest.raises(judging.TooLate):
            judging.undo(member=the[0], submit_key=uuid.uuid4())
        over(held, seconds=899)
        judging.undo(member=the[0], submit_key=uuid.uuid4())

    def test_judging_again_is_the_next_revision_and_opens_a_new_window(self):
        the = scene(members=1)
        held = judge(the[0])
        over(held, seconds=800)
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        judging.save_draft(member=the[0], assignment_uuid=held.uuid, version=1, reason="Hm")
        shift(Assignment, "leased_at", [held.pk], to=-30)
        stored = submit(the[0], held, "both_bad", seconds=20)
        assert (stored.revision, stored.kind, stored.surplus) == (3, "submit", False)
        assert kinds_of(held) == ["submit", "withdraw", "submit"]
        annotation = annotation_of(held)
        assert annotation.first_at == annotation.at
        assert annotation.seconds == 20
        assert not Draft.objects.exists()

    def test_an_undone_pair_whose_lease_lapses_goes_back_to_the_queue(self):
        the = scene(pairs=1, members=2, slots=1)
        held = judge(the[0])
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        lapse(held)
        assert lease(the[1]).slot_id == held.slot_id
        assert annotation_of(held).verdict is None
        assert submit(the[0], held).surplus, "the judgement is kept all the same"

    def test_leaves_other_people_and_projects_alone(self):
        the, elsewhere = scene(members=2), scene(members=1)
        judge(the[1])
        judge(elsewhere[0])
        with pytest.raises(judging.NothingToUndo):
            judging.undo(member=the[0], submit_key=uuid.uuid4())

    def test_of_gold_leaves_it_gold(self):
        the = scene(pairs=6, members=1, gold=2, gold_rate=0.5)
        for _ in range(3):
            judge(the[0])
        golden = judge(the[0], rng=Always())
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert lease(the[0]).pk == golden.pk
        assert not submit(the[0], golden).surplus


class TestUndoOfASkip:
    def skip(self, member, assignment):
        judging.skip(member=member, assignment_uuid=assignment.uuid, reason=SkipReason.LANGUAGE, note="No Greek.")

    def undo(self, member, key=None):
        return judging.undo(member=member, submit_key=key or uuid.uuid4())

    def test_leases_the_pair_again_with_the_same_sides_and_slot(self):
        the = scene(members=1)
        judge(the[0])
        held = lease(the[0])
        self.skip(the[0], held)
        assert self.undo(the[0]) == judging.Undone(Undoable.SKIP, held.uuid)
        again = lease(the[0])
        assert (again.pk, again.first_on_left, again.slot_id) == (held.pk, held.first_on_left, held.slot_id)
        assert not Skip.objects.exists()
        assert not submit(the[0], again).surplus

    def test_keeps_on_record_what_was_taken_back(self):
        the = scene(members=1)
        held = lease(the[0])
        self.skip(the[0], held)
        at = Skip.objects.get().at
        key = uuid.uuid4()
        self.undo(the[0], key)
        kept = TakenBack.objects.get()
        assert (kept.kind, kept.reason, kept.note) == ("skip", "language", "No Greek.")
        assert (kept.given_at, kept.submit_key, kept.assignment_id) == (at, key, held.pk)

    def test_of_one_key_takes_back_one_thing(self):
        the = scene(members=1)
        judge(the[0])
        held = lease(the[0])
        self.skip(the[0], held)
        key = uuid.uuid4()
        assert {self.undo(the[0], key) for _ in range(5)} == {judging.Undone(Undoable.SKIP, held.uuid)}
        assert Assignment.objects.filter(state="submitted").count() == 1

    def test_takes_another_slot_where_its_own_is_taken(self):
        the = scene(pairs=1, members=3, slots=2)
        held, other = lease(the[0]), lease(the[1])
        self.skip(the[0], held)
        assert judge(the[2]).slot_id == held.slot_id
        self.skip(the[1], other)
        self.undo(the[0])
        assert lease(the[0]).slot_id == other.slot_id

    def test_where_no_slot_is_left_is_refused_and_the_skip_stays(self):
        the = scene(pairs=1, members=2, slots=1)
        self.skip(the[0], lease(the[0]))
        judge(the[1])
        with pytest.raises(judging.HeldByOthers):
            self.undo(the[0])
        assert Skip.objects.count() == 1
        assert not TakenBack.objects.exists()

    def test_of_gold_needs_no_slot(self):
        the = scene(pairs=6, members=1, gold=2, gold_rate=0.5)
        for _ in range(3):
            judge(the[0])
        golden = lease(the[0], rng=Always())
        assert golden.kind == "gold"
        self.skip(the[0], golden)
        self.undo(the[0])
        assert fresh(golden).state == AssignmentState.LEASED

    def test_within_the_window_only(self):
        the = scene(members=1, edit_window_seconds=900)
        self.skip(the[0], lease(the[0]))
        shift(Skip, "at", Skip.objects.values_list("pk", flat=True), to=-901)
        with pytest.raises(judging.TooLateToUndo) as refusal:
            self.undo(the[0])
        assert refusal.value.kind is Undoable.SKIP
        shift(Skip, "at", Skip.objects.values_list("pk", flat=True), to=-899)
        self.undo(the[0])

    def test_hands_never_hold_more_than_three(self):
        the = scene(pairs=12, members=1)
        held = lease(the[0])
        self.skip(the[0], held)
        leases = []
        for _ in range(3):
            leases.append(lease(the[0], *leases).uuid)
        self.undo(the[0])
        assert fresh(held).state == AssignmentState.LEASED
        assert Assignment.objects.filter(state="leased").count() == 3

    def test_of_a_pair_judged_in_another_tab_since_is_not_possible(self):
        the = scene(members=1)
        held = lease(the[0])
        self.skip(the[0], held)
        submit(the[0], held)
        assert self.undo(the[0]) == judging.Undone(Undoable.VERDICT, held.uuid)
        with pytest.raises(judging.NothingToUndo):
            self.undo(the[0])


class TestUndoOfAFlag:
    def flag(self, member, assignment, reason=FlagReason.HARMFUL):
        judging.flag(member=member, assignment_uuid=assignment.uuid, reason=reason)

    def undo(self, member):
        return judging.undo(member=member, submit_key=uuid.uuid4())

    def test_takes_the_flag_away_and_leaves_the_pair(self):
        the = scene(members=1)
        held = lease(the[0])
        self.flag(the[0], held)
        assert self.undo(the[0]) == judging.Undone(Undoable.FLAG, held.uuid)
        assert not Flag.objects.exists()
        assert fresh(held).state == AssignmentState.LEASED
        assert TakenBack.objects.get().kind == "flag"

    def test_of_one_reason_leaves_the_other(self):
        the = scene(members=1)
        held = lease(the[0])
        self.flag(the[0], held)
        self.flag(the[0], held, FlagReason.BROKEN)
        self.undo(the[0])
        assert Flag.objects.get().reason == "harmful"

    def test_goes_back_in_the_order_in_which_things_were_done(self):
        the = scene(members=1)
        first = judge(the[0])
        held = lease(the[0])
        self.flag(the[0], held)
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        last = judge(the[0])
        self.flag(the[0], last, FlagReason.OTHER)
        undone = [self.undo(the[0]) for _ in range(5)]
        assert [(one.kind, one.assignment) for one in undone] == [
            (Undoable.FLAG, last.uuid),
            (Undoable.VERDICT, last.uuid),
            (Undoable.SKIP, held.uuid),
            (Undoable.FLAG, held.uuid),
            (Undoable.VERDICT, first.uuid),
        ]
        with pytest.raises(judging.NothingToUndo):
            self.undo(the[0])

    def test_of_another_person_is_not_theirs(self):
        the = scene(members=2)
        self.flag(the[1], lease(the[1]))
        with pytest.raises(judging.NothingToUndo):
            self.undo(the[0])


class TestWhatCouldBeTakenBack:
    def test_is_the_latest_within_the_window(self):
        the = scene(members=1, edit_window_seconds=900)
        assert judging.undoable(the[0]) is None
        held = judge(the[0])
        assert judging.undoable(the[0]) is Undoable.VERDICT
        judging.flag(member=the[0], assignment_uuid=held.uuid, reason=FlagReason.OTHER)
        assert judging.undoable(the[0]) is Undoable.FLAG
        shift(Flag, "at", Flag.objects.values_list("pk", flat=True), to=-901)
        assert judging.undoable(the[0]) is Undoable.VERDICT
        over(held, seconds=902)
        assert judging.undoable(the[0]) is None


class TestChange:
    def change(self, member, assignment, shown="tie", key=None, **rest):
        return judging.change(
            member=member,
            assignment_uuid=assignment.uuid,
            submit_key=key or uuid.uuid4(),
            judgement=Judgement(shown, **rest),
        )

    def test_appends_an_edit_and_overwrites_nothing(self):
        the = scene(members=1)
        held = lease(the[0])
        shift(Assignment, "leased_at", [held.pk], to=-100)
        submit(the[0], held, "a", reason="First thought.", seconds=42)
        judge(the[0])
        assert self.change(the[0], held, "tie", seconds=3).revision == 2
        revisions = AnnotationRevision.objects.filter(annotation__assignment=held).order_by("n")
        assert [r.kind for r in revisions] == ["submit", "edit"]
        assert revisions[0].reason == "First thought."
        assert (annotation_of(held).verdict, annotation_of(held).reason) == (Verdict.TIE, "")
        assert annotation_of(held).seconds == 42, "the time of judging it, not of coming back to it"

    def test_of_the_same_key_happens_once(self):
        the = scene(members=1)
        held, key = judge(the[0]), uuid.uuid4()
        assert len({self.change(the[0], held, "tie", key) for _ in range(3)}) == 1
        with pytest.raises(judging.KeyReused):
            self.change(the[0], held, "b", key)

    def test_the_window_runs_from_the_first_submit(self):
        the = scene(members=1)
        held = judge(the[0])
        over(held, seconds=890)
        self.change(the[0], held)
        over(held, seconds=901)
        with pytest.raises(judging.TooLate):
            self.change(the[0], held, "b")

    def test_needs_a_judgement_of_ones_own_that_stands(self):
        the = scene(members=2)
        held = lease(the[0])
        with pytest.raises(judging.NothingToChange):
            self.change(the[0], held)
        submit(the[0], held)
        with pytest.raises(judging.NotYours):
            self.change(the[1], held)
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        with pytest.raises(judging.NothingToChange):
            self.change(the[0], held)


class TestAJudgementImportedUnderAMembersName:
    """The name of a user with an account may be in a file: that of an export of another project, or of the same one."""

    @pytest.fixture
    def the(self):
        the = scene(members=1)
        import_lines(the.project, [pair("theirs", verdicts={the[0].name: "a"})])
        return the

    def imported(self, the):
        return Assignment.objects.get(member=the[0], pair__external_id="theirs")

    def test_is_not_what_undo_takes_back(self, the):
        with pytest.raises(judging.NothingToUndo):
            judging.undo(member=the[0], submit_key=uuid.uuid4())
        assert fresh(self.imported(the)).state == AssignmentState.SUBMITTED
        own = judge(the[0])
        import_lines(the.project, [pair("another", verdicts={the[0].name: "b"})])
        assert judging.undo(member=the[0], submit_key=uuid.uuid4()).assignment == own.uuid

    def test_has_no_window_to_be_changed_in(self, the):
        judgement = Judgement("b")
        for operation in (judging.change, judging.submit):
            with pytest.raises(judging.TooLate):
                operation(
                    member=the[0], assignment_uuid=self.imported(the).uuid, submit_key=uuid.uuid4(), judgement=judgement
                )
        assert kinds_of(self.imported(the)) == ["submit"]
        (past,) = own_work.history(members=[the[0]])
        assert not past.is_open


class TestSkip:
    def test_reopens_the_slot_ends_the_draft_and_never_returns(self):
        the = scene(pairs=2, members=2, slots=1)
        held = lease(the[0])
        judging.save_draft(member=the[0], assignment_uuid=held.uuid, version=1, reason="Hm")
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.NOT_MY_FIELD, note="Law")
        assert not Draft.objects.exists()
        skip = Skip.objects.get()
        assert (skip.reason, skip.note, fresh(held).state) == ("not_my_field", "Law", "skipped")
        assert judge(the[0]).pair_id == the.pairs[1].pk
        five_minutes_later(the.project)
        assert judge(the[0]) is None
        assert judge(the[1]).pair_id == held.pair_id

    def test_twice_is_once(self):
        the = scene(members=1)
        held = lease(the[0])
        for note in ("first", "second"):
            judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER, note=note)
        assert Skip.objects.get().note == "first"
        assert open_slots(the.project) == 30

    def test_of_what_is_judged_is_refused(self):
        the = scene(members=1)
        held = judge(the[0])
        with pytest.raises(judging.AlreadySubmitted):
            judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)

    def test_of_a_pair_that_was_handed_out_again_ends_that_lease(self):
        the = scene(pairs=1, members=1, slots=2)
        first = lease(the[0])
        lapse(first)
        handout.expire(project=the.project)
        five_minutes_later(the.project)
        again = lease(the[0])
        judging.skip(member=the[0], assignment_uuid=first.uuid, reason=SkipReason.OTHER)
        assert fresh(again).state == AssignmentState.SKIPPED
        assert open_slots(the.project) == 2
        five_minutes_later(the.project)
        assert judge(the[0]) is None

    def test_of_a_lapsed_lease_counts_and_opens_nothing_twice(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        taken = lease(the[1])
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        assert open_slots(the.project) == 0
        assert fresh(taken).state == AssignmentState.LEASED

    def test_of_an_undone_pair_is_possible(self):
        the = scene(pairs=2, members=1)
        held = judge(the[0])
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        assert open_slots(the.project) == 6

    def test_of_another_members_pair_is_refused(self):
        the = scene(members=2)
        with pytest.raises(judging.NotYours):
            judging.skip(member=the[1], assignment_uuid=lease(the[0]).uuid, reason=SkipReason.OTHER)


class TestFlag:
    def test_does_not_end_the_lease(self):
        the = scene(members=1)
        held = lease(the[0])
        judging.flag(member=the[0], assignment_uuid=held.uuid, reason=FlagReason.HARMFUL, note="Poison")
        assert fresh(held).state == AssignmentState.LEASED
        submit(the[0], held)
        judging.flag(member=the[0], assignment_uuid=held.uuid, reason=FlagReason.BROKEN)
        assert Counter(Flag.objects.values_list("reason", flat=True)) == {"harmful": 1, "broken": 1}

    def test_of_the_same_reason_keeps_the_last_note_that_says_something(self):
        the = scene(members=1)
        held = lease(the[0])
        for note in ("one", "two", ""):
            judging.flag(member=the[0], assignment_uuid=held.uuid, reason=FlagReason.OTHER, note=note)
        assert Flag.objects.get().note == "two"

    def test_of_another_members_pair_is_refused(self):
        the = scene(members=2)
        with pytest.raises(judging.NotYours):
            judging.flag(member=the[1], assignment_uuid=lease(the[0]).uuid, reason=FlagReason.OTHER)


class TestADraft:
    def save(self, member, assignment, version, reason):
        return judging.save_draft(member=member, assignment_uuid=assignment.uuid, version=version, reason=reason)

    def test_the_newer_version_wins(self):
        the = scene(members=1)
        held = lease(the[0])
        assert self.save(the[0], held, 2, "Bet") == 2
        with pytest.raises(judging.StaleDraft):
            self.save(the[0], held, 1, "Be")
        assert self.save(the[0], held, 2, "Bet") == 2, "the same again is stored already"
        with pytest.raises(judging.StaleDraft):
            self.save(the[0], held, 2, "Other words of the same version")
        assert self.save(the[0], held, 7, "Better") == 7
        assert (Draft.objects.get().version, Draft.objects.get().reason) == (7, "Better")

    def test_is_over_once_the_verdict_is_in_or_the_pair_skipped(self):
        the = scene(members=1)
        held = judge(the[0])
        with pytest.raises(judging.AlreadySubmitted):
            self.save(the[0], held, 1, "x")
        held = lease(the[0])
        judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        with pytest.raises(judging.AlreadySubmitted):
            self.save(the[0], held, 1, "x")

    def test_is_kept_after_the_lease_lapsed(self):
        the = scene(members=1)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        assert self.save(the[0], held, 1, "x") == 1

    def test_is_nobody_elses(self):
        the = scene(members=2)
        with pytest.raises(judging.NotYours):
            self.save(the[1], lease(the[0]), 1, "x")


class TestAppendOnly:
    @pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    @pytest.mark.parametrize("table", ["annotation_annotationrevision", "annotation_auditevent"])
    def test_the_database_refuses_to_change_or_delete_a_judgement(self, table, statement):
        the = scene(members=1)
        judge(the[0])
        record(project=the.project, actor=None, action="test")
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table))
        assert AnnotationRevision.objects.count() == 1
        assert AuditEvent.objects.count() == 1


class TestQueries:
    """How many statements each operation sends: the hot page may use 8 for the next pair and 10 for a submit."""

    def count(self, operation) -> int:
        with statements() as sent:
            operation()
        return len(sent)

    def test_the_next_pair_takes_one(self):
        the = scene(members=1)
        assert self.count(lambda: ask(the[0])) == 1

    def test_the_pair_one_holds_takes_four(self):
        the = scene(members=1)
        ask(the[0])
        assert self.count(lambda: ask(the[0])) == 4

    def test_submit_takes_one(self):
        the = scene(members=1)
        held = lease(the[0])
        assert self.count(lambda: submit(the[0], held)) == 1

    def test_a_replay_takes_three(self):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()
        submit(the[0], held, "a", key)
        assert self.count(lambda: submit(the[0], held, "a", key)) == 3

    def test_late_work_takes_at_most_nine(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        submit(the[1], lease(the[1]))
        assert self.count(lambda: submit(the[0], held)) <= 9

    def test_a_heartbeat_takes_two_and_a_draft_three(self):
        the = scene(members=1)
        held = lease(the[0])
        assert self.count(lambda: handout.renew(member=the[0], assignment_uuid=held.uuid)) == 2
        assert self.count(lambda: handout.leave(member=the[0], assignment_uuid=held.uuid)) == 2
        save = lambda: judging.save_draft(member=the[0], assignment_uuid=held.uuid, version=1, reason="x")  # noqa: E731
        assert self.count(save) == 3

    def test_undo_change_and_skip_stay_below_seventeen(self):
        the = scene(members=1)
        held = judge(the[0])
        change = lambda: judging.change(  # noqa: E731
            member=the[0], assignment_uuid=held.uuid, submit_key=uuid.uuid4(), judgement=Judgement("tie")
        )
        assert self.count(change) <= 9
        assert self.count(lambda: judging.undo(member=the[0], submit_key=uuid.uuid4())) <= 16
        skip = lambda: judging.skip(member=the[0], assignment_uuid=held.uuid, reason=SkipReason.OTHER)  # noqa: E731
        assert self.count(skip) <= 10


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_twenty_identical_posts_store_one_row_and_give_one_answer(self):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()
        answers = together(20, lambda _: submit(the[0], held, "b", key, reason="Better."))
        assert len(set(answers)) == 1
        assert AnnotationRevision.objects.count() == Annotation.objects.count() == 1

    def test_twenty_undos_of_one_key_take_back_one_judgement(self):
        the = scene(members=1)
        judge(the[0])
        judge(the[0])
        key = uuid.uuid4()
        assert len(set(together(20, lambda _: judging.undo(member=the[0], submit_key=key)))) == 1
        assert Assignment.objects.filter(state="submitted").count() == 1

    def test_of_two_bodies_under_one_key_one_is_stored_and_the_other_refused(self):
        the = scene(members=1)
        held, key = lease(the[0]), uuid.uuid4()

        def post(i):
            try:
                return submit(the[0], held, "ab"[i % 2], key)
            except judging.KeyReused:
                return None

        assert len({answer for answer in together(12, post) if answer}) == 1
        assert AnnotationRevision.objects.count() == 1

    def test_late_work_waits_for_a_claim_of_the_last_slot_that_comes_to_nothing(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        with transaction.atomic():
            lease(the[1])
            posting = InThread(lambda: submit(the[0], held))
            posting.wait_until_it_waits()
            transaction.set_rollback(True)
        assert not posting.result().surplus

    def test_late_work_is_surplus_when_the_claim_of_the_last_slot_stands(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        with transaction.atomic():
            lease(the[1])
            posting = InThread(lambda: submit(the[0], held))
            posting.wait_until_it_waits()
        assert posting.result().surplus

    def test_a_verdict_that_meets_the_clearing_of_its_lease_counts_once(self):
        the = scene(pairs=1, members=1, slots=1)
        held = lease(the[0])
        lapse(held)
        with transaction.atomic():
            handout.expire(project=the.project)
            posting = InThread(lambda: submit(the[0], held))
            posting.wait_until_it_waits()
        assert not posting.result().surplus
        assert open_slots(the.project) == 0

    def test_late_work_takes_the_other_slot_at_once_where_its_own_is_being_claimed(self):
        the = scene(pairs=1, members=2, slots=2)
        held = lease(the[0])
        lapse(held)
        handout.expire(project=the.project)
        other = Slot.objects.exclude(pk=held.slot_id).get()
        QueueMark.objects.filter(member=the[1]).update(key=other.key)
        with transaction.atomic():
            assert lease(the[1]).slot_id == held.slot_id
            stored = InThread(lambda: submit(the[0], held)).result()
        assert not stored.surplus
        assert fresh(held).slot_id == other.pk
        assert open_slots(the.project) == 0

    def test_a_verdict_that_meets_the_saving_of_its_draft_leaves_none(self):
        the = scene(pairs=1, members=1)
        held = lease(the[0])
        with transaction.atomic():
            judging.save_draft(member=the[0], assignment_uuid=held.uuid, version=1, reason="Bet")
            posting = InThread(lambda: submit(the[0], held))
            posting.wait_until_it_waits()
        posting.result()
        assert not Draft.objects.exists()

    def test_one_more_slot_asked_for_by_many_at_once_is_so_many_slots(self):
        the = scene(pairs=1, members=1, slots=1)
        together(6, lambda _: slots.ask_one_more(pair=the.pairs[0]))
        sides = list(Slot.objects.order_by("id").values_list("first_on_left", flat=True))
        assert len(sides) == 7
        assert all(one is not other for one, other in zip(sides, sides[1:], strict=False))
