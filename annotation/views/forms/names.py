"""A name of a user or a project, as others will read it."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.pages.accounts import BAD_NAMES
from annotation.services.access import accounts


class NameField(forms.CharField):
    """A text that others can read as a name, with its spaces made even."""

    def clean(self, value: Any) -> str:
        try:
            return accounts.plain_name(super().clean(value))
        except accounts.BadName as bad:
            raise forms.ValidationError(BAD_NAMES[bad.reason]) from None
