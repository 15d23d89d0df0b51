"""Health, metrics, browsers' policy reports, and the error pages."""

from __future__ import annotations

import sys
import time
from threading import Lock
from typing import Final

import structlog
from allauth.account import views as account
from cachetools import LRUCache
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from common.db import counters, faults
from common.refusals import Refused, excerpt
from common.strict_json import strict_json
from common.web import addresses
from config import answers, csrf, health

log = structlog.get_logger(__name__)

REPORT_TYPES: Final = frozenset({"application/csp-report", "application/json", "application/reports+json"})
REPORTED: Final = ("document-uri", "violated-directive", "blocked-uri")
LONGEST_REPORT: Final = 1 << 16
"""Bytes of a report of a browser; the longest holds the whole policy and a few addresses."""
MOST_REPORTS: Final = 20
REPORTS_SECONDS: Final = 600
"""So many reports of a network are logged in so many seconds: a page that breaks the policy sends the same one each time."""
silenced: Final[LRUCache[str, float]] = LRUCache(4096)
"""The networks that this process knows to have reached that limit, and until when: their reports cost no query."""
_silencing: Final = Lock()


def _local(request: HttpRequest) -> bool:
    """Return whether the request comes from this machine or from an address in ``METRICS_ALLOWED``.

    A forwarded request comes from elsewhere, even where the proxy is on this machine and trusted.
    """
    if getattr(request, "forwarded", False):
        return False
    address = addresses.parse(addresses.client_address(request))
    return address is None or addresses.within(address, settings.METRICS_ALLOWED)


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether PostgreSQL and Redis respond; 503 without PostgreSQL or with unapplied migrations.

    Without Redis the answer is still 200: judging and queued jobs continue.
    """
    if not _local(request):
        return HttpResponseForbidden("Only from this machine.\n", content_type="text/plain; charset=utf-8")
    checks = health.checks()
    return JsonResponse({"checks": checks}, status=200 if checks["postgresql"] == "ok" else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' format, read at scrape time so that every web process gives the same answer."""
    if not _local(request):
        return HttpResponseForbidden("Only from this machine.\n", content_type="text/plain; charset=utf-8")
    return HttpResponse(health.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log, as one short line, a browser's report of something that the content security policy blocked.

    Anybody can send one, so of each network only the first ``MOST_REPORTS`` are logged. What is no report is refused and
    not logged: 415 of another type, 413 above ``LONGEST_REPORT``, else 400.
    """
    if request.content_type not in REPORT_TYPES:
        return answers.page(request, 415)
    raw = request.read(LONGEST_REPORT + 1)
    if len(raw) > LONGEST_REPORT:
        return answers.page(request, 413)
    try:
        report = strict_json(raw)
    except Refused:
        return answers.page(request, 400)
    inner = report.get("csp-report", report) if isinstance(report, dict) else None
    if not isinstance(inner, dict):
        return answers.page(request, 400)
    if _is_heard(addresses.client_network(request)):
        kept = {key.replace("-", "_"): inner[key] for key in REPORTED if isinstance(inner.get(key), str)}
        log.warning("csp_violation", **{key: excerpt(value, 300) for key, value in kept.items()})
    return HttpResponse(status=204)


def _is_heard(network: str) -> bool:
    """Count a report of a network, and return whether it is one of those that are logged."""
    with _silencing:
        if silenced.get(network, 0.0) > time.monotonic():
            return False
    try:
        counted = counters.count(f"csp-report:{network}", seconds=REPORTS_SECONDS)
    except faults.AWAY:
        return False
    if counted.used < MOST_REPORTS:
        return True
    with _silencing:
        silenced[network] = time.monotonic() + counted.seconds_left
    if counted.used > MOST_REPORTS:  # counted by another process
        return False
    log.warning("csp_reports_silenced", network=network, seconds=counted.seconds_left)
    return True


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Send a link to set a new password; where no mail can be sent, say whom to ask."""
    if not settings.EMAIL_HOST:
        return render(request, "account/password_reset_by_manager.html")
    answer: HttpResponseBase = account.password_reset(request)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", {"refusal": csrf.refusal(request, reason)}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what cannot be read; a body above ``DATA_UPLOAD_MAX_MEMORY_SIZE`` with its own status and page."""
    return answers.of_error(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answers.page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answers.page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error that nothing caught: 503 where the database is the reason, 507 where the disk is full, else 500."""
    return answers.of_error(request, sys.exc_info()[1])
