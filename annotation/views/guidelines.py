"""The guidelines: each new version is shown once before judging continues, and can be read at any time."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.selectors import guidelines as selectors
from annotation.services.members import membership
from annotation.views.access import EVERYBODY, ProjectRequest, project_access
from annotation.views.forms.account import GuidelinesReadForm
from common.web.responses import invalid, see_other

WORDS_A_MINUTE = 200


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*EVERYBODY)
def guidelines(request: HttpRequest) -> HttpResponse:
    """Show the newest version; with POST, record that the member has read it."""
    request = cast(ProjectRequest, request)
    member = request.member
    newest = selectors.newest(project=request.project)
    if request.method == "POST" and member is not None:
        form = GuidelinesReadForm(request.POST)
        if not form.is_valid():
            return invalid(request, form)
        version = min(form.cleaned_data["version"], newest.version if newest else 0)
        membership.read_guidelines(member=member, version=version)
        return see_other(reverse("annotation:judge", args=[request.project.slug]))
    context = {
        "project": request.project,
        "guidelines": newest,
        "minutes": max(1, round(len(newest.text.split()) / WORDS_A_MINUTE)) if newest else 0,
        "unread": bool(member and newest and newest.version > member.guidelines_read),
        "first_time": bool(member and member.guidelines_read == 0),
    }
    return render(request, "annotation/guidelines.html", context)
