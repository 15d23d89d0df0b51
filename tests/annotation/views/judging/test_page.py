"""The judging page."""

from __future__ import annotations

import re

import pytest

from annotation.models import Annotation, Assignment, Project
from annotation.vocabulary import MemberState
from tests.annotation.views.actions import HERE, judge_one, lease, shown_uuid
from tests.cast import Person
from tests.factories import GuidelinesFactory, PairFactory, PromptFactory


class TestJudge:
    def test_shows_the_prompt_and_both_responses(self, bob: Person, project: Project) -> None:
        page = bob.client.get(f"{HERE}/judge")

        assert page.status_code == 200
        text = page.content.decode()
        pair = Assignment.objects.get(uuid=shown_uuid(page)).pair
        assert pair.prompt.content in text
        assert text.index("Response A") < text.index("Response B")
        assert "<strong>two</strong>" in text

    def test_marks_an_empty_prompt_and_an_empty_response(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        PairFactory(prompt=PromptFactory(project=project, content=" "), first__content="", second__content="Yes.")

        page = bob.client.get(f"{HERE}/judge").content.decode()

        assert page.count("This response is empty.") == 1
        assert page.count("This prompt is empty.") == 1

    def test_lays_texts_out_by_the_language_of_the_pair(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        prompt = PromptFactory(project=project, content="npm install react עם הגרסה", language="he")
        PairFactory(prompt=prompt, first__content="12-14", second__content="Hello.")

        page = bob.client.get(f"{HERE}/judge").content.decode()

        assert '<p dir="rtl">npm install react עם הגרסה</p>' in page
        assert '<p dir="rtl">12-14</p>' in page
        assert '<p dir="ltr">Hello.</p>' in page
        assert 'dir="rtl">\n12-14</pre>' in page

    def test_shows_the_same_pair_until_it_is_judged(self, bob: Person) -> None:
        assert lease(bob.client) == lease(bob.client)

    def test_shows_the_sides_as_they_are_stored(self, bob: Person) -> None:
        page = bob.client.get(f"{HERE}/judge").content.decode()

        assignment = Assignment.objects.get()
        first, second = assignment.pair.first.content, assignment.pair.second.content
        left, right = (first, second) if assignment.first_on_left else (second, first)
        assert 0 < page.index(left.split(",")[0]) < page.index(right.split(",")[0])

    def test_says_how_many_today(self, bob: Person) -> None:
        judge_one(bob.client)
        assert "<b data-today>1</b>" in bob.client.get(f"{HERE}/judge").content.decode()
        bob.member.daily_goal = 12
        bob.member.save()
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert "<b data-goal>12</b>" in page
        assert '<progress class="wide-only" value="1" max="12"' in page

    def test_folds_earlier_messages(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        messages = [{"role": "user", "content": "Which library?"}, {"role": "assistant", "content": "Pandas."}]
        PairFactory(prompt=PromptFactory(project=project, content=[*messages, {"role": "user", "content": "Why?"}]))

        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert "2 earlier messages" in page
        assert page.index("Which library?") < page.index("Pandas.") < page.index("Why?")

    @pytest.mark.parametrize(
        ("earlier", "words"),
        [(1, "System prompt"), (2, "System prompt and 1 earlier message"), (3, "System prompt and 2 earlier messages")],
    )
    def test_names_a_system_prompt_that_is_folded(
        self, bob: Person, project: Project, earlier: int, words: str
    ) -> None:
        project.slots.all().delete()
        messages = [{"role": "system", "content": "Be brief."}, *[{"role": "user", "content": "Hi"}] * (earlier - 1)]
        PairFactory(prompt=PromptFactory(project=project, content=[*messages, {"role": "user", "content": "Why?"}]))

        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert re.search(r"<summary>([^<]+?) *<svg", page)[1] == words

    def test_asks_to_read_changed_guidelines_first(self, bob: Person, project: Project) -> None:
        GuidelinesFactory(project=project, version=2, text="Now with a second rule.")

        first = bob.client.get(f"{HERE}/judge")
        assert first.status_code == 302
        assert first["Location"] == f"{HERE}/guidelines"
        page = bob.client.get(f"{HERE}/guidelines").content.decode()
        assert "The guidelines have changed" in page
        assert "Now with a second rule." in page
        read = bob.client.post(f"{HERE}/guidelines", {"version": "2"})
        assert (read.status_code, read["Location"]) == (303, f"{HERE}/judge")
        assert bob.client.get(f"{HERE}/judge").status_code == 200

    def test_counts_reading_a_future_version_as_reading_the_newest(self, bob: Person) -> None:
        bob.client.post(f"{HERE}/guidelines", {"version": "99"})
        bob.member.refresh_from_db()
        assert bob.member.guidelines_read == 1

    @pytest.mark.parametrize(
        ("state", "words"),
        [("draft", "not open yet"), ("paused", "is paused"), ("closed", "is closed")],
    )
    def test_says_why_nothing_is_handed_out(self, bob: Person, project: Project, state: str, words: str) -> None:
        judge_one(bob.client)
        Project.objects.update(state=state)
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert words in page
        assert "Judged today" in page

    def test_says_that_a_member_is_paused(self, bob: Person) -> None:
        bob.member.state = MemberState.PAUSED.value
        bob.member.save()
        assert "Your work on this project is paused." in bob.client.get(f"{HERE}/judge").content.decode()

    def test_thanks_at_the_end_of_the_queue(self, bob: Person) -> None:
        for _ in range(10):
            judge_one(bob.client)
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert "That is all for now." in page
        assert "<b>10 pairs</b> today" in page

    def test_is_open_to_managers_too(self, alice: Person) -> None:
        judge_one(alice.client, "b")
        assert Annotation.objects.get().assignment.member == alice.member
