"""A user's own account; and who is signed in, for a page that was left open."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.services.access import accounts, tokens
from annotation.views.access import SignedInRequest, signed_in
from annotation.views.forms.account import ProfileForm
from common.web.responses import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Show and change name, theme, text size and time zone."""
    request = cast(SignedInRequest, request)
    user = request.user
    initial = {"name": user.name, "theme": user.theme, "text_size": user.text_size, "time_zone": user.time_zone}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change_profile(user=user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved.")
            return see_other(reverse("annotation:account"))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "may_have_tokens": bool(tokens.allowed_scopes(user))}
    return render(request, "annotation/account.html", context, status=status)


@require_safe
@signed_in
def session(request: HttpRequest) -> HttpResponse:
    """Tell whether the same user is still signed in, and the form token that is valid now."""
    request = cast(SignedInRequest, request)
    return JsonResponse({"person": accounts.device_key(request.user), "token": get_token(request)})
