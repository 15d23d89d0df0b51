"""How allauth manages accounts here: nobody signs up, managers create accounts."""

from __future__ import annotations

from threading import Thread
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotation.services.access import accounts, attempts
from annotation.services.access.recovery import NOBODY
from common.web.addresses import client_address, client_network
from config import devices

log = structlog.get_logger(__name__)


class Adapter(DefaultAccountAdapter):
    """allauth's adapter with registration closed and with our messages and pages."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "Wrong email or password. Check both and try again.",
        "account_inactive": "This account is switched off. Ask a project manager why.",
    }

    _attempt: attempts.Attempt

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try to sign in, before its password is checked."""
        login = credentials.get("email", "")
        self._attempt = attempts.sign_in(
            login=login, network=client_network(request), device=devices.known(request, login)
        )

    def _rollback_login_failed_rl_usage(self) -> None:
        """Take it back, as allauth does where the password was right."""
        self._attempt.take_back()

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "account/inactive.html", status=403)

    def set_password(self, user: Any, password: str) -> None:
        accounts.set_own_password(user=user, password=password)
        attempts.forget(user=user, network=client_network(self.request))
        devices.remember(self.request, user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """To the account's page, or home where it was the first password of one's own."""
        return reverse("annotation:home" if hasattr(request, "first_own_password") else "annotation:account")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail after the answer, whose time must not tell whether there is an account with that address."""
        message = self.render_mail(template_prefix, email, {"request": self.request} | context)
        to_nobody = getattr(context.get("user"), "pk", None) == NOBODY
        Thread(target=_send, args=(None if to_nobody else message,), name="mail").start()


def _send(message: EmailMessage | None) -> None:
    try:
        if message is not None:
            message.send()
    except OSError as error:  # as smtplib's errors are
        log.error("mail_not_sent", error=type(error).__name__, detail=str(error)[:300])


class SignedIn(BasePermission):
    """Allow every account; the API's schema and Swagger pages use it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)
