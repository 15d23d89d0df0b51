"""A file to import."""

from __future__ import annotations

from django import forms

from annotation.formats import native
from annotation.formats.registry import FORMATS, READERS


class ImportForm(forms.Form):
    """A file of pairs, or of prompts with responses."""

    file = forms.FileField(
        max_length=5_000,
        allow_empty_file=True,
        help_text="At most 512 MiB. Sent again, lines we already have count as unchanged.",
    )
    format = forms.ChoiceField(
        choices=[(one.name, one.label) for one in FORMATS if one.name in READERS], initial=native.NAME
    )
    replace_nul = forms.BooleanField(
        required=False,
        label="Replace NUL characters",
        help_text="Each becomes a replacement sign; otherwise a line with one is put aside.",
    )
