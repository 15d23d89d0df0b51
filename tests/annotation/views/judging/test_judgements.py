"""Judgements as the page sends them: submitted, changed, undone."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotation.models import Annotation, AnnotationRevision, Project, Skip, Slot
from annotation.vocabulary import Verdict
from tests.annotation.views.actions import BY_SCRIPT, HERE, judge_one, lease, submit, verdict
from tests.cast import Person


class TestSubmit:
    @pytest.mark.parametrize("word", ["a", "b", "tie", "both_bad"])
    def test_stores_the_verdict_in_canonical_order(self, bob: Person, word: str) -> None:
        pair = lease(bob.client)
        answer = submit(bob.client, pair, verdict(word, reason="It is shorter.\r\nAnd right."))

        assert answer.json() == {"saved": True, "uuid": pair, "revision": 1, "surplus": False}
        stored = Annotation.objects.get()
        shown = Verdict.from_word(word)
        assert stored.verdict == (shown if stored.assignment.first_on_left else shown.swapped)
        assert stored.reason == "It is shorter.\nAnd right."

    def test_without_a_script_redirects_to_the_next_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = submit(bob.client, pair, by_script=False)
        assert (answer.status_code, answer["Location"]) == (303, f"{HERE}/judge")
        assert lease(bob.client) != pair

    def test_has_a_new_key_on_every_page(self, bob: Person) -> None:
        keys = {bob.client.get(f"{HERE}/judge").context["submit_key"] for _ in range(2)}
        assert len(keys) == 2

    def test_answers_the_same_key_with_the_same_judgement(self, bob: Person) -> None:
        pair, fields = lease(bob.client), verdict()
        answers = [submit(bob.client, pair, fields).json() for _ in range(5)]
        assert all(answer == answers[0] for answer in answers)
        assert AnnotationRevision.objects.count() == 1

    def test_refuses_the_same_key_with_another_body(self, bob: Person) -> None:
        pair, fields = lease(bob.client), verdict("a")
        submit(bob.client, pair, fields)
        answer = submit(bob.client, pair, fields | {"verdict": "b"})
        assert answer.status_code == 422
        assert answer.json()["code"] == "key_reused"
        assert AnnotationRevision.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_stores_twenty_parallel_identical_posts_once(self, bob: Person) -> None:
        pair, fields = lease(bob.client), verdict()
        cookies = bob.client.cookies

        def post(_: int) -> tuple[int, Any]:
            client = Client()
            client.cookies = cookies
            try:
                answer = submit(client, pair, fields)
                return answer.status_code, answer.json()
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(post, range(20)))
        assert all(answer == (200, answers[0][1]) for answer in answers)
        assert AnnotationRevision.objects.count() == Annotation.objects.count() == 1

    @pytest.mark.parametrize("state", ["paused", "closed"])
    def test_is_accepted_in_every_state_of_the_project(self, bob: Person, state: str) -> None:
        pair = lease(bob.client)
        Project.objects.update(state=state)
        assert submit(bob.client, pair).status_code == 200

    def test_refuses_a_second_verdict_after_the_window(self, bob: Person, project: Project) -> None:
        pair = judge_one(bob.client)
        Project.objects.update(edit_window_seconds=0)
        answer = submit(bob.client, pair, verdict("b"))
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late")

    @pytest.mark.parametrize(
        ("field", "value", "status"),
        [
            ("verdict", "c", 400),
            ("verdict", "", 400),
            ("verdict", ["a", "b"], 400),
            ("submit_key", "", 400),
            ("submit_key", "7", 400),
            ("submit_key", "x" * 1000, 400),
            ("reason", "x" * 20_001, 413),
            ("reason", "nul \x00 character", 400),
        ],
    )
    def test_refuses_malformed_values(self, bob: Person, field: str, value: Any, status: int) -> None:
        pair = lease(bob.client)
        for by_script in (True, False):
            assert submit(bob.client, pair, verdict() | {field: value}, by_script=by_script).status_code == status
        assert not Annotation.objects.exists()

    @pytest.mark.parametrize("seconds", ["", "-1", "1e400", "nan", "soon", "99999999999"])
    def test_ignores_implausible_times(self, bob: Person, seconds: str) -> None:
        judge_one(bob.client, seconds=seconds)
        assert Annotation.objects.get().seconds < 60

    def test_does_not_find_unknown_and_malformed_ids(self, bob: Person) -> None:
        for word in (str(uuid.uuid4()), "1", "-1", "00000000-0000-0000-0000-00000000000g", "１"):
            assert bob.client.post(f"{HERE}/a/{word}/submit", verdict()).status_code == 404, word
        assert bob.client.post(f"{HERE}/a/%00/submit", verdict()).status_code == 400


class TestUndo:
    def test_shows_the_pair_again_with_its_reason(self, bob: Person) -> None:
        pair = judge_one(bob.client, "a", reason="Shorter.")
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        told = answer.json()
        assert (told["taken_back"], told["uuid"]) == ("verdict", pair)
        assert f'data-uuid="{pair}"' in told["pair"]
        assert 'data-reason="Shorter."' in told["pair"]
        assert Annotation.objects.get().verdict is None

    def test_of_a_skip_shows_the_pair_again(self, bob: Person) -> None:
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "language"}, **BY_SCRIPT)
        told = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT).json()
        assert (told["taken_back"], told["uuid"]) == ("skip", pair)
        assert f'data-uuid="{pair}"' in told["pair"]
        assert not Skip.objects.exists()

    def test_of_a_flag_takes_it_from_the_managers_and_leaves_the_page(self, bob: Person, alice: Person) -> None:
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/flag", {"reason": "harmful"}, **BY_SCRIPT)
        told = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT).json()
        assert told == {"taken_back": "flag", "uuid": pair}
        assert "Harmful" not in alice.client.get(f"{HERE}/flags").content.decode()
        assert lease(bob.client) == pair

    def test_of_a_skip_whose_pair_others_judge_says_so(self, bob: Person) -> None:
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "language"}, **BY_SCRIPT)
        Slot.objects.filter(pair__assignments__uuid=pair).update(open=False)
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "held_by_others")
        assert Skip.objects.count() == 1

    @pytest.mark.parametrize(
        ("operation", "sentence"),
        [
            ("submit", "Your judgement is taken back. The pair is on the page again."),
            ("skip", "Your skip is taken back. The pair is on the page again."),
            ("flag", "Your flag is taken back."),
        ],
    )
    def test_without_a_script_says_what_it_took_back_above_the_pair(
        self, bob: Person, operation: str, sentence: str
    ) -> None:
        pair = lease(bob.client)
        fields = verdict() if operation == "submit" else {"reason": "other"}
        bob.client.post(f"{HERE}/a/{pair}/{operation}", fields)
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())})
        assert answer.status_code == 303
        page = bob.client.get(answer["Location"]).content.decode()
        assert f'data-uuid="{pair}"' in page
        assert sentence in page

    def test_says_that_there_is_nothing_to_undo(self, bob: Person) -> None:
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_there")
        plain = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, follow=True)
        assert "There is nothing to take back." in plain.content.decode()

    def test_is_refused_after_the_window(self, bob: Person) -> None:
        judge_one(bob.client)
        Project.objects.update(edit_window_seconds=0)
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late")

    def test_needs_a_key(self, bob: Person) -> None:
        assert bob.client.post(f"{HERE}/undo", {}, **BY_SCRIPT).status_code == 400


class TestChange:
    def test_shows_the_judgement_and_stores_an_edit(self, bob: Person) -> None:
        pair = judge_one(bob.client, "a", reason="Shorter.")
        page = bob.client.get(f"{HERE}/a/{pair}/change").content.decode()
        assert 'value="a" aria-keyshortcuts="1" aria-current="true"' in page
        assert page.count("Chosen") == 1
        assert ">Shorter.</textarea>" in page

        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("tie"))
        assert (answer.status_code, answer["Location"]) == (303, f"{HERE}/history")
        assert Annotation.objects.get().verdict == Verdict.TIE
        assert list(AnnotationRevision.objects.order_by("n").values_list("kind", flat=True)) == ["submit", "edit"]

    def test_is_refused_after_the_window(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        Project.objects.update(edit_window_seconds=0)
        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("b"), follow=True)
        assert "It stays as it was." in answer.content.decode()

    def test_of_a_pair_without_a_verdict_redirects_to_the_page(self, bob: Person) -> None:
        pair = lease(bob.client)
        assert bob.client.get(f"{HERE}/a/{pair}/change")["Location"] == f"{HERE}/judge"
        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("b"), **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_there")
