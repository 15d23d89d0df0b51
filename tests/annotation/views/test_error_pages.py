"""What is shown when something is wrong."""

from __future__ import annotations

import uuid

import pytest
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

    @pytest.mark.parametrize("page", ["400", "403", "404", "csrf", "suspended"])
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

    def test_have_an_icon(self, anonymous: Client) -> None:
        assert anonymous.get("/favicon.ico")["Location"] == "/static/annotation/icon.svg"
