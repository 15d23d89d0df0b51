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


def number_messages(label: str, least: float, most: float, *, whole: bool = True, unit: str = "") -> dict[str, str]:
    """Return the messages of a number field: each names the field and says which numbers are possible.

    >>> number_messages("Daily goal", 1, 10_000)["min_value"]
    'Daily goal must be a whole number from 1 to 10,000.'
    >>> number_messages("Hold time", 0.05, 1440, whole=False, unit="minutes")["required"]
    'Hold time must be a number from 0.05 to 1,440 minutes.'
    """
    words = f"{label} must be a {'whole number' if whole else 'number'} from {least:,} to {most:,}"
    sentence = f"{words} {unit}." if unit else f"{words}."
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence)
