"""Probes: a pair that somebody judged a while ago comes back to them once, with its sides swapped, and counts for nothing."""

from __future__ import annotations

import random
import uuid

import pytest
from django.db import connection

from annotation.models import Annotation, Assignment, Pair, Slot
from annotation.selectors import integrity, own_work, pairs
from annotation.selectors.judgements import judgements
from annotation.selectors.listing import judgements as listing
from annotation.selectors.records import stream
from annotation.services import handout, judging
from annotation.services.handout import Answer, probes
from annotation.services.handout.gold import APART
from annotation.vocabulary import AssignmentKind, AssignmentState, SkipReason, Verdict
from tests.annotation.services.builders import (
    Always,
    Never,
    Scene,
    ask,
    fresh,
    judge,
    lapse,
    lease,
    of_one_prompt,
    open_slots,
    scene,
    submit,
)
from tests.annotation.services.counting import statements

pytestmark = pytest.mark.django_db

LATER = APART + 1
"""Judgements after which the first may come back."""


def worked(*, pairs: int = 70, members: int = 1, judged: int = LATER, **settings) -> Scene:
    """A project with probes whose first member has judged so many of its pairs."""
    the = scene(pairs=pairs, members=members, **{"probe_rate": 0.5, **settings})
    for _ in range(judged):
        judge(the[0])
    return the


def probe(the: Scene) -> Assignment:
    found = lease(the[0], rng=Always())
    assert found.kind == AssignmentKind.PROBE
    return found


class TestAProbe:
    def test_is_a_pair_that_the_person_judged_with_its_sides_swapped(self):
        the = worked()
        again = probe(the)
        assert again.pair_id == the.pairs[0].pk
        first = Assignment.objects.get(member=the[0], pair=the.pairs[0], kind="ordinary")
        assert again.first_on_left is not first.first_on_left
        assert again.slot_id is None
        assert integrity.sound()

    def test_comes_fifty_judgements_later_at_the_earliest(self):
        the = worked(judged=0)
        kinds = []
        for _ in range(LATER + 1):
            kinds.append(judge(the[0], rng=Always()).kind)
        assert kinds == ["ordinary"] * LATER + ["probe"]

    def test_comes_once_a_pair_and_person_whatever_became_of_it(self):
        the = worked()
        again = probe(the)
        lapse(again)
        handout.expire(project=the.project)
        assert lease(the[0], rng=Always()).kind == "ordinary"

    def test_has_no_prompt_in_common_with_the_last_fifty_judgements(self):
        the = worked(judged=LATER + 4)
        of_one_prompt(the.pairs[20], the.pairs[0])
        drawn = {probes.claim(the[0], random.Random(n)) is not None for n in range(4)}
        claimed = set(Assignment.objects.filter(kind="probe").values_list("pair_id", flat=True))
        assert drawn == {True}
        assert claimed == {pair.pk for pair in the.pairs[1:5]}

    def test_is_never_gold_never_surplus_never_imported_and_never_taken_back(self):
        the = worked(judged=LATER + 4)
        theirs = Assignment.objects.filter(member=the[0]).order_by("id")
        Pair.objects.filter(pk=the.pairs[0].pk).update(gold_verdict=Verdict.TIE.value)
        theirs.filter(pair=the.pairs[1]).update(slot=None)
        theirs.filter(pair=the.pairs[2]).update(leased_at=None)
        theirs.filter(pair=the.pairs[3]).update(state=AssignmentState.SKIPPED.value)
        assert probe(the).pair_id == the.pairs[4].pk

    def test_is_drawn_among_the_last_few_before(self):
        the = worked(judged=LATER + 9)
        found = {}
        for n in range(6):
            judge(the[0])
            assert probes.claim(the[0], random.Random(n))
            latest = Assignment.objects.filter(kind="probe").latest("id")
            found[n] = latest.pair_id
            latest.delete()
        assert len(set(found.values())) > 2

    def test_never_comes_where_the_queue_has_nothing_left(self):
        the = worked(pairs=LATER)
        assert ask(the[0], rng=Always()).answer is Answer.NOTHING_LEFT

    def test_never_comes_in_a_project_without_probes(self):
        the = worked(probe_rate=0.0)
        assert lease(the[0], rng=Always()).kind == "ordinary"

    def test_can_be_skipped_late_and_taken_back_as_any_pair(self):
        the = worked()
        again = probe(the)
        judging.skip(member=the[0], assignment_uuid=again.uuid, reason=SkipReason.OTHER)
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        lapse(again)
        handout.expire(project=the.project)
        submit(the[0], again)
        assert (fresh(again).state, fresh(again).slot_id) == ("submitted", None)
        judging.undo(member=the[0], submit_key=uuid.uuid4())
        submit(the[0], again, "b")
        assert not Annotation.objects.get(assignment=again).surplus
        assert integrity.sound()

    def test_comes_for_the_share_of_ordinary_pairs_that_the_project_wants(self):
        the = scene(pairs=420, members=1, probe_rate=0.25)
        rng = random.Random(20261128)
        kinds = []
        while (given := judge(the[0], rng=rng)) is not None and len(kinds) < 400:
            kinds.append(given.kind)
        later = kinds[100:]
        assert later.count("probe") / later.count("ordinary") == pytest.approx(0.25, abs=0.08)
        assert integrity.sound()


class TestAnAnswerToAProbe:
    @pytest.fixture
    def the(self) -> Scene:
        the = worked(pairs=60)
        submit(the[0], probe(the), "b")
        return the

    def test_is_no_judgement_of_agreement_consensus_or_exports(self, the):
        given = judgements(the.project)
        assert len(given) == LATER
        (stored,) = (stored for stored in stream(the.project) if stored.record.external_id == "pair-0")
        assert len(stored.verdicts) == len(stored.record.judgements) == 1
        assert len(listing.page(project=the.project, most=200)) == LATER

    def test_is_listed_with_its_kind_where_all_is_asked_for(self, the):
        everything = listing.page(project=the.project, which="all", most=200)
        assert [row["kind"] for row in everything].count("probe") == 1

    def test_fills_no_slot_and_completes_no_pair(self, the):
        before = open_slots(the.project)
        assert before == Slot.objects.filter(project=the.project).count() - LATER
        assert the.pairs[0].pk in pairs.incomplete(the.project).tolist()

    def test_is_own_work_like_any_other_and_listed_beside_the_first(self, the):
        assert own_work.numbers(members=the.members).total == LATER + 1
        listed = own_work.history(members=the.members, most=200)
        assert [past.answer for past in listed].count("b") == 1
        assert [past.prompt for past in listed].count("Question 0?") == 2


class TestTheInvariant:
    def test_finds_a_probe_of_what_was_not_judged_or_with_the_same_sides(self):
        the = worked(pairs=60)
        again = probe(the)
        assert integrity.sound()
        Assignment.objects.filter(pk=again.pk).update(first_on_left=not again.first_on_left)
        assert not integrity.sound()
        Assignment.objects.filter(pk=again.pk).update(first_on_left=again.first_on_left, pair=the.pairs[59])
        assert not integrity.sound()

    def test_finds_a_probe_that_came_too_soon(self):
        the = worked(pairs=60)
        again = probe(the)
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM annotation_assignment WHERE id < %s ORDER BY id DESC LIMIT 1", [again.pk])
            (later,) = cursor.fetchone()
        soon = Assignment.objects.get(pk=later)
        Assignment.objects.filter(pk=again.pk).update(pair=soon.pair_id, first_on_left=not soon.first_on_left)
        broken = [finding for finding in integrity.check() if finding.breaches]
        assert [finding.invariant.name for finding in broken] == ["probes_come_back_swapped"]


def test_a_request_without_a_probe_or_gold_is_one_statement():
    the = worked(judged=3)
    with statements() as sent:
        ask(the[0], rng=Never())
    assert len(sent) == 1, sent
