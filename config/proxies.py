"""Middleware: who is asking, and over what. Headers of proxies count only where one of ``TRUSTED_PROXIES`` sent them.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` are read, nothing else: a proxy passes on headers that it does not know, so
whoever reads a second one (``Forwarded``, ``X-Real-IP``, ``X-Forwarded-Host``) reads what a client wrote. The host is that
of the Host header, which a proxy has to pass on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common.web import addresses

OF_PROXIES: Final = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def proxies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outermost: set ``REMOTE_ADDR`` to the client's address, and drop what no trusted proxy stated.

    ``request.forwarded`` says whether any header claims that the request was forwarded, by whomever.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        stated = {name: value for name in OF_PROXIES if (value := request.META.pop(name, None)) is not None}
        request.forwarded = bool(stated)  # type: ignore[attr-defined]
        peer = addresses.parse(request.META.get("REMOTE_ADDR", ""))
        trusted = settings.TRUSTED_PROXIES
        named = stated.get("HTTP_X_FORWARDED_FOR", "").split(",")
        request.META["REMOTE_ADDR"], hops = addresses.forwarded_for(peer, named, trusted=trusted)
        if trusted and (peer is None or addresses.within(peer, trusted)):
            protocol = _protocol(stated.get("HTTP_X_FORWARDED_PROTO", ""), hops)
            if protocol:
                request.META["HTTP_X_FORWARDED_PROTO"] = protocol
        return get_response(request)

    return middleware


def _protocol(stated: str, hops: int) -> str:
    """Return what the outermost trusted proxy was asked over; empty where it is not stated.

    Proxies that append to the header wrote one value each, the nearest the last one; what is left of theirs is the
    client's. A proxy that replaces the header leaves one value.
    """
    values = [value.strip().lower() for value in stated.split(",")][-max(1, hops) :]
    return values[0] if values[0] in {"http", "https"} else ""
