"""A password that can be set can be used: the same bound and the same form wherever one is set or asked for."""

from __future__ import annotations

import unicodedata
from io import StringIO

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from annotation.models import User
from annotation.services.access.recovery import ResetTokens
from common.passwords import LONGEST
from tests.cast import Person
from tests.factories import PASSWORD

USABLE = {
    "the longest": "Slate harbour 4" + "\u6e2f" * (LONGEST - 15),
    "the longest of signs outside the basic plane": "\U0001f511" * LONGEST,
    "blanks at the ends": "  Slate-harbour-482  ",
    "blanks alone": " " * 12,
    "spaces that do not break": "Slate\u00a0harbour\u00a0482",
    "decomposed": unicodedata.normalize("NFD", "Gr\u00fc\u00dfe aus K\u00f6ln 4"),
    "a tab and a line feed": "Slate\tharbour\n482",
    "right to left": "\u05e1\u05d9\u05e1\u05de\u05d0 \u05d0\u05e8\u05d5\u05db\u05d4 17",
}
UNUSABLE = {
    "a character more": "x" * 17 + "\u6e2f" * (LONGEST - 16),
    "a megabyte": "\u6e2f" * 200_000,
    "a NUL": "Slate\0harbour-482",
    "accents without an end": "Slate-harbour-4" + "\u0315\u0300" * 40,
}

pytestmark = pytest.mark.django_db


def get_in(password: str) -> bool:
    return Client().post("/login", {"login": "bob@example.org", "password": password}).status_code == 302


def change(bob: Person, password: str) -> bool:
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    return bob.client.post("/account/password", fields).status_code == 302


def set_by_link(bob: Person, password: str) -> bool:
    client = Client()
    link = f"/password/new/{user_pk_to_url_str(bob.user)}-{ResetTokens().make_token(bob.user)}"
    path = client.get(link, follow=True).redirect_chain[-1][0]
    return client.post(path, {"password1": password, "password2": password}).status_code == 302


def other_form(password: str) -> str:
    """Return the password as another system sends it."""
    nfc, nfd = (unicodedata.normalize(form, password) for form in ("NFC", "NFD"))
    return (nfd if password == nfc else nfc).replace("\u00a0", " ")


class TestAPasswordThatIsSet:
    @pytest.mark.parametrize("case", USABLE)
    @pytest.mark.parametrize("how", [change, set_by_link])
    def test_signs_in_and_confirms(self, case: str, how: object, bob: Person) -> None:
        assert how(bob, USABLE[case])  # type: ignore[operator]
        assert get_in(USABLE[case])
        assert get_in(other_form(USABLE[case]))
        bob.user.refresh_from_db()
        assert bob.user.check_password(USABLE[case])
        assert not get_in(USABLE[case] + "x")
        assert not get_in(USABLE[case].strip() or "x") or USABLE[case] == USABLE[case].strip()

    def test_confirms_a_token(self, alice: Person) -> None:
        fields = {"name": "Nightly", "scopes": ["datasets:read"], "projects": ["everyday"], "days": "30"}
        long = USABLE["the longest of signs outside the basic plane"]
        alice.user.set_password(long)
        alice.user.save()
        alice.client.force_login(alice.user)
        assert "ccd_" in alice.client.post("/account/tokens", {**fields, "password": long}).content.decode()

    def test_by_a_command_is_the_same(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        decomposed = USABLE["decomposed"]
        monkeypatch.setattr("getpass.getpass", lambda prompt: decomposed)
        call_command("changepassword", "bob@example.org", stdout=StringIO())
        assert get_in(unicodedata.normalize("NFC", decomposed))
        assert get_in(decomposed)

    def test_is_not_changed_to_itself_in_another_form(self, bob: Person) -> None:
        first = USABLE["decomposed"]
        assert change(bob, first)
        same = unicodedata.normalize("NFC", first)
        fields = {"oldpassword": first, "password1": same, "password2": same}
        assert "other than the current one" in bob.client.post("/account/password", fields).content.decode()


class TestAPasswordThatCannotBeUsed:
    @pytest.mark.parametrize("case", UNUSABLE)
    def test_cannot_be_set(self, case: str, bob: Person) -> None:
        assert not change(bob, UNUSABLE[case])
        assert not set_by_link(bob, UNUSABLE[case])
        with pytest.raises(ValidationError):
            validate_password(UNUSABLE[case])
        assert get_in(PASSWORD)

    @pytest.mark.parametrize("case", UNUSABLE)
    def test_is_a_wrong_password(self, case: str, bob: Person) -> None:
        assert not get_in(UNUSABLE[case])
        assert not bob.user.check_password(UNUSABLE[case])
        for email in ("bob@example.org", "nobody@example.org"):
            assert authenticate(None, email=email, password=UNUSABLE[case]) is None

    def test_cannot_be_set_by_a_command(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("getpass.getpass", lambda prompt: UNUSABLE["a character more"])
        errors = StringIO()
        with pytest.raises(Exception, match="Aborting password change"):
            call_command("changepassword", "bob@example.org", stdout=StringIO(), stderr=errors)
        assert "A password has at most 4,096 characters." in errors.getvalue()
        assert get_in(PASSWORD)

    def test_says_how_long_it_may_be(self, bob: Person) -> None:
        long = "Slate harbour 4" + "x" * LONGEST
        fields = {"oldpassword": PASSWORD, "password1": long, "password2": long}
        assert "at most 4,096 characters" in bob.client.post("/account/password", fields).content.decode()


def test_accounts_without_a_password_let_nobody_in() -> None:
    user = User.objects.create_user("nopassword@example.org", None, name="No password")
    assert not user.check_password("")
    assert not user.has_usable_password()
