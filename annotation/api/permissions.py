"""What a token may do. Denied by default: a method for which an operation names no scope is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotation.models import ApiToken, Project
from annotation.services.access import tokens
from annotation.vocabulary import Scope
from common.api.problems import Problem, not_found

if TYPE_CHECKING:
    from rest_framework.views import APIView

ANY: Final = None
"""In an operation's ``scopes``: any token."""


class Closed(BasePermission):
    """Permit nobody: the default of DRF's settings."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class HasScope(BasePermission):
    """Permit tokens with the scope that the operation's ``scopes`` names for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken):
            return False
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        scopes: dict[str, Scope | None] = getattr(view, "scopes", {})
        if method not in scopes:
            return False
        scope = scopes[method]
        if scope is not ANY and not tokens.may(token=request.auth, scope=scope):
            raise Problem(403, "wrong_scope", f"This token is not for {scope.value}.", path="Authorization")
        return True


def token_of(request: Request) -> ApiToken:
    """Return the token of a request; every operation has one."""
    return cast(ApiToken, request.auth)


def project_of(request: Request, slug: str) -> Project:
    """Return the project, if the token is bound to it and its owner still manages it. Checked at every request.

    Raises
    ------
    Problem
        404 where the token is not bound to it; 403 where its owner no longer manages it.
    AuthenticationFailed
        401 where its owner is suspended in it.
    """
    try:
        return tokens.reach(token=token_of(request), slug=slug)
    except tokens.UnknownProject:
        raise not_found() from None
    except tokens.Suspended:
        raise AuthenticationFailed("The owner of this token is suspended in the project.", "suspended") from None
    except tokens.NotManager:
        raise Problem(403, "not_a_manager", "The owner of this token does not manage the project any more.") from None
