"""Hand-out: the queue, leases, gold, sides, and the end of the queue."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from itertools import pairwise

import pytest
import time_machine
from django.db import connection, transaction
from scipy import stats

from annotation import tasks
from annotation.models import Assignment, Guidelines, Member, Pair, Prompt, QueueMark, Slot
from annotation.selectors import integrity
from annotation.services import handout, judging, slots
from annotation.services.handout import Answer, expiry, gold, queue
from annotation.vocabulary import AssignmentKind, AssignmentState, ProjectState, SkipReason
from common.db import locks
from tests.annotation.services.builders import (
    Always,
    Never,
    ask,
    could_have,
    five_minutes_later,
    fresh,
    join,
    judge,
    lapse,
    lease,
    make_pairs,
    of_one_prompt,
    open_slots,
    scene,
    shift,
    submit,
)
from tests.annotation.services.concurrency import InThread, together
from tests.annotation.services.counting import statements

pytestmark = pytest.mark.django_db


def mark(member: Member) -> float:
    return QueueMark.objects.get(member=member).key


def seconds_left(assignment: Assignment) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(EPOCH FROM lease_until - clock_timestamp())::float8 FROM annotation_assignment WHERE id = %s",
            [assignment.pk],
        )
        return cursor.fetchone()[0]


def lease_and_roll_back(member: Member) -> None:
    """The request dies between the claim and its commit."""
    with transaction.atomic():
        ask(member)
        transaction.set_rollback(True)


class TestTheQueue:
    def test_is_walked_in_the_order_of_the_keys(self):
        the = scene(pairs=8, members=1)
        assert [judge(the[0]).pair_id for _ in range(8)] == [pair.pk for pair in the.pairs]

    def test_is_the_same_for_everybody_so_pairs_are_finished_in_order(self):
        the = scene(pairs=12, members=3)
        for n, pair in enumerate(the.pairs[:6], 1):
            assert {judge(member).pair_id for member in the.members} == {pair.pk}
            assert open_slots(the.project) == 3 * (12 - n)

    def test_never_hands_a_pair_to_more_members_than_wanted(self):
        the = scene(pairs=3, members=5, slots=2)
        held = Counter(lease(member).pair_id for member in the.members)
        assert held == {the.pairs[0].pk: 2, the.pairs[1].pk: 2, the.pairs[2].pk: 1}

    def test_moves_the_mark_to_the_key_that_was_taken(self):
        the = scene(pairs=4, members=1)
        for i in range(3):
            taken = judge(the[0])
            assert mark(the[0]) == taken.slot.key == pytest.approx(1 + (i + 0.5) / 4)

    def test_lets_a_late_joiner_begin_where_work_is_left(self):
        the = scene(pairs=6, members=3)
        for member in the.members:
            judge(member)
        (late,) = join(the.project, 1)
        assert lease(late).pair_id == the.pairs[1].pk

    def test_begins_at_the_beginning_for_a_member_without_a_mark(self):
        the = scene(pairs=3, members=1)
        QueueMark.objects.all().delete()
        assert lease(the[0]).pair_id == the.pairs[0].pk
        assert mark(the[0]) > 1

    def test_goes_batch_after_batch(self):
        the = scene(pairs=2, members=1)
        for batch in (3, 2):
            for pair in make_pairs(the.project, 2):
                Slot.objects.create(
                    project=the.project, pair=pair, key=batch + 0.1 * random.random(), first_on_left=True
                )
        keys = [judge(the[0]).slot.key for _ in range(6)]
        assert [int(key) for key in keys] == [1, 1, 2, 2, 3, 3]

    def test_stays_in_its_project(self):
        other, the = scene(pairs=2, members=1), scene(pairs=2, members=1)
        assert lease(the[0]).pair_id == the.pairs[0].pk
        assert open_slots(other.project) == 6

    def test_never_hands_an_author_their_own_prompt(self):
        the = scene(pairs=10, members=2, author=0)
        own = {pair.pk for pair in the.pairs if pair.prompt.author_id == the[0].pk}
        met = {judge(the[0]).pair_id for _ in range(5)}
        assert len(own) == 5
        assert not met & own
        assert ask(the[0]).answer is Answer.NOTHING_LEFT
        assert {judge(the[1]).pair_id for _ in range(10)} == {pair.pk for pair in the.pairs}

    def test_is_passed_in_bounded_steps_by_who_wrote_all_of_it(self, monkeypatch):
        monkeypatch.setattr(queue, "WALK_STEP", 5)
        monkeypatch.setattr(queue, "WALK_STEPS_A_REQUEST", 2)
        the = scene(pairs=10, members=1, slots=2)
        Prompt.objects.filter(project=the.project).update(author=the[0])
        answers = []
        while not answers or answers[-1] is Answer.LOOKING_FURTHER:
            with statements() as sent:
                answers.append(ask(the[0]).answer)
            assert len(sent) <= 21, sent
        assert len(answers) >= 2
        assert answers[-1] is Answer.NOTHING_LEFT
        assert not Assignment.objects.exists()
        pair = make_pairs(the.project, 1)[0]
        Slot.objects.create(project=the.project, pair=pair, key=1.97, first_on_left=True)
        Slot.objects.create(project=the.project, pair=the.pairs[0], key=3, first_on_left=True)
        assert lease(the[0]).pair_id == pair.pk

    def test_takes_the_slot_and_leases_it_at_once_or_not_at_all(self):
        the = scene(pairs=2, members=1)
        lease_and_roll_back(the[0])
        assert (open_slots(the.project), Assignment.objects.count(), mark(the[0])) == (6, 0, 0)

    def test_stores_the_version_of_the_guidelines_that_is_shown(self):
        the = scene(members=1)
        assert lease(the[0]).guidelines_version == 1
        Guidelines.objects.create(project=the.project, version=2, text="Prefer the shorter one.")
        judge(the[0])
        assert lease(the[0]).guidelines_version == 2

    def test_stores_the_version_that_is_shown_when_the_page_of_a_leased_pair_is_reloaded(self):
        the = scene(members=1)
        held = lease(the[0])
        Guidelines.objects.create(project=the.project, version=2, text="Prefer the shorter one.")
        handout.renew(member=the[0], assignment_uuid=held.uuid)
        assert fresh(held).guidelines_version == 1, "a heartbeat shows nothing"
        assert lease(the[0]).pk == held.pk
        assert fresh(held).guidelines_version == 2

    def test_leaves_imported_work_alone(self):
        the = scene(pairs=2, members=1)
        Slot.objects.filter(pair=the.pairs[0]).update(open=False)
        assert lease(the[0]).pair_id == the.pairs[1].pk


class TestWhatMustComeSoon:
    def test_a_reopened_slot_stands_ahead_of_everybody(self):
        the = scene(pairs=40, members=4)
        for member, steps in zip(the.members, (9, 5, 2, 1), strict=True):
            for _ in range(steps):
                judge(member)
            leased = lease(member)
        handout.release(member=the[3], assignment_uuid=leased.uuid)
        reopened = Slot.objects.get(pk=leased.slot_id)
        assert reopened.open
        assert reopened.reopened_at is not None
        assert reopened.key > max(mark(member) for member in the.members)

    def test_it_stands_twice_as_many_places_ahead_as_there_are_members_at_work(self):
        the = scene(pairs=40, members=3, slots=3)
        held = [lease(member) for member in the.members]
        submit(the[0], held[0])
        mine = lease(the[0])  # two are left at work when the third gives back what they hold
        furthest = max(mark(member) for member in the.members)
        ahead = Slot.objects.filter(project=the.project, open=True, key__gt=furthest).order_by("key")[2 * 2].key
        handout.release(member=the[1], assignment_uuid=held[1].uuid)
        key = Slot.objects.get(pk=held[1].slot_id).key
        assert ahead < key < ahead + 1e-6
        assert mine.slot.key == furthest

    def test_where_nothing_is_left_ahead_it_stands_just_beyond_the_furthest_mark(self):
        the = scene(pairs=2, members=1, slots=1)
        judge(the[0])
        last = lease(the[0])
        furthest = mark(the[0])
        handout.release(member=the[0], assignment_uuid=last.uuid)
        assert 0 < Slot.objects.get(pk=last.slot_id).key - furthest < 1e-6
        assert lease(the[0]).pair_id == last.pair_id

    def test_its_former_holder_meets_it_too_unless_they_skipped_it(self):
        the = scene(pairs=1, members=1, slots=1)
        first = lease(the[0])
        handout.release(member=the[0], assignment_uuid=first.uuid)
        second = lease(the[0])
        assert (second.pair_id, second.pk) == (first.pair_id, second.pk)
        judging.skip(member=the[0], assignment_uuid=second.uuid, reason=SkipReason.LANGUAGE)
        five_minutes_later(the.project)
        assert ask(the[0]).answer is Answer.NOTHING_LEFT

    def test_several_slots_of_a_pair_get_keys_of_their_own(self):
        the = scene(pairs=30, members=3)
        held = [lease(member) for member in the.members]
        lapse(*held)
        assert handout.expire(project=the.project) == 3
        keys = Slot.objects.filter(pair=the.pairs[0]).values_list("key", flat=True)
        assert len(set(keys)) == 3

    def test_one_more_judgement_wanted_is_met_soon_and_goes_on_alternating_sides(self):
        the = scene(pairs=20, members=4)
        for member in the.members[:3]:
            judge(member)
        sides = list(Slot.objects.filter(pair=the.pairs[0]).order_by("id").values_list("first_on_left", flat=True))
        more = slots.ask_one_more(pair=the.pairs[0])
        assert more.first_on_left is not sides[-1]
        assert more.key > max(mark(member) for member in the.members)
        taken = {judge(the[3]).pair_id for _ in range(12)}
        assert the.pairs[0].pk in taken
        assert open_slots(the.project) > 0

    def test_gold_and_pairs_with_a_hundred_slots_ask_for_no_more(self):
        the = scene(pairs=1, members=1, gold=1, slots=100)
        for pair in (the.gold[0], the.pairs[0]):
            with pytest.raises(slots.NoMoreSlots):
                slots.ask_one_more(pair=pair)

    def test_a_reopened_slot_that_everybody_has_passed_is_moved_ahead_after_five_minutes(self):
        the = scene(pairs=20, members=2)
        slot = Slot.objects.filter(pair=the.pairs[0]).first()
        for _ in range(5):
            judge(the[0])
        Slot.objects.filter(pk=slot.pk).update(open=True)
        shift(Slot, "reopened_at", [slot.pk], to=-299)
        assert slots.move_reopened(project=the.project) == 0
        shift(Slot, "reopened_at", [slot.pk], to=-301)
        assert slots.move_reopened(project=the.project) == 1
        slot.refresh_from_db()
        assert slot.key > mark(the[0])
        assert slots.move_reopened(project=the.project) == 0

    def test_one_that_stands_ahead_of_somebody_still_stays_where_it_is(self):
        the = scene(pairs=20, members=2)
        slot = Slot.objects.filter(pair=the.pairs[9]).first()
        judge(the[0])
        shift(Slot, "reopened_at", [slot.pk], to=-3600)
        assert slots.move_reopened(project=the.project) == 0

    def test_beat_moves_at_most_so_many_at_once(self, monkeypatch):
        monkeypatch.setattr(slots, "MOVED_AT_ONCE", 4)
        the = scene(pairs=10, members=1)
        shift(Slot, "reopened_at", Slot.objects.filter(project=the.project).values_list("pk", flat=True), to=-3600)
        QueueMark.objects.filter(project=the.project).update(key=5)
        moved = [slots.move_reopened(project=the.project) for _ in range(9)]
        assert moved == [4, 4, 4, 4, 4, 4, 4, 2, 0]

    def test_beat_moves_them_in_open_projects(self):
        the = scene(pairs=3, members=1)
        slot = Slot.objects.filter(project=the.project).first()
        QueueMark.objects.filter(project=the.project).update(key=5)
        shift(Slot, "reopened_at", [slot.pk], to=-3600)
        tasks.move_reopened()
        slot.refresh_from_db()
        assert slot.key > 5


class TestALease:
    def test_is_answered_again_until_it_is_named(self):
        the = scene(members=1)
        first = lease(the[0])
        assert lease(the[0]).pk == first.pk
        second = lease(the[0], first.uuid)
        assert second.pair_id == the.pairs[1].pk
        assert lease(the[0], second.uuid).pk == first.pk

    def test_there_are_at_most_three(self):
        the = scene(members=1)
        held: list[uuid.UUID] = []
        for _ in range(3):
            held.append(lease(the[0], *held).uuid)
        with pytest.raises(handout.TooManyLeases):
            ask(the[0], *held)
        assert Assignment.objects.filter(state=AssignmentState.LEASED).count() == 3

    def test_naming_leases_one_does_not_hold_brings_nothing(self):
        the = scene(members=2)
        others = lease(the[1])
        first = lease(the[0], others.uuid, uuid.uuid4())
        assert lease(the[0], others.uuid).pk == first.pk

    def test_runs_for_the_projects_time_on_the_databases_clock(self):
        the = scene(members=1, lease_seconds=600)
        with time_machine.travel("2031-05-05 05:05:05Z", tick=False):
            held = lease(the[0])
            assert 590 < seconds_left(held) <= 600
            lapse(held, seconds=3600)
            assert lease(the[0]).pk == held.pk, "it lapsed, but nobody else took it"
            assert 590 < seconds_left(held) <= 600
            lapse(held, seconds=-60)
            assert handout.renew(member=the[0], assignment_uuid=held.uuid)
            assert 590 < seconds_left(held) <= 600
            lapse(held)
            assert handout.expire(project=the.project) == 1

    def test_heartbeat_says_when_it_has_ended(self):
        the = scene(members=1)
        held = lease(the[0])
        lapse(held)
        assert handout.renew(member=the[0], assignment_uuid=held.uuid), "nobody has taken it back yet"
        lapse(held)
        handout.expire(project=the.project)
        assert not handout.renew(member=the[0], assignment_uuid=held.uuid)
        assert fresh(held).state == AssignmentState.EXPIRED

    def test_is_shortened_to_a_minute_when_the_page_goes_away_and_coming_back_finds_the_pair(self):
        the = scene(members=1)
        held = lease(the[0])
        handout.leave(member=the[0], assignment_uuid=held.uuid)
        assert 55 < seconds_left(held) <= 60
        assert lease(the[0]).pk == held.pk
        assert seconds_left(held) > 590

    def test_leaving_never_lengthens_it_and_does_nothing_once_it_is_over(self):
        the = scene(members=1)
        held = lease(the[0])
        lapse(held, seconds=-10)
        handout.leave(member=the[0], assignment_uuid=held.uuid)
        assert seconds_left(held) <= 10
        submit(the[0], held)
        before = fresh(held).lease_until
        handout.leave(member=the[0], assignment_uuid=held.uuid)
        assert fresh(held).lease_until == before

    def test_is_nobody_elses(self):
        the, elsewhere = scene(members=2), scene(members=1)
        held = lease(the[0])
        for stranger in (the[1], elsewhere[0]):
            for operation in (handout.renew, handout.leave, handout.release):
                with pytest.raises(handout.NotYours):
                    operation(member=stranger, assignment_uuid=held.uuid)
        with pytest.raises(handout.NotYours):
            handout.renew(member=the[0], assignment_uuid=uuid.uuid4())
        assert fresh(held).state == AssignmentState.LEASED

    def test_is_given_back_once(self):
        the = scene(members=1)
        held = lease(the[0])
        assert handout.release(member=the[0], assignment_uuid=held.uuid).state == AssignmentState.RELEASED
        opened = open_slots(the.project)
        assert handout.release(member=the[0], assignment_uuid=held.uuid).state == AssignmentState.RELEASED
        assert open_slots(the.project) == opened == 30


class TestALapsedLease:
    def test_is_taken_by_the_next_who_would_otherwise_find_nothing_when_beat_is_dead(self):
        the = scene(pairs=1, members=2, slots=1)
        held = lease(the[0])
        assert ask(the[1]).answer is Answer.NOTHING_LEFT
        lapse(held)
        taken = lease(the[1])
        assert taken.slot_id == held.slot_id
        assert fresh(held).state == AssignmentState.EXPIRED

    def test_is_cleared_by_one_request_in_fifty_too(self):
        the = scene(pairs=40, members=2)
        held = lease(the[0])
        lapse(held)
        lease(the[1], rng=Never())
        assert fresh(held).state == AssignmentState.LEASED
        judge(the[1], rng=Always())
        judge(the[1], rng=Always())
        assert fresh(held).state == AssignmentState.EXPIRED
        draws = random.Random(5)
        assert 100 < sum(draws.random() < 1 / 50 for _ in range(10_000)) < 300

    def test_is_cleared_by_beat_within_a_minute(self):
        from config.celery import app

        (every,) = (
            e["schedule"] for e in app.conf.beat_schedule.values() if e["task"] == "annotation.tasks.expire_leases"
        )
        assert every <= 60
        the = scene(members=2)
        held = [lease(member) for member in the.members]
        lapse(held[0], seconds=0.1)
        tasks.expire_leases()
        assert [fresh(a).state for a in held] == [AssignmentState.EXPIRED, AssignmentState.LEASED]
        assert Slot.objects.get(pk=held[0].slot_id).open

    def test_is_cleared_by_beat_however_many_there_are(self, monkeypatch):
        monkeypatch.setattr(expiry, "LAPSED_AT_ONCE_EVERYWHERE", 2)
        the = scene(members=5)
        held = [lease(member) for member in the.members]
        lapse(*held)
        tasks.expire_leases()
        assert {fresh(a).state for a in held} == {AssignmentState.EXPIRED}

    def test_is_left_to_its_holder_when_the_holder_asks(self):
        the = scene(pairs=2, members=1, slots=1)
        first = lease(the[0])
        second = lease(the[0], first.uuid)
        lapse(first, second)
        assert ask(the[0], first.uuid, second.uuid, rng=Always()).answer is Answer.NOTHING_LEFT
        assert {fresh(first).state, fresh(second).state} == {AssignmentState.LEASED}

    def test_at_most_twenty_go_at_once_the_longest_lapsed_first(self):
        the = scene(pairs=30, members=30, slots=1)
        held = [lease(member) for member in the.members]
        for age, assignment in enumerate(held):
            lapse(assignment, seconds=100 - age)
        assert handout.expire(project=the.project) == 20
        assert [fresh(a).state for a in held] == ["expired"] * 20 + ["leased"] * 10
        assert handout.expire(project=the.project, most=500) == 10
        assert handout.expire(project=the.project) == 0

    def test_reopens_no_slot_for_gold(self):
        the = scene(pairs=6, members=1, gold=1, gold_rate=0.5)
        for _ in range(3):
            judge(the[0])
        golden = lease(the[0], rng=Always())
        assert golden.kind == AssignmentKind.GOLD
        lapse(golden)
        opened = open_slots(the.project)
        assert handout.expire(project=the.project) == 1
        assert open_slots(the.project) == opened


class TestGold:
    def test_never_comes_among_the_first_three(self):
        the = scene(pairs=10, members=1, gold=5, gold_rate=0.5)
        kinds = [judge(the[0], rng=Always()).kind for _ in range(4)]
        assert kinds == ["ordinary"] * 3 + ["gold"]

    def test_never_twice_running(self):
        the = scene(pairs=20, members=1, gold=10, gold_rate=0.5)
        kinds = [judge(the[0], rng=Always()).kind for _ in range(16)]
        assert kinds.count("gold") == 7
        assert ("gold", "gold") not in pairwise(kinds)

    def test_comes_once_a_member(self):
        the = scene(pairs=30, members=2, gold=3, gold_rate=0.5)
        for member in the.members:
            met = [a.pair_id for _ in range(20) if (a := judge(member, rng=Always())).kind == "gold"]
            assert sorted(met) == sorted(pair.pk for pair in the.gold)

    def test_that_lapsed_may_come_again_once_it_is_forgotten_but_what_was_skipped_may_not(self):
        the = scene(pairs=70, members=1, gold=1, gold_rate=0.4)
        for _ in range(3):
            judge(the[0])
        golden = lease(the[0], rng=Always())
        lapse(golden)
        handout.expire(project=the.project)
        for _ in range(gold.APART):
            assert lease(the[0], rng=Always()).kind == "ordinary"
            judge(the[0])
        again = lease(the[0], rng=Always())
        assert (again.kind, again.pair_id) == ("gold", golden.pair_id)
        judging.skip(member=the[0], assignment_uuid=again.uuid, reason=SkipReason.OTHER)
        judge(the[0])
        assert lease(the[0], rng=Always()).kind == "ordinary"

    def test_that_was_given_back_may_come_again_at_once(self):
        the = scene(pairs=20, members=1, gold=1, gold_rate=0.5)
        for _ in range(3):
            judge(the[0])
        golden = lease(the[0], rng=Always())
        handout.release(member=the[0], assignment_uuid=golden.uuid)
        judge(the[0])
        assert lease(the[0], rng=Always()).pair_id == golden.pair_id

    def test_has_no_prompt_in_common_with_the_last_fifty_judgements(self):
        the = scene(pairs=60, members=1, gold=1, gold_rate=0.4)
        of_one_prompt(the.gold[0], the.pairs[4])
        for n in range(5 + gold.APART):
            if n >= 5:
                assert gold.claim(the[0], Always()) is None, n
            judge(the[0])
        assert gold.claim(the[0], Always()) is not None

    def test_takes_no_slot_and_shows_each_pair_in_both_orders(self):
        the = scene(pairs=40, members=4, gold=8, gold_rate=0.5)
        for member in the.members:
            met = [a for _ in range(19) if (a := judge(member, rng=Always())).kind == "gold"]
            assert len(met) == 8
            assert {a.slot_id for a in met} == {None}
            if member is the[0]:  # nobody has seen any of them: sides alternate for the member
                assert all(one.first_on_left is not other.first_on_left for one, other in pairwise(met))
        for pair in the.gold:
            assert Counter(Assignment.objects.filter(pair=pair).values_list("first_on_left", flat=True)) == {
                True: 2,
                False: 2,
            }

    def test_is_the_one_that_the_fewest_people_know(self):
        the = scene(pairs=20, members=9, gold=gold.AMONG, gold_rate=0.5)
        least = the.gold[5]
        for member in the.members[1:]:
            for pair in the.gold:
                if pair != least:
                    known = Assignment(project=the.project, member=member, pair=pair, kind="gold", state="expired")
                    known.save()
        assert gold.claim(the[0], random.Random(1))
        assert Assignment.objects.get(member=the[0]).pair_id == least.pk

    def test_comes_in_another_order_to_each_member(self):
        the = scene(pairs=30, members=6, gold=6, gold_rate=0.5)
        orders = set()
        for member in the.members:
            for n in range(6):
                assert gold.claim(member, random.Random(f"{member.number} {n}"))
            orders.add(tuple(Assignment.objects.filter(member=member).order_by("id").values_list("pair_id", flat=True)))
        assert len(orders) > 3

    def test_is_retired_once_as_many_people_know_it_as_may(self):
        the = scene(pairs=30, members=3, gold=2, gold_rate=0.5, gold_exposure_limit=2)
        for member in the.members[:2]:
            assert [gold.claim(member, Always()) is not None for _ in range(3)] == [True, True, False]
        assert gold.claim(the[2], Always()) is None
        assert set(Pair.objects.filter(gold_verdict__isnull=False).values_list("gold_retired", flat=True)) == {
            "exposed"
        }

    def test_is_never_handed_to_the_author_of_its_prompt(self):
        the = scene(pairs=30, members=1, gold=6, gold_rate=0.5, author=0)
        met = [a.pair_id for _ in range(12) if (a := judge(the[0], rng=Always())).kind == "gold"]
        assert sorted(met) == sorted(pair.pk for pair in the.gold if pair.prompt.author_id is None)

    def test_never_comes_where_the_queue_has_nothing_left(self):
        """After "nothing left" only a pair that came back may come: one that comes at once would be known as gold."""
        the = scene(pairs=4, members=1, gold=5, gold_rate=0.4)
        kinds = [judge(the[0]).kind for _ in range(4)]
        assert kinds == ["ordinary"] * 4
        for _ in range(3):
            assert ask(the[0], rng=Always()).answer is Answer.NOTHING_LEFT

    def test_never_comes_where_others_hold_the_rest_and_at_the_usual_chance_once_it_is_back(self):
        the = scene(pairs=4, members=2, slots=1, gold=5, gold_rate=0.4)
        for _ in range(3):
            judge(the[0])
        held = lease(the[1])
        assert ask(the[0], rng=Always()).answer is Answer.NOTHING_LEFT

        handout.release(member=the[1], assignment_uuid=held.uuid)

        assert judge(the[0], rng=Always()).kind == "gold"
        assert judge(the[0], rng=Always()).pair_id == held.pair_id
        assert ask(the[0], rng=Always()).answer is Answer.NOTHING_LEFT

    def test_is_never_kept_ready_behind_the_last_pair(self):
        the = scene(pairs=4, members=1, gold=5, gold_rate=0.4)
        for _ in range(3):
            judge(the[0])
        last = lease(the[0])
        assert ask(the[0], last.uuid, rng=Always()).answer is Answer.NOTHING_LEFT

    def test_never_comes_where_only_own_prompts_are_left(self):
        the = scene(pairs=8, members=1, gold=6, gold_rate=0.4, author=0)
        while judge(the[0]):
            pass
        assert Slot.objects.filter(project=the.project, open=True).exists()
        assert ask(the[0], rng=Always()).answer is Answer.NOTHING_LEFT

    def test_comes_at_the_projects_rate(self):
        the = scene(pairs=400, members=1, gold=150, gold_rate=0.2)
        rng = random.Random(20261121)
        kinds = []
        for _ in range(400):
            kinds.append(lease(the[0], rng=rng).kind)
            Assignment.objects.filter(state=AssignmentState.LEASED).update(state=AssignmentState.RELEASED)
        # After an ordinary pair (and three in all) gold comes with a chance of r / (1 - r): each such draw is free.
        draws = [b == "gold" for a, b in pairwise(kinds[2:]) if a == "ordinary"]
        observed = [sum(draws), len(draws) - sum(draws)]
        expected = [len(draws) * 0.25, len(draws) * 0.75]
        assert stats.chisquare(observed, expected).pvalue > 0.01
        assert kinds.count("gold") / len(kinds) == pytest.approx(0.2, abs=0.05)

    def test_needs_no_query_where_chance_says_no(self):
        the = scene(members=1, gold=3, gold_rate=0.1)
        judge(the[0])
        with statements() as sent:
            ask(the[0])
        assert len(sent) == 1, sent

    def test_a_project_without_gold_goes_on(self):
        the = scene(pairs=6, members=1, gold_rate=0.5)
        assert [judge(the[0], rng=Always()).kind for _ in range(6)] == ["ordinary"] * 6


class TestSides:
    def test_are_those_of_the_slot_that_was_taken(self):
        the = scene(pairs=6, members=3)
        for member in the.members:
            for _ in range(6):
                held = judge(member)
                assert held.first_on_left is held.slot.first_on_left

    def test_alternate_within_a_pair_and_are_even_over_all(self):
        the = scene(pairs=10, members=4, slots=4)
        for member in the.members:
            while judge(member):
                pass
        for pair in the.pairs:
            assert Counter(Assignment.objects.filter(pair=pair).values_list("first_on_left", flat=True)) == {
                True: 2,
                False: 2,
            }


class TestTheEndOfTheQueue:
    @pytest.mark.parametrize("trouble", ["none", "skips", "lapses", "rolled back claims", "a late joiner", "all of it"])
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_ten_pairs_and_three_members_finish(self, trouble, seed):
        the = scene(pairs=10, members=3)
        finish(the, random.Random(seed), trouble)
        assert could_have(the.project) == []
        standing = Assignment.objects.filter(project=the.project, state=AssignmentState.SUBMITTED).count()
        if trouble not in ("skips", "all of it"):
            assert (open_slots(the.project), standing) == (0, 30)
        assert integrity.sound(the.project)

    @pytest.mark.parametrize(("members", "count"), [(2, 20), (5, 40), (9, 25)])
    def test_whatever_can_be_judged_is_judged(self, members, count):
        the = scene(pairs=count, members=members)
        finish(the, random.Random(members), "all of it")
        assert could_have(the.project) == []
        assert integrity.sound(the.project)

    def test_two_members_with_three_wanted_do_not_walk_in_circles(self):
        the = scene(pairs=20, members=2)
        while [judge(member) for member in the.members] != [None, None]:
            pass
        assert Assignment.objects.filter(project=the.project).count() == 40
        assert open_slots(the.project) == 20
        marks = [mark(member) for member in the.members]
        for request in range(60):
            if request % 10 == 0:
                five_minutes_later(the.project)
            for member in the.members:
                with statements() as sent:
                    assert ask(member).answer is Answer.NOTHING_LEFT
                assert len(sent) <= (11 if request % 10 == 0 else 8), "\n".join(sent)
        assert [mark(member) for member in the.members] == marks
        assert Assignment.objects.filter(project=the.project).count() == 40

    def test_a_slot_stranded_behind_every_mark_is_found_by_going_back(self):
        the = scene(pairs=8, members=1, slots=1)
        QueueMark.objects.update(key=1.5)
        got = [judge(the[0]).pair_id for _ in range(8)]
        assert got == [pair.pk for pair in [*the.pairs[4:], *the.pairs[:4]]]
        assert judge(the[0]) is None
        assert open_slots(the.project) == 0

    def test_a_member_who_went_back_gets_to_where_they_were(self):
        the = scene(pairs=8, members=1, slots=2)
        while judge(the[0]):
            pass
        before = QueueMark.objects.get(member=the[0])
        five_minutes_later(the.project)
        assert ask(the[0]).answer is Answer.NOTHING_LEFT
        after = QueueMark.objects.get(member=the[0])
        assert (after.key, after.walk_to) == (before.key, None)

    def test_a_member_goes_back_once_in_five_minutes_at_most(self):
        the = scene(pairs=4, members=1, slots=2)
        while judge(the[0]):
            pass
        went = QueueMark.objects.get(member=the[0])
        assert ask(the[0]).answer is Answer.NOTHING_LEFT
        assert QueueMark.objects.get(member=the[0]).went_back_at == went.went_back_at
        shift(QueueMark, "went_back_at", [went.pk], to=-299)
        ask(the[0])
        assert QueueMark.objects.get(member=the[0]).went_back_at < went.went_back_at
        shift(QueueMark, "went_back_at", [went.pk], to=-301)
        ask(the[0])
        assert QueueMark.objects.get(member=the[0]).went_back_at > went.went_back_at

    def test_going_back_walks_in_bounded_steps(self, monkeypatch):
        the = scene(pairs=40, members=2, slots=2)
        while judge(the[0]):
            pass
        monkeypatch.setattr(queue, "WALK_STEP", 5)
        monkeypatch.setattr(queue, "WALK_STEPS_A_REQUEST", 2)
        five_minutes_later(the.project)
        stood = mark(the[0])
        answers = []
        while not answers or answers[-1] is Answer.LOOKING_FURTHER:
            with statements() as sent:
                answers.append(ask(the[0]).answer)
            assert len(sent) <= 16
        # 40 open slots, 6 to a step (the sixth is where it ends), 2 steps to a request.
        assert answers == [Answer.LOOKING_FURTHER] * 3 + [Answer.NOTHING_LEFT]
        assert mark(the[0]) == stood

    def test_what_comes_up_while_somebody_walks_is_found_on_the_way(self, monkeypatch):
        the = scene(pairs=40, members=2, slots=2)
        while judge(the[0]):
            pass
        monkeypatch.setattr(queue, "WALK_STEP", 5)
        monkeypatch.setattr(queue, "WALK_STEPS_A_REQUEST", 1)
        five_minutes_later(the.project)
        assert ask(the[0]).answer is Answer.LOOKING_FURTHER
        pair = make_pairs(the.project, 1)[0]
        Slot.objects.create(project=the.project, pair=pair, key=1.6, first_on_left=True)
        offers = [ask(the[0]) for _ in range(6)]
        assert Answer.PAIR in {offer.answer for offer in offers}
        assert Assignment.objects.latest("pk").pair_id == pair.pk

    def test_the_end_of_the_queue_costs_no_walk(self):
        the = scene(pairs=3, members=1, slots=1)
        while judge(the[0]):
            pass
        with statements() as sent:
            assert ask(the[0]).answer is Answer.NOTHING_LEFT
        assert len(sent) <= 8, sent


class TestWhoMayHaveAPair:
    @pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.PAUSED, ProjectState.CLOSED])
    def test_only_an_open_project_hands_out(self, state):
        the = scene(members=1)
        the.project.state = state.value
        with pytest.raises(handout.NotHandingOut):
            ask(the[0])

    @pytest.mark.parametrize("state", ["paused", "suspended"])
    def test_only_active_members_are_handed_pairs(self, state):
        the = scene(members=1)
        the[0].state = state
        with pytest.raises(handout.NotHandingOut):
            ask(the[0])


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_a_lease_that_is_let_lapse_at_this_very_moment_is_not_handed_out_again(self):
        the = scene(pairs=5, members=1)
        held = lease(the[0])
        lapse(held)
        with transaction.atomic():
            assert handout.expire(project=the.project) == 1
            asking = InThread(lambda: ask(the[0]))
            asking.wait_until_it_waits()
        offer = asking.result()
        assert offer.assignment != held.pk
        assert Assignment.objects.get(pk=offer.assignment).state == AssignmentState.LEASED
        assert integrity.sound()

    def test_three_that_are_let_lapse_at_this_very_moment_are_no_full_hands(self):
        the = scene(pairs=9, members=1)
        held: list[Assignment] = []
        for _ in range(3):
            held.append(lease(the[0], *(a.uuid for a in held)))
        lapse(*held)
        with transaction.atomic():
            assert handout.expire(project=the.project) == 3
            asking = InThread(lambda: ask(the[0]))
            asking.wait_until_it_waits()
        assert asking.result().assignment not in {a.pk for a in held}
        assert integrity.sound()

    def test_clearing_leaves_alone_what_somebody_is_renewing(self):
        the = scene(pairs=5, members=1)
        held = lease(the[0])
        lapse(held)
        with transaction.atomic():
            handout.renew(member=the[0], assignment_uuid=held.uuid)
            assert InThread(lambda: handout.expire(project=the.project)).result() == 0
        assert fresh(held).state == AssignmentState.LEASED

    def test_a_second_run_of_beat_leaves_the_clearing_to_the_first(self):
        the = scene(pairs=5, members=1)
        held = lease(the[0])
        lapse(held)
        with transaction.atomic():
            locks.lock(locks.Namespace.PERIODIC, "annotation.expire_leases")
            InThread(tasks.expire_leases).result()
            assert fresh(held).state == AssignmentState.LEASED
        tasks.expire_leases()
        assert fresh(held).state == AssignmentState.EXPIRED

    def test_a_claim_goes_round_a_slot_that_somebody_has_locked(self):
        the = scene(pairs=2, members=1, slots=1)
        with transaction.atomic():
            Slot.objects.select_for_update().get(pair=the.pairs[0])
            offer = InThread(lambda: ask(the[0])).result()
        assert Assignment.objects.get(pk=offer.assignment).pair_id == the.pairs[1].pk

    def test_a_double_click_takes_one_slot(self):
        the = scene(pairs=9, members=1)
        offers = together(8, lambda _: ask(the[0]))
        assert len({offer.assignment for offer in offers}) == 1
        assert open_slots(the.project) == 26
        assert integrity.sound()


def finish(the, rng: random.Random, trouble: str) -> None:
    """Everybody works in random order until all say that nothing is left, five minutes later too."""

    def happens(what: str) -> bool:
        return trouble in (what, "all of it") and rng.random() < 0.15

    members = list(the.members)
    done: set[int] = set()
    quiet = 0
    for step in range(5_000):
        if trouble in ("a late joiner", "all of it") and step == 12:
            members += [] if trouble == "a late joiner" else join(the.project, 1)
            if trouble == "a late joiner":
                members[2:] = join(the.project, 1)  # the third leaves with a pair in hand
                Member.objects.filter(pk=the[2].pk).update(state="paused")
                lapse(*Assignment.objects.filter(member=the[2], state="leased"))
        member = rng.choice(members)
        if happens("rolled back claims"):
            lease_and_roll_back(member)
            continue
        offer = ask(member, rng=rng)
        if offer.answer is not Answer.PAIR:
            done.add(member.pk)
            if len(done) == len(members):
                quiet += 1
                if quiet == 3:
                    return
                done.clear()
                lapse(*Assignment.objects.filter(project=the.project, state="leased"))
                five_minutes_later(the.project)
            continue
        quiet = 0
        done.clear()
        held = Assignment.objects.get(pk=offer.assignment)
        if happens("skips"):
            judging.skip(member=member, assignment_uuid=held.uuid, reason=SkipReason.OTHER)
        elif happens("lapses"):
            lapse(held)
            handout.expire(project=the.project)
        else:
            submit(member, held)
    raise AssertionError("they never finish")
