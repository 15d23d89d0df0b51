"""What cannot be read is refused before anybody reads it, and what escapes a view or a middleware is answered in its shape."""

from __future__ import annotations

import errno
import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.signals import request_finished
from django.db import DataError, OperationalError
from django.http import FileResponse, UnreadablePostError
from django.test import Client
from django.test.utils import override_settings
from waitress.buffers import ReadOnlyFileBasedBuffer

from annotation.services.access.sessions import SessionStore
from annotation.views import home
from common.db import snapshots
from common.web.faults import fault_of
from config import guard, views
from config.guard import Application
from tests.cast import Engineer, Person
from tests.test_headers import API, PAGE, wanted, wrong


def raises(error: BaseException) -> Any:
    def never(*given: Any, **more: Any) -> None:
        raise error

    return never


def of_database(kind: type[Exception], cause: type[psycopg.Error]) -> Exception:
    """An error as Django raises it: from the client library's own."""
    error = kind("of the database")
    error.__cause__ = cause("of the database")
    return error


def caused(by: BaseException) -> Exception:
    error = RuntimeError("the file was not stored")
    error.__cause__ = by
    return error


class Answered:
    """The answer of the WSGI application to a raw environment."""

    def __init__(self, application: Any, **environ: Any) -> None:
        answer = application(self.environ(**environ), self.start)
        self.content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()

    @staticmethod
    def environ(*, body: bytes = b"", **environ: Any) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/login",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **environ,
        }

    def start(self, status: str, headers: list[tuple[str, str]], *more: Any) -> None:
        self.status_code = int(status.split()[0])
        self.headers = dict(headers)

    def get(self, name: str, default: Any = None) -> Any:
        return self.headers.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.headers


@pytest.fixture
def records() -> Iterator[list[dict[str, Any]]]:
    """Return what the guard and the views log, as dictionaries."""
    kept: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if isinstance(record.msg, dict):
                kept.append(record.msg)

    handler = Keep()
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


FAULTS = [
    (OSError(errno.ENOSPC, "No space left on device"), 507, "disk_full"),
    (OSError(errno.EDQUOT, "Disk quota exceeded"), 507, "disk_full"),
    (caused(OSError(errno.ENOSPC, "No space left on device")), 507, "disk_full"),
    (of_database(OperationalError, psycopg.errors.DiskFull), 507, "disk_full"),
    (OperationalError("gone"), 503, "unavailable"),
    (snapshots.Busy(), 503, "busy"),
    (TooManyFieldsSent("257"), 400, "too_many_fields"),
    (TooManyFilesSent("2"), 400, "too_many_fields"),
    (UnreadablePostError("reset"), 400, "incomplete_body"),
    (of_database(DataError, psycopg.errors.NumericValueOutOfRange), 400, "bad_value"),
    (DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), 400, "bad_value"),
    (LookupError("unknown encoding: nonsense"), 400, "bad_charset"),
    (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400, "bad_value"),
]
OURS = [
    ValueError("a secret"),
    KeyError("a secret"),
    OSError(errno.EACCES, "a secret"),
    of_database(DataError, psycopg.errors.DivisionByZero),
    UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range(128)"),
]
ids = {"ids": lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value)}


class TestAnError:
    @pytest.mark.parametrize(("error", "status", "code"), FAULTS, **ids)
    def test_has_one_answer_wherever_it_comes_from(
        self, erin: Engineer, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
    ) -> None:
        erin.client.raise_request_exception = False
        with monkeypatch.context() as patch:
            patch.setattr(home.own_work, "memberships", raises(error))
            of_a_view = [erin.client.get("/"), erin.client.get("/", headers={"Accept": "application/json"})]
        with monkeypatch.context() as patch:
            patch.setattr(SessionStore, "load", raises(error))
            of_a_middleware = [erin.client.get("/"), erin.client.get("/", headers={"Accept": "application/json"})]
        for page, script in (of_a_view, of_a_middleware):
            assert (page.status_code, script.status_code) == (status, status)
            assert page["Content-Type"].startswith("text/html")
            assert "Concord" in page.content.decode()
            assert script.json()["code"] == code
            assert "Accept" in script["Vary"]
            assert wrong(page, PAGE) == wrong(script, API) == []
            assert page.get("Retry-After") == {"unavailable": "3", "busy": "10"}.get(code)

        for where in (
            "annotation.api.authentication.TokenAuthentication.authenticate",
            "config.sessions.Middleware.process_request",
        ):
            with monkeypatch.context() as patch:
                patch.setattr(where, raises(error))
                answer = Client(raise_request_exception=False).get("/api/v1/projects")
            assert answer["Content-Type"] == "application/problem+json"
            assert (answer.status_code, answer.json()["type"]) == (status, f"urn:concord:problem:{code}")
            assert answer.json()["status"] == status
            assert wrong(answer, API) == []

    @pytest.mark.parametrize("error", OURS, **ids)
    def test_of_ours_is_500_and_in_the_log_with_the_number_that_the_page_names(
        self, bob: Person, monkeypatch: pytest.MonkeyPatch, records: list[dict[str, Any]], error: Exception
    ) -> None:
        assert fault_of(error) is None
        bob.client.raise_request_exception = False
        monkeypatch.setattr(SessionStore, "load", raises(error))

        answer = bob.client.get("/")

        assert answer.status_code == 500
        number = answer["X-Request-ID"]
        assert number in answer.content.decode()
        assert "a secret" not in answer.content.decode()
        logged = [record for record in records if record["event"] == "not_served"]
        assert {record["request_id"] for record in logged} == {number}

    def test_of_an_error_page_itself_has_a_plainer_page_and_then_a_line(
        self, bob: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob.client.raise_request_exception = False
        monkeypatch.setattr(home.own_work, "memberships", raises(ValueError("a secret")))
        monkeypatch.setattr("config.answers.render", raises(ValueError("another secret")))

        plain = bob.client.get("/")
        monkeypatch.setattr("config.answers.render_to_string", raises(ValueError("another secret")))
        line = bob.client.get("/")

        assert plain.status_code == line.status_code == 500
        assert "Something went wrong on our side." in plain.content.decode()
        assert line.content == b"Internal Server Error.\n"
        assert wrong(plain, PAGE) == wrong(line, PAGE) == []

    def test_outside_of_every_middleware_still_has_an_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        application = Application()
        monkeypatch.setattr(application, "get_response", raises(ValueError("a secret")))

        page, api = Answered(application), Answered(application, PATH_INFO="/api/v1/projects")
        named = Answered(application, HTTP_X_REQUEST_ID="mine")
        head = Answered(application, REQUEST_METHOD="HEAD")

        assert (page.status_code, page.content) == (500, b"500 Internal Server Error\n")
        assert wrong(page, API) == wrong(api, API) == wrong(head, API) == []
        assert api.headers["Content-Type"] == "application/problem+json"
        assert json.loads(api.content)["type"] == "urn:concord:problem:server_error"
        assert (head.status_code, head.content) == (500, b"")
        assert named.headers["X-Request-ID"] == "mine"
        assert guard.REQUEST_ID.fullmatch(page.headers["X-Request-ID"])


@pytest.mark.django_db
class TestARequestThatNobodyCanRead:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/html; charset*=rot13''x",
            "text/html; charset*=nonsense''x",
            "text/html; charset*=utf-8''%00",
            "text/html; charset=rot13",
            "multipart/form-data; charset=hex; boundary=b",
            f"text/html; charset={'x' * 20_000}",
            f"text/html; a={'x' * 20_000}; charset=rot13",
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
    def test_is_refused_by_its_content_type(self, method: str, content_type: str) -> None:
        application = Application()
        page = Answered(application, CONTENT_TYPE=content_type, REQUEST_METHOD=method, body=b"a=b")
        api = Answered(application, CONTENT_TYPE=content_type, REQUEST_METHOD=method, PATH_INFO="/api/v1/projects")

        assert (page.status_code, api.status_code) == (400, 415 if method == "POST" else 400)
        assert api.headers["Content-Type"] == "application/problem+json"
        assert wrong(page, PAGE) == wrong(api, API) == []
        assert len(page.content) < 20_000

    def test_is_not_one_with_a_strange_cookie_of_another_application(self) -> None:
        answer = Client(headers={"Cookie": r'other="\000"; theirs="\377\376"'}).get("/login")
        assert answer.status_code == 200

    def test_in_utf_8_is_read(self) -> None:
        for charset in ("utf-8", "UTF-8", '"utf-8"', "utf8"):
            kind = f"application/x-www-form-urlencoded; charset={charset}"
            assert Client().generic("POST", "/login", b"login=a", content_type=kind).status_code == 200


@pytest.mark.django_db
class TestTheNumberOfARequest:
    def test_is_the_callers_where_it_is_a_short_word(self) -> None:
        assert Client(headers={"X-Request-ID": "proxy-1.2_3"}).get("/login")["X-Request-ID"] == "proxy-1.2_3"

    @pytest.mark.parametrize("given", ["", "x" * 65, "two words", "a\nb", "\u0661", '"'])
    def test_is_made_where_it_is_not(self, given: str) -> None:
        made = Client(headers={"X-Request-ID": given}).get("/login")["X-Request-ID"]
        assert made != given
        assert guard.REQUEST_ID.fullmatch(made)

    @pytest.mark.parametrize("given", ["", "x" * 65, "x" * 8_000, "two words", "a\nb", "\u0661", '"'])
    def test_stands_for_a_correlation_that_is_no_short_word(self, given: str, records: list[dict[str, Any]]) -> None:
        logging.getLogger("django_structlog").setLevel(logging.INFO)
        try:
            for sent in ("proxy-1.2_3", given):
                Client(headers={"X-Request-ID": "number-7", "X-Correlation-ID": sent}).get("/login")
            Client(headers={"X-Request-ID": "number-8"}).get("/login")
        finally:
            logging.getLogger("django_structlog").setLevel(logging.NOTSET)
        first, second, third = [record for record in records if record["event"] == "request_finished"]
        assert (first["request_id"], first["correlation_id"]) == ("number-7", "proxy-1.2_3")
        assert (second["request_id"], second["correlation_id"]) == ("number-7", "number-7")
        assert "correlation_id" not in third


@pytest.mark.django_db
class TestAnErrorOfTheApi:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/nothing", 404),
            ("GET", "/api/v2/projects", 404),
            ("POST", "/api/schema/", 405),
            ("OPTIONS", "/api/schema/", 405),
            ("DELETE", "/api/docs/", 405),
            ("GET", "/api/schema/?format=nothing", 404),
        ],
    )
    def test_has_its_shape_whoever_gives_it(self, method: str, path: str, status: int) -> None:
        answer = Client().generic(method, path)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert wrong(answer, wanted(path, answer)) == []

    def test_keeps_what_its_status_needs(self) -> None:
        assert Client().post("/api/schema/")["Allow"] == "GET, HEAD"

    def test_of_a_host_that_is_not_ours_has_its_shape(self) -> None:
        answer = Client(headers={"Host": "evil.example"}).get("/api/v1/projects")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db
class TestAPage:
    def test_of_a_method_that_does_nothing_is_a_page(self) -> None:
        answer = Client().delete("/login")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
        assert "This address does not work that way." in answer.content.decode()

    def test_of_too_many_fields_says_so_to_a_script(self, bob: Person) -> None:
        with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3):
            answer = bob.client.post("/account", dict.fromkeys("abcde", "x"), headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "too_many_fields")


HOSTILE = "evil\x1b[2J" + "h" * 9_000


@pytest.mark.django_db
class TestWhatDjangoRefuses:
    """It is the client's mistake: one short warning without a traceback, whatever the request holds."""

    @pytest.mark.parametrize(
        ("reason", "given"),
        [
            ("DisallowedHost", {"headers": {"Host": HOSTILE}}),
            ("TooManyFieldsSent", {"data": {f"{HOSTILE[:50]}{n}": "" for n in range(300)}}),
            ("RequestDataTooBig", {"data": {"login": "x" * 2_000_000}}),
            ("TooManyFilesSent", {"data": {"a": io.BytesIO(b"a"), "b": io.BytesIO(b"b")}}),
            ("csrf", {"data": {}, "headers": {"Referer": f"https://{HOSTILE}/"}, "secure": True}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_is_one_short_warning(self, reason: str, given: dict[str, Any], records: list[dict[str, Any]]) -> None:
        kept: list[logging.LogRecord] = []
        client = Client(enforce_csrf_checks=True)
        client.get("/login")  # for the cookie, without which a form is not read
        handler = logging.Handler()
        handler.emit = kept.append  # type: ignore[method-assign]
        logging.getLogger().addHandler(handler)
        try:
            answer = client.post("/login", **given)
        finally:
            logging.getLogger().removeHandler(handler)
        assert 400 <= answer.status_code < 500
        assert {(record.levelname, record.exc_info) for record in kept} == {("WARNING", None)}
        assert not [record for record in kept if record.name.startswith("django.")]
        (line,) = [line for line in records if line["event"] == "request_refused"]
        assert line["reason"] == reason
        assert line["code"] == answer.status_code
        assert len(line["detail"]) <= 203
        assert line["request_id"] == answer["X-Request-ID"]
        assert all(
            str(value).isprintable() and str(value).isascii() and len(str(value)) <= 203 for value in line.values()
        )


REPORT = {"csp-report": {"document-uri": "https://a.example/p", "violated-directive": "img-src", "blocked-uri": "data"}}


@pytest.mark.django_db
class TestAReportOfABrowser:
    @pytest.fixture(autouse=True)
    def _heard(self) -> Iterator[None]:
        views.silenced.clear()
        yield
        views.silenced.clear()

    def test_is_logged_as_often_as_its_network_may_and_then_costs_no_query(
        self, records: list[dict[str, Any]], django_assert_num_queries: Any
    ) -> None:
        def report(address: str) -> int:
            given = {"content_type": "application/csp-report", "REMOTE_ADDR": address}
            return Client().post("/csp-report", json.dumps(REPORT), **given).status_code

        def logged(event: str) -> int:
            return sum(record["event"] == event for record in records)

        for n in range(views.MOST_REPORTS):
            with django_assert_num_queries(1):
                assert report(f"192.0.2.{n}") == 204
        assert (logged("csp_violation"), logged("csp_reports_silenced")) == (views.MOST_REPORTS, 1)
        with django_assert_num_queries(0):
            assert [report("192.0.2.9") for _ in range(50)] == [204] * 50
        views.silenced.clear()  # as in another process, which has to ask once
        with django_assert_num_queries(1):
            assert [report("192.0.2.9") for _ in range(50)] == [204] * 50
        assert (logged("csp_violation"), logged("csp_reports_silenced")) == (views.MOST_REPORTS, 1)
        assert report("192.0.3.9") == 204
        assert logged("csp_violation") == views.MOST_REPORTS + 1, "others are still heard"

    def test_is_answered_and_not_logged_while_the_database_is_away(
        self, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views.counters, "count", raises(OperationalError("gone")))
        answer = Client().post("/csp-report", json.dumps(REPORT), content_type="application/csp-report")
        assert answer.status_code == 204
        assert records == []

    def test_is_one_line_of_the_log(self, records: list[dict[str, Any]]) -> None:
        answer = Client().post("/csp-report", json.dumps(REPORT), content_type="application/csp-report")
        assert (answer.status_code, answer.content) == (204, b"")
        (line,) = [record for record in records if record["event"] == "csp_violation"]
        assert line["document_uri"] == '"https://a.example/p"'
        assert line["violated_directive"] == '"img-src"'

    def test_stays_one_short_line_whatever_it_holds(self, records: list[dict[str, Any]]) -> None:
        texts = {
            "document-uri": "a\nb\x1b[2J\u2028" + "x" * 9_000,
            "blocked-uri": {"a": "b" * 9_000},
            "more": "c" * 9_000,
        }
        answer = Client().post("/csp-report", json.dumps({"csp-report": texts}), content_type="application/json")
        assert answer.status_code == 204
        (line,) = [record for record in records if record["event"] == "csp_violation"]
        kept = line["document_uri"]
        assert kept.startswith(r'"a\nb\u001b[2J\u2028xx')
        assert len(kept) <= 310
        assert kept.isascii()
        assert kept.isprintable()
        assert not {"blocked_uri", "more"} & set(line)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b" ", 400),
            (b"no json", 400),
            (b"[" * 60_000, 400),
            (b'{"csp-report":' * 500 + b"1" + b"}" * 500, 400),
            (b'{"csp-report": null}', 400),
            (b'{"csp-report": [1, 2]}', 400),
            (b'{"csp-report": "text"}', 400),
            (b'["csp-report"]', 400),
            (b"null", 400),
            (b"1e400", 400),
            (b"9" * 6_000, 400),
            (b'{"csp-report": {"document-uri": "caf\xe9"}}', 400),
            (b'{"csp-report": {"document-uri": "a\0b"}}', 400),
            (rb'{"csp-report": {"document-uri": "\u0000"}}', 400),
            (rb'{"csp-report": {"document-uri": "\ud800"}}', 400),
            (b'{"csp-report": {"document-uri": "' + b"x" * 70_000 + b'"}}', 413),
            (b"x" * 3_000_000, 413),
            (b'{"csp-report": {"document-uri": 5, "blocked-uri": [[["a"]]]}}', 204),
            (b"{}", 204),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_that_is_none_is_refused_and_not_logged(
        self, body: bytes, status: int, records: list[dict[str, Any]]
    ) -> None:
        answer = Client().generic("POST", "/csp-report", body, content_type="application/csp-report")
        assert answer.status_code == status
        logged = [record for record in records if record["event"] == "csp_violation"]
        assert len(logged) == (1 if status == 204 else 0)

    @pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=b", "application/xml"])
    def test_of_another_type_is_refused(self, content_type: str) -> None:
        body = json.dumps(REPORT).encode()
        assert Client().generic("POST", "/csp-report", body, content_type=content_type).status_code == 415

    def test_may_be_as_long_as_the_bound(self) -> None:
        head, tail = b'{"csp-report": {"document-uri": "', b'"}}'
        body = head + b"x" * (views.LONGEST_REPORT - len(head) - len(tail)) + tail
        assert Client().generic("POST", "/csp-report", body, content_type="application/csp-report").status_code == 204
        body = body.replace(tail, b"x" + tail)
        assert Client().generic("POST", "/csp-report", body, content_type="application/csp-report").status_code == 413


@pytest.mark.django_db
def test_a_body_that_the_server_threw_away_is_answered_by_its_length() -> None:
    """As `config.server` passes one on that is too large for its address: of it there is a length only."""
    given = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(2 * 1024 * 1024), "HTTP_COOKIE": "csrftoken=" + "x" * 32}
    page = Answered(Application(), CONTENT_TYPE="application/x-www-form-urlencoded", **given)
    api = Answered(Application(), CONTENT_TYPE="application/json", PATH_INFO="/api/v1/projects", **given)
    assert (page.status_code, b"What you sent is too long." in page.content) == (413, True)
    assert api.status_code == 401


@pytest.mark.django_db
class TestAFileThatIsSent:
    def test_ends_its_request_in_the_thread_that_answered_and_stays_open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The web server closes it in the thread that writes to everybody, which has nothing to do with the database."""
        file = io.BytesIO(b"a line\n")
        uploaded = io.BytesIO()
        response = FileResponse(file, as_attachment=True, filename="a.jsonl")
        response._resource_closers.append(uploaded.close)
        monkeypatch.setattr(Application, "get_response", lambda self, request: response)
        ended: list[object] = []

        def ends(sender: object, **_: object) -> None:
            ended.append(threading.current_thread())

        request_finished.connect(ends)
        try:
            environ = {**Answered.environ(), "wsgi.file_wrapper": ReadOnlyFileBasedBuffer}
            content = Application()(environ, lambda *given: None)
            assert (ended, uploaded.closed, file.closed) == ([threading.current_thread()], True, False)
            assert isinstance(content, ReadOnlyFileBasedBuffer)
            assert content.prepare(100) == 7
            assert content.get() == b"a line\n"
            content.close()
        finally:
            request_finished.disconnect(ends)
        assert (len(ended), file.closed) == (1, True)
