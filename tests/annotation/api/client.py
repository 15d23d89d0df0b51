"""A client of the API with a token, and a small site for it: Alice's project, and a foreign one, Mallory's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from annotation.models import ApiToken, Project, User
from annotation.services import projects
from annotation.services.access import tokens
from annotation.services.members import membership
from annotation.vocabulary import Role, Scope
from tests.lines import import_lines, pair

FOREIGN = "xylophone-of-mallory"
"""Part of every text of the foreign project; no answer to anybody else may contain it."""


class Api:
    """One token's client. Paths are below ``/api/v1/``."""

    def __init__(self, secret: str | None) -> None:
        self.secret = secret
        self.client = Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=headers)

    def post(self, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str) -> Any:
        """``body`` is sent as it is where it is bytes, else as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.post(f"/api/v1/{path}", raw, content_type=content_type, headers=headers)

    def request(self, method: str, path: str) -> Any:
        return self.client.generic(method, f"/api/v1/{path}")


@dataclass
class Site:
    alice: User
    bob: User
    mallory: User
    project: Project
    foreign: Project
    made: dict[str, ApiToken] = field(default_factory=dict)

    def token(self, *scopes: Scope, user: User | None = None, projects: list[Project] | None = None) -> Api:
        """A client for these scopes (all, if none is named) in Alice's project."""
        token, secret = tokens.create(
            user=user or self.alice,
            name="a token",
            scopes=list(scopes or Scope),
            projects=[self.project] if projects is None else projects,
            days=30,
        )
        self.made[secret] = token
        return Api(secret)


def person(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", None, name=name, **fields)


def site() -> Site:
    alice, bob, mallory = person("Alice"), person("Bob"), person("Mallory")
    project = projects.create(slug="sky", name="Sky", by=alice)
    membership.add(project=project, user=bob, role=Role.ANNOTATOR, by=alice)
    foreign = projects.create(slug="sea", name=f"Sea {FOREIGN}", by=mallory)
    return Site(alice, bob, mallory, project, foreign)


def judged(project: Project, pairs: int = 4, **more: Any) -> None:
    """Pairs with three people's judgements: three settled for the first or second response, every fourth a tie."""
    words = ["a", "b", "a", "tie"]
    lines = []
    for i in range(pairs):
        word = words[i % 4]
        verdicts = {"Ann": word, "Ben": word, "Cid": "a"}
        lines.append(pair(f"p{i}", ("m1", "m2") if i % 2 else ("m2", "m3"), verdicts, **more))
    import_lines(project, lines)


def codes(response: Any) -> list[tuple[str, str]]:
    """(path, code) of each error of a problem."""
    assert response["Content-Type"] == "application/problem+json", response.content[:500]
    return [(error["path"], error["code"]) for error in response.json()["errors"]]
