"""Home: what to do next, what the other projects wait for, what was judged last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.models import Member
from annotation.selectors import own_work
from annotation.views.access import SignedInRequest, signed_in
from annotation.views.day_bars import bars
from annotation.vocabulary import MemberState, ProjectState, Role

LATEST = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A project as one person meets it: what it waits for, in one word."""

    member: Member
    today: int
    newest_guidelines: int
    waiting: bool

    @property
    def waits_for(self) -> str:
        project = self.member.project
        if self.member.state == MemberState.PAUSED:
            return "resting"
        if project.state != ProjectState.OPEN:
            return str(project.state)
        if self.newest_guidelines > self.member.guidelines_read:
            return "guidelines" if self.member.guidelines_read else "first_guidelines"
        return "judging" if self.waiting else "others"

    @property
    def runs(self) -> bool:
        return self.member.role in {Role.MANAGER, Role.REVIEWER}


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """One thing to do next, where there is one; everything else below it."""
    request = cast(SignedInRequest, request)
    members = own_work.memberships(user=request.user)
    today = own_work.today(members=members)
    places = [Place(member, today[member.pk], member.newest, member.waiting) for member in members]  # type: ignore[attr-defined]
    numbers = own_work.numbers(members=members)
    past = own_work.history(members=members, most=LATEST)[:LATEST]
    following = _next(places, [each.project_slug for each in past])
    left = None
    if following and following.member.daily_goal and numbers.pace:
        left = max(0, following.member.daily_goal - following.today) * numbers.pace
    windows = {member.project.edit_window_seconds for member in members}
    context = {
        "date": timezone.now(),
        "next": following,
        "left": left,
        "others": [place for place in places if place is not following],
        "numbers": numbers,
        "bars": bars(numbers.days),
        "past": past,
        "mixed": len({each.project_slug for each in past}) > 1,
        "window": windows.pop() if len(windows) == 1 else None,
        "runs_projects": request.user.is_superuser or any(m.role == Role.MANAGER for m in members),
    }
    return render(request, "annotation/home.html", context)


def _next(places: list[Place], lately: list[str]) -> Place | None:
    """Where this person was judging last, else the first project that has something to judge."""
    ready = [place for place in places if place.waits_for in {"judging", "guidelines", "first_guidelines"}]
    for slug in lately:
        for place in ready:
            if place.member.project.slug == slug:
                return place
    # Somebody who runs a project looks after it: judging in it is offered in its row, and here once he has begun.
    return next((place for place in ready if place.member.role == Role.ANNOTATOR), None)
