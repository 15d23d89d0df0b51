"""Answer with a plain 503 and Retry-After, not a 500, while the database is unavailable."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

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
