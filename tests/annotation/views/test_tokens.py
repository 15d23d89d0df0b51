"""A user's own API tokens."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Person
from tests.factories import (
    PASSWORD,
    ProjectFactory,
)


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

    def test_are_shown_once(self, alice: Person) -> None:
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
    def test_are_refused_with_wrong_values(self, alice: Person, other: dict[str, object]) -> None:
        answer = alice.client.post("/account/tokens", self.fields(**other))
        assert answer.status_code == 400
        assert 'class="error act"' in answer.content.decode()
        assert not alice.user.api_tokens.exists()

    def test_name_what_to_change_in_values_that_the_form_lets_pass(self, alice: Person) -> None:
        for other, sentence in [
            ({"name": "a\u200bb"}, "Give the token a name of 1 to 100 printable characters."),
            ({"projects": []}, "Choose at least one project the token is for."),
        ]:
            answer = alice.client.post("/account/tokens", self.fields(**other))
            assert answer.status_code == 400
            assert sentence in answer.content.decode()

    def test_are_for_managers_only(self, bob: Person, mallory: Person, anonymous: Client) -> None:
        for who in (bob, mallory):
            assert who.client.get("/account/tokens").status_code == 403
            assert who.client.post("/account/tokens", self.fields()).status_code == 403
            assert "Your tokens" not in who.client.get("/account").content.decode()
        assert anonymous.get("/account/tokens").status_code == 302

    def test_are_bound_to_managed_projects_only(self, alice: Person) -> None:
        ProjectFactory(slug="other")
        assert alice.client.post("/account/tokens", self.fields(projects=["other"])).status_code == 400

    def test_can_be_revoked(self, erin: Person, alice: Person) -> None:
        address = f"/account/tokens/{erin.user.api_tokens.get().prefix}/revoke"
        assert alice.client.post(address).status_code == 404
        assert erin.client.get(address).status_code == 405
        assert erin.client.post(address).status_code == 303
        assert erin.user.api_tokens.get().revoked_at is not None
        assert "revoked" in erin.client.get("/account/tokens").content.decode()

    def test_limit_guessing_the_password(self, alice: Person, settings: object) -> None:
        for _ in range(10):
            assert alice.client.post("/account/tokens", self.fields(password="no")).status_code in {400, 429}
        assert alice.client.post("/account/tokens", self.fields()).status_code == 429
