"""The sign-in form. Apart from the adapter, because allauth's forms ask for the adapter when they are imported."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms

LONGEST_PASSWORD = 4096


class LoginForm(AllauthLoginForm):
    """E-mail and password; a password too long to be hashed in good time is refused before that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(_can_be_hashed)
        self.fields["password"].help_text = ""


def _can_be_hashed(value: str) -> None:
    if len(value) > LONGEST_PASSWORD:
        raise forms.ValidationError(f"A password has at most {LONGEST_PASSWORD:,} characters.")
