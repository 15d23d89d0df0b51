"""Every URL × every role × every method, as ``tests/routes_table.py`` says. What is not in the table fails.

A refusal writes nothing (PostgreSQL's own count of rows inserted, changed and deleted in the transaction), reveals nothing
of a project that is not the reader's, and a foreign project is answered like one that does not exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from annotation.models import ApiToken, Assignment, Import, Member, Project, User
from annotation.services import handout, projects
from annotation.services.access import tokens
from annotation.services.members import membership
from annotation.vocabulary import MemberState, Role, Scope
from quality.models import RuleAction
from tests.lines import import_lines, pair
from tests.quality.rules import acted_on
from tests.routes_table import ROLES, ROUTES, TOKENS, Answer, Route

MARKER = "xylophone-of-mallory"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FORM_ERRORS = {400, 409, 411, 413, 415, 422}
REFUSALS = {401: Answer.NO_TOKEN, 403: Answer.FORBIDDEN, 404: Answer.NOT_THERE, 405: Answer.NO_METHOD}


def addresses() -> list[tuple[str, str]]:
    """Every URL name of the resolver with its namespaces, and its pattern."""

    def walk(resolver: URLResolver, prefix: str, before: str) -> Iterator[tuple[str, str]]:
        for pattern in resolver.url_patterns:
            path = f"{before}{pattern.pattern}"
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix, path)
            else:
                assert isinstance(pattern, URLPattern)
                yield f"{prefix}{pattern.name}" if pattern.name else f"unnamed: {path}", path

    return sorted(walk(get_resolver(), "", ""))


def names() -> list[str]:
    return [name for name, _ in addresses()]


@dataclass
class World:
    """Two projects, and one client of each role."""

    project: Project
    foreign: Project
    bob: Member
    assignment: Assignment
    run: Import
    token: ApiToken
    clients: dict[str, Client]
    action: RuleAction


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Made once, in a transaction that is rolled back at the end; what each request does is rolled back after it."""
    uploads = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("uploads"))
    with django_db_blocker.unblock(), uploads, transaction.atomic():
        yield _world()
        transaction.set_rollback(True)


def _world() -> World:
    project, alice = _project("sky", "Sky", "Alice")
    foreign, mallory = _project("sea", f"Sea {MARKER}", "Mallory")
    people = {
        role: _account(name) for role, name in (("annotator", "Bob"), ("reviewer", "Rita"), ("suspended", "Dave"))
    }
    bob = membership.add(project=project, user=people["annotator"], role=Role.ANNOTATOR, by=None)
    membership.add(project=project, user=people["reviewer"], role=Role.REVIEWER, by=None)
    dave = membership.add(project=project, user=people["suspended"], role=Role.MANAGER, by=None)
    people |= {"manager": alice, "stranger": _account("Walt"), "foreigner": mallory, "admin": _account("Root", True)}
    clients = {role: Client() for role in ROLES}
    for role, user in people.items():
        clients[role].force_login(user)
    made = {
        "import_token": _token(alice, project, Scope.PROMPTS_WRITE),
        "export_token": _token(alice, project, Scope.DATASETS_READ),
        "suspended": _token(people["suspended"], project, *Scope),
    }
    for role, (_, secret) in made.items():
        clients[role].defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    membership.set_state(member=dave, state=MemberState.SUSPENDED, by=None)
    ApiToken.objects.update(last_used_at=timezone.now() + timedelta(days=1))  # so that no request writes it

    run = import_lines(project, [pair(f"p{i}", verdicts={"Ann": "a", "Ben": "b"} if i < 2 else None) for i in range(6)])
    run.job.__class__.objects.filter(pk=run.job_id).update(asked_by=alice)
    wording = {"id": f"{MARKER}-1", "prompt": f"Say {MARKER}"}
    import_lines(foreign, [pair("x", (MARKER, f"{MARKER}-2"), {f"{MARKER}-ann": "a"}, **wording)])
    Member.objects.update(guidelines_read=1)
    bob = Member.objects.select_related("project").get(pk=bob.pk)
    offer = handout.lease_next(member=bob)
    assert offer.uuid is not None
    assignment = Assignment.objects.get(uuid=offer.uuid)
    return World(project, foreign, bob, assignment, run, made["import_token"][0], clients, acted_on(bob))


def _account(name: str, admin: bool = False) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", "Slate-harbour-482", name=name, is_superuser=admin)


def _project(slug: str, name: str, manager: str) -> tuple[Project, User]:
    user = _account(manager)
    project = projects.create(slug=slug, name=name, by=user, gold_rate=0.0)
    projects.publish_guidelines(project=project, text=f"How to judge in {name}.", by=user)
    projects.move(project=project, to=projects.ProjectState.OPEN, by=user)
    return project, user


def _token(user: User, project: Project, *scopes: Scope) -> tuple[ApiToken, str]:
    return tokens.create(user=user, name="a token", scopes=scopes, projects=[project], days=30)


def _path(name: str, row: Route, world: World, slug: str) -> str:
    """Return the URL, filled in with as many of the known values as it takes."""
    if name == "api_nowhere":
        return "/api/v1/nothing/at/all"
    known = {"slug": slug, "uuid": world.assignment.uuid, **row.needs(world)}
    for taken in (
        (),
        ("slug",),
        ("uuid",),
        ("number",),
        ("prefix",),
        ("slug", "uuid"),
        ("slug", "number"),
        ("slug", "pair"),
        ("slug", "action"),
        ("uidb36", "key"),
    ):
        try:
            return reverse(name, kwargs={key: known[key] for key in taken if key in known}) + row.query
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} takes something that its line in the table does not name: see `needs`")


def _answer(response: HttpResponseBase) -> Answer | str:
    status = response.status_code
    if status == 302 and response["Location"].startswith("/login"):
        return Answer.LOGIN
    if status in REFUSALS:
        return REFUSALS[status]
    return Answer.OK if status < 400 or status in FORM_ERRORS else f"{status}"


WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
WHERE relname NOT IN ('concord_counter', 'annotation_session') AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def _written() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())


@contextmanager
def _undone() -> Iterator[None]:
    """Roll back what a request does, so that all requests find the same rows."""
    sid = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(sid)


def _ask(
    world: World, role: str, method: str, path: str, data: Mapping[str, str]
) -> tuple[Answer | str, bytes, dict[str, int]]:
    client = world.clients[role]
    cookies = client.cookies.copy()
    before = _written()
    with _undone():
        form = urlencode({"csrfmiddlewaretoken": "x", **data}).encode()  # a browser's form is never empty
        kind, body = ("application/json", b"{}") if "/api/v1/" in path else ("application/x-www-form-urlencoded", form)
        response = client.generic(method, path, body if method != "GET" else b"", content_type=kind)
        content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        after = _written()
    client.cookies = cookies
    written = {table: n - before.get(table, 0) for table, n in after.items() if n != before.get(table, 0)}
    return _answer(response), content, written


def _expected(row: Route, role: str, method: str, path: str) -> Answer:
    if method in row.methods:
        return row.methods[method][role]
    if path.startswith("/api/v1/") and role not in TOKENS:
        return Answer.NO_TOKEN
    return Answer.NO_METHOD


class TestTheTable:
    def test_has_every_address(self) -> None:
        assert [name for name in names() if name not in ROUTES] == []

    def test_has_no_others(self) -> None:
        assert sorted(set(ROUTES) - set(names())) == []

    def test_answers_for_every_role(self) -> None:
        for name, row in ROUTES.items():
            for method, who in row.methods.items():
                assert set(who) == set(ROLES), f"{method} {name}"


@pytest.mark.django_db  # else nobody makes the database when this file is run by itself
class TestEveryAddress:
    @pytest.mark.parametrize("name", sorted(ROUTES))
    def test_answers_as_the_table_says(self, world: World, name: str) -> None:
        row = ROUTES[name]
        path = _path(name, row, world, world.project.slug)
        wrong = []
        for role in ROLES:
            for method in METHODS:
                found, content, written = _ask(world, role, method, path, row.data)
                want = _expected(row, role, method, path)
                if found is not want:
                    wrong.append(f"{role} {method}: {found}, not {want}")
                if found is not Answer.OK:
                    written.pop("annotation_auditevent", None)  # it is written down who tried
                    if written:
                        wrong.append(f"{role} {method}: refused, and wrote {written}")
                if MARKER.encode() in content and role not in {"admin", "foreigner"}:
                    wrong.append(f"{role} {method}: reveals a foreign project")
        assert wrong == [], path

    @pytest.mark.parametrize("name", sorted(name for name, path in addresses() if "<slug:slug>" in path))
    def test_of_a_foreign_project_is_not_there(self, world: World, name: str) -> None:
        row = ROUTES[name]
        path = _path(name, row, world, world.foreign.slug)
        wrong = []
        for role in ROLES:
            if role in {"admin", "foreigner"}:
                continue
            for method in row.methods:
                found, content, written = _ask(world, role, method, path, row.data)
                nothing, same, _ = _ask(world, role, method, path.replace("/sea", "/no-such-project"), row.data)
                sent_away = {Answer.LOGIN, Answer.NO_TOKEN, Answer.NOT_THERE}
                wrong_scope = row.methods[method][role] is Answer.FORBIDDEN and role in TOKENS
                if found not in sent_away and not (wrong_scope and found is Answer.FORBIDDEN):
                    wrong.append(f"{role} {method}: {found}")
                if found is not nothing or (found is Answer.NOT_THERE and _plain(content) != _plain(same)):
                    wrong.append(f"{role} {method}: told apart from a project that does not exist")
                if MARKER.encode() in content:
                    wrong.append(f"{role} {method}: reveals a foreign project")
                written.pop("annotation_auditevent", None)
                if written:
                    wrong.append(f"{role} {method}: refused, and wrote {written}")
        assert wrong == [], path


def _plain(content: bytes) -> Any:
    """Return the content without what differs between any two answers: the form's token and the URL itself."""
    try:
        return json.loads(content)
    except ValueError:
        text = re.sub(rb"\b[A-Za-z0-9]{64}\b", b"", content)
        return text.replace(b"no-such-project", b"sea")
