"""The fixed cast of the tests and their project, as fixtures: a pytest plugin.

Alice manages; Bob and Carol judge; Dave is suspended; Erin is an engineer who manages too and has a token;
Mallory has an account and no project.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from annotation.models import ApiToken, Member, Project, User
from annotation.vocabulary import MemberState, Role, Scope
from tests.factories import GuidelinesFactory, MemberFactory, PairFactory, ProjectFactory, PromptFactory, UserFactory


@dataclass
class Person:
    """An account with its membership in the project, and a client that is signed in to it."""

    user: User
    member: Member | None
    client: Client

    @property
    def email(self) -> str:
        return self.user.email


@dataclass
class Engineer(Person):
    """A person with a token, and the token's secret."""

    token: ApiToken
    secret: str


def person(name: str, project: Project | None, *, role: Role = Role.ANNOTATOR, **member: object) -> Person:
    user = UserFactory(name=name, email=f"{name.lower()}@example.org")
    client = Client()
    client.force_login(user)
    joined = MemberFactory(project=project, user=user, role=role.value, **member) if project else None
    return Person(user, joined, client)


@pytest.fixture
def project(db: None) -> Project:
    """Return an open project with ten pairs of three slots each and version 1 of its guidelines."""
    project = ProjectFactory(slug="everyday", name="Everyday help")
    GuidelinesFactory(project=project)
    for _ in range(10):
        PairFactory(prompt=PromptFactory(project=project))
    return project


@pytest.fixture
def alice(project: Project) -> Person:
    return person("Alice", project, role=Role.MANAGER)


@pytest.fixture
def bob(project: Project) -> Person:
    return person("Bob", project)


@pytest.fixture
def carol(project: Project) -> Person:
    return person("Carol", project)


@pytest.fixture
def dave(project: Project) -> Person:
    return person("Dave", project, state=MemberState.SUSPENDED.value)


@pytest.fixture
def erin(project: Project) -> Engineer:
    from annotation.services.access import tokens

    erin = person("Erin", project, role=Role.MANAGER)
    token, secret = tokens.create(
        user=erin.user, name="Training cluster", scopes=list(Scope), projects=[project], days=30
    )
    return Engineer(erin.user, erin.member, erin.client, token, secret)


@pytest.fixture
def mallory(db: None) -> Person:
    return person("Mallory", None)


@pytest.fixture
def anonymous(db: None) -> Client:
    return Client()
