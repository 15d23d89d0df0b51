"""Why a form was refused by the protection against forged requests, in words: for the person, and for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.middleware.csrf import REASON_NO_CSRF_COOKIE


@dataclass(frozen=True, slots=True)
class Refusal:
    """The cause, what the person can do, and what the administrator has to set up where that is the cause."""

    cause: str
    advice: str
    setup: str = ""


TOO_OLD = Refusal(
    "This page is too old to be sent.",
    "You signed in or out in another tab since you opened it. Go back, reload the page and send it again; "
    "copy what you typed first.",
)
NO_COOKIE = Refusal(
    "Your browser did not send the cookie that this form needs.",
    "Allow cookies for this site, then reload the page and send it again.",
    "If nobody can sign in: over plain http a production server’s cookies are not kept. Serve the site over https.",
)
NO_REFERER = Refusal(
    "Your browser did not say which page the form is on.",
    "Switch off what hides it (a privacy extension, or a setting for the Referer header) for this site, then try again.",
)
PROXY = Refusal(
    "The server does not know that you use https.",
    "You cannot fix this yourself. Tell the site administrator what this page says.",
    "The proxy in front has to send X-Forwarded-Proto: https, and TRUSTED_PROXIES has to name its address.",
)
PORT = Refusal(
    "The port of this address was lost on the way to the server.",
    "Open the site at the address that the administrator gave you, then try again.",
    "The proxy in front has to pass on the Host header with its port (nginx: proxy_set_header Host $http_host), "
    "or CSRF_TRUSTED_ORIGINS has to hold this address with its port.",
)
ORIGIN = Refusal(
    "The form was sent from another site’s page.",
    "Open this site at its own address and fill in the form there.",
    "If it was this site: ALLOWED_HOSTS has to hold the name that people type, and the proxy in front has to pass on the "
    "Host header.",
)


def refusal(request: HttpRequest, reason: str) -> Refusal:
    """Return why Django refused a form, from its reason and the addresses that the browser and the proxy named."""
    if reason == REASON_NO_CSRF_COOKIE:
        return NO_COOKIE
    if "no Referer" in reason or request.headers.get("Origin") == "null":
        return NO_REFERER
    if not reason.startswith(("Origin checking", "Referer checking")):
        return TOO_OLD
    here = urlsplit(f"{request.scheme}://{request.get_host()}")
    try:
        sent = urlsplit(request.headers.get("Origin") or request.headers.get("Referer", ""))
        ours = sent.hostname == here.hostname
    except ValueError:  # it is no address
        return ORIGIN
    if not ours:
        return ORIGIN
    if sent.scheme == "https" and not request.is_secure():
        return PROXY
    return PORT
