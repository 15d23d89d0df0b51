"""The sign-in form, in a module of its own: allauth's forms import the adapter's module when they are imported."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from annotation.models import User
from annotation.pages.passwords import check_usable
from annotation.services.access import accounts, attempts
from annotation.services.access.recovery import NOBODY
from common import passwords
from common.web.addresses import client_network
from config import devices


class LoginForm(AllauthLoginForm):
    """allauth's form, refusing what no password can be. The page's script fills in the time zone."""

    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(check_usable)
        self.fields["password"].help_text = ""

    @property
    def mail_works(self) -> bool:
        """Whether a person who forgot the password can be sent a link."""
        return bool(settings.EMAIL_HOST)

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        accounts.note_time_zone(user=self.user, name=self.cleaned_data.get("time_zone", ""))
        answer: HttpResponse = super().login(request, redirect_url)
        devices.remember(request, self.user)
        return answer


class ChangePasswordForm(AllauthChangePasswordForm):
    """allauth's form; the new password has to be another one than the current one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Current password"
        _new_passwords(self)

    def clean_oldpassword(self) -> str:
        if not accounts.confirm(user=self.user, password=self.cleaned_data["oldpassword"]):
            raise forms.ValidationError("That is not your current password.")
        return str(self.cleaned_data["oldpassword"])

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        current = self.cleaned_data.get("oldpassword")
        if current is not None and passwords.prepared(password) == passwords.prepared(current):
            raise forms.ValidationError("Choose a password other than the current one.")
        return password


class ResetPasswordForm(AllauthResetPasswordForm):
    """allauth's form, with a limit by address and network."""

    users: list[User]

    def clean(self) -> dict[str, Any] | None:
        if "email" in self.cleaned_data:
            attempts.ask_for_link(login=self.cleaned_data["email"], network=client_network(context.request))
        return super().clean()  # type: ignore[no-any-return]

    def save(self, request: HttpRequest, **options: Any) -> str:
        """Send a mail; where there is no account make one for nobody, or the time would tell that there is none."""
        self.users = self.users or [User(pk=NOBODY, email=self.cleaned_data["email"])]
        return str(super().save(request, **options))


class ResetPasswordKeyForm(AllauthResetPasswordKeyForm):
    """allauth's form, worded as the one above."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_passwords(self)

    def clean(self) -> dict[str, Any] | None:
        attempts.set_by_link(network=client_network(context.request))
        return super().clean()  # type: ignore[no-any-return]


def _new_passwords(form: forms.Form) -> None:
    form.fields["password1"].label = "New password"
    form.fields["password1"].help_text = "At least twelve characters. A few words you will remember are best."
    form.fields["password2"].label = "New password again"
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)  # allauth's repeats the label in other words
