"""A limit of requests a minute, counted in PostgreSQL, so that all web processes share it and Redis is not needed."""

from __future__ import annotations

import time
from typing import Final

from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

PER_MINUTE: Final = 600
WINDOW: Final = 60

# The table of Django's cache, which deletes what has expired; one statement, so that concurrent requests all count.
COUNT: Final = """
INSERT INTO concord_cache AS c (cache_key, value, expires)
VALUES (%(key)s, '1', clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (cache_key) DO UPDATE SET value = (c.value::bigint + 1)::text RETURNING value::bigint
"""


class PerMinute(BaseThrottle):
    """A fixed window of one minute for each ``key``; requests without a key are not limited."""

    def key(self, request: Request) -> str | None:
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.key(request)
        if key is None:
            return True
        window, into = divmod(time.time(), WINDOW)
        self.until = max(1, int(WINDOW - into))
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"key": f"api:{key}:{int(window)}", "seconds": 2 * WINDOW})
            used = int(cursor.fetchone()[0])
        view.rate_headers = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(PER_MINUTE),
            "RateLimit-Remaining": str(max(0, PER_MINUTE - used)),
            "RateLimit-Reset": str(self.until),
        }
        return used <= PER_MINUTE

    def wait(self) -> float:
        return float(self.until)
