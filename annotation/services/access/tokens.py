"""API tokens: created, shown once, checked at each request, revoked.

A secret has the form ``ccd_<8>_<43>_<8 hex digits>``. Scanners recognize it by its beginning; its end is a checksum, so
that a mistyped secret is refused without a query. Only its SHA-256 is stored.

A token never permits more than its owner may do at that moment: once an account is switched off, or no longer an active
manager of the project, its tokens fail from the next request on.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.models import ApiToken, Member, Project, User
from annotation.services import projects as project_service
from annotation.services.access.audit import record
from annotation.vocabulary import MemberState, Role, Scope

MAX_DAYS: Final = 365
MAX_NAME: Final = 100
MAX_PROJECTS: Final = 100
LAST_USED_EVERY: Final = timedelta(minutes=1)
"""``last_used_at`` is written at most this often."""

_ALPHABET: Final = string.ascii_letters + string.digits
_SECRET: Final = re.compile(r"ccd_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9a-f]{8}", re.ASCII)
UNBOUND: Final = frozenset({Scope.PROJECTS_WRITE})


class BadToken(Exception):
    """There is no such token: it was mistyped, cut off, or never one of ours."""


class Expired(Exception):
    """The token has expired."""


class Revoked(Exception):
    """The token was revoked, or its owner's account is switched off."""


class NotAllowed(Exception):
    """The owner may not do this, so neither may their token. ``reason``: ``not_a_manager``, ``foreign_project``, ``not_yours``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value of a new token."""

    code: str
    arguments: Mapping[str, int] = field(default_factory=dict)


class InvalidToken(Exception):
    """Values that no token may have. ``problems``: what is wrong, by the name of the value."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


class UnknownProject(Exception):
    """The token is not bound to a project of that slug, whether or not there is one."""


class Suspended(Exception):
    """The token's owner is suspended in that project."""


class NotManager(Exception):
    """The token's owner is not an active manager of that project any more."""


def managed(user: User) -> QuerySet[Project]:
    """Return the projects a user may bind a token to: those they actively manage, all for the site administrator."""
    if not user.is_active:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.order_by("slug")
    managers = Member.objects.filter(user=user, role=Role.MANAGER.value, state=MemberState.ACTIVE.value)
    return Project.objects.filter(pk__in=managers.values("project")).order_by("slug")


def allowed_scopes(user: User) -> list[Scope]:
    """Return the scopes a user's token may have: all for managers and the site administrator, none for others."""
    return list(Scope) if user.is_superuser or managed(user).exists() else []


@transaction.atomic
def create(
    *, user: User, name: str, scopes: Sequence[Scope], projects: Sequence[Project], days: int
) -> tuple[ApiToken, str]:
    """Create a token; return it with its secret, which cannot be read again.

    Raises
    ------
    NotAllowed
        The user may not have such a token.
    InvalidToken
        The name, the scopes, the projects or the days are not valid.
    """
    _check(name=name, scopes=scopes, projects=projects, days=days)
    if not set(scopes) <= set(allowed_scopes(user)):
        raise NotAllowed("not_a_manager")
    if set(_keys(projects)) - set(managed(user).filter(pk__in=_keys(projects)).values_list("pk", flat=True)):
        raise NotAllowed("foreign_project")
    prefix = f"ccd_{_random(8)}"
    secret = f"{prefix}_{_random(43)}"
    secret = f"{secret}_{_checksum(secret)}"
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        prefix=prefix,
        digest=_digest(secret),
        scopes=sorted({scope.value for scope in scopes}),
        expires_at=Now() + timedelta(days=days),
    )
    token.refresh_from_db(fields=["expires_at"])
    token.projects.set(projects)
    _record(token, actor=user, action="token.create", detail={"scopes": token.scopes, "days": days})
    return token, secret


@transaction.atomic
def revoke(*, token: ApiToken, by: User) -> ApiToken:
    """Revoke a token, from the next request on. Revoking it again changes nothing.

    Raises
    ------
    NotAllowed
        It belongs to another user, and is bound to no project that ``by`` manages.
    """
    own = token.user_id == by.pk or by.is_superuser
    if not own and not token.projects.filter(pk__in=managed(by).values("pk")).exists():
        raise NotAllowed("not_yours")
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
        _record(token, actor=by, action="token.revoke")
    token.refresh_from_db(fields=["revoked_at"])
    return token


def authenticate(secret: str) -> ApiToken:
    """Return the token of a secret, with its user, if both may still be used. By the database's clock.

    Raises
    ------
    BadToken
        There is none.
    Expired, Revoked
        There was one.
    """
    if not _SECRET.fullmatch(secret) or _checksum(secret[:-9]) != secret[-8:]:
        raise BadToken
    at = {
        "late": Q(expires_at__lte=Now()),
        "idle": Q(last_used_at=None) | Q(last_used_at__lte=Now() - LAST_USED_EVERY),
    }
    found: Any = ApiToken.objects.select_related("user").annotate(**at).filter(digest=_digest(secret)).first()
    if found is None:
        raise BadToken
    if found.revoked_at is not None or not found.user.is_active:
        raise Revoked
    if found.late:
        raise Expired
    if found.idle:
        ApiToken.objects.filter(at["idle"], pk=found.pk).update(last_used_at=Now())
    return found  # type: ignore[no-any-return]


def may(*, token: ApiToken, scope: Scope) -> bool:
    """Return whether the token has the scope; for a scope not bound to a project, its owner must still have it too."""
    return scope.value in token.scopes and (scope not in UNBOUND or scope in allowed_scopes(token.user))


def looks_like_a_secret(text: str) -> bool:
    """Return whether the text contains a secret of ours, as no URL, log or file should."""
    return _SECRET.search(text) is not None


def reach(*, token: ApiToken, slug: str) -> Project:
    """Return the project of that slug, if the token is bound to it and its owner still manages it.

    Raises
    ------
    UnknownProject
        The token is not bound to it, or its owner has left it.
    Suspended, NotManager
        Its owner is in the project, but no longer an active manager.
    """
    project = token.projects.filter(slug=slug).first()
    if project is None:
        raise UnknownProject
    if token.user.is_superuser:
        return project
    member = Member.objects.filter(project=project, user=token.user).first()
    if member is None:
        raise UnknownProject
    if member.state == MemberState.SUSPENDED:
        raise Suspended
    if member.role != Role.MANAGER or member.state != MemberState.ACTIVE:
        raise NotManager
    return project


def reachable(token: ApiToken) -> QuerySet[Project]:
    """Return every project that :func:`reach` would return."""
    return token.projects.filter(pk__in=managed(token.user).values("pk"))


@transaction.atomic
def create_project(*, token: ApiToken, slug: str, name: str, **settings: Any) -> Project:
    """Create a project for the token's owner, and bind the token to it, so that its holder can use it.

    Raises
    ------
    projects.SlugTaken, projects.UnreadableName, ValidationError
        As for ``projects.create``.
    """
    project = project_service.create(slug=slug, name=name, by=token.user, **settings)
    token.projects.add(project)
    record(project=project, actor=token.user, action="token.bind", subject=str(token))
    return project


def _check(*, name: str, scopes: Sequence[Scope], projects: Sequence[Project], days: int) -> None:
    wrong: dict[str, Problem] = {}
    if not name.strip() or len(name.strip()) > MAX_NAME or not name.strip().isprintable():
        wrong["name"] = Problem("bad_name", {"most": MAX_NAME})
    if not scopes:
        wrong["scopes"] = Problem("no_scope")
    elif set(scopes) - UNBOUND and not projects:
        wrong["projects"] = Problem("no_project")
    if len(set(_keys(projects))) > MAX_PROJECTS:
        wrong["projects"] = Problem("too_many_projects", {"most": MAX_PROJECTS})
    if isinstance(days, bool) or not 1 <= days <= MAX_DAYS:
        wrong["days"] = Problem("bad_days", {"most": MAX_DAYS})
    if wrong:
        raise InvalidToken(wrong)


def _record(token: ApiToken, *, actor: User, action: str, detail: dict[str, Any] | None = None) -> None:
    """Record an event in each project the token is bound to; one without a project where it is bound to none."""
    bound: list[Project | None] = [*token.projects.all()]
    for project in bound or [None]:
        record(project=project, actor=actor, action=action, subject=str(token), detail=detail)


def _keys(projects: Iterable[Project]) -> list[int]:
    return [project.pk for project in projects]


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
