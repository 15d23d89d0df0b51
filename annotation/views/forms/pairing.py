"""Pairs to be made of imported responses."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.vocabulary import PairingScheme
from common.web.forms import number_messages


class PairingForm(forms.Form):
    """Choose which responses of each prompt are paired."""

    SCHEMES = [
        (PairingScheme.ALL.value, "All pairs of each prompt’s responses"),
        (PairingScheme.RANDOM.value, "Some pairs of each prompt, drawn at random"),
        (PairingScheme.BASELINE.value, "Each response against one source model’s"),
    ]
    scheme = forms.ChoiceField(choices=SCHEMES, widget=forms.RadioSelect, initial=PairingScheme.ALL.value)
    k = forms.IntegerField(
        min_value=1,
        max_value=325,
        required=False,
        label="Drawn at random: pairs of each prompt",
        error_messages=number_messages("Pairs of each prompt", 1, 325),
    )
    baseline = forms.CharField(
        max_length=200,
        required=False,
        label="Against one source model: which",
        help_text="It is always the second response.",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**53, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose one"), *((name, name) for name in models)]
        self.fields["baseline"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("scheme") == PairingScheme.RANDOM and not data.get("k") and "k" not in self.errors:
            self.add_error("k", "Enter how many pairs to draw for each prompt.")
        if data.get("scheme") == PairingScheme.BASELINE and not data.get("baseline"):
            self.add_error("baseline", "Choose the source model to compare all others with.")
        return data
