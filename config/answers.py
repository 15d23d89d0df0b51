"""Answers that middleware and error handlers give without a view."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from annotation.services.access.attempts import TooMany
from common.api.problems import MEDIA_TYPE, Problem, of_fault
from common.formatting import length_of
from common.web.faults import FAILED, Fault, fault_of, log_fault
from common.web.responses import accepts_json
from common.web.surfaces import below_api

log = structlog.get_logger(__name__)

PLAIN: Final = "text/plain; charset=utf-8"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok": this process is alive. Neither the database nor the host's name is asked."""
    alive = b"ok\n"
    return HttpResponse(alive, content_type=PLAIN, headers={"Content-Length": str(len(alive))})


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    """Answer that a password or a link was tried too often, and when the limit ends."""
    log.warning("too_many_tries", path=request.path, limit=refusal.limit)
    wait = length_of(refusal.seconds)
    response: HttpResponse
    if accepts_json(request):
        message = f"Too many tries. Wait {wait}, then try again."
        response = JsonResponse({"code": "too_many_tries", "message": message}, status=429)
    else:
        response = render(request, "errors/429.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return response


def of_api(request: HttpRequest) -> bool:
    """Return whether the address is one of the API, whose errors have one shape."""
    return below_api(request.path_info)


def of_error(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """Answer an error that nothing caught, and log it where it is not the request's: the log has its ``request_id``."""
    fault = (fault_of(error) if error is not None else None) or FAILED
    if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log_fault(
            fault,
            method=str(request.method),
            path=request.path_info,
            request_id=request_id(request),
            error=type(error).__name__,
            detail=str(error)[:300],
        )
    return of_fault_at(request, fault)


def of_fault_at(request: HttpRequest, fault: Fault) -> HttpResponse:
    """Answer a fault as whoever asks reads it: a problem of the API, JSON for a script, or a page."""
    if of_api(request):
        return of_fault(fault).response()
    response: HttpResponse
    if accepts_json(request):
        response = JsonResponse({"code": fault.code, "message": fault.sentence}, status=fault.status)
    else:
        response = _any_page(request, fault)
    for name, value in fault.headers.items():
        response[name] = value
    patch_vary_headers(response, ["Accept"])
    return response


def page(request: HttpRequest, status: int, name: str = "") -> HttpResponse:
    """Return the error page of a status, or the one of that name."""
    return render(request, f"errors/{name or status}.html", {"request_id": request_id(request)}, status=status)


def _any_page(request: HttpRequest, fault: Fault) -> HttpResponse:
    """Return the error page; one that asks for nobody where that failed too; and where no template can be read, a line."""
    try:
        return page(request, fault.status, fault.page)
    except Exception:
        log.exception("no_error_page", status=fault.status, request_id=request_id(request))
    title = HTTPStatus(fault.status).phrase
    try:
        context = {"title": title, "sentence": fault.sentence}
        return HttpResponse(render_to_string("errors/plain.html", context), status=fault.status)
    except Exception:
        return HttpResponse(f"{title}.\n", status=fault.status, content_type=PLAIN)


def in_shape(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return an error in the shape of its surface: below ``/api/`` a problem, whoever answered; a page where it was empty."""
    if response.status_code < HTTPStatus.BAD_REQUEST or response.streaming:
        return response
    if of_api(request):
        if response.get("Content-Type") == MEDIA_TYPE:
            return response
        code, sentence = _WORDS.get(response.status_code, ("refused", HTTPStatus(response.status_code).phrase + "."))
        shaped = Problem(response.status_code, code, sentence).response()
    elif response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content and not accepts_json(request):
        shaped = page(request, response.status_code)
    else:
        return response
    response.content = shaped.content
    response["Content-Type"] = shaped["Content-Type"]
    response.headers.pop("Content-Length", None)
    return response


_WORDS: Final = {
    401: ("not_signed_in", "Sign in to read this."),
    403: ("permission_denied", "This is not yours to do."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "That method does nothing at this address."),
}


def request_id(request: HttpRequest) -> str:
    """Return the id that every line of the log about this request has; ``config.guard`` gives it."""
    return str(request.META.get("HTTP_X_REQUEST_ID", ""))
