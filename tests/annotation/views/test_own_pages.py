"""Home, history, account, signing in and out, error pages."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from annotation.models import Annotation, AnnotationRevision, Project, User
from annotation.selectors import own_work
from annotation.selectors.conversation import opening, turns
from annotation.services.members import membership
from annotation.vocabulary import Role
from tests.annotation.views.actions import HERE, judge_one, lease
from tests.cast import Person
from tests.factories import (
    PASSWORD,
    GuidelinesFactory,
    MemberFactory,
    PairFactory,
    ProjectFactory,
    PromptFactory,
    UserFactory,
)


def backdate(annotation: Annotation, **back: float) -> None:
    """As if it had been judged a while ago; only a test may touch what is append-only."""
    moved = timezone.now() - dt.timedelta(**back)
    Annotation.objects.filter(pk=annotation.pk).update(first_at=moved, at=moved)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE annotation_annotationrevision DISABLE TRIGGER USER")
        AnnotationRevision.objects.filter(annotation=annotation).update(at=moved)
        cursor.execute("ALTER TABLE annotation_annotationrevision ENABLE TRIGGER USER")


class TestHome:
    def test_says_what_to_do_next_and_what_the_others_wait_for(self, bob: Person, project: Project) -> None:
        for slug, state in (("health", "open"), ("summaries", "paused"), ("old", "closed"), ("new", "draft")):
            other = ProjectFactory(slug=slug, name=slug.title(), state=state)
            GuidelinesFactory(project=other)
            GuidelinesFactory(project=other, version=2)
            MemberFactory(project=other, user=bob.user)
        judge_one(bob.client)
        bob.member.daily_goal = 20
        bob.member.save()

        page = bob.client.get("/").content.decode()
        assert page.index("Continue judging") < page.index("Your other projects")
        assert "1 of 20 today" in page
        for words in ("Guidelines changed", "Paused by the project", "Finished.", "still setting it up"):
            assert words in page

    def test_to_a_newcomer_it_offers_the_guidelines(self, bob: Person) -> None:
        bob.member.guidelines_read = 0
        bob.member.save()
        assert "Read the guidelines once" in bob.client.get("/").content.decode()

    def test_to_who_runs_a_project_it_offers_the_dashboard_and_judging_beside_it(self, alice: Person) -> None:
        page = alice.client.get("/").content.decode()
        assert "You are its manager." in page
        assert 'href="/p/everyday/"' in page
        assert 'href="/p/everyday/judge"' in page
        assert "data-primary" not in page, "looking after it comes first"
        judge_one(alice.client)
        assert "Continue judging" in alice.client.get("/").content.decode()

    def test_sends_nobody_first_to_where_nothing_waits(self, bob: Person, project: Project) -> None:
        judge_one(bob.client)
        project.slots.update(open=False)
        other = ProjectFactory(slug="health", name="Health")
        PairFactory(prompt=PromptFactory(project=other))
        MemberFactory(project=other, user=bob.user, guidelines_read=0)

        page = bob.client.get("/").content.decode()
        assert page.index('href="/p/health/judge"') < page.index("Your other projects")
        assert "Nothing waits for you just now" in page
        assert 'href="/p/everyday/judge"' in page, "a pair may have come back"

    def test_says_how_long_a_judgement_can_be_changed(self, bob: Person) -> None:
        judge_one(bob.client)
        assert "You can change one for 15\u00a0min." in bob.client.get("/").content.decode()

    def test_to_the_sites_admin_it_offers_every_project(self, mallory: Person) -> None:
        mallory.user.is_superuser = True
        mallory.user.save()
        page = mallory.client.get("/").content.decode()
        assert "You are not in a project yet." not in page
        assert 'href="/projects"' in page
        assert 'href="/projects/new"' in page

    def test_without_a_project(self, mallory: Person) -> None:
        page = mallory.client.get("/").content.decode()
        assert "You are not in a project yet." in page
        assert "mallory@example.org" in page

    def test_the_anonymous_sign_in(self, anonymous: Client) -> None:
        assert anonymous.get("/")["Location"] == "/login?next=/"

    def test_a_suspended_project_is_not_offered(self, dave: Person) -> None:
        assert "Everyday help" not in dave.client.get("/").content.decode()

    def test_own_numbers(self, bob: Person, carol: Person) -> None:
        for _ in range(3):
            judge_one(bob.client, seconds="0.0")
        judge_one(carol.client)
        mine = Annotation.objects.filter(assignment__member=bob.member)
        backdate(mine[0], days=1)
        mine.update(seconds=40)

        numbers = own_work.numbers(members=[bob.member])
        assert (numbers.today, numbers.yesterday, numbers.total, numbers.pace) == (2, 1, 3, 40)
        assert [count for _, count in numbers.days] == [0, 0, 0, 0, 0, 1, 2]
        assert numbers.median_day == 1
        assert own_work.today(members=[bob.member]) == {bob.member.pk: 2}

    def test_an_undone_judgement_does_not_count(self, bob: Person) -> None:
        judge_one(bob.client)
        bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())})
        assert own_work.numbers(members=[bob.member]).today == 0
        judge_one(bob.client)
        assert own_work.numbers(members=[bob.member]).today == 1

    def test_nobody_without_a_project_has_numbers(self) -> None:
        assert own_work.history(members=[]) == []


class TestHistory:
    def test_shows_own_words_and_where_the_window_is_open(self, bob: Person, carol: Person) -> None:
        judge_one(carol.client, "b", reason="Carol thinks otherwise.")
        judge_one(bob.client, "a", reason="It is right.")
        second = judge_one(bob.client, "tie")
        backdate(Annotation.objects.get(assignment__uuid=second), hours=1)

        page = bob.client.get(f"{HERE}/history").content.decode()
        assert page.count("A is better") == 1
        assert "It is right." in page
        assert "Carol" not in page
        assert page.count("/change") == 1
        assert page.count("closed") == 1

    def test_pages(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        from annotation.views import history

        monkeypatch.setattr(history, "PER_PAGE", 2)
        for _ in range(5):
            judge_one(bob.client)
        assert 'href="?page=2"' in bob.client.get(f"{HERE}/history").content.decode()
        assert bob.client.get(f"{HERE}/history?page=3").status_code == 200
        for beyond in ("4", "0"):
            assert bob.client.get(f"{HERE}/history?page={beyond}").status_code == 404, beyond
        for malformed in ("-1", "x", "1e3", str(2**63)):
            assert bob.client.get(f"{HERE}/history?page={malformed}").status_code == 400, malformed

    def test_empty(self, bob: Person) -> None:
        assert "You have judged nothing here yet." in bob.client.get(f"{HERE}/history").content.decode()

    def test_the_daily_goal(self, bob: Person) -> None:
        for value, stored in (("25", 25), ("", None)):
            assert bob.client.post(f"{HERE}/goal", {"daily_goal": value}).status_code == 303
            bob.member.refresh_from_db()
            assert bob.member.daily_goal == stored
        for wrong in ("0", "-4", "x", "99999"):
            assert bob.client.post(f"{HERE}/goal", {"daily_goal": wrong}).status_code == 400


class TestAccount:
    def test_theme_and_text_size_hold_from_the_next_page_on(self, bob: Person) -> None:
        answer = bob.client.post(
            "/account", {"name": " Bob  Okafor ", "theme": "dark", "text_size": "large"}, follow=True
        )
        page = answer.content.decode()
        assert 'data-theme="dark" data-text="large"' in page
        assert "Menu of Bob Okafor" in page

    @pytest.mark.parametrize("name", ["", "   ", "Bo\u200bb", "Bob\u202e", "…", "x" * 101])
    def test_refuses_names_that_could_pass_for_another(self, bob: Person, name: str) -> None:
        answer = bob.client.post("/account", {"name": name, "theme": "dark", "text_size": "large"})
        assert answer.status_code == 400
        assert 'class="error act"' in answer.content.decode()

    def test_refuses_themes_that_are_none(self, bob: Person) -> None:
        assert bob.client.post("/account", {"name": "Bob", "theme": "x", "text_size": "y"}).status_code == 400

    def test_says_who_is_signed_in(self, bob: Person, carol: Person, anonymous: Client) -> None:
        here = bob.client.get("/account/session").json()
        assert set(here) == {"person", "token"}
        assert here["person"] != carol.client.get("/account/session").json()["person"]
        assert anonymous.get("/account/session", headers={"accept": "application/json"}).status_code == 401


class TestSigningIn:
    def test_in_and_out(self, bob: Person, anonymous: Client) -> None:
        answer = anonymous.post("/login", {"login": "BOB@example.org", "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert "Sign out?" in anonymous.get("/logout").content.decode()
        gone = anonymous.post("/logout")
        assert (gone.status_code, gone["Location"]) == (302, "/login")
        assert gone["Clear-Site-Data"] == '"cache", "storage"'
        assert anonymous.get("/").status_code == 302

    @pytest.mark.parametrize(
        ("login", "password"),
        [
            ("bob@example.org", "wrong"),
            ("nobody@example.org", PASSWORD),
            ("bob@example.org", "nul\x00"),
            ("bob@example.org", "x" * 5000),
        ],
    )
    def test_refuses_in_one_sentence(self, bob: Person, anonymous: Client, login: str, password: str) -> None:
        answer = anonymous.post("/login", {"login": login, "password": password})
        assert answer.status_code == 200
        assert 'class="error act"' in answer.content.decode()
        assert "_auth_user_id" not in anonymous.session

    def test_switched_off(self, anonymous: Client) -> None:
        UserFactory(email="gone@example.org", is_active=False)
        answer = anonymous.post("/login", {"login": "gone@example.org", "password": PASSWORD})
        assert answer.status_code == 403
        assert "switched off" in answer.content.decode()
        assert "_auth_user_id" not in anonymous.session

    @pytest.mark.parametrize("following", ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:1"])
    def test_leads_nowhere_else(self, bob: Person, anonymous: Client, following: str) -> None:
        fields = {"login": "bob@example.org", "password": PASSWORD, "next": following}
        assert anonymous.post(f"/login?next={following}", fields)["Location"] == "/"

    def test_leads_where_one_was_going(self, bob: Person, anonymous: Client) -> None:
        fields = {"login": "bob@example.org", "password": PASSWORD, "next": f"{HERE}/judge"}
        assert anonymous.post("/login", fields)["Location"] == f"{HERE}/judge"

    def test_nobody_signs_up(self, anonymous: Client) -> None:
        assert anonymous.get("/signup").status_code == 404

    def test_a_new_password(self, bob: Person) -> None:
        fields = {"oldpassword": PASSWORD, "password1": "Velvet-anchor-913", "password2": "Velvet-anchor-913"}
        answer = bob.client.post("/account/password", fields)
        assert (answer.status_code, answer["Location"]) == (302, "/account")
        assert "The password is changed." in bob.client.get("/account").content.decode()
        bob.user.refresh_from_db()
        assert bob.user.check_password("Velvet-anchor-913")
        weak = bob.client.post("/account/password", {**fields, "oldpassword": "no", "password1": "password1"})
        assert weak.status_code == 200
        assert 'class="error act"' in weak.content.decode()


class TestTokens:
    def fields(self, **other: object) -> dict[str, object]:
        return {
            "name": "Nightly export",
            "scopes": ["datasets:read"],
            "projects": ["everyday"],
            "days": "30",
            "password": PASSWORD,
            **other,
        }

    def test_is_shown_once(self, alice: Person) -> None:
        page = alice.client.post("/account/tokens", self.fields()).content.decode()
        secret = page.split('<code class="secret" tabindex="0">')[1].split("<")[0]
        assert secret.startswith("ccd_")
        after = alice.client.get("/account/tokens").content.decode()
        assert secret not in after
        assert "Nightly export" in after

    @pytest.mark.parametrize(
        "other",
        [{"password": "wrong"}, {"password": ""}, {"scopes": []}, {"scopes": ["all"]}, {"projects": ["nowhere"]}]
        + [{"days": "4000"}, {"name": ""}, {"projects": []}],
    )
    def test_refuses(self, alice: Person, other: dict[str, object]) -> None:
        answer = alice.client.post("/account/tokens", self.fields(**other))
        assert answer.status_code == 400
        assert 'class="error act"' in answer.content.decode()
        assert not alice.user.api_tokens.exists()

    def test_only_for_managers(self, bob: Person, mallory: Person, anonymous: Client) -> None:
        for who in (bob, mallory):
            assert who.client.get("/account/tokens").status_code == 403
            assert who.client.post("/account/tokens", self.fields()).status_code == 403
            assert "Your tokens" not in who.client.get("/account").content.decode()
        assert anonymous.get("/account/tokens").status_code == 302

    def test_only_in_ones_own_projects(self, alice: Person) -> None:
        ProjectFactory(slug="other")
        assert alice.client.post("/account/tokens", self.fields(projects=["other"])).status_code == 400

    def test_revoke(self, erin: Person, alice: Person) -> None:
        address = f"/account/tokens/{erin.user.api_tokens.get().prefix}/revoke"
        assert alice.client.post(address).status_code == 404
        assert erin.client.get(address).status_code == 405
        assert erin.client.post(address).status_code == 303
        assert erin.user.api_tokens.get().revoked_at is not None
        assert "revoked" in erin.client.get("/account/tokens").content.decode()

    def test_guessing_the_password_is_limited(self, alice: Person, settings: object) -> None:
        for _ in range(10):
            assert alice.client.post("/account/tokens", self.fields(password="no")).status_code in {400, 429}
        assert alice.client.post("/account/tokens", self.fields()).status_code == 429


class TestErrorPages:
    def test_nothing_here(self, anonymous: Client, bob: Person) -> None:
        for client in (anonymous, bob.client):
            answer = client.get("/nowhere")
            assert answer.status_code == 404
            assert "There is nothing at this address." in answer.content.decode()

    @pytest.mark.parametrize("page", ["500", "503"])
    def test_stand_without_anything(self, page: str) -> None:
        text = render_to_string(f"errors/{page}.html")
        assert "<h1" in text
        assert "annotation/css/tokens.css" in text

    @pytest.mark.parametrize("page", ["400", "403", "404", "csrf", "suspended"])
    def test_stand_without_a_person(self, page: str) -> None:
        assert "<h1" in render_to_string(f"errors/{page}.html")

    def test_when_the_database_is_away(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.db import OperationalError

        def away(**_: object) -> None:
            raise OperationalError("the connection is lost")

        monkeypatch.setattr("annotation.services.judging.submit", away)
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/submit", {"verdict": "a", "submit_key": str(uuid.uuid4())})
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "back in a moment" in answer.content.decode()

    def test_the_icon(self, anonymous: Client) -> None:
        assert anonymous.get("/favicon.ico")["Location"] == "/static/annotation/icon.svg"


class TestConversations:
    def test_the_last_question_is_what_a_prompt_is_remembered_by(self) -> None:
        talk = [
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "Two?"},
        ]
        assert opening(talk) == "Two?"
        assert opening("Alone?") == "Alone?"
        assert opening([{"role": "system", "content": "Be brief."}]) == "Be brief."
        assert turns([]) == []


def test_roles_are_told_apart_on_home(alice: Person, project: Project) -> None:
    page = alice.client.get("/").content.decode()
    assert "You are its manager." in page
    reviewer = User.objects.create_user("rita@example.org", PASSWORD, name="Rita")
    membership.add(project=project, user=reviewer, role=Role.REVIEWER, by=None)
    client = Client()
    client.force_login(reviewer)
    assert "You are a reviewer." in client.get("/").content.decode()
