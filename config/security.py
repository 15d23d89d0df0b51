"""One policy for every response: what a page may load, and what the browser may do with it.

Written as plain data so that a later Django's own setting can take it over.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
        "worker-src": ["'none'"],
        "manifest-src": ["'self'"],
        "media-src": ["'none'"],
        "report-uri": ["/csp-report"],
    }
}

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
DOWNLOAD_POLICY = "sandbox; default-src 'none'"
# Swagger's own page is the one that may set style attributes; nobody's text is shown there.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; report-uri /csp-report"
)

PERMISSIONS_POLICY = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()"
)


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outermost but for django-csp: every response, static files and errors too, carries the lot."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Frame-Options"] = "DENY"
        response["Referrer-Policy"] = "same-origin"  # Django's CSRF check needs it
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        response["Cross-Origin-Embedder-Policy"] = "require-corp"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        content_type = response.get("Content-Type", "")
        if "Content-Security-Policy" not in response:
            if response.get("Content-Disposition", "").startswith("attachment"):
                response["Content-Security-Policy"] = DOWNLOAD_POLICY
            elif request.path.startswith("/api/docs"):
                response["Content-Security-Policy"] = DOCS_POLICY
            elif "json" in content_type or request.path.startswith("/api/"):
                response["Content-Security-Policy"] = API_POLICY
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware
