"""With the database away people and programs get 503 and when to come back, wherever it was asked; health still answers."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest
from django.db import InterfaceError, InternalError, OperationalError
from django.test import Client
from psycopg_pool import PoolTimeout

from annotation.services.access.sessions import SessionStore
from annotation.views import home
from config.addresses import database, postgres
from config.values import Unfit
from tests.cast import Engineer, Person
from tests.programs import WebProcessFactory

AWAY = [OperationalError("gone"), InterfaceError("closed"), InternalError("crashed"), PoolTimeout("none left")]


def raises(error: Exception) -> Any:
    def never(*given: Any, **more: Any) -> None:
        raise error

    return never


@pytest.mark.django_db
class TestAPage:
    @pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
    @pytest.mark.parametrize("where", ["a middleware", "a view"])
    def test_answers_503_wherever_the_database_is_missed(
        self, where: str, error: Exception, bob: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if where == "a view":
            monkeypatch.setattr(home.own_work, "memberships", raises(error))
        else:
            monkeypatch.setattr(SessionStore, "load", raises(error))
        bob.client.raise_request_exception = False

        answer = bob.client.get("/")

        assert (answer.status_code, answer["Retry-After"]) == (503, "3")
        assert "Concord will be back in a moment." in answer.content.decode()
        script = bob.client.get("/", headers={"Accept": "application/json"})
        assert (script.status_code, script.json()["code"]) == (503, "unavailable")

    def test_is_waited_for_once_a_request(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def load(_: SessionStore) -> None:
            asked.append(1)
            raise PoolTimeout("none left")

        monkeypatch.setattr(SessionStore, "load", load)
        bob.client.raise_request_exception = False

        assert bob.client.get("/").status_code == 503
        assert len(asked) == 1

    def test_answers_500_to_any_other_error(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(SessionStore, "load", raises(ValueError("a fault of ours")))
        bob.client.raise_request_exception = False

        assert bob.client.get("/").status_code == 500

    def test_of_the_api_answers_as_the_api_does(self, erin: Engineer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "annotation.api.authentication.TokenAuthentication.authenticate", raises(InternalError("crashed"))
        )

        answer = Client().get("/api/v1/projects", headers={"Authorization": "Bearer x"})

        assert (answer.status_code, answer["Retry-After"]) == (503, "3")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"] == "The database does not answer just now; try again in a moment."


class TestHealth:
    @pytest.mark.parametrize("host", ["10.1.2.3:8000", "evil.example", "", "[", "a b", "x" * 300, "concord.example:x"])
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_answers_whoever_asks(self, method: str, host: str, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        answer = getattr(Client(), method)("/healthz", headers={"Host": host})
        assert answer.status_code == 200
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Length"] == "3", "without its length the connection would have to end with it"


@pytest.mark.django_db(transaction=True)
def test_a_real_process_without_a_database_says_so_soon(web_process: WebProcessFactory) -> None:
    program = web_process(DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=15)
    cookie = {"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"}

    for path, status in (("/", 503), ("/healthz", 200), ("/login", 503)):
        began = time.monotonic()
        connection.request("GET", path, headers=cookie)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status, (path, answer.status)
        assert time.monotonic() - began < 8, path  # an unreachable pool was waited for ten seconds
        if status == 503:
            assert answer.headers["Retry-After"] == "3"


class TestTheUrl:
    def test_passes_on_what_the_client_library_knows(self) -> None:
        options = database(postgres("postgresql://u:p@h/d?sslmode=verify-full&connect_timeout=9"))["OPTIONS"]
        assert options == options | {"sslmode": "verify-full", "connect_timeout": "9"}

    def test_is_refused_with_a_parameter_that_nobody_knows(self) -> None:
        with pytest.raises(Unfit, match="has a parameter that is not known; known are application_name, ") as refusal:
            postgres("postgresql://u@h/d?sslmode=require&pasword=hunter2")
        assert "hunter2" not in str(refusal.value)
        assert "pasword" not in str(refusal.value)

    def test_notices_a_server_that_is_gone(self) -> None:
        options = database(postgres("postgresql://u@h/d"), pool=8)["OPTIONS"]
        assert options["connect_timeout"] <= 5
        assert options["tcp_user_timeout"] <= 30_000
        assert options["pool"]["timeout"] <= 2
