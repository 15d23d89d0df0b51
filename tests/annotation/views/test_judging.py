"""The judging page and its doors: what they do, and to whom they open."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotation.models import Annotation, AnnotationRevision, Assignment, AuditEvent, Draft, Flag, Project, Skip
from annotation.vocabulary import MemberState, ProjectState, Verdict
from tests.annotation.services.builders import Never
from tests.annotation.views.acts import BY_SCRIPT, HERE, judge_one, lease, shown_uuid, submit, verdict
from tests.cast import Person, person
from tests.factories import GuidelinesFactory, PairFactory, ProjectFactory, PromptFactory

POSTS = ["submit", "skip", "flag", "draft", "renew", "leave"]
FIELDS: dict[str, dict[str, Any]] = {
    "submit": verdict(),
    "change": verdict(),
    "skip": {"reason": "language"},
    "flag": {"reason": "broken"},
    "draft": {"version": "1", "reason": "so far"},
    "renew": {},
    "leave": {},
}


class TestThePage:
    def test_shows_the_prompt_and_both_responses(self, bob: Person, project: Project) -> None:
        page = bob.client.get(f"{HERE}/judge")

        assert page.status_code == 200
        text = page.content.decode()
        pair = Assignment.objects.get(uuid=shown_uuid(page)).pair
        assert pair.prompt.content in text
        assert text.index("Response A") < text.index("Response B")
        assert "<strong>two</strong>" in text

    def test_says_so_where_a_model_answered_nothing(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        PairFactory(prompt=PromptFactory(project=project, content=" "), first__content="", second__content="Yes.")

        page = bob.client.get(f"{HERE}/judge").content.decode()

        assert page.count("This response is empty.") == 1
        assert page.count("This prompt is empty.") == 1

    def test_shows_the_same_pair_until_it_is_judged(self, bob: Person) -> None:
        assert lease(bob.client) == lease(bob.client)

    def test_puts_the_side_that_was_stored_on_the_left(self, bob: Person) -> None:
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
        talk = [{"role": "user", "content": "Which library?"}, {"role": "assistant", "content": "Pandas."}]
        PairFactory(prompt=PromptFactory(project=project, content=[*talk, {"role": "user", "content": "Why?"}]))

        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert "2 earlier messages" in page
        assert page.index("Which library?") < page.index("Pandas.") < page.index("Why?")

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

    def test_reading_a_version_that_is_not_there_yet_counts_only_as_the_newest(self, bob: Person) -> None:
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
        assert "taking a break" in bob.client.get(f"{HERE}/judge").content.decode()

    def test_thanks_at_the_end_of_the_queue(self, bob: Person) -> None:
        for _ in range(10):
            judge_one(bob.client)
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert "That is all for now." in page
        assert "<b>10 pairs</b> today" in page

    def test_a_manager_judges_too(self, alice: Person) -> None:
        judge_one(alice.client, "b")
        assert Annotation.objects.get().assignment.member == alice.member


class TestNext:
    def test_gives_another_pair_as_a_piece(self, bob: Person) -> None:
        first = lease(bob.client)
        second = lease(bob.client, holding=[first])
        assert first != second

    def test_gives_at_most_three(self, bob: Person) -> None:
        held = [lease(bob.client)]
        held.append(lease(bob.client, holding=held))
        held.append(lease(bob.client, holding=held))
        answer = bob.client.post(f"{HERE}/judge/next", {"holding": held}, **BY_SCRIPT)
        assert answer.json() == {"state": "enough"}

    def test_says_why_there_is_none(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "nothing_left"}
        Project.objects.update(state="paused")
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "paused"}

    def test_holds_back_until_the_guidelines_are_read(self, bob: Person, project: Project) -> None:
        GuidelinesFactory(project=project, version=2)
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "guidelines"}

    @pytest.mark.parametrize("word", ["", "7", "x" * 36, "é"])
    def test_refuses_ids_that_are_none(self, bob: Person, word: str) -> None:
        assert bob.client.post(f"{HERE}/judge/next", {"holding": word}, **BY_SCRIPT).status_code == 400


class TestSubmitAndNext:
    """A verdict that asks for the next pair in the same breath."""

    def say(self, who: Person, pair: str, **more: Any) -> dict[str, Any]:
        answer = who.client.post(f"{HERE}/a/{pair}/submit", verdict() | {"next": "1"} | more, **BY_SCRIPT)
        assert answer.status_code == 200
        return answer.json()

    def test_brings_a_pair_that_is_not_in_hand(self, bob: Person) -> None:
        held = [lease(bob.client)]
        held.append(lease(bob.client, holding=held))

        answer = self.say(bob, held[0], holding=held)

        another = re.search(r'data-uuid="([0-9a-f-]{36})"', answer["next"]["pair"])
        assert another
        assert another[1] not in held
        assert Assignment.objects.get(uuid=another[1]).state == "leased"
        assert Annotation.objects.get().assignment.uuid == uuid.UUID(held[0])

    def test_brings_none_unasked(self, bob: Person) -> None:
        answer = bob.client.post(f"{HERE}/a/{lease(bob.client)}/submit", verdict(), **BY_SCRIPT)

        assert "next" not in answer.json()

    def test_says_why_there_is_none(self, bob: Person, project: Project) -> None:
        pair = lease(bob.client)
        project.slots.filter(open=True).delete()

        assert self.say(bob, pair)["next"] == {"state": "nothing_left"}

    def test_is_stored_where_nothing_is_handed_out_any_more(self, bob: Person, project: Project) -> None:
        pair = lease(bob.client)
        Project.objects.update(state="closed")

        assert self.say(bob, pair)["next"] == {"state": "closed"}
        assert Annotation.objects.count() == 1

    @pytest.mark.parametrize("word", ["", "7", "é"])
    def test_is_stored_whatever_else_was_asked(self, bob: Person, word: str) -> None:
        assert "next" not in self.say(bob, lease(bob.client), holding=word)
        assert Annotation.objects.count() == 1

    def test_asks_the_database_few_times(
        self, bob: Person, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = lease(bob.client)
        monkeypatch.setattr("random.SystemRandom", Never)  # one request in fifty clears lapsed leases too

        with django_assert_max_num_queries(8):
            self.say(bob, pair)


class TestSubmit:
    @pytest.mark.parametrize("word", ["a", "b", "tie", "both_bad"])
    def test_stores_what_was_said_of_the_sides(self, bob: Person, word: str) -> None:
        pair = lease(bob.client)
        answer = submit(bob.client, pair, verdict(word, reason="It is shorter.\r\nAnd right."))

        assert answer.json() == {"saved": True, "uuid": pair, "revision": 1, "surplus": False}
        stored = Annotation.objects.get()
        said = Verdict.from_word(word)
        assert stored.verdict == (said if stored.assignment.first_on_left else said.swapped)
        assert stored.reason == "It is shorter.\nAnd right."

    def test_without_a_script_it_leads_to_the_next_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = submit(bob.client, pair, by_script=False)
        assert (answer.status_code, answer["Location"]) == (303, f"{HERE}/judge")
        assert lease(bob.client) != pair

    def test_every_page_brings_a_key_of_its_own(self, bob: Person) -> None:
        keys = {bob.client.get(f"{HERE}/judge").context["submit_key"] for _ in range(2)}
        assert len(keys) == 2

    def test_the_same_key_again_is_the_same_deed(self, bob: Person) -> None:
        pair, fields = lease(bob.client), verdict()
        answers = [submit(bob.client, pair, fields).json() for _ in range(5)]
        assert all(answer == answers[0] for answer in answers)
        assert AnnotationRevision.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, bob: Person) -> None:
        pair, fields = lease(bob.client), verdict("a")
        submit(bob.client, pair, fields)
        answer = submit(bob.client, pair, fields | {"verdict": "b"})
        assert answer.status_code == 422
        assert answer.json()["code"] == "key_reused"
        assert AnnotationRevision.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_twenty_parallel_identical_posts_are_one_row(self, bob: Person) -> None:
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
    def test_is_taken_in_every_state_of_the_project(self, bob: Person, state: str) -> None:
        pair = lease(bob.client)
        Project.objects.update(state=state)
        assert submit(bob.client, pair).status_code == 200

    def test_a_second_verdict_after_the_window_is_refused(self, bob: Person, project: Project) -> None:
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
            ("reason", "nul \x00 sign", 400),
        ],
    )
    def test_refuses_what_cannot_be_meant(self, bob: Person, field: str, value: Any, status: int) -> None:
        pair = lease(bob.client)
        for by_script in (True, False):
            assert submit(bob.client, pair, verdict() | {field: value}, by_script=by_script).status_code == status
        assert not Annotation.objects.exists()

    @pytest.mark.parametrize("seconds", ["", "-1", "1e400", "nan", "soon", "99999999999"])
    def test_nonsense_about_time_is_no_reason_to_refuse(self, bob: Person, seconds: str) -> None:
        judge_one(bob.client, seconds=seconds)
        assert Annotation.objects.get().seconds < 60

    def test_someone_elses_pair_does_not_exist_and_is_noted(self, bob: Person, carol: Person) -> None:
        pair = lease(bob.client)
        for deed in [*POSTS, "change"]:
            assert carol.client.post(f"{HERE}/a/{pair}/{deed}", FIELDS[deed], **BY_SCRIPT).status_code == 404, deed
        assert not Annotation.objects.exists()
        assert AuditEvent.objects.filter(action="assignment.not_yours", actor=carol.user).count() == 7

    def test_unknown_and_misshapen_ids(self, bob: Person) -> None:
        for word in (str(uuid.uuid4()), "1", "-1", "00000000-0000-0000-0000-00000000000g", "%00", "１"):
            assert bob.client.post(f"{HERE}/a/{word}/submit", verdict()).status_code == 404, word


class TestUndo:
    def test_brings_the_pair_back_with_its_words(self, bob: Person) -> None:
        pair = judge_one(bob.client, "a", reason="Shorter.")
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert shown_uuid(answer) == pair
        assert 'data-reason="Shorter."' in answer.content.decode()
        assert Annotation.objects.get().verdict is None

    def test_without_a_script(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())})
        assert answer.status_code == 303
        assert lease(bob.client) == pair

    def test_nothing_to_undo(self, bob: Person) -> None:
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_there")
        plain = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, follow=True)
        assert "There is nothing to take back." in plain.content.decode()

    def test_too_late(self, bob: Person) -> None:
        judge_one(bob.client)
        Project.objects.update(edit_window_seconds=0)
        answer = bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late")

    def test_wants_a_key(self, bob: Person) -> None:
        assert bob.client.post(f"{HERE}/undo", {}, **BY_SCRIPT).status_code == 400


class TestSkipAndFlag:
    def test_a_skipped_pair_never_comes_back(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "not_my_field"}, **BY_SCRIPT)
        assert answer.json() == {"skipped": True}
        assert Skip.objects.get().reason == "not_my_field"
        assert lease(bob.client) != pair

    def test_skipping_twice_is_once(self, bob: Person) -> None:
        pair = lease(bob.client)
        for _ in range(2):
            assert bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "other"}).status_code == 303
        assert Skip.objects.count() == 1

    @pytest.mark.parametrize("reason", ["", "bored", "not_my_field\n"])
    def test_needs_a_reason(self, bob: Person, reason: str) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": reason}).status_code == 400

    def test_a_judged_pair_cannot_be_skipped(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "other"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "judged")

    def test_a_flag_stands_beside_the_work(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/flag", {"reason": "harmful", "note": "Line two."}, **BY_SCRIPT)
        assert answer.json() == {"flagged": True}
        assert Flag.objects.get().note == "Line two."
        assert lease(bob.client) == pair
        assert bob.client.post(f"{HERE}/a/{pair}/flag", {"reason": "no"}).status_code == 400


class TestDraftsAndLeases:
    def test_a_draft_comes_back_with_its_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "5", "reason": "Because <b>"}, **BY_SCRIPT)
        assert answer.json() == {"version": 5}
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert 'data-draft="5"' in page
        assert ">Because &lt;b&gt;</textarea>" in page

    def test_the_newer_text_wins(self, bob: Person) -> None:
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "5", "reason": "new"})
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "4", "reason": "old"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "newer_saved")
        assert Draft.objects.get().reason == "new"

    def test_after_the_verdict_there_is_nothing_to_draft(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "9", "reason": "late"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "judged")
        assert not Draft.objects.exists()

    @pytest.mark.parametrize("version", ["0", "-1", "x", str(2**64), ""])
    def test_refuses_versions_that_are_none(self, bob: Person, version: str) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/draft", {"version": version, "reason": ""}).status_code == 400

    def test_a_heartbeat_says_whether_the_pair_is_held(self, bob: Person) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/renew", **BY_SCRIPT).json() == {"held": True}
        submit(bob.client, pair)
        assert bob.client.post(f"{HERE}/a/{pair}/renew", **BY_SCRIPT).json() == {"held": False}

    def test_leaving_shortens_the_lease_and_coming_back_finds_the_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        before = Assignment.objects.get().lease_until
        assert bob.client.post(f"{HERE}/a/{pair}/leave").status_code == 204
        assert Assignment.objects.get().lease_until < before
        assert lease(bob.client) == pair


class TestChange:
    def test_shows_what_was_said_and_stores_an_edit(self, bob: Person) -> None:
        pair = judge_one(bob.client, "a", reason="Shorter.")
        page = bob.client.get(f"{HERE}/a/{pair}/change").content.decode()
        assert 'value="a" aria-keyshortcuts="1" aria-current="true"' in page
        assert page.count("Chosen") == 1
        assert ">Shorter.</textarea>" in page

        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("tie"))
        assert (answer.status_code, answer["Location"]) == (303, f"{HERE}/history")
        assert Annotation.objects.get().verdict == Verdict.TIE
        assert list(AnnotationRevision.objects.order_by("n").values_list("kind", flat=True)) == ["submit", "edit"]

    def test_after_the_window_it_says_so(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        Project.objects.update(edit_window_seconds=0)
        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("b"), follow=True)
        assert "It stays as it was." in answer.content.decode()

    def test_a_pair_without_a_verdict_leads_to_judging(self, bob: Person) -> None:
        pair = lease(bob.client)
        assert bob.client.get(f"{HERE}/a/{pair}/change")["Location"] == f"{HERE}/judge"
        answer = bob.client.post(f"{HERE}/a/{pair}/change", verdict("b"), **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_there")


class TestWhoMay:
    """Strangers learn nothing, the suspended are told, and only POST changes anything."""

    def addresses(self, pair: str) -> list[tuple[str, str]]:
        deeds = [(f"{HERE}/a/{pair}/{deed}", "post") for deed in POSTS]
        return [
            *deeds,
            (f"{HERE}/judge", "get"),
            (f"{HERE}/judge/next", "post"),
            (f"{HERE}/undo", "post"),
            (f"{HERE}/a/{pair}/change", "get"),
            (f"{HERE}/a/{pair}/change", "post"),
            (f"{HERE}/guidelines", "get"),
            (f"{HERE}/guidelines", "post"),
            (f"{HERE}/history", "get"),
            (f"{HERE}/goal", "post"),
        ]

    def test_the_anonymous_sign_in_first(self, bob: Person, anonymous: Client) -> None:
        for address, method in self.addresses(lease(bob.client)):
            answer = getattr(anonymous, method)(address)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login"), address
            assert getattr(anonymous, method)(address, **BY_SCRIPT).status_code == 401, address

    def test_strangers_find_nothing(self, bob: Person, mallory: Person) -> None:
        elsewhere = person("Nadia", ProjectFactory())
        for address, method in self.addresses(lease(bob.client)):
            for stranger in (mallory, elsewhere):
                assert getattr(stranger.client, method)(address).status_code == 404, address

    def test_the_suspended_are_told(self, bob: Person, dave: Person) -> None:
        for address, method in self.addresses(lease(bob.client)):
            answer = getattr(dave.client, method)(address)
            assert answer.status_code == 403, address
            assert "on hold" in answer.content.decode()

    def test_the_sites_admin_judges_only_as_a_member(self, bob: Person, mallory: Person) -> None:
        mallory.user.is_superuser = True
        mallory.user.save()
        pair = lease(bob.client)
        for address, method in self.addresses(pair):
            expected = 200 if "guidelines" in address else 404
            assert getattr(mallory.client, method)(address).status_code == expected, address

    def test_wrong_methods(self, bob: Person) -> None:
        pair = lease(bob.client)
        for deed in POSTS:
            assert bob.client.get(f"{HERE}/a/{pair}/{deed}").status_code == 405
        for address in (f"{HERE}/judge", f"{HERE}/history"):
            assert bob.client.post(address).status_code == 405
        for method in ("put", "patch", "delete"):
            assert getattr(bob.client, method)(f"{HERE}/a/{pair}/change").status_code == 405
        assert bob.client.head(f"{HERE}/judge").status_code == 200

    def test_a_form_without_its_token_is_refused(self, bob: Person) -> None:
        pair = lease(bob.client)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(bob.user)
        answer = submit(strict, pair, by_script=False)
        assert answer.status_code == 403
        assert "too old to be sent" in answer.content.decode()

    def test_no_project_of_that_name(self, bob: Person) -> None:
        assert bob.client.get("/p/nowhere/judge").status_code == 404
        assert bob.client.get("/p/%00/judge").status_code in {400, 404}

    def test_a_project_that_is_open_says_so(self, project: Project) -> None:
        assert project.state == ProjectState.OPEN
