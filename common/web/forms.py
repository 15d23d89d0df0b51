"""Form parts that read what was sent strictly."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict


class SingleValueForm(forms.Form):
    """A form that refuses repeated fields: which of two values was meant would be a guess."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if isinstance(self.data, QueryDict):
            for name in self.fields:
                if len(self.data.getlist(name)) > 1:
                    raise forms.ValidationError(f"{name} came twice.", code="twice")
        return cleaned


class PlainTextField(forms.CharField):
    """Optional text as it was typed, with one kind of line end: browsers send CRLF from a form and LF from a script."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")
