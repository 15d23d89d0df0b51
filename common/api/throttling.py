"""A limit of requests a minute, counted in PostgreSQL, so that all web processes share it and Redis is not needed."""

from __future__ import annotations

from typing import Final

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common.db import counters

PER_MINUTE: Final = 600
WINDOW: Final = 60


class PerMinute(BaseThrottle):
    """A window of one minute for each ``key``, from its first request on; requests without a key are not limited."""

    def key(self, request: Request) -> str | None:
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.key(request)
        if key is None:
            return True
        counted = counters.count(f"api:{key}", seconds=WINDOW)
        used, self.until = counted.used, counted.seconds_left
        view.rate_headers = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(PER_MINUTE),
            "RateLimit-Remaining": str(max(0, PER_MINUTE - used)),
            "RateLimit-Reset": str(self.until),
        }
        return used <= PER_MINUTE

    def wait(self) -> float:
        return float(self.until)
