"""The security headers of every response, in one place: what a page may load, and what a browser may do with it.

The policy of pages is plain data, which Django's own setting can take over from version 6.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.web.surfaces import below_api

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "script-src-attr": ["'none'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'none'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-src": ["'none'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "media-src": ["'none'"],
        "report-uri": ["/csp-report"],
    }
}

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
DOWNLOAD_POLICY = "sandbox; default-src 'none'"
# Swagger's own page is the only one that may set style attributes; it shows no text of models or users.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; report-uri /csp-report"
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: Django's CSRF check needs it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()"
    ),
}

Handler = Callable[[HttpRequest], HttpResponse]


def headers(get_response: Handler) -> Handler:
    """Middleware, outermost but for django-csp: set the security headers of every response, files and errors too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ALWAYS.items():
            response[name] = value
        policy = _content_security_policy(request, response)
        if policy is not None:
            response["Content-Security-Policy"] = policy
        if not response.has_header("Cache-Control"):  # static files may be cached
            response["Cache-Control"] = "no-store"
        if _signed_out(request, response):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


def _content_security_policy(request: HttpRequest, response: HttpResponse) -> str | None:
    """Return the policy of a response that is not a page; null for pages, whose policy django-csp sets."""
    if response.get("Content-Disposition", "").startswith("attachment"):
        return DOWNLOAD_POLICY
    if request.path.startswith("/api/docs"):
        return DOCS_POLICY
    if below_api(request.path) or "json" in response.get("Content-Type", ""):
        return API_POLICY
    return None


def _signed_out(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether the request signed somebody out: the response then clears what the browser stored for them."""
    match = request.resolver_match
    view = match.view_name if match else ""
    return view == "account_logout" and request.method == "POST" and response.status_code < 400
