"""A user's own API tokens: created after the password is confirmed, shown once, revoked."""

from __future__ import annotations

from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotation.pages import tokens as pages
from annotation.selectors import tokens as selectors
from annotation.services.access import tokens as service
from annotation.views.access import SignedInRequest, View, signed_in
from annotation.views.forms.tokens import TokenForm
from common.web.responses import see_other


def managers_only(view: View) -> View:
    """Require the right to have tokens: managers of a project and the site administrator; others get 403."""

    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not service.allowed_scopes(cast(SignedInRequest, request).user):
            return render(request, "errors/403.html", status=403)
        return view(request, *args, **kwargs)

    return guarded


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
def tokens(request: HttpRequest) -> HttpResponse:
    """Show own tokens, and create one. The answer to that is the only page that ever shows the secret."""
    request = cast(SignedInRequest, request)
    if request.method != "POST":
        return _page(request, TokenForm(user=request.user))
    form = TokenForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        token, secret = service.create(user=request.user, **form.token())
    except service.NotAllowed as refusal:
        form.add_error(None, pages.REFUSALS[refusal.reason])
        return _page(request, form, status=400)
    except service.InvalidToken as invalid:
        for name, problem in invalid.problems.items():
            form.add_error(name, pages.PROBLEMS[problem.code].format(**problem.arguments))
        return _page(request, form, status=400)
    return _page(request, TokenForm(user=request.user), made=token, secret=secret)


def _page(request: SignedInRequest, form: TokenForm, *, status: int = 200, **more: Any) -> HttpResponse:
    live, ended = pages.rows(selectors.of_user(request.user), now=timezone.now())
    context = {"form": form, "live": live, "over": ended} | more
    return render(request, "annotation/tokens.html", context, status=status)


@require_POST
@signed_in
def revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Revoke one of one's own tokens; also open to users who manage nothing any more."""
    request = cast(SignedInRequest, request)
    token = selectors.find(user=request.user, prefix=prefix)
    if token is None:
        raise Http404
    service.revoke(token=token, by=request.user)
    messages.success(request, "The token is revoked. Programs that use it are refused from now on.")
    return see_other(reverse("annotation:tokens" if service.allowed_scopes(request.user) else "annotation:account"))
