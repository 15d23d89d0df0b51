"""Guessing passwords is limited; others can sign in meanwhile, even where everyone comes through one proxy."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings

from annotation.models import User
from common.web.addresses import networks

PASSWORD = "Slate-harbour-482"
TOO_MANY = "Too many tries in a short time"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", PASSWORD, name="Alice")


def try_to_sign_in(
    email: str = "alice@example.org", password: str = "a guess", *, address: str = "192.0.2.7", forwarded: str = ""
) -> str:
    """Return "in", or the page's text where signing in failed."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = Client(REMOTE_ADDR=address, headers=headers).post("/login", {"login": email, "password": password})
    return "in" if answer.status_code == 302 else answer.content.decode()


class TestGuessing:
    def test_at_one_account_is_stopped_after_eight_tries_from_any_address(self) -> None:
        for n in range(8):
            assert TOO_MANY not in try_to_sign_in(address=f"192.0.2.{n}")
        assert TOO_MANY in try_to_sign_in(password=PASSWORD, address="192.0.2.99")

    def test_gets_the_same_answers_for_unknown_accounts(self) -> None:
        for n in range(8):
            assert TOO_MANY not in try_to_sign_in("nobody@example.org", address=f"192.0.2.{n}")
        assert TOO_MANY in try_to_sign_in("nobody@example.org", address="192.0.2.99")

    def test_at_one_account_does_not_lock_the_others(self) -> None:
        for _ in range(9):
            try_to_sign_in("mallory@example.org")
        assert try_to_sign_in(password=PASSWORD) == "in"


class TestManyAccountsFromOneAddress:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/ip"}

    def guess(self, times: int, **where: str) -> None:
        for n in range(times):
            assert TOO_MANY not in try_to_sign_in(f"guess-{n}@example.org", **where)

    def test_are_limited(self) -> None:
        self.guess(3)
        assert TOO_MANY in try_to_sign_in(password=PASSWORD)
        assert try_to_sign_in(password=PASSWORD, address="192.0.2.8") == "in"

    def test_are_limited_behind_forged_addresses(self) -> None:
        for n in range(3):
            self.guess(1, forwarded=f"198.51.100.{n}")
        assert TOO_MANY in try_to_sign_in(password=PASSWORD, forwarded="198.51.100.99")

    @override_settings(TRUSTED_PROXIES=networks(["192.0.2.7"]))
    def test_are_limited_for_one_client_behind_a_proxy_and_not_for_all(self) -> None:
        self.guess(1, forwarded="203.0.113.5")
        self.guess(1, forwarded="198.51.100.1, 203.0.113.5")
        self.guess(1, forwarded="198.51.100.2, 203.0.113.5")
        assert TOO_MANY in try_to_sign_in(password=PASSWORD, forwarded="198.51.100.3, 203.0.113.5")
        assert try_to_sign_in(password=PASSWORD, forwarded="203.0.113.6") == "in"
