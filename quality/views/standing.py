"""How somebody stands in a project by its rules: their own page, with what they can answer."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotation.views.access import EVERYBODY, MemberRequest, project_access
from common.web.forms import PlainTextField
from common.web.responses import invalid, see_other
from quality.pages import rules as pages
from quality.selectors import rules as selectors
from quality.services import rules
from quality.services.rules import LONGEST_TEXT

MOST = 20


class AppealForm(forms.Form):
    text = PlainTextField(max_length=LONGEST_TEXT)


@require_safe
@project_access(*EVERYBODY, site_admin=False)
def standing(request: HttpRequest) -> HttpResponse:
    """Show the person what was measured of them, what follows from it, and how to answer."""
    request = cast(MemberRequest, request)
    actions = list(selectors.told(request.member)[:MOST])
    context = {
        "project": request.project,
        "member": request.member,
        "answer": pages.standing_answer(request.member.state, probation=request.member.probation, actions=actions),
        "told": pages.told(actions),
        "longest": LONGEST_TEXT,
    }
    return render(request, "quality/standing.html", context)


@require_POST
@project_access(*EVERYBODY, site_admin=False)
def appeal(request: HttpRequest, action: int) -> HttpResponse:
    """Store what the person answers."""
    request = cast(MemberRequest, request)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    try:
        rules.appeal(member=request.member, action_id=action, text=form.cleaned_data["text"])
    except (rules.Empty, rules.AppealedBefore, rules.NotYours, rules.Overtaken) as refusal:
        code = type(refusal).__name__
        messages.warning(request, pages.REFUSED["NotYours" if code == "Overtaken" else code])
    else:
        messages.success(request, "Sent. A manager of the project answers here.")
    return see_other(reverse("quality:standing", args=[request.project.slug]))
