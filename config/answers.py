"""Answers that middleware and error handlers give without a view."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.services.access.attempts import TooMany
from common.api.problems import BUSY, DISK_FULL, UNAVAILABLE
from common.db import snapshots
from common.db.faults import AWAY, RETRY_AFTER
from common.formatting import length_of
from common.storage import is_full
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


def outage(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """Answer an error that is nobody's mistake: no database, no place for one more large read, no room on the disk.

    Null for every other error.
    """
    if isinstance(error, AWAY):
        log.error("database_unavailable", path=request.path, error=type(error).__name__, detail=str(error)[:300])
        return _answer(request, 503, "unavailable", UNAVAILABLE, page="503", retry_after=RETRY_AFTER)
    if isinstance(error, snapshots.Busy):
        seconds = snapshots.RETRY_AFTER
        return _answer(request, 503, "busy", BUSY.format(seconds=seconds), page="busy", retry_after=seconds)
    if is_full(error):
        log.error("disk_full", path=request.path, detail=str(error)[:300])
        return _answer(request, 507, "disk_full", DISK_FULL, page="507")
    return None


def _answer(
    request: HttpRequest, status: int, code: str, sentence: str, *, page: str, retry_after: str = ""
) -> HttpResponse:
    response: HttpResponse
    if accepts_json(request) or request.path.startswith("/api/"):
        response = JsonResponse({"code": code, "message": sentence}, status=status)
    else:
        response = render(request, f"errors/{page}.html", status=status)
    if retry_after:
        response["Retry-After"] = retry_after
    return response
