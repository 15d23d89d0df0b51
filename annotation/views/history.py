"""A person's own judgements in a project, and the goal he sets himself."""

from __future__ import annotations

from typing import cast

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotation.selectors import own_work
from annotation.services.members import membership
from annotation.views import answers
from annotation.views.access import EVERYBODY, MemberRequest, project_access
from common.web.responses import see_other

inside = project_access(*EVERYBODY, site_admin=False)
A_PAGE = 25
MOST_PAGES = 4_000


class GoalForm(answers.OnceForm):
    daily_goal = forms.IntegerField(min_value=1, max_value=10_000, required=False)


@require_safe
@inside
def history(request: HttpRequest) -> HttpResponse:
    """Own judgements, the newest first; the latest can still be changed."""
    request = cast(MemberRequest, request)
    numbers = own_work.numbers(members=[request.member])
    pages = Paginator(range(numbers.total), A_PAGE)
    try:
        number = int(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None
    if not 1 <= number <= min(pages.num_pages, MOST_PAGES):
        raise Http404
    past = own_work.history(members=[request.member], offset=(number - 1) * A_PAGE, most=A_PAGE)[:A_PAGE]
    context = {"project": request.project, "member": request.member, "numbers": numbers, "past": past}
    return render(request, "annotation/history.html", context | {"page": pages.page(number)})


@require_POST
@inside
def goal(request: HttpRequest) -> HttpResponse:
    """How many a day this person means to judge; nothing shows no bar."""
    request = cast(MemberRequest, request)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return answers.unreadable(request, form)
    membership.set_goal(member=request.member, daily_goal=form.cleaned_data["daily_goal"])
    return see_other(reverse("annotation:history", args=[request.project.slug]))
