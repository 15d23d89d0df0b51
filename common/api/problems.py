"""One shape of errors: ``application/problem+json`` (RFC 9457), and never a 500 for a bad request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypedDict

import structlog
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from common import sentences
from common.refusals import Refused, below, excerpt
from common.web.faults import FAILED, Fault, fault_of

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
MOST_ERRORS: Final = 100


class Error(TypedDict):
    """One thing that is wrong: where (a JSON path, ``?parameter`` or a header), a stable code, a sentence."""

    path: str
    code: str
    message: str


class Problem(exceptions.APIException):
    """An answer that says what is wrong. ``code`` is stable and part of the API; ``detail`` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        path: str = "",
        errors: Sequence[Error] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.errors = list(errors) or ([Error(path=path, code=code, message=detail)] if path else [])
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {
            "type": f"urn:concord:problem:{self.code}",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "detail": str(self.detail),
            "errors": self.errors[:MOST_ERRORS],
        }

    def response(self) -> HttpResponse:
        """Return the answer where no operation gives it: what a middleware or an error handler sends."""
        content = JSONRenderer().render(self.body())
        return HttpResponse(content, status=self.status_code, headers=self.headers, content_type=MEDIA_TYPE)


_CODES: Final = {
    "required": "missing_field",
    "null": "missing_field",
    "invalid": "wrong_type",
    "not_a_list": "wrong_type",
    "invalid_choice": "bad_value",
    "blank": "bad_value",
    "empty": "bad_value",
    "max_length": "too_long",
    "min_value": "out_of_range",
    "max_value": "out_of_range",
    "null_characters_not_allowed": "nul_character",
    "surrogate_characters_not_allowed": "lone_surrogate",
}
_OWN_CODES: Final = frozenset(
    {"unknown_field", "unknown_filter", "unknown_parameter", "repeated_parameter", "wrong_type"}
)


def handler(exception: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception into a problem; DRF calls this by ``EXCEPTION_HANDLER``."""
    problem = _problem(exception)
    if problem is None:
        log.exception("api_failed", error=type(exception).__name__)
        got_request_exception.send(sender=handler, request=getattr(context.get("request"), "_request", None))
        problem = of_fault(FAILED)
    headers = dict(problem.headers)
    if auth_header := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if request := context.get("request"):  # whatever the operation would have sent otherwise
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
    return Response(problem.body(), status=problem.status_code, headers=headers, content_type=MEDIA_TYPE)


def _problem(exception: Exception) -> Problem | None:
    match exception:
        case Problem():
            return exception
        case exceptions.ValidationError():
            return invalid(list(errors_of(exception.get_full_details(), "$")))
        case DjangoValidationError():
            return invalid(list(_errors_of_model(exception)))
        case Refused(code=code, path=path, arguments=arguments):
            return Problem(
                400, code, sentences.sentence(sentences.STRICT_JSON, code, arguments, path), path=path or "$"
            )
        case exceptions.Throttled():
            wait = max(1, int(getattr(exception, "wait", None) or 1))
            sentence = f"Too many requests with this token; try again in {wait} seconds."
            return Problem(429, "too_many_requests", sentence, headers={"Retry-After": str(wait)})
        case exceptions.NotAuthenticated() if not hasattr(exception, "auth_header"):  # the schema, which has sessions
            return Problem(403, "not_signed_in", "Sign in to read this.")
        case exceptions.NotAuthenticated():
            return Problem(
                401, "not_authenticated", "Send a token in the header “Authorization: Bearer …”.", path="Authorization"
            )
        case exceptions.AuthenticationFailed():
            return Problem(401, str(exception.get_codes()), str(exception.detail), path="Authorization")
        case exceptions.MethodNotAllowed():
            return Problem(405, "method_not_allowed", "That method does nothing at this address.")
        case exceptions.UnsupportedMediaType():
            return Problem(
                415, "unsupported_media_type", "Send the body as the documented content type.", path="Content-Type"
            )
        case exceptions.APIException():
            return Problem(exception.status_code, str(exception.get_codes()), str(exception.detail))
        case Http404():
            return not_found()
        case PermissionDenied():
            return Problem(403, "permission_denied", "This is not yours to do.")
    fault = fault_of(exception)
    if fault is None:
        return None
    if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error(fault.code, error=type(exception).__name__, detail=str(exception)[:300])
    return of_fault(fault)


def of_fault(fault: Fault) -> Problem:
    return Problem(fault.status, fault.code, fault.sentence, headers=fault.headers)


def not_found() -> Problem:
    """Return the one answer for what does not exist and for what the token may not know of."""
    return Problem(404, "not_found", "There is nothing at this address that your token can see.")


def invalid(errors: Sequence[Error]) -> Problem:
    """Return the problem of a request that was read, but has these wrong values."""
    count = len(errors)
    first = f": {errors[0]['message']}" if count == 1 else "."
    code = errors[0]["code"] if count == 1 else "invalid"
    return Problem(400, code, f"{count} value{'s' if count != 1 else ''} cannot be taken{first}"[:500], errors=errors)


def errors_of(details: Any, path: str) -> Iterator[Error]:
    """Yield DRF's nested details as a flat list, each with its JSON path."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = str(details["code"])
        yield Error(
            path=path, code=code if code in _OWN_CODES else _CODES.get(code, code), message=str(details["message"])
        )
    elif isinstance(details, dict):
        for key, inner in details.items():
            yield from errors_of(inner, path if key == "non_field_errors" else _below(path, str(key)))
    else:
        for i, inner in enumerate(details):
            leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from errors_of(inner, path if leaf else f"{path}[{i}]")


def _below(path: str, key: str) -> str:
    return below(path, key) if path.startswith("$") else f"{path}{key if key.isidentifier() else excerpt(key)}"[:300]


def _errors_of_model(exception: DjangoValidationError) -> Iterator[Error]:
    """Yield what a model's own validation refused, in a service."""
    if not hasattr(exception, "error_dict"):
        yield Error(path="$", code="bad_value", message="; ".join(exception.messages))
        return
    for field, found in exception.error_dict.items():
        for one in found:
            code = _CODES.get(one.code or "", "bad_value")
            yield Error(
                path="$" if field == "__all__" else below("$", field), code=code, message="; ".join(one.messages)
            )
