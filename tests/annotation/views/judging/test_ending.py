"""The end of the queue: others hold the rest, nothing is left for this person, or everything is judged."""

from __future__ import annotations

import re

import pytest

from annotation.models import Annotation, Assignment, Project, Prompt, Slot
from annotation.selectors import queue_end
from annotation.selectors.queue_end import QueueEnd
from tests.annotation.services.builders import lapse
from tests.annotation.services.counting import statements
from tests.annotation.views.actions import HERE, judge_one, lease
from tests.cast import Person


def ending(who: Person) -> str:
    """Return the state of the page at the end of the queue; empty where it shows a pair."""
    page = who.client.get(f"{HERE}/judge").content.decode()
    found = re.search(r'data-ending="(\w+)"', page)
    return found[1] if found else ""


def judge_all(*people: Person, most: int = 100) -> int:
    """Let people judge in turns until nobody is given a pair; return how many judgements were given."""
    for given in range(most):
        waiting = [who for who in people if not ending(who)]
        if not waiting:
            return given
        judge_one(waiting[0].client)
    raise AssertionError("They walk in circles.")


@pytest.fixture
def one_slot(project: Project) -> None:
    """Each of two pairs is wanted once."""
    keep = set(project.slots.order_by("pair_id").values_list("pair_id", flat=True).distinct()[:2])
    project.slots.exclude(pair_id__in=keep).delete()
    for pair in keep:
        project.slots.exclude(pk=project.slots.filter(pair_id=pair).first().pk).filter(pair_id=pair).delete()


class TestTheEndOfTheQueue:
    def test_says_that_others_hold_the_rest(self, bob: Person, carol: Person, one_slot: None) -> None:
        judge_one(bob.client)
        lease(carol.client)

        page = bob.client.get(f"{HERE}/judge").content.decode()

        assert 'data-ending="held_by_others"' in page
        assert "Others are judging the rest right now." in page
        assert "annotation/js/ending.js" in page

    def test_gives_what_another_left_unfinished(self, bob: Person, carol: Person, one_slot: None) -> None:
        judge_one(bob.client)
        held = lease(carol.client)
        assert ending(bob) == "held_by_others"

        lapse(Assignment.objects.get(uuid=held))

        assert ending(bob) == ""

    def test_says_when_everything_is_done(self, bob: Person, carol: Person, one_slot: None) -> None:
        judge_all(bob)
        assert ending(bob) == ending(carol) == "all_done"
        assert "data-reload" not in bob.client.get(f"{HERE}/judge").content.decode()

    def test_comes_to_two_people_of_three_wanted(self, bob: Person, carol: Person) -> None:
        assert judge_all(bob, carol) == 20
        assert Slot.objects.filter(open=True).count() == 10
        assert ending(bob) == ending(carol) == "nothing_for_you"
        assert "data-reload" not in bob.client.get(f"{HERE}/judge").content.decode()

    def test_does_not_wait_for_a_pair_that_this_person_judged(self, bob: Person, carol: Person) -> None:
        judge_all(bob)
        lease(carol.client)
        assert ending(bob) == "nothing_for_you"

    def test_does_not_wait_for_a_pair_that_this_person_wrote(self, bob: Person, carol: Person, one_slot: None) -> None:
        Prompt.objects.update(author=bob.member)
        lease(carol.client)
        assert ending(bob) == "nothing_for_you"

    def test_does_not_wait_for_a_pair_that_this_person_skipped(
        self, bob: Person, carol: Person, project: Project, one_slot: None
    ) -> None:
        for _ in range(2):
            pair = lease(bob.client)
            bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "other"})
        lease(carol.client)
        assert ending(bob) == "nothing_for_you"

    def test_says_when_there_are_no_pairs(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        assert ending(bob) == "no_pairs"

    def test_does_not_tell_of_gold(self, bob: Person, carol: Person, project: Project, one_slot: None) -> None:
        judge_all(bob)
        pair = project.pairs.exclude(slots__project=project).first()
        Assignment.objects.create(
            project=project, member=carol.member, pair=pair, kind="gold", lease_until="2100-01-01T00:00Z"
        )
        assert ending(bob) == "all_done"

    def test_takes_one_query_and_none_while_there_are_pairs(self, bob: Person) -> None:
        with statements() as sent:
            bob.client.get(f"{HERE}/judge")
        assert not [sql for sql in sent if "annotation_slot" in str(sql) and "ORDER BY pair_id" in str(sql)]
        with statements() as sent:
            assert queue_end.reason(bob.member) is QueueEnd.NOTHING_FOR_YOU
        assert len(sent) == 1
        assert not Annotation.objects.exists()


class TestUndoAtTheEnd:
    def page(self, who: Person) -> str:
        return who.client.get(f"{HERE}/judge").content.decode()

    def test_brings_the_last_skipped_pair_back(self, bob: Person, carol: Person, one_slot: None) -> None:
        judge_one(bob.client)
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "language"})
        page = self.page(bob)
        assert ending(bob) == "nothing_for_you"
        assert "Undo your last skip" in page
        assert "annotation/js/ending.js" in page

        key = re.search(r'name="submit_key" value="([^"]+)"', page)
        bob.client.post(f"{HERE}/undo", {"submit_key": key[1]})
        assert lease(bob.client) == pair

    def test_is_offered_for_the_last_judgement(self, bob: Person, one_slot: None) -> None:
        judge_all(bob)
        assert "Undo your last judgement" in self.page(bob)

    def test_is_not_offered_after_the_window(self, bob: Person, one_slot: None) -> None:
        judge_all(bob)
        Project.objects.update(edit_window_seconds=0)
        assert "Undo" not in self.page(bob)

    def test_is_not_offered_where_nothing_is_handed_out(self, bob: Person, one_slot: None) -> None:
        judge_all(bob)
        Project.objects.update(state="paused")
        assert "Undo" not in self.page(bob)

    def test_is_not_offered_to_somebody_who_did_nothing(self, bob: Person, carol: Person, one_slot: None) -> None:
        judge_all(bob)
        assert "Undo" not in self.page(carol)
