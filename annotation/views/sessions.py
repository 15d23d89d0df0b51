"""Signing out. allauth does the work; the browser is told to forget what it kept of the person."""

from __future__ import annotations

from allauth.account import views as account
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session. The page's script sends unsent judgements before it lets the form go."""
    response: HttpResponse = account.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response
