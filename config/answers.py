"""Answers that middleware and error handlers give without a view."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.services.access.attempts import TooMany
from common.api.problems import UNAVAILABLE
from common.db.faults import RETRY_AFTER
from common.formatting import length_of
from common.web.responses import accepts_json

log = structlog.get_logger(__name__)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok": this process is alive. Neither the database nor the host's name is asked."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    """Answer that a password or a link was tried too often, and when the limit ends."""
    log.warning("too_many_tries", path=request.path, limit=refusal.limit)
    wait = length_of(refusal.seconds)
    response: HttpResponse
    if accepts_json(request):
        message = f"Too many tries. Wait {wait}, then try again."
        response = JsonResponse({"code": "too_many_tries", "message": message}, status=429)
    else:
        response = render(request, "errors/429.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return response


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer that the database does not answer, and when to ask again."""
    log.error("database_unavailable", path=request.path, error=type(error).__name__, detail=str(error)[:300])
    response: HttpResponse
    if accepts_json(request) or request.path.startswith("/api/"):
        response = JsonResponse({"code": "unavailable", "message": UNAVAILABLE}, status=503)
    else:
        response = render(request, "errors/503.html", status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
