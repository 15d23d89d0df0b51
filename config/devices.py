"""The cookie by which a browser is known to the accounts that have signed in with it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from annotation.models import User
from annotation.services.access import devices


def remember(request: HttpRequest, user: User) -> None:
    """Let the response to this request make the browser known to the account."""
    request.remembered_user = user  # type: ignore[attr-defined]


def known(request: HttpRequest, login: str) -> str | None:
    """Return the browser's id at the account that the login names; null where it is not known there."""
    return devices.known(login=login, cookie=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))


def cookie(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: set the cookie where a person has signed in or set a password."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user = getattr(request, "remembered_user", None)
        if user is not None:
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                devices.remember(user=user, cookie=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")),
                max_age=devices.MAX_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware
