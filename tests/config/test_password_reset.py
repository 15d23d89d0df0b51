"""A forgotten password: a link by a manager, or by mail where the site sends mail."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import AuditEvent, Project, User
from annotation.services.access import recovery
from annotation.vocabulary import MemberState, Role
from config.accounts import Adapter
from tests.annotation.views.actions import HERE
from tests.cast import Person, person
from tests.factories import PASSWORD, MemberFactory, ProjectFactory

NEW = "A harbour of 17 slates"
LINK = re.compile(r"http://testserver(/password/new/[0-9a-zA-Z]+-[0-9a-z-]+)")

pytestmark = pytest.mark.django_db


def make_link(by: Person, of: Person) -> str:
    assert of.member
    answer = by.client.post(f"{HERE}/members/{of.member.number}/reset", follow=True)
    found = LINK.search(answer.content.decode())
    return found[1] if found else ""


def use(link: str, password: str = NEW) -> bool:
    """Set a password by a link; return whether that is the password now."""
    client = Client()
    page = client.get(link, follow=True)
    if "no longer works" in page.content.decode():
        return False
    path = page.redirect_chain[-1][0]
    client.post(path, {"password1": password, "password2": password})
    return bool(Client().post("/login", {"login": "bob@example.org", "password": password}).status_code == 302)


class TestALink:
    def test_sets_a_new_password_once(self, alice: Person, bob: Person) -> None:
        link = make_link(alice, bob)
        assert use(link)
        assert not use(link, "Another harbour of 18")

    def test_ends_the_sessions_that_there_were(self, alice: Person, bob: Person) -> None:
        assert use(make_link(alice, bob))
        assert bob.client.get("/")["Location"].startswith("/login")

    def test_needs_no_other_password_at_the_next_sign_in(self, alice: Person, bob: Person) -> None:
        User.objects.filter(pk=bob.user.pk).update(must_change_password=True)
        assert use(make_link(alice, bob))
        bob.user.refresh_from_db()
        assert not bob.user.must_change_password

    def test_expires_after_a_day(self, alice: Person, bob: Person) -> None:
        link = make_link(alice, bob)
        with time_machine.travel(timezone.now() + timezone.timedelta(hours=25)):
            assert not use(link)

    def test_ends_when_the_account_gets_other_rights(self, alice: Person, bob: Person) -> None:
        link = make_link(alice, bob)
        MemberFactory(project=ProjectFactory(), user=bob.user, role=Role.MANAGER.value)
        assert not use(link)

    def test_is_in_the_audit_log(self, alice: Person, bob: Person) -> None:
        make_link(alice, bob)
        event = AuditEvent.objects.get(action="account.reset_link")
        assert (event.actor, event.subject, event.project) == (alice.user, "bob@example.org", alice.member.project)

    def test_is_nowhere_but_in_that_answer(self, alice: Person, bob: Person) -> None:
        make_link(alice, bob)
        assert not LINK.search(alice.client.get(f"{HERE}/members/{bob.member.number}").content.decode())

    def test_that_is_made_up_says_so(self, bob: Person) -> None:
        page = Client().get("/password/new/1-abc-0123456789abcdef0123456789abcdef").content.decode()
        assert "This link no longer works." in page


class TestWhoMayMakeOne:
    def test_is_not_an_annotator(self, bob: Person, carol: Person) -> None:
        assert bob.client.post(f"{HERE}/members/{carol.member.number}/reset").status_code == 403

    def test_is_not_a_manager_for_an_administrator(self, alice: Person, bob: Person) -> None:
        User.objects.filter(pk=bob.user.pk).update(is_superuser=True)
        assert make_link(alice, bob) == ""

    @pytest.mark.parametrize("state", [MemberState.ACTIVE, MemberState.PAUSED, MemberState.SUSPENDED])
    def test_is_not_a_manager_for_a_manager(self, alice: Person, bob: Person, state: MemberState) -> None:
        MemberFactory(project=ProjectFactory(), user=bob.user, role=Role.MANAGER.value, state=state.value)
        assert make_link(alice, bob) == ""

    def test_is_not_a_manager_for_a_manager_of_the_same_project(self, alice: Person, project: Project) -> None:
        other = person("Erin", project, role=Role.MANAGER)
        assert make_link(alice, other) == ""

    def test_is_not_a_manager_for_who_is_in_a_project_of_others(self, alice: Person, bob: Person) -> None:
        elsewhere = ProjectFactory()
        MemberFactory(project=elsewhere, user=bob.user)
        assert make_link(alice, bob) == ""
        MemberFactory(project=elsewhere, user=alice.user, role=Role.MANAGER.value)
        assert make_link(alice, bob) != ""

    def test_is_not_a_manager_who_was_suspended_elsewhere(self, alice: Person, bob: Person) -> None:
        elsewhere = ProjectFactory()
        MemberFactory(project=elsewhere, user=bob.user)
        MemberFactory(project=elsewhere, user=alice.user, role=Role.MANAGER.value, state=MemberState.SUSPENDED.value)
        assert make_link(alice, bob) == ""

    def test_is_nobody_for_themselves(self, alice: Person) -> None:
        assert make_link(alice, alice) == ""

    def test_is_the_administrator_for_everybody_else(self, alice: Person, mallory: Person) -> None:
        User.objects.filter(pk=mallory.user.pk).update(is_superuser=True)
        mallory.user.refresh_from_db()
        assert recovery.may_reset(user=alice.user, by=mallory.user)
        assert make_link(mallory, alice) != ""

    def test_is_told_why_not(self, alice: Person, bob: Person) -> None:
        User.objects.filter(pk=bob.user.pk).update(is_superuser=True)
        page = alice.client.get(f"{HERE}/members/{bob.member.number}").content.decode()
        assert "Only the site administrator can set a new password" in page
        assert "Create a link" not in page


def ask(email: str) -> str:
    answer = Client().post("/password/reset", {"email": email}, follow=True)
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join()
    return answer.content.decode()


class TestByMail:
    @pytest.fixture(autouse=True)
    def mail_server(self, settings: Any) -> None:
        settings.EMAIL_HOST = "mail.test"

    def test_sends_a_link_that_sets_the_password(self, bob: Person) -> None:
        assert "Look at your mail." in ask("bob@example.org")
        (sent,) = mail.outbox
        assert sent.to == ["bob@example.org"]
        assert use(LINK.search(sent.body)[1])

    def test_answers_the_same_and_sends_nothing_where_there_is_no_account(self, bob: Person) -> None:
        known, unknown = ask("bob@example.org"), ask("nobody@example.org")
        csrf = re.compile(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"')
        assert csrf.sub("", known) == csrf.sub("", unknown)
        assert len(mail.outbox) == 1

    def test_does_the_same_work_where_there_is_no_account(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        work = []
        render = Adapter.render_mail

        def rendered(*given: Any, **named: Any) -> Any:
            message = render(*given, **named)
            work.append(re.sub(r"/password/new/\S+", "", message.body).replace("nobody@", "bob@"))
            return message

        monkeypatch.setattr(Adapter, "render_mail", rendered)
        queries = []
        for email in ("bob@example.org", "nobody@example.org"):
            with CaptureQueriesContext(connection) as captured:
                ask(email)
            queries.append([query["sql"][:40] for query in captured])
        assert len(work) == 2
        assert work[0] == work[1]
        assert queries[0] == queries[1]
        assert [message.to for message in mail.outbox] == [["bob@example.org"]]

    def test_is_limited(self, bob: Person) -> None:
        for _ in range(3):
            ask("bob@example.org")
        ask("bob@example.org")
        assert len(mail.outbox) == 3

    def test_is_offered_at_sign_in(self) -> None:
        assert 'href="/password/reset"' in Client().get("/login").content.decode()


class TestWithoutMail:
    def test_says_whom_to_ask(self, bob: Person) -> None:
        assert "Ask a manager of your project for a link" in Client().get("/login").content.decode()
        assert "Ask a manager of your project." in ask("bob@example.org")
        assert mail.outbox == []


def test_the_old_password_works_until_a_link_is_used(alice: Person, bob: Person) -> None:
    make_link(alice, bob)
    assert Client().post("/login", {"login": "bob@example.org", "password": PASSWORD}).status_code == 302
