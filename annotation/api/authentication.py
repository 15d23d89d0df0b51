"""Authentication by a token in the ``Authorization`` header, and by nothing else: no session opens the API."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotation.models import ApiToken, User
from annotation.services.access import tokens
from common.api.problems import Problem

QUERY_NAMES: Final = frozenset({"token", "access_token", "api_token", "api_key", "apikey", "key", "authorization"})


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer ccd_…``."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        self._refuse_in_url(request)
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        if "," in header:  # how a server joins repeated headers; none of our secrets has a comma
            raise Problem(400, "two_tokens", "Send one Authorization header with one token.", path="Authorization")
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the token as “Authorization: Bearer …”.", "bad_token")
        try:
            token = tokens.authenticate(secret)
        except tokens.BadToken:
            raise AuthenticationFailed(
                "There is no such token; it may have been mistyped or cut.", "bad_token"
            ) from None
        except tokens.Expired:
            raise AuthenticationFailed("This token has expired; make a new one.", "expired_token") from None
        except tokens.Revoked:
            raise AuthenticationFailed("This token was taken back.", "revoked_token") from None
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="concord"'

    @staticmethod
    def _refuse_in_url(request: Request) -> None:
        """Refuse a secret in a URL, valid or not: every log on its way has it."""
        query = request.META.get("QUERY_STRING", "")
        if not query:
            return
        named = QUERY_NAMES.intersection(key.lower() for key in request.query_params)
        if named or tokens.looks_like_a_secret(query):
            raise Problem(
                400,
                "token_in_url",
                "Send the token in the Authorization header; one that was in an address should be taken back.",
                path=f"?{min(named, default='')}",
            )


class TokenScheme(OpenApiAuthenticationExtension):
    """Describe the authentication in the schema; drf-spectacular finds this class."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ccd_…",
            "description": "A token of your account page. It is for chosen operations (scopes) and projects, and it "
            "stops working with the right it rests on.",
        }
