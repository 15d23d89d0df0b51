"""How allauth manages accounts here: nobody signs up, managers create accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Adapter(DefaultAccountAdapter):
    """allauth's adapter with registration closed and with our messages and pages."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That e-mail and password do not go together.",
        "account_inactive": "This account is switched off. A project manager can tell you why.",
        "too_many_login_attempts": "Too many tries in a short time. Wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "account/inactive.html", status=403)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("annotation:account")


class SignedIn(BasePermission):
    """Allow every account; the API's schema and Swagger pages use it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)
