"""Health, metrics, browsers' policy reports, and the error pages."""

from __future__ import annotations

import json
import sys

import structlog
from allauth.account import views as account
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from common.web import addresses
from config import csrf, health
from config.answers import outage

log = structlog.get_logger(__name__)


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
    """Log, shortened, a browser's report of something that the content security policy blocked."""
    try:
        report = json.loads(request.body[:8192])
        inner = report.get("csp-report", report) if isinstance(report, dict) else {}
    except ValueError:
        inner = {}
    kept = {key: str(inner.get(key, ""))[:300] for key in ("document-uri", "violated-directive", "blocked-uri")}
    log.warning("csp_violation", **{key.replace("-", "_"): value for key, value in kept.items()})
    return HttpResponse(status=204)


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
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, f"errors/{status}.html", status=status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error that nothing caught: 503 or 507 where that is the reason, wherever it was met."""
    return outage(request, sys.exc_info()[1]) or render(request, "errors/500.html", status=500)
