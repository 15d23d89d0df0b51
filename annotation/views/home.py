"""The home page."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.pages import home as pages
from annotation.selectors import notices, own_work
from annotation.views.access import SignedInRequest, signed_in

LATEST = 6


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Show what to do next, what the other projects wait for, and the latest judgements."""
    request = cast(SignedInRequest, request)
    members = own_work.memberships(user=request.user)
    today = own_work.today(members=members)
    numbers = own_work.numbers(members=members)
    past = own_work.history(members=members, most=LATEST)[:LATEST]
    context = pages.context(members, today=today, numbers=numbers, past=past, told=notices.told(members))
    context["date"] = timezone.now()
    context["runs_projects"] = request.user.is_superuser or context["runs_projects"]
    return render(request, "annotation/home.html", context)
