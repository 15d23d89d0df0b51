"""The sign-in form, in a module of its own: allauth's forms import the adapter's module when they are imported."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms

LONGEST_PASSWORD = 4096


class LoginForm(AllauthLoginForm):
    """allauth's form, refusing a password that would take too long to hash."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(_can_be_hashed)
        self.fields["password"].help_text = ""


def _can_be_hashed(value: str) -> None:
    if len(value) > LONGEST_PASSWORD:
        raise forms.ValidationError(f"A password has at most {LONGEST_PASSWORD:,} characters.")
