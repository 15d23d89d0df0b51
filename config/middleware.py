"""Health before all else; the person's time zone, and their first password of their own."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars

from annotation.services.access.attempts import TooMany
from common.days import zone
from common.rendering import budget
from common.web import addresses
from common.web.responses import accepts_json
from config import answers


def health(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware before all that may ask the database or doubt the host: a process that answers here is alive."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return answers.healthz(request) if request.path == "/healthz" else get_response(request)

    return middleware


class _Limits:
    """Answer 429 where a password or a link was tried too often, whichever view asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answers.too_many(request, exception) if isinstance(exception, TooMany) else None


limits = _Limits


class RequestLog(RequestMiddleware):
    """django-structlog's middleware; a request's ``ip`` is the address that limits and allow-lists use."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        bind_contextvars(ip=addresses.client_address(request))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Log the answer. A file goes on as it is: wrapped to be logged at its end, it would not be sent as a file."""
        super().handle_response(request, HttpResponse(status=response.status_code) if response.streaming else response)


def one_budget_of_texts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: all texts that a request renders share one budget of work."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with budget.page():
            return get_response(request)

    return middleware


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
