"""How a request that could not be served is answered: one table for pages, the API and the server in front of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import structlog
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from common import storage
from common.db import faults, snapshots
from common.db.faults import AWAY, RETRY_AFTER, is_no_value

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer to a request that could not be served: its status, a stable code, and a sentence without any value of it."""

    status: int
    code: str
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    """The name of its page, where another fault has the same status."""


_CODEC: Final = re.compile(r"unknown encoding|is not a text encoding")
UNREADABLE: Final = Fault(400, "bad_request", "The request cannot be read.")
NUL: Final = Fault(400, "nul_character", "The address holds the NUL character.")
NUL_IN_COOKIE: Final = Fault(400, "nul_character", "A cookie holds the NUL character.")
CHARSET: Final = Fault(400, "bad_charset", "The body has to be in UTF-8.")
INCOMPLETE: Final = Fault(400, "incomplete_body", "The body ended before it was complete.")
TOO_MANY_FIELDS: Final = Fault(400, "too_many_fields", "The form has too many fields or files.")
NO_VALUE: Final = Fault(400, "bad_value", "A value is out of range, or holds characters that cannot be stored.")
TOO_SLOW: Final = Fault(408, "timeout", "The request took too long to arrive. Nothing was stored.")
TOO_LARGE: Final = Fault(413, "body_too_large", "What was sent is too large. Nothing was stored.")
URI_TOO_LONG: Final = Fault(414, "uri_too_long", "The address is too long.")
HEADERS_TOO_LARGE: Final = Fault(431, "headers_too_large", "The request's headers are too long.")
FAILED: Final = Fault(500, "server_error", "Something went wrong on our side. It is written down; try again later.")
NOT_IMPLEMENTED: Final = Fault(501, "not_implemented", "This way of sending a request is not supported.")
AWAY_FAULT: Final = Fault(
    503,
    "unavailable",
    "The database does not answer just now; try again in a moment.",
    {"Retry-After": RETRY_AFTER},
)
BUSY: Final = Fault(
    503,
    "busy",
    f"As many downloads are being prepared as may at once; try again in {snapshots.RETRY_AFTER} seconds.",
    {"Retry-After": snapshots.RETRY_AFTER},
    page="busy",
)
TOO_MANY_UPLOADS: Final = Fault(
    503,
    "unavailable",
    "Too many files are being sent at this moment. Nothing was stored. Try again in a few seconds.",
    {"Retry-After": snapshots.RETRY_AFTER},
)
NOT_ASKED: Final = Fault(
    503,
    "unavailable",
    "It takes too long to find out who sends this. Nothing was stored. Try again in a few seconds.",
    {"Retry-After": RETRY_AFTER},
)
DISK_FULL: Final = Fault(
    507,
    "disk_full",
    "There is no room left on the server's disk; nothing was changed. Tell whoever runs it, and try again later.",
)


def log_fault(fault: Fault, *, method: str, path: str, request_id: str, **more: object) -> None:
    """Write a line about a request that was not served: an error where it is not the request's fault, else a warning."""
    ours = fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    (log.error if ours else log.warning)(
        "not_served" if ours else "refused",
        status=fault.status,
        code=fault.code,
        method=method[:32],
        path=path[:300],
        request_id=request_id,
        **more,
    )


def fault_of(error: BaseException) -> Fault | None:
    """Return the answer to an error that nothing caught; null where it is a fault of ours."""
    if any(storage.is_full(each) or faults.is_full(each) for each in _causes(error)):
        return DISK_FULL
    match error:
        case RequestDataTooBig():
            return TOO_LARGE
        case TooManyFieldsSent() | TooManyFilesSent():
            return TOO_MANY_FIELDS
        case UnreadablePostError():
            return INCOMPLETE
        case snapshots.Busy():
            return BUSY
        case MultiPartParserError() | BadRequest() | SuspiciousOperation():
            return UNREADABLE
        case UnicodeEncodeError(reason="surrogates not allowed"):
            return NO_VALUE
        case _ if isinstance(error, AWAY):
            return AWAY_FAULT
        case _ if is_no_value(error):
            return NO_VALUE
        case _ if type(error) is LookupError and _CODEC.search(
            str(error)
        ):  # a name that the request gave: ours are UTF-8
            return CHARSET
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__
