"""The guidelines, to be read: once for each new version before judging goes on, and any time after."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.services.members import membership
from annotation.views import answers
from annotation.views.access import EVERYBODY, ProjectRequest, project_access
from common.web.responses import see_other


class ReadForm(answers.OnceForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*EVERYBODY)
def guidelines(request: HttpRequest) -> HttpResponse:
    """The newest version; with POST, this person says that it is read."""
    request = cast(ProjectRequest, request)
    if request.method == "POST" and request.member is not None:
        form = ReadForm(request.POST)
        if not form.is_valid():
            return answers.unreadable(request, form)
        newest = request.project.guidelines.order_by("-version").values_list("version", flat=True).first() or 0
        membership.read_guidelines(member=request.member, version=min(form.cleaned_data["version"], newest))
        return see_other(reverse("annotation:judge", args=[request.project.slug]))
    newest_one = request.project.guidelines.order_by("-version").first()
    member = request.member
    context = {
        "project": request.project,
        "guidelines": newest_one,
        "minutes": max(1, round(len(newest_one.text.split()) / 200)) if newest_one else 0,
        "unread": bool(member and newest_one and newest_one.version > member.guidelines_read),
        "first_time": bool(member and member.guidelines_read == 0),
    }
    return render(request, "annotation/guidelines.html", context)
