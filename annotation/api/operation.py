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
from common.web import admission


class PerToken(PerMinute):
    """One window for each token, and one for the server's questions whether its large bodies may come: they count once."""

    def key(self, request: Request) -> str | None:
        if not isinstance(request.auth, ApiToken):
            return None
        return f"{request.auth.pk}:asked" if admission.asked(request._request) else str(request.auth.pk)


class Operation(operation.Operation):
    """A URL of the API. ``scopes`` says, by method, which scope a token needs; a method that it does not name is closed."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [PerToken]

    scopes: ClassVar[dict[str, Scope | None]] = {}
