"""Marking a pair as gold and taking that back: nothing that was judged is lost, and every invariant holds throughout."""

from __future__ import annotations

import random
import uuid

import pytest

from annotation.models import Annotation, Assignment, AuditEvent, Pair, Project, Slot
from annotation.selectors import integrity, pairs
from annotation.selectors.gold import pairs as counts
from annotation.selectors.judgements import judgements
from annotation.services import gold, handout, judging, projects
from annotation.services.handout.gold import claim
from annotation.vocabulary import Retired, SkipReason, Verdict
from tests.annotation.services.builders import Always, Scene, judge, lapse, lease, open_slots, scene, submit
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def the() -> Scene:
    """The first pair: judged by two, held by one, left lying and judged late by one; a fifth slot of it is open."""
    made = scene(pairs=6, members=5, slots=5)
    submit(made[0], lease(made[0]), "a")
    lease(made[1])
    lapse(left := lease(made[2]))
    handout.expire(project=made.project)
    submit(made[3], lease(made[3]), "b")
    submit(made[2], left, "a")
    return made


def mark(the: Scene, verdict: Verdict = Verdict.FIRST, **rest) -> Pair:
    return gold.mark(project=the.project, pair_id=the.pairs[0].pk, verdict=verdict, by=None, **rest)


def unmark(the: Scene) -> Pair:
    return gold.unmark(project=the.project, pair_id=the.pairs[0].pk, by=None)


class TestMarking:
    def test_keeps_every_judgement_and_scores_it(self, the):
        before = {(n.pk, n.verdict, n.reason) for n in Annotation.objects.all()}
        marked = mark(the, explanation="The first one answers the question.")

        assert {(n.pk, n.verdict, n.reason) for n in Annotation.objects.all()} == before
        assert (marked.gold_verdict, marked.gold_explanation) == (0, "The first one answers the question.")
        (found,) = counts(the.project)
        assert (found.n, found.right) == (3, judgements(the.project).verdict.tolist().count(0))
        assert integrity.sound()

    def test_takes_its_slots_away_and_lets_who_holds_it_go_on(self, the):
        opened = open_slots(the.project)
        mark(the)
        assert not Slot.objects.filter(pair=the.pairs[0]).exists()
        assert open_slots(the.project) == opened - 1

        held = Assignment.objects.get(member=the[1])
        submit(the[1], held, "b")
        assert len(judgements(the.project)) == 4
        assert the.pairs[0].pk not in pairs.incomplete(the.project).tolist()
        assert integrity.sound()

    def test_lets_surplus_count(self, the):
        late = Assignment.objects.get(member=the[3])
        Slot.objects.filter(pk=late.slot_id).update(open=True)
        Assignment.objects.filter(pk=late.pk).update(slot=None)
        Annotation.objects.filter(assignment=late).update(surplus=True)
        assert integrity.sound()
        mark(the)
        assert not Annotation.objects.get(assignment=late).surplus
        assert integrity.sound()

    def test_hands_it_to_others_as_gold(self, the):
        mark(the)
        assert claim(the[4], random.Random(1))
        assert Assignment.objects.get(member=the[4]).kind == "gold"

    def test_again_changes_the_verdict_and_keeps_the_rest(self, the):
        mark(the)
        mark(the, Verdict.SECOND)
        assert [event.detail for event in AuditEvent.objects.filter(action="gold.mark").order_by("pk")] == [
            {"verdict": "a", "before": None},
            {"verdict": "b", "before": "a"},
        ]
        assert counts(the.project)[0].right == judgements(the.project).verdict.tolist().count(1)

    def test_is_refused_for_a_pair_of_another_project(self, the):
        other = scene(pairs=1, members=1)
        with pytest.raises(gold.NoSuchPair):
            gold.mark(project=the.project, pair_id=other.pairs[0].pk, verdict=Verdict.TIE, by=None)
        with pytest.raises(gold.NotGold):
            unmark(the)


class TestUnmarking:
    def test_gives_each_judgement_a_slot_and_opens_the_rest(self, the):
        Project.objects.update(slots_per_pair=6)
        mark(the)
        unmark(the)
        slots = Slot.objects.filter(pair=the.pairs[0])
        assert (slots.count(), slots.filter(open=True).count()) == (6, 2)  # three judgements and a lease
        assert sum(slots.values_list("first_on_left", flat=True)) == 3
        assert set(Assignment.objects.filter(pair=the.pairs[0]).values_list("kind", flat=True)) == {"ordinary"}
        assert integrity.sound()

    def test_keeps_every_judgement_and_its_verdict(self, the):
        before = {(n.pk, n.verdict) for n in Annotation.objects.all()}
        mark(the)
        claimed = claim(the[4], Always())
        assert claimed
        submit(the[4], Assignment.objects.get(pk=claimed[0]), "tie")
        unmark(the)
        assert {(n.pk, n.verdict) for n in Annotation.objects.all()} > before
        found = judgements(the.project)
        assert (len(found), set(found.gold.tolist())) == (4, {-1})
        assert integrity.sound()

    def test_opens_none_where_enough_have_judged_it(self, the):
        Project.objects.update(slots_per_pair=4)
        mark(the)
        unmark(the)
        assert not Slot.objects.filter(pair=the.pairs[0], open=True).exists()
        assert integrity.sound()

    def test_lets_work_go_on_and_be_taken_back(self, the):
        Project.objects.update(slots_per_pair=4)
        mark(the)
        unmark(the)
        submit(the[1], Assignment.objects.get(member=the[1]), "b")
        judging.undo(member=the[1], submit_key=uuid.uuid4())
        judging.skip(member=the[1], assignment_uuid=Assignment.objects.get(member=the[1]).uuid, reason=SkipReason.OTHER)
        assert Slot.objects.filter(pair=the.pairs[0], open=True).count() == 1
        assert integrity.sound()


class TestRetiring:
    def test_hands_out_no_more_and_keeps_what_was_judged(self, the):
        mark(the)
        gold.retire(project=the.project, pair_id=the.pairs[0].pk, by=None)
        assert claim(the[4], Always()) is None
        assert counts(the.project)[0].n == 3
        gold.restore(project=the.project, pair_id=the.pairs[0].pk, by=None)
        assert claim(the[4], Always()) is not None
        assert list(
            AuditEvent.objects.filter(action__startswith="gold.").order_by("pk").values_list("action", flat=True)
        ) == [
            "gold.mark",
            "gold.retire",
            "gold.restore",
        ]

    def test_follows_the_projects_limit_but_for_what_a_manager_retired(self, the):
        mark(the)
        gold.retire(project=the.project, pair_id=the.pairs[0].pk, by=None)
        second = gold.mark(project=the.project, pair_id=the.pairs[1].pk, verdict=Verdict.TIE, by=None)
        judge(the[4])
        of = Pair.objects.filter(gold_verdict__isnull=False).order_by("pk").values_list("gold_retired", flat=True)
        for member in the.members[:3]:
            assert claim(member, Always())
        assert list(of.all()) == ["manager", ""]
        projects.change_settings(project=the.project, by=None, gold_exposure_limit=3)
        assert list(of.all()) == ["manager", "exposed"]
        projects.change_settings(project=the.project, by=None, gold_exposure_limit=4)
        assert list(of.all()) == ["manager", ""]
        assert claim(the[3], Always())
        second.refresh_from_db()
        assert second.gold_retired == Retired.EXPOSED

    def test_a_pair_that_too_many_know_already_is_gold_but_retired(self, the):
        projects.change_settings(project=the.project, by=None, gold_exposure_limit=2)
        assert mark(the).gold_retired == "exposed"


class TestALine:
    def test_of_a_marked_pair_is_unchanged_as_imported_and_as_exported(self, project):
        import_lines(project, [pair("one")])
        made = Pair.objects.get(external_id="one")
        gold.mark(project=project, pair_id=made.pk, verdict=Verdict.TIE, by=None)
        for line in (pair("one"), pair("one", gold="tie")):
            assert import_lines(project, [line]).unchanged == 1
        with pytest.raises(AssertionError, match="id_conflict"):
            import_lines(project, [pair("one", gold="a")])

    def test_of_an_unmarked_pair_is_unchanged_in_both_forms(self, project):
        import_lines(project, [pair("one", gold="a")])
        made = Pair.objects.get(external_id="one")
        gold.unmark(project=project, pair_id=made.pk, by=None)
        for line in (pair("one", gold="a"), pair("one")):
            assert import_lines(project, [line]).unchanged == 1
        with pytest.raises(AssertionError, match="id_conflict"):
            import_lines(project, [pair("one", gold="b")])
