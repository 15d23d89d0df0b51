"""How many judgements are wanted of a pair, as the consensus decides: slots withdrawn, put back, and added."""

from __future__ import annotations

import random
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction

from annotation.models import Annotation, Assignment, Slot
from annotation.selectors import integrity
from annotation.selectors import slots as counted
from annotation.selectors.progress import progress
from annotation.services import handout, judging, slots
from annotation.services.handout import Answer
from annotation.vocabulary import SkipReason
from common.db import clock
from tests.annotation.services.builders import ask, judge, lapse, lease, open_slots, scene, submit
from tests.annotation.services.concurrency import InThread, together


def want(the, *wanted: int, as_of=None) -> slots.Changed:
    """So many judgements of the first pairs."""
    pairs = [pair.pk for pair in the.pairs[: len(wanted)]]
    return slots.want(project=the.project, pairs=pairs, wanted=wanted, as_of=as_of or clock.now())


def row(the, pair: int = 0) -> tuple[int, int, int]:
    """Wanted, leased and waiting of a pair."""
    found = counted.counts(the.project, pairs=[the.pairs[pair].pk])
    return int(found.wanted[0]), int(found.leased[0]), int(found.waiting[0])


@pytest.mark.django_db
@pytest.mark.usefixtures("sound_afterwards")
class TestASettledPair:
    def test_is_handed_to_nobody_more(self):
        the = scene(pairs=2, members=3)
        judge(the[0])

        assert want(the, 1) == slots.Changed(withdrawn=2)

        assert row(the) == (1, 0, 0)
        assert lease(the[1]).pair_id == the.pairs[1].pk

    def test_counts_the_judgement_of_who_holds_it(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        held = lease(the[1])

        want(the, 1)

        assert submit(the[1], held).surplus is False
        assert Annotation.objects.filter(surplus=False).count() == 2

    @pytest.mark.parametrize("how", ["release", "skip", "lapse"])
    def test_stays_closed_where_who_holds_it_gives_it_back(self, how):
        the = scene(pairs=1, members=3)
        judge(the[0])
        held = lease(the[1])
        want(the, 1)

        match how:
            case "release":
                handout.release(member=the[1], assignment_uuid=held.uuid)
            case "skip":
                judging.skip(member=the[1], assignment_uuid=held.uuid, reason=SkipReason.OTHER)
            case _:
                lapse(held)
                handout.expire(project=the.project)

        assert open_slots(the.project) == 0
        assert ask(the[2]).answer is Answer.NOTHING_LEFT

    def test_is_complete_and_wants_what_it_has(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        held = lease(the[1])
        want(the, 1)

        before = progress(the.project)
        assert (before["complete"], before["judgements"], before["wanted"], before["being_judged"]) == (0, 1, 2, 1)
        submit(the[1], held)
        found = progress(the.project)
        assert (found["complete"], found["judgements"], found["wanted"]) == (1, 2, 2)

    def test_gets_its_slots_back_when_it_is_not_settled_any_more(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        want(the, 1)

        assert want(the, 3) == slots.Changed(asked=2)

        assert row(the) == (3, 0, 2)
        assert Slot.objects.count() == 3

    def test_opens_again_to_who_gives_back_what_is_wanted_again(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        held = lease(the[1])
        want(the, 1)
        want(the, 2)

        handout.release(member=the[1], assignment_uuid=held.uuid)

        assert row(the) == (2, 0, 1)

    def test_thanks_for_work_that_comes_after_its_lease_has_ended(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        held = lease(the[1])
        lapse(held)
        handout.expire(project=the.project)
        want(the, 1)

        assert submit(the[1], held).surplus is True

    def test_keeps_a_withdrawn_verdicts_pair_with_who_took_it_back(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        want(the, 1)

        judging.undo(member=the[0], submit_key=uuid.uuid4())

        assert row(the) == (1, 1, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("sound_afterwards")
class TestAPairThatIsNotSettled:
    def test_is_asked_for_ahead_of_the_queue(self):
        the = scene(pairs=12, members=2, slots=1)
        judge(the[0])

        assert want(the, 2) == slots.Changed(asked=1)

        judged = [judge(the[1]) for _ in range(3)]
        assert the.pairs[0].pk in [one.pair_id for one in judged if one]

    def test_goes_on_alternating_sides(self):
        the = scene(pairs=2, members=2, slots=1)

        want(the, 4, 4)

        for pair in the.pairs:
            sides = list(Slot.objects.filter(pair=pair).order_by("id").values_list("first_on_left", flat=True))
            assert sides in ([True, False] * 2, [False, True] * 2)

    def test_is_asked_for_once_however_often_it_is_decided(self):
        the = scene(pairs=1, members=2, slots=1)
        judge(the[0])

        assert [want(the, 2).asked, want(the, 2).asked] == [1, 0]

    def test_takes_a_withdrawn_slot_before_a_new_one(self):
        the = scene(pairs=1, members=4)
        judge(the[0])
        want(the, 1)

        want(the, 4)

        assert Slot.objects.count() == 4
        assert row(the) == (4, 0, 3)

    def test_stays_on_the_route_of_its_slots(self):
        the = scene(pairs=1, members=2, slots=1)
        Slot.objects.update(route=3)

        want(the, 2)

        assert set(Slot.objects.values_list("route", flat=True)) == {3}

    def test_is_left_to_the_next_decision_where_it_was_judged_since(self):
        the = scene(pairs=1, members=3)
        before = clock.now()
        judge(the[0])

        assert want(the, 1, as_of=before) == slots.Changed()
        assert want(the, 1) == slots.Changed(withdrawn=2)

    def test_gold_and_pairs_of_other_projects_get_no_slot(self):
        the, other = scene(pairs=1, members=1, gold=1), scene(pairs=1, members=1)
        pairs = [the.gold[0].pk, other.pairs[0].pk]

        slots.want(project=the.project, pairs=pairs, wanted=[5, 5], as_of=clock.now())

        assert not Slot.objects.filter(pair=the.gold[0]).exists()
        assert Slot.objects.filter(pair=other.pairs[0]).count() == 3


@pytest.mark.django_db
class TestAJudgementOfATimeToCome:
    def test_keeps_no_pair_from_being_decided(self):
        the = scene(pairs=1, members=3)
        judge(the[0])
        Annotation.objects.update(at=clock.now() + timedelta(days=400))

        assert want(the, 1).withdrawn == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("sound_afterwards")
class TestTheFixedNumber:
    def test_is_wanted_again_of_pairs_whose_slots_were_withdrawn(self):
        the = scene(pairs=3, members=4)
        judge(the[0])
        want(the, 1, 5)

        assert slots.want_fixed(project=the.project) == slots.Changed(asked=2)

        assert [row(the, pair)[0] for pair in range(3)] == [3, 5, 3]
        assert slots.want_fixed(project=the.project) == slots.Changed()


@pytest.mark.django_db
class TestIntegrity:
    def breaches(self) -> set[str]:
        return {found.invariant.name for found in integrity.check() if found.breaches}

    def test_tells_a_withdrawn_slot_from_a_lost_one(self):
        scene(pairs=1, members=1)
        Slot.objects.update(open=False, withdrawn_at=clock.now())
        assert self.breaches() == set()

        Slot.objects.update(withdrawn_at=None)
        assert self.breaches() == {"closed_slot_is_held_once"}

    def test_finds_a_withdrawn_slot_that_is_open(self):
        scene(pairs=1, members=1)
        Slot.objects.update(withdrawn_at=clock.now())

        assert self.breaches() == {"withdrawn_slot_is_closed"}


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_two_decisions_ask_for_one_judgement(self):
        the = scene(pairs=1, members=2, slots=1)
        judge(the[0])

        together(6, lambda _: want(the, 2))

        assert Slot.objects.count() == 2

    def test_a_slot_that_is_being_claimed_is_neither_waited_for_nor_withdrawn(self):
        the = scene(pairs=1, members=2, slots=1)
        with transaction.atomic():
            held = lease(the[0])
            decision = InThread(
                lambda: slots.want(project=the.project, pairs=[the.pairs[0].pk], wanted=[0], as_of=clock.now())
            )
            assert decision.result() == slots.Changed()
        assert Assignment.objects.get(pk=held.pk).slot.withdrawn_at is None
        assert integrity.sound()

    def test_claims_submits_and_decisions_never_go_above_the_most(self):
        """Eight people judge, skip, give back and take back while two decide, by numbers that go up and down."""
        most, people = 3, 8
        the = scene(pairs=40, members=people, slots=1)
        over = threading.Event()

        def work(i: int) -> int:
            rng, done = random.Random(i), 0
            member = the[i]
            while not over.is_set():
                offer = ask(member)
                if offer.assignment is None:
                    if over.wait(0.01):
                        break
                    continue
                held = Assignment.objects.get(pk=offer.assignment)
                done += 1
                match rng.random():
                    case x if x < 0.15:
                        handout.release(member=member, assignment_uuid=held.uuid)
                    case x if x < 0.25:
                        judging.skip(member=member, assignment_uuid=held.uuid, reason=SkipReason.OTHER)
                    case x if x < 0.35:
                        submit(member, held)
                        judging.undo(member=member, submit_key=uuid.uuid4())
                    case _:
                        submit(member, held)
            return done

        def decide(i: int) -> int:
            rng = random.Random(100 + i)
            changed = 0
            ends = time.monotonic() + 3
            while time.monotonic() < ends:
                at = clock.now()
                found = counted.counts(the.project)
                wanted = [rng.randint(1, most) for _ in found.pair_ids]
                made = slots.want(project=the.project, pairs=found.pair_ids.tolist(), wanted=wanted, as_of=at)
                changed += made.asked + made.withdrawn
            return changed

        workers = [InThread(lambda i=i: work(i)) for i in range(people)]
        changed = together(2, decide)
        over.set()

        assert min(worker.result() for worker in workers) > 0
        assert min(changed) > 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM annotation_slot GROUP BY pair_id) AS one")
            assert cursor.fetchone()[0] <= most
        assert [found.invariant.name for found in integrity.check() if found.breaches] == []
