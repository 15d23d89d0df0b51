"""A member's own judgements in a project, and the goal they set themselves."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotation.selectors import own_work
from annotation.services.members import membership
from annotation.views.access import MemberRequest
from annotation.views.forms.account import GoalForm
from annotation.views.judging.requests import members_only
from common.web.paging import page_of
from common.web.responses import see_other

PER_PAGE = 25
MAX_PAGES = 4_000


@require_safe
@members_only
def history(request: HttpRequest) -> HttpResponse:
    """Show the member's own judgements, newest first; recent ones can still be changed."""
    request = cast(MemberRequest, request)
    return _page(request, GoalForm(initial={"daily_goal": request.member.daily_goal}))


def _page(request: MemberRequest, goal_form: GoalForm, *, status: int = 200) -> HttpResponse:
    numbers = own_work.numbers(members=[request.member])
    page = page_of(request, range(numbers.total), per_page=PER_PAGE, most=MAX_PAGES)
    offset = (page.number - 1) * PER_PAGE
    past = own_work.history(members=[request.member], offset=offset, most=PER_PAGE)[:PER_PAGE]
    context = {"project": request.project, "member": request.member, "numbers": numbers, "past": past, "page": page}
    return render(request, "annotation/history.html", context | {"goal_form": goal_form}, status=status)


@require_POST
@members_only
def goal(request: HttpRequest) -> HttpResponse:
    """Set how many pairs a day the member means to judge; without a number there is no bar."""
    request = cast(MemberRequest, request)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    membership.set_goal(member=request.member, daily_goal=form.cleaned_data["daily_goal"])
    return see_other(reverse("annotation:history", args=[request.project.slug]))
