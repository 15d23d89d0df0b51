"""A password that was made for a person opens one page: the one on which they choose their own."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import AuditEvent, Project, User
from annotation.services.access import accounts
from annotation.services.members import invitations
from annotation.vocabulary import Role
from tests.annotation.views.actions import HERE
from tests.cast import Engineer, Person

OWN = "A harbour of 17 slates"
CHANGE = "/account/password"

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(project: Project, alice: Person) -> str:
    """The password made for Nina, who was just added."""
    added = invitations.add(project=project, email="nina@example.org", name="Nina", role=Role.ANNOTATOR, by=alice.user)
    assert added.password
    return added.password


def signed_in(password: str) -> Client:
    client = Client()
    answer = client.post("/login", {"login": "nina@example.org", "password": password})
    assert answer.status_code == 302, answer.content
    return client


def choose(client: Client, old: str, new: str = OWN) -> tuple[int, str]:
    answer = client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})
    return answer.status_code, answer.get("Location", answer.content.decode())


class TestTheFirstSignIn:
    @pytest.mark.parametrize("path", ["/", f"{HERE}/judge", "/account", "/projects", "/api/docs/"])
    def test_opens_no_page_before_a_password_of_ones_own(self, first: str, path: str) -> None:
        answer = signed_in(first).get(path)
        assert (answer.status_code, answer.get("Location")) == (302, CHANGE)

    def test_asks_for_it_and_then_opens_home(self, first: str) -> None:
        client = signed_in(first)
        page = client.get(CHANGE).content.decode()
        assert "Choose your own password" in page
        assert "placeholder" not in page, "the label says it"
        assert choose(client, first) == (302, "/")
        assert client.get("/").status_code == 200
        assert signed_in(OWN).get("/").status_code == 200
        assert AuditEvent.objects.filter(action="account.password", subject="nina@example.org").count() == 1

    def test_does_not_take_the_same_password_again(self, first: str) -> None:
        client = signed_in(first)
        status, page = choose(client, first, first)
        assert "Choose a password other than the current one." in page
        assert client.get("/").status_code == 302

    def test_lets_one_sign_out(self, first: str) -> None:
        client = signed_in(first)
        assert client.post("/logout")["Location"] == "/login"

    def test_tells_a_script_to_sign_in(self, first: str) -> None:
        answer = signed_in(first).post(f"{HERE}/judge/next", headers={"accept": "application/json"})
        assert answer.status_code == 401

    def test_is_not_asked_of_tokens(self, erin: Engineer, project: Project) -> None:
        User.objects.filter(pk=erin.user.pk).update(must_change_password=True)
        answer = Client().get("/api/v1/projects", headers={"authorization": f"Bearer {erin.secret}"})
        assert answer.status_code == 200

    def test_is_not_asked_of_who_chose_their_own(self, bob: Person) -> None:
        assert bob.client.get("/").status_code == 200


class TestAChangedPassword:
    def test_ends_the_sessions_elsewhere(self, first: str) -> None:
        here, elsewhere = signed_in(first), signed_in(first)
        choose(here, first)
        assert here.get("/").status_code == 200
        assert elsewhere.get("/")["Location"].startswith("/login")

    def test_goes_back_to_the_account(self, bob: Person) -> None:
        accounts.set_own_password(user=bob.user, password=OWN)
        bob.client.force_login(bob.user)
        assert choose(bob.client, OWN, "Another harbour of 18") == (302, "/account")
