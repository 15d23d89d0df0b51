"""Members: added, changed, paused, suspended, resumed; never oneself."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotation.models import AuditEvent, Member, Project, User
from annotation.vocabulary import MemberState, Role
from tests.cast import Person, person
from tests.factories import MemberFactory
from tests.pages import body, clean, opens, refuses

HERE = "/p/everyday/members"


def add(who: Person, **given: str) -> tuple[int, str]:
    response = who.client.post(HERE, {"role": "annotator", **given})
    clean(body(response))
    return response.status_code, body(response)


class TestAdd:
    def test_needs_only_the_address_of_an_account(self, alice: Person, mallory: Person, project: Project) -> None:
        status, html = add(alice, email="  MALLORY@example.org ", role="reviewer", daily_goal="40")
        assert status == 200
        assert "already had an account" in html
        member = Member.objects.get(project=project, user=mallory.user)
        assert (member.role, member.daily_goal) == (Role.REVIEWER, 40)

    def test_creates_an_account_and_shows_its_password_once(self, alice: Person, project: Project) -> None:
        status, html = add(alice, email="Frida@Example.org", name="Frida  Sand")
        assert status == 200
        found = re.search(r'<code class="secret mt"[^>]*>([^<]+)</code>', html)
        assert found
        frida = User.objects.get(email="frida@example.org")
        assert frida.name == "Frida Sand"
        assert frida.check_password(found[1])
        assert found[1] not in opens(alice, HERE)
        assert not any(found[1] in str(event.detail) for event in AuditEvent.objects.all())
        assert Client().login(email="frida@example.org", password=found[1])

    def test_creates_different_passwords(self, alice: Person) -> None:
        made = {
            re.search(r'secret mt"[^>]*>([^<]+)<', add(alice, email=f"n{i}@example.org", name="Nina Berg")[1])[1]  # type: ignore[index]
            for i in range(5)
        }
        assert len(made) == 5
        assert min(map(len, made)) >= 16

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"email": "bob@example.org"}, "in the project already"),
            ({"email": "new@example.org"}, "Enter a name to create one"),
            ({"email": "not an address"}, "Enter a valid email"),
            ({"email": "new@example.org", "name": "\u202e\u200f"}, "at least one letter"),
            ({"email": "new@example.org", "name": "Ann\u200bie"}, "invisible characters"),
            ({"email": "new@example.org", "name": "Ann", "role": "owner"}, "Select a valid choice"),
            (
                {"email": "new@example.org", "name": "Ann", "daily_goal": "0"},
                "Daily goal must be a whole number from 1 to 10,000.",
            ),
        ],
    )
    def test_reports_what_is_wrong(self, given: dict[str, str], words: str, alice: Person, bob: Person) -> None:
        before = (User.objects.count(), Member.objects.count())
        status, html = add(alice, **given)
        assert status == 400
        assert words in html
        assert (User.objects.count(), Member.objects.count()) == before

    def test_escapes_a_hostile_name(self, alice: Person) -> None:
        _, html = add(alice, email="eve@example.org", name="<img src=x onerror=alert(1)> Eve")
        assert "<img src=x" not in html


class TestList:
    def test_is_open_to_managers_only(self, anonymous: Client, mallory: Person, bob: Person, project: Project) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        reviewer = person("Rita", project, role=Role.REVIEWER, number=9001)
        assert reviewer.client.get(HERE).status_code == 403
        assert reviewer.client.post(HERE, {"email": "x@example.org", "role": "manager"}).status_code == 403

    def test_has_pages_and_keeps_to_its_budget_of_queries(self, alice: Person, project: Project) -> None:
        for _ in range(60):
            MemberFactory(project=project)
        assert "Page 1 of 2" in opens(alice, HERE)
        opens(alice, f"{HERE}?page=2")
        assert alice.client.get(f"{HERE}?page=3").status_code == 404

    def test_shows_annotators_of_imported_judgements(self, alice: Person, project: Project) -> None:
        MemberFactory(project=project, user=None, name="<b>amber</b>", number=77)
        html = opens(alice, HERE)
        assert "without an account" in html
        assert "&lt;b&gt;amber" in html
        assert alice.client.get(f"{HERE}/77").status_code == 404


class TestMember:
    def test_changes_role_and_goal(self, alice: Person, bob: Person) -> None:
        opens(alice, f"{HERE}/{bob.member.number}")
        given = {"role": "reviewer", "daily_goal": "50"}
        assert alice.client.post(f"{HERE}/{bob.member.number}", given).status_code == 303
        bob.member.refresh_from_db()
        assert (bob.member.role, bob.member.daily_goal) == (Role.REVIEWER, 50)

    def test_loses_the_goal_when_it_is_left_empty(self, alice: Person, bob: Person) -> None:
        Member.objects.filter(pk=bob.member.pk).update(daily_goal=10)
        alice.client.post(f"{HERE}/{bob.member.number}", {"role": "annotator", "daily_goal": ""})
        bob.member.refresh_from_db()
        assert bob.member.daily_goal is None

    def test_cannot_change_their_own_role_or_state(self, alice: Person, erin: Person) -> None:
        mine = f"{HERE}/{alice.member.number}"
        response = alice.client.post(mine, {"role": "annotator"})
        assert response.status_code == 400
        assert "Nobody changes their own role" in body(response)
        assert "Suspend" not in opens(alice, mine)
        after = alice.client.post(f"{mine}/state", {"state": "suspended"}, follow=True)
        assert "Nobody changes their own role" in body(after)
        alice.member.refresh_from_db()
        assert (alice.member.role, alice.member.state) == (Role.MANAGER, MemberState.ACTIVE)

    def test_can_set_their_own_goal(self, alice: Person) -> None:
        given = {"role": "manager", "daily_goal": "5"}
        assert alice.client.post(f"{HERE}/{alice.member.number}", given).status_code == 303
        alice.member.refresh_from_db()
        assert alice.member.daily_goal == 5

    def test_is_open_to_managers_only(self, anonymous: Client, mallory: Person, bob: Person) -> None:
        refuses(f"{HERE}/{bob.member.number}", anonymous=anonymous, mallory=mallory, bob=bob)

    @pytest.mark.parametrize("number", ["0", "424242", "9" * 25])
    def test_is_404_where_there_is_none(self, number: str, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/{number}").status_code == 404
        assert alice.client.post(f"{HERE}/{number}/state", {"state": "paused"}).status_code == 404


class TestState:
    def set(self, who: Person, whom: Person, state: str, **more: str) -> object:
        return who.client.post(f"{HERE}/{whom.member.number}/state", {"state": state, **more})

    @pytest.mark.parametrize("state", ["paused", "suspended", "active"])
    def test_takes_effect_at_once(self, state: str, alice: Person, bob: Person) -> None:
        assert self.set(alice, bob, state).status_code == 303
        bob.member.refresh_from_db()
        assert bob.member.state == state
        assert bob.client.get("/p/everyday/judge").status_code == (403 if state == "suspended" else 200)

    @pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil", "javascript:alert(1)", ""])
    def test_redirects_to_no_other_site(self, to: str, alice: Person, bob: Person) -> None:
        assert self.set(alice, bob, "paused", next=to)["Location"] == HERE

    @pytest.mark.parametrize("state", ["", "gone", "\x00"])
    def test_must_be_known(self, state: str, alice: Person, bob: Person) -> None:
        self.set(alice, bob, state)
        bob.member.refresh_from_db()
        assert bob.member.state == MemberState.ACTIVE

    def test_is_changed_by_post_and_by_managers_only(
        self, alice: Person, bob: Person, carol: Person, mallory: Person
    ) -> None:
        assert alice.client.get(f"{HERE}/{bob.member.number}/state").status_code == 405
        assert self.set(carol, bob, "paused").status_code == 403
        assert self.set(mallory, bob, "paused").status_code == 404
