"""A user's own account, signing in and out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.annotation.views.actions import HERE
from tests.cast import Person
from tests.factories import (
    PASSWORD,
    UserFactory,
)


class TestAccount:
    def test_applies_theme_and_text_size_to_the_next_page(self, bob: Person) -> None:
        answer = bob.client.post(
            "/account", {"name": " Bob  Okafor ", "theme": "dark", "text_size": "large"}, follow=True
        )
        page = answer.content.decode()
        assert 'data-theme="dark" data-text="large"' in page
        assert "Menu of Bob Okafor" in page

    @pytest.mark.parametrize("name", ["", "   ", "Bo\u200bb", "Bob\u202e", "…", "x" * 101])
    def test_refuses_names_that_look_like_another(self, bob: Person, name: str) -> None:
        answer = bob.client.post("/account", {"name": name, "theme": "dark", "text_size": "large"})
        assert answer.status_code == 400
        assert 'class="error act"' in answer.content.decode()

    def test_refuses_unknown_themes(self, bob: Person) -> None:
        assert bob.client.post("/account", {"name": "Bob", "theme": "x", "text_size": "y"}).status_code == 400

    def test_tells_whether_the_same_user_is_signed_in(self, bob: Person, carol: Person, anonymous: Client) -> None:
        here = bob.client.get("/account/session").json()
        assert set(here) == {"person", "token"}
        assert here["person"] != carol.client.get("/account/session").json()["person"]
        assert anonymous.get("/account/session", headers={"accept": "application/json"}).status_code == 401


class TestSigningIn:
    def test_starts_and_ends_a_session(self, bob: Person, anonymous: Client) -> None:
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
    def test_is_refused_with_the_same_sentence_for_any_mistake(
        self, bob: Person, anonymous: Client, login: str, password: str
    ) -> None:
        answer = anonymous.post("/login", {"login": login, "password": password})
        assert answer.status_code == 200
        assert 'class="error act"' in answer.content.decode()
        assert "_auth_user_id" not in anonymous.session

    def test_is_refused_for_a_switched_off_account(self, anonymous: Client) -> None:
        UserFactory(email="gone@example.org", is_active=False)
        answer = anonymous.post("/login", {"login": "gone@example.org", "password": PASSWORD})
        assert answer.status_code == 403
        assert "switched off" in answer.content.decode()
        assert "_auth_user_id" not in anonymous.session

    @pytest.mark.parametrize("following", ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:1"])
    def test_redirects_to_no_other_site(self, bob: Person, anonymous: Client, following: str) -> None:
        fields = {"login": "bob@example.org", "password": PASSWORD, "next": following}
        assert anonymous.post(f"/login?next={following}", fields)["Location"] == "/"

    def test_redirects_to_the_page_that_was_asked_for(self, bob: Person, anonymous: Client) -> None:
        fields = {"login": "bob@example.org", "password": PASSWORD, "next": f"{HERE}/judge"}
        assert anonymous.post("/login", fields)["Location"] == f"{HERE}/judge"

    def test_offers_no_registration(self, anonymous: Client) -> None:
        assert anonymous.get("/signup").status_code == 404

    def test_takes_a_new_password(self, bob: Person) -> None:
        fields = {"oldpassword": PASSWORD, "password1": "Velvet-anchor-913", "password2": "Velvet-anchor-913"}
        answer = bob.client.post("/account/password", fields)
        assert (answer.status_code, answer["Location"]) == (302, "/account")
        assert "The password is changed." in bob.client.get("/account").content.decode()
        bob.user.refresh_from_db()
        assert bob.user.check_password("Velvet-anchor-913")
        weak = bob.client.post("/account/password", {**fields, "oldpassword": "no", "password1": "password1"})
        assert weak.status_code == 200
        assert 'class="error act"' in weak.content.decode()
