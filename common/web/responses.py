"""Responses that several views give."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render


def accepts_json(request: HttpRequest) -> bool:
    """Return whether a script asks, which wants JSON and no page."""
    return "application/json" in request.headers.get("Accept", "")


def see_other(to: str) -> HttpResponseRedirect:
    """Redirect with 303: the browser reads the next page with GET, and a reload does not send the form again."""
    response = HttpResponseRedirect(to)
    response.status_code = 303
    return response


def done(request: HttpRequest, answer: dict[str, Any], *, to: str) -> HttpResponse:
    """Answer a request that succeeded: JSON to a script, a redirect to a plain form."""
    return JsonResponse(answer) if accepts_json(request) else see_other(to)


def refused(request: HttpRequest, sentence: str, *, status: int, to: str, code: str) -> HttpResponse:
    """Answer a request that did not: JSON to a script; a plain form's sender reads the sentence on the next page."""
    if accepts_json(request):
        return JsonResponse({"code": code, "message": sentence}, status=status)
    messages.warning(request, sentence)
    return see_other(to)


def invalid(request: HttpRequest, form: forms.Form) -> HttpResponse:
    """Answer a form with a value that our own pages never send: 413 where it is too long, else 400."""
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    status = 413 if codes == {"max_length"} else 400
    if accepts_json(request):
        errors = [f"{name}: {error}" for name, texts in form.errors.items() for error in texts]
        return JsonResponse({"code": "too_long" if status == 413 else "invalid", "errors": errors}, status=status)
    return render(request, f"errors/{status}.html", status=status)
