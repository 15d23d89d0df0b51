"""A person's own account: name, theme, text size; and who is signed in, for a page that was left open."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import User
from annotation.services.access import accounts, tokens
from annotation.views import answers
from annotation.views.access import SignedInRequest, signed_in
from common.web.responses import see_other


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    theme = forms.ChoiceField(choices=User.Theme.choices, widget=forms.RadioSelect)
    text_size = forms.ChoiceField(
        choices=User.TextSize.choices, widget=forms.RadioSelect, help_text="Of prompts and responses."
    )

    def clean_name(self) -> str:
        return accounts.plain_name(self.cleaned_data["name"])


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Name, theme and text size."""
    request = cast(SignedInRequest, request)
    user = request.user
    initial = {"name": user.name, "theme": user.theme, "text_size": user.text_size}
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
    """Whether the same person is signed in, and the form token that goes with it now."""
    request = cast(SignedInRequest, request)
    return JsonResponse({"person": answers.person_key(request.user), "token": get_token(request)})
