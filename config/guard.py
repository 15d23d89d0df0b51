"""The outermost guard: what cannot be read is refused before anybody reads it, and what escapes becomes an answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse

from common.api.problems import of_fault
from common.web import admission
from common.web.faults import CHARSET, FAILED, NUL, NUL_IN_COOKIE, Fault, fault_of
from common.web.naming import REQUEST_ID, named
from common.web.surfaces import below_api
from config import answers
from config.answers import PLAIN
from config.security import ALWAYS, API_POLICY

log = structlog.get_logger(__name__)

UTF8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class Guard:
    """Middleware around all that reads a request: it names the request, refuses what none of us can read, and gives errors
    of views and of inner middleware one answer. Those of middleware become a response by ``views.server_error`` first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name_request(request)
        with structlog.contextvars.bound_contextvars(request_id=answers.request_id(request)):
            try:
                fault = unreadable(request)
                response = answers.of_fault_at(request, fault) if fault else self.get_response(request)
                response = answers.in_shape(request, response)
            except Exception as error:  # an error handler that fails itself
                response = answers.of_error(request, error)
        response["X-Request-ID"] = answers.request_id(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an error of a view whose cause is known. What is a fault of ours goes on to Django, which logs where it was."""
        return answers.of_error(request, exception) if fault_of(exception) else None


guard = Guard


def name_request(request: HttpRequest) -> None:
    """Give the request an id for the log and for the answer: its own ``X-Request-ID``, if that is a short plain word.

    An ``X-Correlation-ID``, which the log has too, is replaced by that id where it is none.
    """
    request.META["HTTP_X_REQUEST_ID"] = named(answers.request_id(request))
    if not REQUEST_ID.fullmatch(request.META.get("HTTP_X_CORRELATION_ID", "-")):
        request.META["HTTP_X_CORRELATION_ID"] = answers.request_id(request)
    request.__dict__.pop("headers", None)  # Django keeps them once they were read


def unreadable(request: HttpRequest) -> Fault | None:
    """Return why nobody can read this request; null where somebody can.

    None of our addresses and cookies has a NUL, and PostgreSQL takes none. Of the cookies only ours are looked at: another
    application at this host may set what it likes.
    """
    query = request.META.get("QUERY_STRING", "")
    if "\0" in request.path_info or "\0" in query or "%00" in query:
        return NUL
    charset = request.content_params.get("charset") if request.content_params else None
    if charset is not None:
        if charset.strip().lower() not in UTF8:
            return _unsupported(request)
        request.encoding = "utf-8"  # Django takes forms under this one of its names only
    ours = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.DEVICE_COOKIE_NAME, "messages")
    if any("\0" in request.COOKIES.get(name, "") for name in ours):
        return NUL_IN_COOKIE
    return None


def _unsupported(request: HttpRequest) -> Fault:
    """A body of the API has a content type that it takes, or is 415; elsewhere a character set is a part of the request."""
    if not answers.of_api(request) or request.method not in {"POST", "PUT", "PATCH"}:
        return CHARSET
    return Fault(415, "unsupported_media_type", CHARSET.sentence)


class Request(WSGIRequest):
    """A request whose ``Content-Type`` may be anything: one that Python cannot read gets a character set that is refused.

    A form's token is in its body: where only that is asked for, it is looked at when it has come.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self._dont_enforce_csrf_checks = admission.asked(self)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (LookupError, ValueError):
            self.content_type, self.content_params = "", {"charset": "unreadable"}


class Application(WSGIHandler):
    """Django's application with an answer for what escapes it: no middleware and no template is asked for that one."""

    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        # From Django it would get a file that ends the request when it is closed: in the thread that writes to everybody, long
        # after the thread that has the database's connection has gone on.
        as_file = environ.pop("wsgi.file_wrapper", None)
        try:
            response = super().__call__(environ, start_response)
            return response if as_file is None else ended_before_it_is_sent(response, as_file)
        except Exception as error:
            path = str(environ.get("PATH_INFO", ""))
            request_id = named(str(environ.get("HTTP_X_REQUEST_ID", "")))
            log.exception("escaped", error=type(error).__name__, path=path[:300], request_id=request_id)
            problem = of_fault(fault_of(error) or FAILED)
            status = f"{problem.status_code} {HTTPStatus(problem.status_code).phrase}"
            answer = problem.response() if below_api(path) else HttpResponse(f"{status}\n", content_type=PLAIN)
            headers = {
                **ALWAYS,
                **problem.headers,
                "Content-Security-Policy": API_POLICY,
                "Cache-Control": "no-store",
                "X-Request-ID": request_id,
                "Content-Type": answer["Content-Type"],
                "Content-Length": str(len(answer.content)),
            }
            start_response(status, list(headers.items()), sys.exc_info())
            return [] if environ.get("REQUEST_METHOD") == "HEAD" else [answer.content]


def ended_before_it_is_sent(response: Any, as_file: Callable[[Any, int], Any]) -> Any:
    """Return a file in place of a response that is one, and end the request here and now; other responses as they are.

    Ending it gives the database's connection back to the pool, from the thread that took it.
    """
    file = getattr(response, "file_to_stream", None)
    if file is None:
        return response
    closers = response._resource_closers
    closers[:] = [closer for closer in closers if closer != file.close]
    response.close()
    return as_file(file, response.block_size)
