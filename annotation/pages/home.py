"""The home page: what to do next, and what each project waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from annotation.models import Member
from annotation.selectors.notices import Notice
from annotation.selectors.own_work import Numbers, Past
from annotation.vocabulary import MemberState, ProjectState, Role
from common.charts import Bars, bars


class WaitsFor(StrEnum):
    """What a project waits for, as one of its members sees it; or the project's state where that is not open."""

    JUDGING = "judging"
    OTHERS = "others"
    GUIDELINES = "guidelines"
    FIRST_GUIDELINES = "first_guidelines"
    MEMBER_PAUSED = "resting"
    DRAFT = ProjectState.DRAFT.value
    PAUSED = ProjectState.PAUSED.value
    CLOSED = ProjectState.CLOSED.value


READY = {WaitsFor.JUDGING, WaitsFor.GUIDELINES, WaitsFor.FIRST_GUIDELINES}


@dataclass(frozen=True, slots=True)
class Place:
    """A project as one of its members sees it."""

    member: Member
    today: int
    newest_guidelines: int
    waiting: bool
    told: str = ""

    @property
    def waits_for(self) -> WaitsFor:
        if self.member.state == MemberState.PAUSED:
            return WaitsFor.MEMBER_PAUSED
        if self.member.project.state != ProjectState.OPEN:
            return WaitsFor(self.member.project.state)
        if self.newest_guidelines > self.member.guidelines_read:
            return WaitsFor.GUIDELINES if self.member.guidelines_read else WaitsFor.FIRST_GUIDELINES
        return WaitsFor.JUDGING if self.waiting else WaitsFor.OTHERS

    @property
    def runs(self) -> bool:
        return self.member.role in {Role.MANAGER, Role.REVIEWER}

    @property
    def manages(self) -> bool:
        return self.member.role == Role.MANAGER


def context(
    members: Sequence[Member],
    *,
    today: Mapping[int, int],
    numbers: Numbers,
    past: Sequence[Past],
    told: Mapping[int, Notice],
) -> dict[str, Any]:
    """Return the page's context from ``own_work``: memberships, counts of today, numbers, latest judgements."""
    places = [
        Place(member, today[member.pk], member.newest, member.waiting, told.get(member.pk, ""))  # type: ignore[attr-defined]
        for member in members
    ]
    following = next_place(places, [each.project_slug for each in past])
    left = None
    if following and following.member.daily_goal and numbers.pace:
        left = max(0, following.member.daily_goal - following.today) * numbers.pace
    windows = {member.project.edit_window_seconds for member in members}
    return {
        "next": following,
        "left": left,
        "others": [place for place in places if place is not following],
        "numbers": numbers,
        "days": _days(numbers.days),
        "past": past,
        "mixed": len({each.project_slug for each in past}) > 1,
        "window": windows.pop() if len(windows) == 1 else None,
        "runs_projects": any(place.manages for place in places),
    }


def _days(days: Sequence[tuple[date, int]]) -> Bars:
    names = [(f"{day:%a}", n) for day, n in days[:-1]] + [("today", n) for _, n in days[-1:]]
    before = ", ".join(f"{n:,} on {day:%A}" for day, n in days[:-1])
    return bars(
        names,
        description=f"Judgements a day: {before}, and {days[-1][1]:,} so far today" if days else "Judgements a day",
        caption="Judgements a day",
        head=("Day", "Judgements"),
        last_is_now=True,
        name_each=True,
        height=140.0,
    )


def next_place(places: Sequence[Place], recent: Sequence[str]) -> Place | None:
    """Return the project to continue with: of those with work, the one judged in last (``recent``: slugs), else the first.

    A project that the user manages or reviews is offered here only once they have judged in it; its row offers judging.
    """
    ready = [place for place in places if place.waits_for in READY]
    for slug in recent:
        for place in ready:
            if place.member.project.slug == slug:
                return place
    return next((place for place in ready if not place.runs), None)
