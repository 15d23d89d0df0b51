"""Large files at a real web process: who may send them is known before they are received."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from itertools import product

import pytest
from django.db import connection, transaction

from annotation.models import Import, Project
from annotation.services.access import tokens
from annotation.vocabulary import Scope
from common.db.rows import query
from tests.cast import Engineer, Person
from tests.lines import encode, pair
from tests.programs import WebProcess, WebProcessFactory, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PAGE = "/p/everyday/imports"
API = "/api/v1/projects/everyday/imports"
FORGED = "Cookie: sessionid=abcdefghijklmnopqrstuvwxyz012345"
FORM = "multipart/form-data; boundary=b"
SIZE = 3 * 1024 * 1024
"""Bytes: more than any body that is received without a question."""


@pytest.fixture
def web(web_process: WebProcessFactory) -> WebProcess:
    return web_process(WEB_THREADS="2")


def session(person: Person) -> str:
    return f"Cookie: sessionid={person.client.cookies['sessionid'].value}"


def bearer(secret: str) -> str:
    return f"Authorization: Bearer {secret}"


def head(path: str, *lines: str, size: int = SIZE, kind: str = "application/x-ndjson") -> bytes:
    length = () if any(line.startswith("Transfer-Encoding") for line in lines) else (f"Content-Length: {size}",)
    all_lines = (f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *length, *lines)
    return "".join(f"{line}\r\n" for line in all_lines).encode() + b"\r\n"


def opened(web: WebProcess, sent: bytes) -> socket.socket:
    to = socket.create_connection(("127.0.0.1", web.port), timeout=30)
    to.sendall(sent)
    return to


def rest(connection: socket.socket) -> tuple[int, str, str]:
    """Return the status of the answer, its headers, and its body; the server closes behind it."""
    with connection:
        answer = b""
        while data := connection.recv(65_536):
            answer += data
    start, _, body = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ", 2)[1]), start.decode(), body.decode()


def exchange(web: WebProcess, sent: bytes) -> tuple[int, str, str]:
    return rest(opened(web, sent))


def plain(body: str) -> str:
    """Without what differs at each request: tokens of forms."""
    return re.sub(r'value="[A-Za-z0-9]{64}"|"csrfToken":[^,}]*|X-CSRFToken[^}]*', "", body)


def lines(size: int) -> bytes:
    """Lines of an import of so many bytes."""
    made = encode([pair(f"large-{n}", prompt="x" * 9_000) for n in range(size // 10_000 + 1)])
    return made + b" " * (size - len(made)) if len(made) < size else made


def form(person: Person, *, token: str = "") -> tuple[bytes, bytes]:
    """Return the head and the body of the page's form with a large file."""
    raw = lines(SIZE)
    fields = {"csrfmiddlewaretoken": token, "format": "native"}
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="many.jsonl"\r\n'
    body += b"Content-Type: application/octet-stream\r\n\r\n" + raw + b"\r\n--b--\r\n"
    cookies = f"{session(person)}; csrftoken={token[:32]}"
    return head(PAGE, cookies, "Connection: close", size=len(body), kind=FORM), body


@pytest.fixture
def secrets(project: Project, erin: Engineer, bob: Person) -> dict[str, str]:
    """Tokens that may not import into the project, by what is wrong with them."""
    _, other_scope = tokens.create(
        user=erin.user, name="Reads", scopes=[Scope.QUALITY_READ], projects=[project], days=3
    )
    taken, revoked = tokens.create(
        user=erin.user, name="Taken back", scopes=[Scope.PROMPTS_WRITE], projects=[project], days=3
    )
    tokens.revoke(token=taken, by=erin.user)
    return {"wrong_scope": other_scope, "revoked_token": revoked, "bad_token": erin.secret[:-1] + "!"}


class TestALargeFile:
    """Every refusal here comes without a byte of the body: the server would wait for it otherwise."""

    def test_of_a_token_that_may_not_is_refused_before_it_is_sent(
        self, web: WebProcess, secrets: dict[str, str]
    ) -> None:
        hows = ((), ("Expect: 100-continue",), ("Transfer-Encoding: chunked",))
        statuses = {"wrong_scope": 403, "revoked_token": 401, "bad_token": 401}
        for how, (code, status) in product(hows, statuses.items()):
            found, headers, body = exchange(web, head(API, bearer(secrets[code]), *how))
            assert (found, json.loads(body)["type"]) == (status, f"urn:concord:problem:{code}")
            assert "\r\nConnection: close" in headers
            assert "\r\nX-Request-Id: " in headers
            assert ("\r\nWww-Authenticate: Bearer" in headers) is (status == 401)

    def test_of_somebody_without_the_right_is_refused_as_the_page_itself_refuses(
        self, web: WebProcess, bob: Person, dave: Person, mallory: Person
    ) -> None:
        for person, status in ((bob, 403), (dave, 403), (mallory, 404)):
            large = exchange(web, head(PAGE, session(person), kind=FORM))
            reached = person.client.get(PAGE)
            assert large[0] == status == reached.status_code
            assert plain(large[2]) == plain(reached.content.decode())

    def test_tells_nobody_which_projects_there_are(self, web: WebProcess, mallory: Person, erin: Engineer) -> None:
        nowhere = [path.replace("everyday", "nowhere") for path in (PAGE, API)]
        answers = [exchange(web, head(path, session(mallory), kind=FORM)) for path in (PAGE, nowhere[0])]
        assert [answer[0] for answer in answers] == [404, 404]
        assert plain(answers[0][2]) == plain(answers[1][2])
        forged = [exchange(web, head(path, FORGED, kind=FORM)) for path in (PAGE, nowhere[0])]
        assert [answer[0] for answer in forged] == [401, 401]
        assert forged[0][2].replace("everyday", "nowhere") == forged[1][2]
        problem = exchange(web, head(nowhere[1], bearer(erin.secret)))
        assert (problem[0], json.loads(problem[2])["type"]) == (404, "urn:concord:problem:not_found")

    def test_of_a_session_that_has_ended_is_answered_with_where_to_sign_in(
        self, web: WebProcess, alice: Person
    ) -> None:
        cookie = session(alice)
        alice.client.logout()
        status, _, body = exchange(web, head(PAGE, cookie, kind=FORM))
        assert status == 401
        assert f'href="/login?next={PAGE}"' in body
        script = exchange(web, head(PAGE, cookie, "Accept: application/json", kind=FORM))
        assert (script[0], script[2]) == (401, "Sign in again.\n")

    def test_of_an_account_that_is_switched_off_is_refused(self, web: WebProcess, alice: Person) -> None:
        cookie = session(alice)
        alice.user.is_active = False
        alice.user.save()
        assert exchange(web, head(PAGE, cookie, kind=FORM))[0] == 401

    def test_whose_headers_are_wrong_is_refused_before_it_is_sent(self, web: WebProcess, erin: Engineer) -> None:
        key, packed = "Idempotency-Key: " + "x" * 300, "Content-Encoding: gzip"
        for line, status, code in ((key, 400, "bad_value"), (packed, 415, "unsupported_encoding")):
            found, _, body = exchange(web, head(API, bearer(erin.secret), line))
            assert (found, json.loads(body)["type"]) == (status, f"urn:concord:problem:{code}")

    def test_is_refused_with_the_time_to_come_back_where_the_database_is_away(
        self, web_process: WebProcessFactory, erin: Engineer
    ) -> None:
        web = web_process(DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
        for path, line in ((PAGE, FORGED), (API, bearer(erin.secret))):
            status, headers, _ = exchange(web, head(path, line))
            assert (status, "\r\nRetry-After: 3" in headers) == (503, True)

    def test_of_a_program_is_received(self, web: WebProcess, erin: Engineer) -> None:
        raw = lines(SIZE)
        with opened(web, head(API, bearer(erin.secret), "Expect: 100-continue", size=len(raw))) as to:
            assert to.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            to.sendall(raw + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answers = b""
            while data := to.recv(65_536):
                answers += data
        assert answers.startswith(b"HTTP/1.1 202 ")
        assert b" 200 OK\r\n" in answers
        assert Import.objects.get().size == len(raw)

    def test_of_a_program_that_does_not_know_its_length_is_received(self, web: WebProcess, erin: Engineer) -> None:
        raw = lines(SIZE)
        pieces = [raw[at : at + 50_000] for at in range(0, len(raw), 50_000)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        start = head(API, bearer(erin.secret), "Transfer-Encoding: chunked", "Connection: close")
        assert exchange(web, start + body + b"0\r\n\r\n")[0] == 202
        assert Import.objects.get().size == len(raw)

    def test_counts_once_among_the_requests_of_a_token(self, web: WebProcess, erin: Engineer) -> None:
        raw = lines(SIZE)
        start = head(API, bearer(erin.secret), "Connection: close", size=len(raw))
        remaining = [
            int(re.search(r"Ratelimit-Remaining: (\d+)", exchange(web, start + raw)[1])[1])  # type: ignore[index]
            for _ in range(2)
        ]
        assert remaining == [599, 598]

    def test_of_a_form_is_received_and_its_token_is_asked_for(self, web: WebProcess, alice: Person) -> None:
        token = "t" * 32
        start, body = form(alice, token=token)
        status, headers, _ = exchange(web, start + body)
        assert (status, f"Location: {PAGE}/" in headers) == (303, True)
        assert Import.objects.get().job.asked_by == alice.user
        start, body = form(alice)
        assert exchange(web, start + body)[0] == 403
        assert Import.objects.count() == 1


class TestStrangers:
    def test_keep_no_slow_manager_from_sending(self, web: WebProcess, erin: Engineer) -> None:
        raw = lines(SIZE)
        manager = opened(web, head(API, bearer(erin.secret), "Connection: close", size=len(raw)))
        held: list[socket.socket] = []
        pieces = [raw[at : at + len(raw) // 10] for at in range(0, len(raw), len(raw) // 10)]
        for n, piece in enumerate(pieces):
            for stranger in range(5):
                person = f"sessionid={n:016}{stranger:016}"
                held.append(opened(web, head(PAGE, f"Cookie: {person}", kind=FORM) + b"x" * 70_000))
            manager.sendall(piece)
        assert rest(manager)[0] == 202
        assert len(held) >= 50
        answers = [_quietly(stranger) for stranger in held]
        assert set(answers) <= {401, 503, 0}, "nobody was received"
        assert answers.count(401) > len(held) // 2


class TestAProcess:
    def test_that_is_told_to_end_while_it_asks_receives_the_file(
        self, web: WebProcess, project: Project, erin: Engineer
    ) -> None:
        raw = lines(SIZE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE annotation_apitoken IN ACCESS EXCLUSIVE MODE")
            client = opened(web, head(API, bearer(erin.secret), "Expect: 100-continue", size=len(raw)))
            wait_until(lambda: _waiting() == 1, what="the question waits for the database")
            os.kill(web.pid, signal.SIGTERM)
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(raw)
        assert rest(client)[0] == 202
        assert web.process is not None
        assert web.process.wait(timeout=20) == 0


def _waiting() -> int:
    ((count,),) = query("SELECT count(*) FROM pg_locks WHERE NOT granted", {})
    return int(count)


def _quietly(connection: socket.socket) -> int:
    """Return the status, and 0 where the end of the connection came before it could be read."""
    try:
        return rest(connection)[0]
    except (ConnectionError, IndexError):
        return 0
