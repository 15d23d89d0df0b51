"""Whatever annotators, periodic tasks and managers do in whatever order, every invariant of `check_integrity` holds after each step."""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from annotation import tasks
from annotation.models import Annotation, AnnotationRevision, Assignment, Flag, Member, Project, QueueMark, Skip, Slot
from annotation.selectors import integrity
from annotation.services import handout, judging, projects, slots
from annotation.services.handout import Answer
from annotation.vocabulary import AssignmentState, FlagReason, MemberState, ProjectState, SkipReason, Undoable
from tests import lines
from tests.annotation.services.builders import (
    Always,
    Never,
    could_have,
    five_minutes_later,
    join,
    lapse,
    scene,
    shift,
)

MEMBERS = st.integers(0, 2)
SHOWN = st.sampled_from(["a", "b", "tie", "both_bad"])
CHANCE = st.sampled_from([Always(), Never()])


class HandOutAndJudging(RuleBasedStateMachine):
    """Two or three members over four pairs with two or three slots, and everything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.imported = 0
        self.acknowledged: list[tuple[Member, uuid.UUID, uuid.UUID, judging.Judgement, judging.Acknowledgement]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(slots=st.integers(1, 3), count=st.integers(1, 4), author=st.sampled_from([None, 0]))
    def begin(self, slots: int, count: int, author: int | None) -> None:
        self.the = scene(
            pairs=count, members=3, slots=slots, gold=2, gold_rate=0.5, author=author, edit_window_seconds=900
        )
        self.numbers = dict.fromkeys((pair.pk for pair in self.the.pairs), slots)

    def member(self, number: int) -> Member:
        return Member.objects.select_related("project").get(pk=self.the[number].pk)

    def assignments(self, number: int) -> list[Assignment]:
        return list(Assignment.objects.filter(member=self.the[number]).order_by("id"))

    def one_of(self, number: int, at: int) -> Assignment | None:
        held = self.assignments(number)
        return held[at % len(held)] if held else None

    # What annotators do.
    @rule(number=MEMBERS, chance=CHANCE, hold=st.booleans())
    def lease(self, number: int, chance: Never, hold: bool) -> None:
        member = self.member(number)
        live = [a.uuid for a in self.assignments(number) if a.state == AssignmentState.LEASED]
        try:
            offer = handout.lease_next(member=member, holding=live if hold else (), rng=chance)
        except handout.NotHandingOut:
            assert member.project.state != ProjectState.OPEN or member.state != MemberState.ACTIVE
        except handout.TooManyLeases:
            assert hold
            assert len(live) == 3
        else:
            if offer.answer is Answer.PAIR:
                given = Assignment.objects.get(pk=offer.assignment)
                assert given.state == AssignmentState.LEASED
                assert given.member_id == member.pk
                assert given.uuid not in live if hold else not live or given.uuid in live

    @rule(
        number=MEMBERS, at=st.integers(0, 20), shown=SHOWN, key=st.uuids(version=4), strength=st.sampled_from([None, 2])
    )
    def submit(self, number: int, at: int, shown: str, key: uuid.UUID, strength: int | None) -> None:
        """Live, lapsed, given back, skipped or submitted: it is stored, or the edit window is over."""
        target = self.one_of(number, at)
        if target is None:
            return
        judgement = judging.Judgement(shown, strength, reason=f"Because {shown}.")
        before = AnnotationRevision.objects.count()
        try:
            stored = judging.submit(
                member=self.member(number), assignment_uuid=target.uuid, submit_key=key, judgement=judgement
            )
        except judging.TooLate:
            assert AnnotationRevision.objects.count() == before
            return
        assert AnnotationRevision.objects.count() == before + 1
        self.acknowledged.append((self.the[number], target.uuid, key, judgement, stored))
        kept = Annotation.objects.get(assignment__uuid=stored.assignment)
        assert kept.reason == judgement.reason
        assert kept.assignment.pair_id == target.pair_id

    @precondition(lambda self: self.acknowledged)
    @rule(at=st.integers(0, 50))
    def submit_again(self, at: int) -> None:
        member, assignment, key, judgement, stored = self.acknowledged[at % len(self.acknowledged)]
        before = AnnotationRevision.objects.count()
        again = judging.submit(
            member=self.member_of(member), assignment_uuid=assignment, submit_key=key, judgement=judgement
        )
        assert (again.assignment, again.revision, again.kind) == (stored.assignment, stored.revision, stored.kind)
        with pytest.raises(judging.KeyReused):
            judging.submit(
                member=self.member_of(member),
                assignment_uuid=assignment,
                submit_key=key,
                judgement=judging.Judgement(judgement.shown, reason="Something else."),
            )
        assert AnnotationRevision.objects.count() == before

    def member_of(self, member: Member) -> Member:
        return Member.objects.select_related("project").get(pk=member.pk)

    @rule(number=MEMBERS, key=st.uuids(version=4))
    def undo(self, number: int, key: uuid.UUID) -> None:
        member = self.member(number)
        before = self.standing(member)
        try:
            undone = judging.undo(member=member, submit_key=key)
        except judging.NothingToUndo:
            assert before == Counter()
        except judging.TooLateToUndo:
            assert before
        except judging.HeldByOthers:
            assert before[Undoable.SKIP] > 0
        else:
            assert before - self.standing(member) == Counter([undone.kind])
            assert judging.undo(member=member, submit_key=key) == undone
            return
        assert self.standing(member) == before

    def standing(self, member: Member) -> Counter[Undoable]:
        """How much of each kind a member did here and did not take back."""
        given = Annotation.objects.filter(
            assignment__member=member, assignment__leased_at__isnull=False, verdict__isnull=False
        )
        skips, flags = Skip.objects.filter(member=member), Flag.objects.filter(member=member)
        return +Counter({Undoable.VERDICT: given.count(), Undoable.SKIP: skips.count(), Undoable.FLAG: flags.count()})

    @rule(number=MEMBERS, at=st.integers(0, 20), shown=SHOWN, key=st.uuids(version=4))
    def change(self, number: int, at: int, shown: str, key: uuid.UUID) -> None:
        target = self.one_of(number, at)
        if target is None:
            return
        try:
            judging.change(
                member=self.member(number),
                assignment_uuid=target.uuid,
                submit_key=key,
                judgement=judging.Judgement(shown),
            )
        except judging.NothingToChange:
            assert target.state != AssignmentState.SUBMITTED
        except judging.TooLate:
            pass

    @rule(number=MEMBERS, at=st.integers(0, 20))
    def skip(self, number: int, at: int) -> None:
        target = self.one_of(number, at)
        if target is None:
            return
        try:
            judging.skip(member=self.member(number), assignment_uuid=target.uuid, reason=SkipReason.OTHER)
        except judging.AlreadySubmitted:
            states = Assignment.objects.filter(member=target.member_id, pair=target.pair_id).values_list(
                "state", flat=True
            )
            assert AssignmentState.SUBMITTED in states

    @rule(number=MEMBERS, at=st.integers(0, 20), reason=st.sampled_from(FlagReason))
    def flag(self, number: int, at: int, reason: FlagReason) -> None:
        target = self.one_of(number, at)
        if target is not None:
            judging.flag(member=self.member(number), assignment_uuid=target.uuid, reason=reason)

    @rule(number=MEMBERS, at=st.integers(0, 20), version=st.integers(1, 3))
    def draft(self, number: int, at: int, version: int) -> None:
        target = self.one_of(number, at)
        if target is None:
            return
        with contextlib.suppress(judging.StaleDraft, judging.AlreadySubmitted):
            judging.save_draft(
                member=self.member(number), assignment_uuid=target.uuid, version=version, reason=f"Be{version}"
            )

    @rule(
        number=MEMBERS,
        at=st.integers(0, 20),
        operation=st.sampled_from([handout.renew, handout.leave, handout.release]),
    )
    def beat_leave_or_give_back(self, number: int, at: int, operation) -> None:
        target = self.one_of(number, at)
        if target is not None:
            operation(member=self.member(number), assignment_uuid=target.uuid)

    # What time, periodic tasks and managers do.
    @rule(number=MEMBERS, at=st.integers(0, 20))
    def lapse(self, number: int, at: int) -> None:
        target = self.one_of(number, at)
        if target is not None and target.state == AssignmentState.LEASED:
            lapse(target)

    @rule()
    def expire(self) -> None:
        tasks.expire_leases()
        assert handout.expire(project=self.the.project) == 0

    @rule()
    def five_minutes_pass(self) -> None:
        five_minutes_later(self.the.project)
        reopened = Slot.objects.filter(project=self.the.project, open=True, reopened_at__isnull=False)
        shift(Slot, "reopened_at", reopened.values_list("pk", flat=True), to=-301)
        tasks.move_reopened()

    @rule()
    def a_quarter_of_an_hour_passes(self) -> None:
        shift(Annotation, "first_at", Annotation.objects.values_list("pk", flat=True), to=-1000)

    @rule(to=st.sampled_from([ProjectState.OPEN, ProjectState.PAUSED]))
    def pause_or_open(self, to: ProjectState) -> None:
        projects.move(project=Project.objects.get(pk=self.the.project.pk), to=to, by=None)

    @rule(number=MEMBERS, state=st.sampled_from(MemberState))
    def pause_or_bring_back(self, number: int, state: MemberState) -> None:
        Member.objects.filter(pk=self.the[number].pk).update(state=state.value)

    @rule(at=st.integers(0, 3))
    def one_more(self, at: int) -> None:
        pair = self.the.pairs[at % len(self.the.pairs)]
        slots.ask_one_more(pair=pair)
        self.numbers[pair.pk] += 1

    @rule()
    def somebody_joins(self) -> None:
        if len(self.the.members) < 5:
            self.the.members += join(self.the.project, 1)

    @precondition(lambda self: self.imported < 3)
    @rule(number=MEMBERS, word=st.sampled_from(["a", "tie"]))
    def an_import_adds_a_judgement_in_their_name(self, number: int, word: str) -> None:
        self.imported += 1
        lines.import_lines(
            self.the.project, [lines.pair(f"imported-{self.imported}", verdicts={self.the[number].name: word})]
        )

    # What must hold after each of these.
    @invariant()
    def everything_is_sound(self) -> None:
        if hasattr(self, "the") and not integrity.sound():
            raise AssertionError([(f.invariant.sentence, f.examples) for f in integrity.check() if f.breaches])

    @invariant()
    def no_hands_hold_more_than_three(self) -> None:
        if hasattr(self, "the"):
            for member in self.the.members:
                assert Assignment.objects.filter(member=member, state="leased").count() <= 3

    @invariant()
    def what_was_acknowledged_is_stored_and_stays(self) -> None:
        stored = {(r.member_id, r.submit_key): r.n for r in AnnotationRevision.objects.all()}
        for member, _, key, _, answer in self.acknowledged:
            assert stored[member.pk, key] == answer.revision

    @invariant()
    def slots_are_as_many_as_were_wanted(self) -> None:
        if hasattr(self, "the"):
            for pair, number in self.numbers.items():
                assert Slot.objects.filter(pair_id=pair).count() == number
                assert (
                    Annotation.objects.filter(assignment__pair_id=pair, verdict__isnull=False, surplus=False).count()
                    <= number
                )

    @rule()
    def everybody_goes_on_to_the_end(self) -> None:
        """A member who asks until nothing is left leaves no slot open that they could have had."""
        sid = transaction.savepoint()
        Project.objects.filter(pk=self.the.project.pk).update(state="open")
        Member.objects.filter(project=self.the.project).update(state="active")
        lapse(*Assignment.objects.filter(project=self.the.project, state="leased"))
        handout.expire(project=self.the.project)
        QueueMark.objects.filter(project=self.the.project).update(went_back_at=None)
        for number in range(len(self.the.members)):
            for _ in range(60):
                if not self.judge_one(number):
                    break
            else:
                raise AssertionError("there is always one more")
        assert could_have(self.the.project) == []
        transaction.savepoint_rollback(sid)

    def judge_one(self, number: int) -> bool:
        offer = handout.lease_next(member=self.member(number), rng=Never())
        if offer.answer is Answer.NOTHING_LEFT:
            return False
        if offer.answer is Answer.PAIR:
            judging.submit(
                member=self.member(number),
                assignment_uuid=offer.uuid,
                submit_key=uuid.uuid4(),
                judgement=judging.Judgement("a"),
            )
        return True


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_in_whatever_order_every_invariant_holds():
    run_state_machine_as_test(
        HandOutAndJudging,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
