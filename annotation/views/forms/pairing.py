"""Pairs to be made of imported responses."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.vocabulary import PairingScheme


class PairingForm(forms.Form):
    """Choose which responses of each prompt are paired."""

    SCHEMES = [
        (PairingScheme.ALL.value, "All pairs of each prompt’s responses"),
        (PairingScheme.RANDOM.value, "Some pairs of each prompt, drawn at random"),
        (PairingScheme.BASELINE.value, "Each response against one source model’s"),
    ]
    scheme = forms.ChoiceField(choices=SCHEMES, widget=forms.RadioSelect, initial=PairingScheme.ALL.value)
    k = forms.IntegerField(min_value=1, max_value=325, required=False, label="Drawn at random: pairs of each prompt")
    baseline = forms.CharField(
        max_length=200,
        required=False,
        label="Against one source model: which",
        help_text="It stands as second in every pair.",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**53, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose one"), *((name, name) for name in models)]
        self.fields["baseline"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("scheme") == PairingScheme.RANDOM and not data.get("k") and "k" not in self.errors:
            self.add_error("k", "Say how many pairs of each prompt.")
        if data.get("scheme") == PairingScheme.BASELINE and not data.get("baseline"):
            self.add_error("baseline", "Say which source model all others meet.")
        return data
