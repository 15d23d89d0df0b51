"""Every URL × every method × every role with requests that no client of ours sends: an answer below 500, in its shape.

``REQUESTS`` change what surrounds a request and are refused alike everywhere; ``VALUES`` are tried one at a time in each
parameter of the address, of the query, of the form and of the body, as the role that may use it, beside valid ones.
"""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import resolve

from common.api.problems import MEDIA_TYPE
from tests.routes_table import ROLES, ROUTES, Answer
from tests.test_headers import wanted, wrong
from tests.test_routes import World, _path, _undone, addresses, world

__all__ = ["world"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
MARK = "pineapple-of-nobody"
"""In every hostile request; no error repeats more of it than a bounded excerpt."""
NUL_COOKIE = r'sessionid="\000\000\000\000\000\000\000\000"'


@dataclass(frozen=True)
class Hostile:
    """What is changed of a request, and the only statuses that may come of it; none: any below 500."""

    environ: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b"a=b"
    statuses: frozenset[int] = frozenset()
    api: frozenset[int] = frozenset()


def _typed(content_type: str | None, body: bytes = b"a=b", *statuses: int, api: int = 0) -> Hostile:
    return Hostile(
        {"CONTENT_TYPE": content_type}, body, frozenset(statuses), frozenset({api, *statuses} if api else statuses)
    )


def _multipart(head: str, content: bytes = b"x") -> Hostile:
    body = f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n--b--\r\n"
    return _typed("multipart/form-data; boundary=b", body)


BAD = frozenset({400})
CHARSETS = (
    "rot13",
    "hex",
    "base64",
    "zip",
    "undefined",
    "idna",
    "punycode",
    "utf-7",
    "utf-16",
    "latin-1",
    "nonsense",
    "",
)

REQUESTS: dict[str, Hostile] = {
    "a NUL in the query": Hostile({"QUERY_STRING": "version=%00"}, statuses=BAD, api=BAD),
    "a NUL in a name of the query": Hostile({"QUERY_STRING": "a%00b=1"}, statuses=BAD, api=BAD),
    "a raw NUL in the query": Hostile({"QUERY_STRING": "a=\0"}, statuses=BAD, api=BAD),
    "a NUL in the session's cookie": Hostile({"HTTP_COOKIE": NUL_COOKIE}, statuses=BAD, api=BAD),
    "a NUL in the form's cookie": Hostile({"HTTP_COOKIE": r'csrftoken="\000"'}, statuses=BAD, api=BAD),
    "a NUL in the messages' cookie": Hostile({"HTTP_COOKIE": r'messages="\000"'}, statuses=BAD, api=BAD),
    "a NUL in the device's cookie": Hostile({"HTTP_COOKIE": r'device="\000"'}, statuses=BAD, api=BAD),
    "a cookie that is no cookie": Hostile({"HTTP_COOKIE": f'\xff\xfe;;;=;"; sessionid={MARK * 400}'}),
    "a language that is none": Hostile({"HTTP_ACCEPT_LANGUAGE": "x" * 600 + ";q=nan", "HTTP_ACCEPT": "\xff;q=x"}),
    "an address that is none": Hostile({"REMOTE_ADDR": MARK, "HTTP_X_FORWARDED_FOR": f"{MARK}, \xff"}),
    "an id that is none": Hostile({"HTTP_X_REQUEST_ID": f"{MARK}\n" * 400}),
    "a date that is none": Hostile({"HTTP_IF_MODIFIED_SINCE": "Sun, 99 Foo 99999 99:99:99", "HTTP_IF_NONE_MATCH": '"'}),
    "a range that is none": Hostile({"HTTP_RANGE": "bytes=9-1,x-"}),
    "a referer that is none": Hostile({"HTTP_REFERER": "http://[::1", "HTTP_ORIGIN": "http://["}),
    "an Authorization that is none": Hostile({"HTTP_AUTHORIZATION": "Bearer \xff\x00" + MARK}),
    "a query that is none": Hostile({"QUERY_STRING": "&&&=;%%%zz=%ED%A0%80&\xff=\xfe&page=%FF"}),
    "many parameters": Hostile({"QUERY_STRING": "&".join(f"a{i}={MARK}" for i in range(1_100))}),
    "no content type": _typed(None, b'{"a": 1}'),
    "an empty content type": _typed("", b'{"a": 1}'),
    "a content type that is none": _typed(";;;=\xff/", b"\xff"),
    "a content type without end": _typed("text/plain;" + "a=b;" * 200),
    "JSON that is none": _typed("application/json", b'{"a": \xff'),
    "JSON without end": _typed("application/json", b"[" * 100_000),
    "JSON of another kind": _typed("application/json", b'[["a"], null]'),
    "a lone surrogate in JSON": _typed("application/json", rb'{"\ud800": "\ud800"}'),
    "a NUL in JSON": _typed("application/json", rb'{"name": "\u0000"}'),
    "XML": _typed("application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    "a form with many fields": _typed(FORM, "&".join(f"a{i}={MARK}" for i in range(300)).encode()),
    "a form that is too long": _typed(FORM, b"a=" + b"b" * (1 << 20)),
    "a form that is none": _typed(FORM, b"%%%=&&&%ED%A0%80=%00&\xff"),
    "parts without a boundary": _typed("multipart/form-data", b"--b\r\n"),
    "parts with a bad boundary": _typed(f"multipart/form-data; boundary={'b' * 300}", b"--b\r\n"),
    "parts that end early": _typed("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; na"),
    "parts that are none": _typed("multipart/form-data; boundary=b", b"\xff" * 2_000),
    "a part in base64 that is none": _typed(
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!=\r\n'
        b"--b--\r\n",
    ),
    "a part whose name has a codec": _multipart("name*=rot13''abc"),
    "a file whose name has a codec": _multipart("name=file; filename*=nonsense''abc"),
    "a file whose name has a surrogate": _multipart("name=file; filename*=unicode_escape''%5Cud800.jsonl"),
    "a file whose name has a NUL": _multipart("name=file; filename*=utf-8''a%00b"),
    "two files": _typed(
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n' * 2 + b"--b--\r\n",
    ),
    "another encoding of the content": Hostile({"HTTP_CONTENT_ENCODING": "gzip", "HTTP_TRANSFER_ENCODING": "gzip"}),
    "a length that is none": Hostile({"CONTENT_LENGTH": "-1"}),
    "a longer length": Hostile({"CONTENT_LENGTH": "99999999999999999999999"}),
}
for _charset in CHARSETS:
    for _type in (FORM, "multipart/form-data; boundary=b", "application/json", "text/plain"):
        REQUESTS[f"{_type} in {_charset or 'nothing'}"] = _typed(f"{_type}; charset={_charset}", b"a=b", 400, api=415)

VALUES = {
    "a NUL": b"a\0b",
    "a lone surrogate": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "nothing": b"",
    "a blank": b"  \t",
    "above 32 bits": b"2147483648",
    "above 64 bits": b"9223372036854775808",
    "many digits": b"9" * 5_000,
    "a negative number": b"-9223372036854775809",
    "no number": b"nan",
    "infinity": b"1e400",
    "other digits": "\u0663\u00b2".encode(),
    "a long text": (MARK * 6_000).encode(),
    "signs": b"'\"`;--<script>%s{{7*7}}",
    "a line end": b"a\r\nSet-Cookie: a=b",
}

UUID = "5a1f6d0e-7f7a-4d53-9b8e-0f4c2a6b1d11"
FORMS: dict[str, dict[str, str]] = {
    "account_login": {"login": "a@example.org", "password": "x", "remember": "on", "time_zone": "UTC", "next": "/"},
    "account_logout": {"next": "/"},
    "account_change_password": {"oldpassword": "Slate-harbour-482", "password1": "New-harbour-48299", "password2": "New-harbour-48299"},
    "account_reset_password": {"email": "a@example.org"},
    "account_reset_password_from_key": {"password1": "New-harbour-48299", "password2": "New-harbour-48299"},
    "annotation:account": {"name": "Bob", "theme": "system", "text_size": "medium", "time_zone": "UTC"},
    "annotation:tokens": {"name": "a", "scopes": "prompts:write", "projects": "sky", "days": "30", "password": "Slate-harbour-482"},
    "annotation:attributes": {"names": "region"},
    "quality:gold_change": {"change": "retire", "verdict": "0", "explanation": "e"},
    "quality:disagreement": {"verdict": "a", "reason": "r", "submit_key": UUID, "read": "0"},
    "quality:adjudication_withdraw": {"submit_key": UUID, "read": "0"},
    "quality:rules_change": {"read": "0", "on": "on", "share": "10", "gold_on": "on", "gold_threshold": "60", "gold_least": "20"},
    "quality:rule_decide": {"do": "undo", "text": "t"},
    "quality:appeal": {"text": "t"},
    "annotation:next_pair": {"holding": UUID},
    "annotation:undo": {"submit_key": UUID},
    "annotation:submit": {"verdict": "a", "reason": "r", "submit_key": UUID, "seconds": "3", "next": "1", "holding": UUID},
    "annotation:change": {"verdict": "a", "reason": "r", "submit_key": UUID, "seconds": "3"},
    "annotation:skip": {"reason": "other", "note": "n"},
    "annotation:flag": {"reason": "other", "note": "n"},
    "annotation:draft": {"version": "1", "reason": "r"},
    "annotation:guidelines": {"version": "1"},
    "annotation:goal": {"daily_goal": "3"},
    "annotation:project_new": {"name": "New", "slug": "new"},
    "annotation:project_settings": {
        "name": "Sky", "slots_per_pair": "3", "gold_rate": "5", "lease_minutes": "10", "edit_window_minutes": "5",
        "probe_rate": "0", "target_probability": "90", "least_judgements": "1", "most_judgements": "5", "audited_share": "2",
        "target_kappa": "0.5", "target_gold": "80", "target_unsettled": "20", "target_n": "100",
    },
    "annotation:project_move": {"to": "paused", "sure": "on"},
    "annotation:guidelines_edit": {"text": "t", "based_on": "1", "publish": "1"},
    "annotation:members": {"email": "n@example.org", "name": "N", "role": "annotator", "daily_goal": "3"},
    "annotation:member": {"role": "annotator", "daily_goal": "3"},
    "annotation:member_state": {"state": "paused", "next": "/projects"},
    "annotation:imports": {"format": "native", "replace_nul": "on", "file": ""},
    "annotation:pairing": {"scheme": "random", "k": "1", "baseline": "m1", "seed": "1", "start": "1"},
    "reward:ratings": {"ties": "half", "unit": "judgement"},
}  # fmt: skip
"""A form that is taken, by the name of its URL. Those of other POSTs have no fields."""
FIELDLESS = {
    "csp_report", "annotation:token_revoke", "annotation:renew", "annotation:leave", "annotation:member_reset",
    "quality:recompute", "api_nowhere",
}  # fmt: skip
REFUSED = {"account_login", "annotation:undo", "annotation:imports", "quality:rules_change"}
"""Nobody of that name; nothing to undo; a form cannot hold a file; rules need the fields of all."""
BODIES: dict[str, dict[str, Any]] = {
    "annotation-api:projects": {
        "slug": "new", "name": "New", "slots_per_pair": 3, "gold_rate": 0.1, "edit_window_seconds": 5, "lease_seconds": 60,
        "target_kappa": 0.5, "target_gold": 0.5, "target_unsettled": 0.5, "target_n": 5,
    },
    "annotation-api:pairs": {"scheme": "random", "k": 1, "baseline": "m1", "seed": 1, "dry_run": True},
    "quality-api:quality": {},
    "reward-api:ratings": {"ties": "half", "unit": "judgement", "intervals": "clustered"},
}  # fmt: skip
JSON_VALUES: tuple[str, ...] = (
    "null", "true", "0", "-1", "1e400", "NaN", "9223372036854775807", "9223372036854775808", "1.5", '""', '" "', r'"\u0000"',
    r'"\ud800"', '"\u202e"', "[]", "{}", "[[[]]]", f'"{MARK * 100}"', '"1"', "9" * 5_000,
)  # fmt: skip


def _ask(world: World, role: str, method: str, path: str, body: bytes, environ: Mapping[str, Any]) -> list[str]:
    """Send a request; return what is wrong with the answer, in words, and its status as the last of them."""
    client = world.clients[role]
    client.raise_request_exception = False
    cookies = client.cookies.copy()
    own = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    extra = dict(environ)
    if "HTTP_COOKIE" in extra and own:
        extra["HTTP_COOKIE"] = f"{own}; {extra['HTTP_COOKIE']}"
    content_type = extra.pop("CONTENT_TYPE", FORM)
    with _undone():
        answer = client.generic(method, path, body, content_type or "", **extra)
        found = [] if answer.status_code < 500 else ["a server error"]
        if not answer.streaming:
            found += _shape(path, answer)
        found += wrong(answer, wanted(path, answer))
    client.cookies = cookies
    return [*found, str(answer.status_code)]


def _shape(path: str, answer: Any) -> list[str]:
    found = []
    if answer.status_code >= 400:
        if path.startswith("/api/"):
            if answer["Content-Type"] != MEDIA_TYPE:
                found.append(f"of the API in {answer['Content-Type']}")
            elif answer.wsgi_request.method != "HEAD":
                problem = json.loads(answer.content)
                if problem["status"] != answer.status_code:
                    found.append("another status in the problem")
                if answer.content.count(MARK.encode()) > 20:
                    found.append("repeats what was sent")
        if b"Traceback" in answer.content:
            found.append("a traceback")
    return found


def _who(name: str, method: str) -> str:
    """Return a role that may use it."""
    asked = ROUTES[name].methods[method]
    order = ("manager", "annotator", "admin", "import_token", "export_token", "anonymous")
    return next((role for role in order if asked[role] is Answer.OK), "anonymous")


EACH = int(os.environ.get("CONCORD_HOSTILE_EACH", "2"))
"""How many of ``REQUESTS`` each role and method gets; all of them take many minutes."""


def _turns(start: int, most: int) -> Iterator[tuple[str, Hostile]]:
    """Yield some of ``REQUESTS``, another part of them for each start."""
    every = list(REQUESTS.items())
    for i in range(most):
        yield every[(start * most + i) % len(every)]


@pytest.mark.django_db
class TestAnyRequest:
    @pytest.mark.parametrize("name", sorted(ROUTES))
    def test_has_an_answer_for_every_role_and_method(self, world: World, name: str) -> None:
        """Each role and method gets a part of the requests in turn; together they get each of them."""
        path = _path(name, ROUTES[name], world, world.project.slug).partition("?")[0]
        unguarded = name == "healthz"
        bad, start = [], sorted(ROUTES).index(name)
        for method in METHODS:
            for role in ROLES:
                start += 1
                for what, hostile in _turns(start, EACH):
                    *found, status = _ask(world, role, method, path, hostile.body, hostile.environ)
                    statuses = hostile.api if path.startswith("/api/") else hostile.statuses
                    if statuses and int(status) not in statuses and not unguarded:
                        found.append("another status")
                    if found:
                        bad.append(f"{role} {method} with {what}: {status}, {found}")
        assert bad == [], path

    def test_is_tried_with_each_method(self) -> None:
        tried = {what for start in range(len(METHODS) * len(ROLES) + 1) for what, _ in _turns(start, EACH)}
        assert tried == set(REQUESTS)


def _with_hostile_parts(pattern: str, good: str) -> Iterator[tuple[str, str]]:
    """Yield the address with one of its parts replaced by each value, as the server gets it."""
    parts = re.split(r"(<\w+:\w+>|\(\?P<\w+>[^)]*\))", pattern)
    fitted = re.compile("".join("([^/]+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)) + r"\Z")
    match = fitted.match(good.removeprefix("/").partition("?")[0])
    if match is None:
        return
    for i in range(1, len(match.groups()) + 1):
        for what, value in VALUES.items():
            address = (
                f"/{match.string[: match.start(i)]}" + value[:3_000].decode("latin-1") + match.string[match.end(i) :]
            )
            yield f"{what} as {match.group(i)}", address


@pytest.mark.django_db
class TestAnyValue:
    @pytest.mark.parametrize("name", sorted(name for name, path in addresses() if "<" in path and name in ROUTES))
    def test_has_an_answer_in_the_address(self, world: World, name: str) -> None:
        pattern = dict(addresses())[name].replace("^", "").replace("$", "")
        good = _path(name, ROUTES[name], world, world.project.slug)
        bad = []
        tried = 0
        for method in ROUTES[name].methods:
            for what, address in _with_hostile_parts(pattern, good):
                tried += 1
                *found, status = _ask(world, _who(name, method), method, "/", b"a=b", {"PATH_INFO": address})
                if int(status) >= 500:
                    bad.append(f"{method} {what}: {status} {found}")
        assert bad == []
        assert tried

    @pytest.mark.parametrize("name", sorted(ROUTES))
    def test_has_an_answer_in_the_query(self, world: World, name: str) -> None:
        path = _path(name, ROUTES[name], world, world.project.slug)
        bare, _, query = path.partition("?")
        given = dict(pair.split("=") for pair in query.split("&")) if query else {}
        bad = []
        method = "GET" if "GET" in ROUTES[name].methods else "POST"
        for changed in [*({one} for one in sorted({*_parameters(bare, method), *given})), OTHERS]:
            for what, value in VALUES.items():
                sent = urlencode({**given, **dict.fromkeys(changed, value)})
                *found, status = _ask(world, _who(name, method), method, bare, b"a=b", {"QUERY_STRING": sent})
                if found:
                    bad.append(f"{method} ?{changed} is {what}: {status}, {found}")
        assert bad == []

    @pytest.mark.parametrize("name", sorted(FORMS))
    def test_has_an_answer_in_a_form(self, world: World, name: str) -> None:
        path = _path(name, ROUTES[name], world, world.project.slug)
        role = _who(name, "POST")
        accepted = cycle(("text/html", "application/json"))
        bad = []
        for parameter in FORMS[name]:
            for what, value in VALUES.items():
                body = urlencode({**FORMS[name], parameter: value}).encode()
                *found, status = _ask(world, role, "POST", path, body, {"HTTP_ACCEPT": next(accepted)})
                if found:
                    bad.append(f"{parameter} is {what}: {status}, {found}")
            body = urlencode([*FORMS[name].items(), (parameter, "again")]).encode()
            *found, status = _ask(world, role, "POST", path, body, {})
            if found:
                bad.append(f"{parameter} twice: {status}, {found}")
        assert bad == []

    @pytest.mark.parametrize("name", sorted(BODIES))
    def test_has_an_answer_in_a_body(self, world: World, name: str) -> None:
        path = _path(name, ROUTES[name], world, world.project.slug)
        world.clients["every_token"] = _with_every_scope(world)
        bad = []
        for parameter in (*BODIES[name], "nothing"):
            for value in JSON_VALUES:
                others = {key: json.dumps(good) for key, good in BODIES[name].items()} | {parameter: value}
                body = "{" + ", ".join(f'"{key}": {text}' for key, text in others.items()) + "}"
                environ = {"CONTENT_TYPE": "application/json"}
                *found, status = _ask(world, "every_token", "POST", path, body.encode(), environ)
                if found or status == "401":
                    bad.append(f"{parameter} is {value[:40]}: {status}, {found}")
        assert bad == []

    def test_is_tried_in_each_form(self) -> None:
        posts = {
            name for name, row in ROUTES.items() if "POST" in row.methods and not name.split(":")[0].endswith("-api")
        }
        assert posts == set(FORMS) | FIELDLESS

    @pytest.mark.parametrize("name", sorted({*FORMS, *BODIES} - REFUSED))
    def test_is_beside_values_that_are_taken(self, world: World, name: str) -> None:
        """Else a form would be refused before the value is looked at."""
        path = _path(name, ROUTES[name], world, world.project.slug)
        if name in FORMS:
            *found, status = _ask(world, _who(name, "POST"), "POST", path, urlencode(FORMS[name]).encode(), {})
        else:
            world.clients["every_token"] = _with_every_scope(world)
            body = json.dumps(BODIES[name]).encode()
            *found, status = _ask(world, "every_token", "POST", path, body, {"CONTENT_TYPE": "application/json"})
        assert (found, int(status) < 400) == ([], True), status


def _with_every_scope(world: World) -> Client:
    from annotation.services.access import tokens
    from annotation.vocabulary import Scope

    owner = world.token.user
    _, secret = tokens.create(user=owner, name="all", scopes=list(Scope), projects=[world.project], days=30)
    client = Client()
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


OTHERS = {"page", "next", "format", "version", "lang", "script", "after", "sort"}
"""Names that Django, our libraries or other views read: tried together."""
PAGE_PARAMETERS = re.compile(r'(?:whole_number|choice)\(\s*request,\s*"(\w+)"|request\.GET\.get\("(\w+)"')


def _parameters(path: str, method: str) -> set[str]:
    """Return the names that the view's module reads of the query string."""
    view = resolve(path).func
    inner = getattr(view, "view_class", None) or getattr(view, "cls", None)
    queries = getattr(inner, "queries", {}).get(method)
    if queries is not None:
        return {*queries().fields, "nothing"}
    module = inspect.getmodule(inspect.unwrap(view))
    source = inspect.getsource(module) if module and module.__name__.split(".")[0] != "django" else ""
    return {name for names in PAGE_PARAMETERS.findall(source) for name in names if name}
