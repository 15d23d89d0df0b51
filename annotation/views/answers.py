"""How the judging doors answer: JSON to the page's script, a redirect to a plain form; and what forms may hold."""

from __future__ import annotations

import math
import uuid
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from annotation.models import User
from annotation.schemes import Scheme
from annotation.services.judging import LONGEST_REASON, Said
from annotation.vocabulary import FlagReason, SkipReason
from common.web.responses import see_other

LONGEST_NOTE = 2_000
LATEST_VERSION = 2**53 - 1


def by_script(request: HttpRequest) -> bool:
    """Whether the page's own script is asking."""
    return "application/json" in request.headers.get("Accept", "")


def person_key(user: User) -> str:
    """Names a person's drafts on his device, and tells whether another has signed in. Nobody's number."""
    return salted_hmac("concord.device", str(user.pk)).hexdigest()[:20]


def done(request: HttpRequest, answer: dict[str, Any], *, to: str) -> HttpResponse:
    """It worked."""
    if by_script(request):
        return JsonResponse(answer)
    return see_other(to)


def refused(request: HttpRequest, sentence: str, *, status: int, to: str, code: str = "") -> HttpResponse:
    """It did not, and this is why; a plain form's sender reads it on the next page."""
    if by_script(request):
        return JsonResponse({"code": code, "message": sentence}, status=status)
    messages.warning(request, sentence)
    return see_other(to)


def unreadable(request: HttpRequest, form: forms.Form) -> HttpResponse:
    """The form holds something that cannot be right: 413 for what is too long, else 400."""
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    status = 413 if codes == {"max_length"} else 400
    if by_script(request):
        errors = [f"{name}: {error}" for name, texts in form.errors.items() for error in texts]
        return JsonResponse({"code": "too_long" if status == 413 else "invalid", "errors": errors}, status=status)
    return render(request, "errors/400.html", status=status)


class OnceForm(forms.Form):
    """A form in which no field comes twice: which of two verdicts was meant nobody could say."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if isinstance(self.data, QueryDict):
            for name in self.fields:
                if len(self.data.getlist(name)) > 1:
                    raise forms.ValidationError(f"{name} came twice.", code="twice")
        return cleaned


class PlainText(forms.CharField):
    """Text as it was typed, but with one kind of line end: browsers send another one from a form than from a script."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class VerdictForm(OnceForm):
    """A judgement: one of the scheme's choices, of A and B as the page shows them."""

    verdict = forms.ChoiceField()
    reason = PlainText(max_length=LONGEST_REASON)
    submit_key = forms.UUIDField()

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verdict = cast(forms.ChoiceField, self.fields["verdict"])
        verdict.choices = [(choice.word, choice.label) for choice in scheme.choices]

    def said(self) -> Said:
        data = self.cleaned_data
        reason: str = data["reason"] if data["reason"].strip() else ""
        return Said(shown=data["verdict"], reason=reason, seconds=_seconds(self.data.get("seconds", "")))


class UndoForm(OnceForm):
    submit_key = forms.UUIDField()


class SkipForm(OnceForm):
    reason = forms.ChoiceField(choices=[(reason.value, reason.value) for reason in SkipReason])
    note = PlainText(max_length=LONGEST_NOTE)


class FlagForm(OnceForm):
    reason = forms.ChoiceField(choices=[(reason.value, reason.value) for reason in FlagReason])
    note = PlainText(max_length=LONGEST_NOTE)


class DraftForm(OnceForm):
    version = forms.IntegerField(min_value=1, max_value=LATEST_VERSION)
    reason = PlainText(max_length=LONGEST_REASON)


def _seconds(claimed: Any) -> float | None:
    """The page's measure of visible time; nonsense is no measure, and never a reason to refuse a verdict."""
    try:
        seconds = float(claimed)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds < 10**7 else None


def new_key() -> uuid.UUID:
    """A submit key for a form that is sent without a script."""
    return uuid.uuid4()
