"""Guessing passwords is limited, and nobody elsewhere can use the limits to lock an owner out."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core import mail, signing
from django.http import HttpResponse
from django.test import Client, override_settings

from annotation.models import User
from annotation.services.access import attempts, devices
from annotation.services.access.attempts import Limit
from common.db.rows import execute
from common.web.addresses import networks

PASSWORD = "Slate-harbour-482"
NEW = "Velvet-anchor-913"
HOME = "192.0.2.7"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def twenty_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's limit from everywhere, low enough to be reached quickly."""
    assert attempts.ACCOUNT.most >= 10 * attempts.ACCOUNT_AND_NETWORK.most
    monkeypatch.setattr(attempts, "ACCOUNT", Limit("sign-in:account", 20, 3600))


@pytest.fixture(autouse=True)
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", PASSWORD, name="Alice")


def post(
    email: str = "alice@example.org",
    password: str = "a guess",
    *,
    address: str = HOME,
    forwarded: str = "",
    client: Client | None = None,
) -> HttpResponse:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return (client or Client()).post(
        "/login", {"login": email, "password": password}, REMOTE_ADDR=address, headers=headers
    )


def tried(**how: Any) -> int:
    """Return the status: 302 signed in, 200 a wrong password, 429 too many."""
    return post(**how).status_code


def guess_from_many_networks(email: str = "alice@example.org") -> None:
    """Use up the account's limit from elsewhere."""
    statuses = [tried(email=email, address=f"198.51.{n}.1") for n in range(attempts.ACCOUNT.most)]
    assert statuses.count(200) > 10


def known_browser() -> Client:
    client = Client()
    assert tried(password=PASSWORD, client=client, address="203.0.113.77") == 302
    client.post("/logout")
    return client


class TestGuessing:
    @pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
    def test_at_one_account_ends_after_eight_tries_from_a_network(self, email: str) -> None:
        assert [tried(email=email, address=f"192.0.2.{n}") for n in range(9)] == [200] * 8 + [429]
        assert tried(password=PASSWORD, address="192.0.2.99") == (429 if email.startswith("alice") else 302)

    def test_counts_an_ipv6_network_as_one(self) -> None:
        for n in range(8):
            assert tried(address=f"2001:db8:0:1::{n}") == 200
        assert tried(password=PASSWORD, address="2001:db8:0:1:ffff::1") == 429
        assert tried(password=PASSWORD, address="2001:db8:0:2::1") == 302

    def test_counts_an_address_once_whichever_way_the_socket_shows_it(self) -> None:
        for n in range(8):
            assert tried(address=HOME if n % 2 else f"::ffff:{HOME}") == 200
        assert tried(address=f"::ffff:{HOME}") == 429
        assert tried(address=HOME) == 429

    def test_counts_spellings_of_one_account_together(self) -> None:
        spellings = ["alice@example.org", " ALICE@example.org", "Alice@EXAMPLE.org", "alice@example.org "]
        for n in range(8):
            assert tried(email=spellings[n % 4]) == 200
        assert tried(password=PASSWORD) == 429
        assert attempts.account_key("\u017flate@example.org") == attempts.account_key("Slate@example.org")

    def test_does_not_count_what_was_right(self) -> None:
        for _ in range(20):
            assert tried(password=PASSWORD) == 302
        assert tried() == 200

    def test_is_not_made_endless_by_a_right_password_of_ones_own(self) -> None:
        User.objects.create_user("mallory@example.org", PASSWORD, name="Mallory")
        for _ in range(8):
            assert tried() == 200
            assert tried(email="mallory@example.org", password=PASSWORD) == 302
        assert tried() == 429

    def test_at_one_account_does_not_lock_the_others(self) -> None:
        for _ in range(9):
            post("mallory@example.org")
        assert tried(password=PASSWORD) == 302

    def test_from_many_networks_leaves_each_a_few_tries_an_hour(self) -> None:
        guess_from_many_networks()
        assert [tried(address="100.64.0.1") for _ in range(4)] == [200, 200, 200, 429]
        assert [tried(address=f"2001:db8:7:{n}::1") for n in range(4)] == [200, 200, 200, 429], (
            "one customer's networks"
        )

    def test_from_one_network_ends_after_so_many_an_hour(self) -> None:
        statuses = []
        for _ in range(4):  # windows of five minutes
            statuses += [tried() for _ in range(8)]
            execute("DELETE FROM concord_counter WHERE key LIKE 'sign-in:account-network:%%'", {})
        assert statuses.count(200) == 20, "of the account's 20, which two networks could else use up"

    def test_counts_however_many_other_accounts_are_tried(self) -> None:
        for _ in range(8):
            post()
        for n in range(110):  # 330 counters and more
            post(f"filler-{n}@example.org", address=f"10.{n}.0.1")
        assert tried(password=PASSWORD) == 429

    def test_counts_without_redis(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert Client().get("/readyz").json()["checks"]["redis"] == "ConnectionError"
        assert [tried() for _ in range(9)] == [200] * 8 + [429]


class TestSomebodyElsewhere:
    def test_cannot_lock_an_owner_out_from_one_network(self) -> None:
        for n in range(3 * attempts.ACCOUNT.most):  # most of them refused, which are no tries
            post(address=f"198.51.100.{n % 250}")
        assert tried(password=PASSWORD) == 302

    def test_cannot_lock_a_browser_out_that_the_account_knows(self) -> None:
        browser = known_browser()
        guess_from_many_networks()
        assert tried(password=PASSWORD, client=browser) == 302

    def test_cannot_lock_a_new_browser_out_however_many_they_are(self) -> None:
        guess_from_many_networks()
        assert tried(password=PASSWORD) == 302

    def test_cannot_stop_a_mail_with_a_link(self, settings: Any) -> None:
        settings.EMAIL_HOST = "mail.test"
        statuses = [
            Client().post("/password/reset", {"email": "alice@example.org"}, REMOTE_ADDR=address).status_code
            for address in ["198.51.100.1"] * 4 + [HOME]
        ]
        _wait_for_mails()
        assert statuses == [302, 302, 302, 429, 302]
        assert len(mail.outbox) == 4


def _wait_for_mails() -> None:
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join()


class TestABrowserThatIsKnown:
    def test_has_a_limit_of_its_own(self) -> None:
        browser = known_browser()
        for n in range(8):
            assert tried(client=browser, address=f"192.0.{n}.1") == 200
        assert tried(client=browser, password=PASSWORD, address="192.0.9.1") == 429
        assert tried(password=PASSWORD) == 302, "which others do not share"

    def test_is_not_stopped_by_others_of_its_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attempts, "NETWORK", Limit("sign-in:network", 3, 60))
        browser = known_browser()
        for n in range(4):
            post(f"guess-{n}@example.org")
        assert tried(client=browser, password=PASSWORD) == 302
        assert tried(password=PASSWORD) == 429

    def test_is_known_to_that_account_alone(self) -> None:
        User.objects.create_user("bob@example.org", PASSWORD, name="Bob")
        browser = known_browser()
        for _ in range(8):
            post("bob@example.org")
        assert tried(email="bob@example.org", password=PASSWORD, client=browser) == 429

    def test_is_known_to_each_account_that_signed_in_with_it(self) -> None:
        User.objects.create_user("bob@example.org", PASSWORD, name="Bob")
        browser = known_browser()
        assert tried(email="bob@example.org", password=PASSWORD, client=browser) == 302
        cookie = browser.cookies["device"].value
        assert devices.known(login="ALICE@example.org", cookie=cookie)
        assert devices.known(login="bob@example.org", cookie=cookie)
        assert devices.known(login="carol@example.org", cookie=cookie) is None

    def test_is_known_no_more_after_a_change_of_the_password(self, alice: User) -> None:
        other, own = known_browser(), known_browser()
        assert tried(password=PASSWORD, client=own) == 302
        fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        assert own.post("/account/password", fields).status_code == 302
        own.post("/logout")
        for _ in range(8):
            post()
        assert tried(password=NEW, client=other) == 429
        assert tried(password=NEW, client=own) == 302, "the one that changed it"

    def test_is_known_by_nothing_that_it_made_up(self, alice: User) -> None:
        cookie = known_browser().cookies["device"].value
        other = signing.dumps([(alice.pk, "device", "0" * 32)], salt="concord.known-device")
        for forged in ("", "x", cookie[:-1], cookie.replace(":", ";"), f"{cookie}x", other):
            assert devices.known(login="alice@example.org", cookie=forged) is None
        assert devices.known(login="alice@example.org", cookie=cookie)

    def test_is_known_by_a_cookie_that_no_script_reads_and_that_outlives_signing_out(self) -> None:
        cookie = known_browser().cookies["device"]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["max-age"] == devices.MAX_AGE

    def test_remembers_five_accounts_at_most(self) -> None:
        cookie = ""
        for n in range(7):
            cookie = devices.remember(user=User.objects.create_user(f"p{n}@example.org", "x"), cookie=cookie)
        known = [bool(devices.known(login=f"p{n}@example.org", cookie=cookie)) for n in range(7)]
        assert known == [False, False, True, True, True, True, True]
        assert len(cookie) < 1000

    def test_is_no_browser_where_nobody_got_in(self) -> None:
        assert "device" not in post().cookies


class TestTheAnswer:
    def test_says_when_to_try_again(self) -> None:
        for _ in range(8):
            post()
        answer = post(password=PASSWORD)
        assert answer.status_code == 429
        assert 290 <= int(answer["Retry-After"]) <= 300
        page = answer.content.decode()
        assert "Too many tries." in page
        assert "Wait 5 minutes, then try again." in page
        assert 'href="/login"' in page
        assert answer["Cache-Control"] == "no-store"

    def test_is_json_for_a_script(self) -> None:
        for _ in range(8):
            post()
        answer = Client(REMOTE_ADDR=HOME, headers={"Accept": "application/json"}).post(
            "/login", {"login": "alice@example.org", "password": "x"}
        )
        assert answer.status_code == 429
        assert answer.json() == {"code": "too_many_tries", "message": "Too many tries. Wait 5 minutes, then try again."}

    @pytest.mark.parametrize("tries", [1, 9])
    def test_tells_nothing_of_whether_there_is_an_account(self, tries: int) -> None:
        token = re.compile(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"')
        pages = []
        for email in ("alice@example.org", "elise@example.org"):
            answers = [post(email) for _ in range(tries)]
            pages.append((answers[-1].status_code, token.sub("", answers[-1].content.decode()).replace(email, "")))
        assert pages[0] == pages[1]

    def test_takes_one_hash_for_a_known_and_for_an_unknown_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        User.objects.create_user("nopassword@example.org", None, name="No password")
        from django.contrib.auth.hashers import MD5PasswordHasher

        hashed: list[str] = []
        encode = MD5PasswordHasher.encode

        def counted(self: Any, password: str, *more: Any) -> str:
            hashed.append(password)
            return str(encode(self, password, *more))

        monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
        times = []
        for email in ("alice@example.org", "nobody@example.org", "nopassword@example.org"):
            hashed.clear()
            post(email)
            times.append(len(hashed))
        assert times == [1, 1, 1]

    def test_is_given_before_anything_is_hashed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(8):
            post()
        monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("a password was checked"))
        assert tried(password=PASSWORD) == 429


class TestManyAccountsFromOneNetwork:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attempts, "NETWORK", Limit("sign-in:network", 3, 60))

    def guess(self, times: int, **where: str) -> None:
        for n in range(times):
            assert tried(email=f"guess-{n}@example.org", **where) == 200

    def test_are_limited(self) -> None:
        self.guess(3)
        assert tried(password=PASSWORD) == 429
        assert tried(password=PASSWORD, address="192.0.3.7") == 302

    def test_are_limited_behind_forged_addresses(self) -> None:
        for n in range(3):
            self.guess(1, forwarded=f"198.51.{n}.1")
        assert tried(password=PASSWORD, forwarded="198.51.99.1") == 429

    @override_settings(TRUSTED_PROXIES=networks([HOME]))
    def test_are_limited_for_one_client_behind_a_proxy_and_not_for_all(self) -> None:
        self.guess(1, forwarded="203.0.113.5")
        self.guess(1, forwarded="198.51.100.1, 203.0.113.5")
        self.guess(1, forwarded="198.51.101.2, 203.0.113.5")
        assert tried(password=PASSWORD, forwarded="198.51.102.3, 203.0.113.5") == 429
        assert tried(password=PASSWORD, forwarded="203.0.114.6") == 302


def test_signing_in_again_and_again_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "ARRIVALS", Limit("arrivals", 3, 60))
    assert [tried(password=PASSWORD) for _ in range(4)] == [302, 302, 302, 429]


class TestConfirmingWithThePassword:
    def test_is_limited_where_it_is_changed_and_a_right_one_does_not_count(self) -> None:
        browser = known_browser()
        assert tried(password=PASSWORD, client=browser) == 302
        weak = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
        wrong = {"oldpassword": "a guess", "password1": NEW, "password2": NEW}
        for _ in range(10):
            assert browser.post("/account/password", weak).status_code == 200
        assert [browser.post("/account/password", wrong).status_code for _ in range(9)] == [200] * 8 + [429]
        answer = browser.post("/account/password", {**wrong, "oldpassword": PASSWORD})
        assert answer.status_code == 429
        assert 290 <= int(answer["Retry-After"]) <= 300
        assert "Back to home" in answer.content.decode()


class TestANewPassword:
    def test_lets_its_owner_in_at_once(self, alice: User) -> None:
        from allauth.account.utils import user_pk_to_url_str

        from annotation.services.access.recovery import ResetTokens

        for _ in range(9):
            post()
        guess_from_many_networks()
        browser = Client(REMOTE_ADDR=HOME)
        link = f"/password/new/{user_pk_to_url_str(alice)}-{ResetTokens().make_token(alice)}"
        page = browser.get(link, follow=True)
        browser.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
        assert tried(password=NEW) == 302
        assert devices.known(login="alice@example.org", cookie=browser.cookies["device"].value)

    def test_by_a_link_is_limited(self, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
        from allauth.account.utils import user_pk_to_url_str

        from annotation.services.access.recovery import ResetTokens

        monkeypatch.setattr(attempts, "NEW_PASSWORD", Limit("new-password:network", 2, 60))
        browser = Client()
        link = f"/password/new/{user_pk_to_url_str(alice)}-{ResetTokens().make_token(alice)}"
        path = browser.get(link, follow=True).redirect_chain[-1][0]
        weak = {"password1": "short", "password2": "short"}
        assert [browser.post(path, weak).status_code for _ in range(3)] == [200, 200, 429]
