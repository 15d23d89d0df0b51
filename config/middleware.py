"""Answer 503 while the database is unavailable; the person's time zone, and their first password of their own."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from psycopg_pool import PoolTimeout

from common.days import zone
from common.web.responses import accepts_json

log = structlog.get_logger(__name__)


class _DatabaseFaults:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            return self.answer(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, InterfaceError, PoolTimeout)):
            return self.answer(request, exception)
        return None

    def answer(self, request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("database_unavailable", path=request.path, error=type(error).__name__, detail=str(error)[:300])
        response = render(request, "errors/503.html", status=503)
        response["Retry-After"] = "3"
        return response


database_faults = _DatabaseFaults


FREE_PATHS = ("/api/v1/", "/healthz", "/readyz", "/metrics", "/csp-report", "/logout", "/password/")
"""Where no page of a person is shown: programs, health, and the ways out."""


def person(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: count days in the person's time zone, and open no page before they have a password of their own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(FREE_PATHS):
            return get_response(request)
        user = request.user
        if isinstance(user, AnonymousUser):
            return get_response(request)
        with timezone.override(zone(user.time_zone)):
            if not user.must_change_password:
                return get_response(request)
            request.first_own_password = True  # type: ignore[attr-defined]
            own = reverse("account_change_password")
            if request.path == own:
                return get_response(request)
            if request.headers.get("HX-Request") or accepts_json(request):
                return HttpResponse("Choose a password first.\n", status=401, content_type="text/plain; charset=utf-8")
            return HttpResponseRedirect(own)

    return middleware
