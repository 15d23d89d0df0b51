"""Submissions through faults: the process killed before and after COMMIT, the database's connection lost, locks held.

What was acknowledged is stored once; what was not is sent again under the same key, and is stored once then.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection, transaction

from annotation.models import Annotation, AnnotationRevision, Assignment
from annotation.services.locks import lock_member
from annotation.vocabulary import Verdict
from common.db.rows import query
from tests.cast import Person
from tests.faults.proxy import Proxy
from tests.faults.test_jobs import assert_sound, children
from tests.programs import WebProcess, WebProcessFactory, wait_until
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

REASON = "A reason of these words only"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Between the web process and the database."""
    settings = connection.settings_dict
    if not settings["HOST"].startswith("/"):
        pytest.skip("needs a database on a Unix socket")
    proxy = Proxy(Path(settings["HOST"]) / f".s.PGSQL.{settings['PORT'] or 5432}")
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def web(proxy: Proxy, web_process: WebProcessFactory) -> WebProcess:
    user, name = connection.settings_dict["USER"], connection.settings_dict["NAME"]
    return web_process(DATABASE_URL=f"postgresql://{quote(user)}@127.0.0.1:{proxy.port}/{quote(name)}")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Judging:
    """A person's session at a web process, at a pair of theirs."""

    web: WebProcess
    who: Person
    held: str = ""
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def begin(self) -> Judging:
        self.cookies["sessionid"] = self.who.client.cookies["sessionid"].value
        page = self.ask("GET", "/p/everyday/judge").body.decode()
        (self.held,) = (
            re.findall(r'<[^>]+class="pair[^>]+data-uuid="([0-9a-f-]{36})"', page)
            or re.findall(r'data-uuid="([0-9a-f-]{36})"', page)[:1]
        )
        self.token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
        return self

    def ask(self, method: str, path: str, body: bytes | None = None, *, accept: str = "application/json") -> Answer:
        to = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=30)
        headers = {"Host": "localhost", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        try:
            to.request(method, path, body, headers)
            answer = to.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            to.close()

    def submit(self, key: uuid.UUID, verdict: str = "a", *, reason: str = REASON, **given: str) -> Answer:
        fields = {"verdict": verdict, "submit_key": str(key), "reason": reason, "seconds": "3.0"}
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return self.ask("POST", f"/p/everyday/a/{self.held}/submit", body, **given)


@dataclass
class Sent:
    """A submission on its way, in a thread: its answer, or how the connection ended."""

    judging: Judging
    key: uuid.UUID
    verdict: str = "a"
    outcome: Answer | Exception | None = None

    def start(self) -> Sent:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self) -> None:
        try:
            self.outcome = self.judging.submit(self.key, self.verdict)
        except (OSError, http.client.HTTPException) as error:
            self.outcome = error

    def end(self) -> Any:
        self.thread.join(30)
        assert self.outcome is not None
        return self.outcome


def kill_the_worker(web: WebProcess) -> None:
    """Kill the one process that serves; the one that keeps it starts another."""
    (worker,) = children(web.pid)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in children(web.pid), what="the process gone")


def open_transactions() -> int:
    statement = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    """
    ((count,),) = query(statement, {})
    return int(count)


def revisions() -> list[tuple[int, str, str]]:
    """Return number, kind and reason of every revision."""
    return list(AnnotationRevision.objects.order_by("n").values_list("n", "kind", "reason"))


class TestAProcessThatIsKilled:
    def test_before_commit_has_stored_nothing_and_the_same_key_is_taken_then(
        self, web: WebProcess, proxy: Proxy, bob: Person
    ) -> None:
        judging = Judging(web, bob).begin()
        assert judging.submit(uuid.uuid4()).json["revision"] == 1
        before = Annotation.objects.values().get()
        key = uuid.uuid4()
        hold = proxy.hold_request(REASON.encode(), b"COMMIT")  # an edit: written within BEGIN and COMMIT
        sent = Sent(judging, key, "b").start()
        hold.wait()
        kill_the_worker(web)
        hold.drop()

        assert isinstance(sent.end(), Exception), "no answer"
        wait_until(lambda: open_transactions() == 0, what="the transaction rolled back")
        assert revisions() == [(1, "submit", REASON)]
        assert Annotation.objects.values().get() == before
        for _ in range(2):
            assert judging.submit(key, "b").json == {
                "saved": True,
                "uuid": judging.held,
                "revision": 2,
                "surplus": False,
            }
        assert revisions() == [(1, "submit", REASON), (2, "edit", REASON)]
        assert {before["verdict"], Annotation.objects.get().verdict} == {Verdict.FIRST, Verdict.SECOND}
        assert_sound()

    def test_after_commit_has_stored_it_and_the_same_key_gives_the_same_answer(
        self, web: WebProcess, proxy: Proxy, bob: Person
    ) -> None:
        judging = Judging(web, bob).begin()
        key = uuid.uuid4()
        hold = proxy.hold_answer(REASON.encode())  # the first verdict is one statement, which commits itself
        sent = Sent(judging, key).start()
        hold.wait()
        assert revisions() == [(1, "submit", REASON)]
        kill_the_worker(web)
        hold.drop()

        assert isinstance(sent.end(), Exception), "no answer"
        again = judging.submit(key)
        assert (again.status, again.json) == (
            200,
            {"saved": True, "uuid": judging.held, "revision": 1, "surplus": False},
        )
        form = judging.submit(key, accept="text/html")
        assert (form.status, form.headers["Location"]) == (303, "/p/everyday/judge")
        assert judging.submit(key, "b").status == 422, "the key is of the first verdict"
        assert revisions() == [(1, "submit", REASON)]
        assert_sound()

    def test_by_a_restart_answers_the_submission_that_has_begun(
        self, web: WebProcess, proxy: Proxy, bob: Person
    ) -> None:
        judging = Judging(web, bob).begin()
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as idle:
            hold = proxy.hold_answer(REASON.encode())
            sent = Sent(judging, uuid.uuid4()).start()
            hold.wait()
            web.send(signal.SIGTERM)
            assert idle.recv(1) == b"", "the process is ending, and lets go who has asked for nothing"
        hold.release()

        assert (sent.end().status, sent.end().json["saved"]) == (200, True)
        assert web.process.wait(timeout=20) == 0  # type: ignore[union-attr]
        assert revisions() == [(1, "submit", REASON)]


class TestAConnectionOfTheDatabase:
    def test_that_is_cut_before_the_answer_leaves_it_open_and_the_same_key_settles_it(
        self, web: WebProcess, proxy: Proxy, bob: Person
    ) -> None:
        judging = Judging(web, bob).begin()
        key = uuid.uuid4()
        hold = proxy.hold_answer(REASON.encode())
        sent = Sent(judging, key).start()
        hold.wait()
        hold.drop()

        answer = sent.end()
        assert (answer.status, answer.headers["Retry-After"], answer.json["code"]) == (503, "3", "unavailable")
        assert "nothing was changed" not in answer.json["message"], "it was stored"
        assert revisions() == [(1, "submit", REASON)]
        assert judging.submit(key).json == {"saved": True, "uuid": judging.held, "revision": 1, "surplus": False}
        assert revisions() == [(1, "submit", REASON)]
        assert_sound()

    def test_that_is_cut_before_commit_changes_nothing(self, web: WebProcess, proxy: Proxy, bob: Person) -> None:
        judging = Judging(web, bob).begin()
        assert judging.submit(uuid.uuid4()).status == 200
        key = uuid.uuid4()
        hold = proxy.hold_request(REASON.encode(), b"COMMIT")
        sent = Sent(judging, key, "b").start()
        hold.wait()
        hold.drop()

        assert (sent.end().status, sent.end().headers["Retry-After"]) == (503, "3")
        wait_until(lambda: open_transactions() == 0, what="the transaction rolled back")
        assert revisions() == [(1, "submit", REASON)]
        assert judging.submit(key, "b").json["revision"] == 2

    def test_that_the_server_ends_is_replaced_before_anybody_notices(
        self, web: WebProcess, proxy: Proxy, bob: Person
    ) -> None:
        judging = Judging(web, bob).begin()
        with psycopg.connect(database_url_of_tests(), autocommit=True) as admin:
            ended = admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'concord' AND pid <> %s",
                [_own_pid()],
            ).fetchall()
        assert ended
        assert all(done for (done,) in ended)

        assert judging.submit(uuid.uuid4()).status == 200
        assert judging.ask("GET", "/p/everyday/judge").status == 200


def _own_pid() -> int:
    ((pid,),) = query("SELECT pg_backend_pid()", {})
    return int(pid)


def test_a_lock_that_another_holds_for_long_is_503_and_the_same_key_is_taken_then(
    web_process: WebProcessFactory, bob: Person
) -> None:
    judging = Judging(web_process(), bob).begin()
    key = uuid.uuid4()
    with transaction.atomic():
        lock_member(bob.member)
        answer = judging.submit(key)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
        assert revisions() == []
    assert judging.submit(key).json["revision"] == 1
    assert revisions() == [(1, "submit", REASON)]
    assert_sound()


def test_a_deadlock_is_503_and_the_same_key_is_taken_then(web_process: WebProcessFactory, bob: Person) -> None:
    judging = Judging(web_process(), bob).begin()
    key = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '20s'")  # so that the other one finds it, and gives way
        Assignment.objects.select_for_update().get(uuid=judging.held)
        sent = Sent(judging, key).start()
        wait_until(lambda: waiting_for_locks() == 1, what="the submission waits for the assignment")
        lock_member(bob.member)  # which the submission holds
    assert (sent.end().status, sent.end().headers["Retry-After"]) == (503, "3")
    assert revisions() == []
    assert judging.submit(key).json["revision"] == 1
    assert revisions() == [(1, "submit", REASON)]
    assert_sound()


def waiting_for_locks() -> int:
    ((count,),) = query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", {}
    )
    return int(count)
