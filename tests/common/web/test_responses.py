"""Responses that several views give: JSON to a script, a redirect to a plain form."""

from __future__ import annotations

import json

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory

from common.web.responses import done, invalid, refused, see_other


class NoteForm(forms.Form):
    note = forms.CharField(max_length=3)
    number = forms.IntegerField()


@pytest.fixture
def by_script() -> HttpRequest:
    return RequestFactory().post("/", headers={"accept": "application/json"})


@pytest.fixture
def by_form() -> HttpRequest:
    request = RequestFactory().post("/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


class TestSeeOther:
    def test_redirects_with_303(self) -> None:
        response = see_other("/next")

        assert (response.status_code, response["Location"]) == (303, "/next")


class TestDone:
    def test_answers_a_script_with_json(self, by_script: HttpRequest) -> None:
        response = done(by_script, {"saved": True}, to="/next")

        assert json.loads(response.content) == {"saved": True}

    def test_redirects_a_form(self, by_form: HttpRequest) -> None:
        assert done(by_form, {"saved": True}, to="/next")["Location"] == "/next"


class TestRefused:
    def test_answers_a_script_with_status_and_code(self, by_script: HttpRequest) -> None:
        response = refused(by_script, "Too late.", status=409, to="/next", code="too_late")

        assert response.status_code == 409
        assert json.loads(response.content) == {"code": "too_late", "message": "Too late."}

    def test_tells_a_form_on_the_next_page(self, by_form: HttpRequest) -> None:
        response = refused(by_form, "Too late.", status=409, to="/next", code="too_late")

        assert (response.status_code, response["Location"]) == (303, "/next")
        assert [str(message) for message in get_messages(by_form)] == ["Too late."]


class TestInvalid:
    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            ({"note": "long", "number": "1"}, 413, "too_long"),
            ({"note": "abc", "number": "x"}, 400, "invalid"),
            ({"note": "long", "number": "x"}, 400, "invalid"),
        ],
    )
    def test_is_413_only_where_all_that_is_wrong_is_too_long(
        self, by_script: HttpRequest, data: dict[str, str], status: int, code: str
    ) -> None:
        response = invalid(by_script, NoteForm(data))

        assert (response.status_code, json.loads(response.content)["code"]) == (status, code)
