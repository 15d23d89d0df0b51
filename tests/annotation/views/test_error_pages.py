"""What is shown when something is wrong."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import LazySettings
from django.template.loader import render_to_string
from django.test import Client

from tests.annotation.views.actions import HERE, lease
from tests.cast import Person


class TestErrorPages:
    def test_tell_that_there_is_nothing(self, anonymous: Client, bob: Person) -> None:
        for client in (anonymous, bob.client):
            answer = client.get("/nowhere")
            assert answer.status_code == 404
            assert "There is nothing at this address." in answer.content.decode()

    @pytest.mark.parametrize("page", ["500", "503"])
    def test_need_no_context(self, page: str) -> None:
        text = render_to_string(f"errors/{page}.html")
        assert "<h1" in text
        assert "annotation/css/tokens.css" in text

    @pytest.mark.parametrize("page", ["400", "403", "404", "413", "csrf", "suspended"])
    def test_need_no_user(self, page: str) -> None:
        assert "<h1" in render_to_string(f"errors/{page}.html")

    def test_tell_that_the_database_is_away(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.db import OperationalError

        def away(**_: object) -> None:
            raise OperationalError("the connection is lost")

        monkeypatch.setattr("annotation.services.judging.submit", away)
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/submit", {"verdict": "a", "submit_key": str(uuid.uuid4())})
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "back in a moment" in answer.content.decode()

    def test_tell_that_a_text_is_too_long(self, bob: Person) -> None:
        pair = lease(bob.client)
        given = {"verdict": "a", "reason": "x" * 20_001, "submit_key": str(uuid.uuid4())}
        answer = bob.client.post(f"{HERE}/a/{pair}/submit", given)
        assert answer.status_code == 413
        assert "What you sent is too long." in answer.content.decode()

    def test_tell_that_a_whole_form_is_too_large(self, bob: Person, settings: LazySettings) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        answer = bob.client.post(
            f"{HERE}/goal", "daily_goal=" + "1" * 101, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 413
        assert "What you sent is too long." in answer.content.decode()

    def test_have_an_icon(self, anonymous: Client) -> None:
        assert anonymous.get("/favicon.ico")["Location"] == "/static/annotation/icon.svg"


ORIGINS = {
    "another site": ({"origin": "https://elsewhere.example"}, "sent from another site"),
    "a lost port": ({"origin": "http://testserver:8443"}, "The port of this address was lost"),
    "a proxy that does not say https": ({"origin": "https://testserver"}, "X-Forwarded-Proto: https"),
    "a hidden origin": ({"origin": "null"}, "did not say which page"),
}


class TestARefusedForm:
    @pytest.mark.parametrize("case", ORIGINS)
    def test_names_the_cause(self, case: str, db: None) -> None:
        headers, words = ORIGINS[case]
        answer = Client(enforce_csrf_checks=True).post("/login", headers=headers)
        assert answer.status_code == 403
        page = answer.content.decode()
        assert words in page
        assert "too old" not in page

    def test_is_taken_from_an_address_that_is_trusted_with_its_port(self, db: None, settings: Any) -> None:
        settings.CSRF_TRUSTED_ORIGINS = ["http://testserver:8443"]
        for port, status in ((8443, 200), (8444, 403)):
            client = Client(enforce_csrf_checks=True)
            client.get("/login")
            token = client.cookies["csrftoken"].value
            answer = client.post(
                "/login", {"csrfmiddlewaretoken": token}, headers={"origin": f"http://testserver:{port}"}
            )
            assert answer.status_code == status

    def test_names_a_missing_cookie(self, db: None) -> None:
        assert "did not send the cookie" in Client(enforce_csrf_checks=True).post("/login").content.decode()

    def test_names_a_page_that_is_too_old(self, db: None) -> None:
        client = Client(enforce_csrf_checks=True)
        client.get("/login")
        for token in ("", "x" * 64):
            page = client.post("/login", {"csrfmiddlewaretoken": token}).content.decode()
            assert "This page is too old to be sent." in page
            assert "administrator" not in page
