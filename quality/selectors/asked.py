"""What the rules ask of a project's managers, and what they tell its annotators: registered in every process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import Member, Project
from annotation.selectors.notices import Notice, tells
from annotation.selectors.waiting import waits
from quality.models import ActionState, RuleAction
from quality.stats.rules import Step

ASKS: Final = Q(state=ActionState.HELD) | Q(appeal__isnull=False, appeal__answered_at__isnull=True)
"""Of actions: held ones, and those that somebody answered and nobody answered back."""
NEWS: Final = timedelta(days=7)
"""How long somebody is told that something about them was taken back, ended or answered."""


@waits("rules")
def _waiting(project: Project) -> QuerySet[RuleAction]:
    return RuleAction.objects.filter(ASKS, project=project)


@tells
def _told(members: Collection[Member]) -> Mapping[int, Notice]:
    """Return what members are told of the newest action about them; one query."""
    rows = (
        RuleAction.objects.filter(member__in=members, state__in=(ActionState.DONE, ActionState.UNDONE))
        .select_related("appeal")
        .order_by("member", "-id")
        .distinct("member")
    )
    newest = {row.member_id: row for row in rows}
    found = {}
    for member in members:
        action = newest.get(member.pk)
        if action is None:
            continue
        answered = action.appeal.answered_at if hasattr(action, "appeal") else None
        happened = max(at for at in (action.at, action.decided_at, answered) if at is not None)
        if member.is_paused and action.state == ActionState.DONE and action.step == Step.PAUSE:
            found[member.pk] = Notice.PAUSED
        elif member.probation and member.is_active:
            found[member.pk] = Notice.PROBATION
        elif happened > timezone.now() - NEWS:
            found[member.pk] = Notice.NEWS
    return found
