"""Signing in: closed registration, e-mail and password, limits on failures. allauth does the work."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms
from django.http import HttpRequest
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Adapter(DefaultAccountAdapter):
    """Accounts are made by people who may; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class LoginForm(AllauthLoginForm):
    """Answers in the same time and words whether the account exists or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].max_length = 4096
        self.fields["password"].validators.append(_not_too_long)
        self.fields["password"].help_text = ""

    error_messages = {
        **AllauthLoginForm.error_messages,
        "email_password_mismatch": "That e-mail and password do not go together.",
        "account_inactive": "This account is switched off. A project manager can tell you why.",
    }


def _not_too_long(value: str) -> None:
    if len(value) > 4096:
        raise forms.ValidationError("A password has at most 4,096 characters.")
    if "\x00" in value:
        raise forms.ValidationError("That e-mail and password do not go together.")


class SignedIn(BasePermission):
    """The API's own pages (schema, Swagger) are for people with an account."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)
