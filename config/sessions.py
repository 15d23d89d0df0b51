"""Find the user of a request as Django does, but without a second query: the session has already read the account."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from annotation.models import User
from annotation.selectors import users
from common import passwords
from common.db.faults import AWAY

_arrived: ContextVar[User | None] = ContextVar("arrived", default=None)


class Backend(AuthenticationBackend):
    """allauth's backend, except that an account that the session has read is not looked up again."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        try:
            passwords.prepared(credentials.get("password") or "")
        except passwords.Unusable:
            return None  # whether or not there is such an account
        return super().authenticate(request, **credentials)  # type: ignore[no-any-return]

    def get_user(self, user_id: Any) -> User | None:
        arrived = _arrived.get()
        user = arrived if arrived is not None and arrived.pk == user_id else users.with_memberships(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class Middleware(AuthenticationMiddleware):
    """Django's middleware: it asks the backend, and checks the session's hash of the password."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _who_is_asking(request))  # type: ignore[assignment]


def _who_is_asking(request: HttpRequest) -> Any:
    if (fault := getattr(request, "_no_user", None)) is not None:
        raise fault  # logs ask again for whom a request failed: not with a second wait for the database
    if not hasattr(request, "_cached_user"):
        before = _arrived.get()
        try:
            request.session.get("")  # makes the session load, and the account with it
            _arrived.set(getattr(request.session, "user", None))
            request._cached_user = get_user(request)  # type: ignore[attr-defined]
        except AWAY as error:
            request._no_user = error  # type: ignore[attr-defined]
            raise
        finally:
            _arrived.set(before)
    return request._cached_user  # type: ignore[attr-defined]
