"""Responses that several views give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse


def accepts_json(request: HttpRequest) -> bool:
    """Return whether a script asks, which wants JSON and no page."""
    return "application/json" in request.headers.get("Accept", "")


def see_other(to: str) -> HttpResponseRedirect:
    """Redirect with 303: the browser reads the next page with GET, and a reload does not send the form again."""
    response = HttpResponseRedirect(to)
    response.status_code = 303
    return response


def attachment(content: Iterable[Any], *, file_name: str, content_type: str) -> StreamingHttpResponse:
    """Stream a download. ``file_name`` is one of ours, never a user's: it is not escaped.

    The policy that such a response carries is added by ``config.security``, which recognizes it by its disposition.
    """
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
