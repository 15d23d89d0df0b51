"""What the judging page sends: judgements, undo, skips, flags, drafts."""

from __future__ import annotations

import math
from typing import Any, cast

from django import forms

from annotation.schemes import Scheme
from annotation.services.judging import LONGEST_REASON, Judgement
from annotation.vocabulary import FlagReason, SkipReason
from common.web.forms import PlainTextField, SingleValueForm

MAX_NOTE = 2_000
MAX_VERSION = 2**53 - 1


class VerdictForm(SingleValueForm):
    """A judgement: one of the scheme's choices, of A and B as the page shows them."""

    verdict = forms.ChoiceField()
    reason = PlainTextField(max_length=LONGEST_REASON)
    submit_key = forms.UUIDField()

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verdict = cast(forms.ChoiceField, self.fields["verdict"])
        verdict.choices = [(choice.word, choice.label) for choice in scheme.choices]

    def judgement(self) -> Judgement:
        data = self.cleaned_data
        reason: str = data["reason"] if data["reason"].strip() else ""
        return Judgement(shown=data["verdict"], reason=reason, seconds=_seconds(self.data.get("seconds", "")))


class UndoForm(SingleValueForm):
    submit_key = forms.UUIDField()


class SkipForm(SingleValueForm):
    reason = forms.ChoiceField(choices=[(reason.value, reason.value) for reason in SkipReason])
    note = PlainTextField(max_length=MAX_NOTE)


class FlagForm(SingleValueForm):
    reason = forms.ChoiceField(choices=[(reason.value, reason.value) for reason in FlagReason])
    note = PlainTextField(max_length=MAX_NOTE)


class DraftForm(SingleValueForm):
    version = forms.IntegerField(min_value=1, max_value=MAX_VERSION)
    reason = PlainTextField(max_length=LONGEST_REASON)


def _seconds(claimed: Any) -> float | None:
    """Return the page's measure of visible time; null where it is implausible, which is no reason to refuse a judgement."""
    try:
        seconds = float(claimed)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds < 10**7 else None
