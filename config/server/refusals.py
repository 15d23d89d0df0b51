"""What the server itself answers, where Django never sees a request: it is malformed, too large, too slow or one too many."""

from __future__ import annotations

import json
from typing import ClassVar

from waitress.task import ErrorTask
from waitress.utilities import Error

from config.security import ALWAYS, API_POLICY


class Refusal(Error):
    """Base of the server's own refusals. ``body`` is a sentence."""

    retry_after: ClassVar[int | None] = None


class UriTooLong(Refusal):
    code = 414
    reason = "URI Too Long"


class TooSlow(Refusal):
    code = 408
    reason = "Request Timeout"


class TooManyUploads(Refusal):
    code = 503
    reason = "Service Unavailable"
    retry_after = 10


class NoRoom(Refusal):
    code = 507
    reason = "Insufficient Storage"


_SENTENCES = {
    400: "This is not a valid HTTP request.",
    408: "The request took too long to arrive. Nothing was stored.",
    413: "The request is too large. Nothing was stored.",
    414: "The address is too long.",
    431: "The request's headers are too long.",
    500: "Something went wrong. It was logged.",
    501: "This way of sending a request is not supported.",
    503: "Too many files are being sent at this moment. Nothing was stored. Try again in a few seconds.",
    507: "The server has no room left for this request. Nothing was stored.",
}
_CODES = {
    400: "bad_request",
    408: "timeout",
    413: "body_too_large",
    414: "uri_too_long",
    431: "headers_too_large",
    500: "server_error",
    501: "not_implemented",
    503: "unavailable",
    507: "disk_full",
}
_HEADERS = [*ALWAYS.items(), ("Cache-Control", "no-store"), ("Content-Security-Policy", API_POLICY)]


class RefusalTask(ErrorTask):
    """Answer a refusal in the product's words and with its headers: problem details under `/api/`, else a line of text."""

    def execute(self) -> None:
        error = self.request.error
        status = error.code
        sentence = _SENTENCES.get(status, error.reason)
        if str(getattr(self.request, "path", "")).startswith("/api/"):
            kind = f"urn:concord:problem:{_CODES.get(status, 'bad_request')}"
            problem = {"type": kind, "title": error.reason, "status": status, "detail": sentence, "errors": []}
            body = json.dumps(problem).encode()
            self.response_headers.append(("Content-Type", "application/problem+json"))
        else:
            body = f"{sentence}\n".encode()
            self.response_headers.append(("Content-Type", "text/plain; charset=utf-8"))
        self.response_headers += _HEADERS
        if (seconds := getattr(error, "retry_after", None)) is not None:
            self.response_headers.append(("Retry-After", str(seconds)))
        self.status = f"{status} {error.reason}"
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if getattr(self.request, "command", "") == "HEAD" else body)
