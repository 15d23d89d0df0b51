"""Operations for holders of a token: authentication, scopes and rate. Every operation of the API is one."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.request import Request

from annotation.api.authentication import TokenAuthentication
from annotation.api.permissions import HasScope
from annotation.models import ApiToken
from annotation.vocabulary import Scope
from common.api import operation
from common.api.throttling import PerMinute


class PerToken(PerMinute):
    """One window for each token."""

    def key(self, request: Request) -> str | None:
        return str(request.auth.pk) if isinstance(request.auth, ApiToken) else None


class Operation(operation.Operation):
    """A URL of the API. ``scopes`` says, by method, which scope a token needs; a method that it does not name is closed."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [PerToken]

    scopes: ClassVar[dict[str, Scope | None]] = {}
