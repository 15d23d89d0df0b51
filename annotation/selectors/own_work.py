"""An annotator's own judgements and counts. Never anything of other annotators, never which pairs are gold."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import Annotation, AnnotationRevision, Assignment, Guidelines, Member, QueueMark, Slot, User
from annotation.sampling.presentation import shown_word
from annotation.schemes import SCHEMES, Choice
from annotation.selectors.conversation import opening
from annotation.selectors.judgements import in_force
from annotation.vocabulary import AssignmentState, MemberState, RevisionKind
from common.days import beginning, start_of_day

DAYS_SHOWN = 7
PACE_OVER = 500


def _submits(members: Collection[Member], since: dt.datetime) -> QuerySet[AnnotationRevision]:
    """Return submits that were not withdrawn. By member, newest first, is an index; an undone pair judged again counts once."""
    return AnnotationRevision.objects.filter(
        in_force("annotation__"),
        project_id__in={member.project_id for member in members},
        member_id__in=[member.pk for member in members],
        kind=RevisionKind.SUBMIT.value,
        at__gte=since,
    ).order_by()


def _in_force(members: Collection[Member]) -> QuerySet[Annotation]:
    """Return the judgements of these memberships that were not withdrawn, surplus included: the work was done.

    By way of their assignments, which an index holds by member (decision 0009).
    """
    return Annotation.objects.filter(
        in_force(),
        assignment__project_id__in={member.project_id for member in members},
        assignment__member_id__in=[member.pk for member in members],
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """Own numbers. ``pace`` is the median of seconds on a pair over the last week, null where there is none."""

    today: int
    yesterday: int
    total: int
    seconds_today: float
    pace: float | None
    days: list[tuple[dt.date, int]]

    @property
    def median_day(self) -> float:
        """The median over the days before today on which anything was judged."""
        earlier = [n for _, n in self.days[:-1] if n]
        return statistics.median(earlier) if earlier else 0


def numbers(*, members: Collection[Member]) -> Numbers:
    """Return own numbers over these memberships, by days of the current time zone; two queries."""
    zone = timezone.get_current_timezone()
    today = timezone.localdate()
    since = beginning(today - dt.timedelta(days=DAYS_SHOWN - 1), zone)
    rows = list(_submits(members, since).order_by("-id").values_list("annotation_id", "at", "annotation__seconds"))
    per_day: dict[dt.date, dict[int, float]] = {}
    for annotation, at, seconds in rows:  # by our own table of time zones: the database's may not know the name
        per_day.setdefault(at.astimezone(zone).date(), {})[annotation] = seconds or 0.0
    total = _in_force(members).count()
    measured = [seconds for _, _, seconds in rows[:PACE_OVER] if seconds is not None]
    days = [today - dt.timedelta(days=back) for back in range(DAYS_SHOWN - 1, -1, -1)]
    counts = [(day, len(per_day.get(day, {}))) for day in days]
    return Numbers(
        today=counts[-1][1],
        yesterday=counts[-2][1],
        total=total,
        seconds_today=sum(per_day.get(today, {}).values()),
        pace=statistics.median(measured) if measured else None,
        days=counts,
    )


def today(*, members: Iterable[Member]) -> dict[int, int]:
    """Return how many pairs were judged today, in the current time zone, by membership."""
    listed = list(members)
    rows = (
        _submits(listed, start_of_day(timezone.now(), timezone.get_current_timezone()))
        .values("member_id")
        .annotate(n=Count("annotation_id", distinct=True))
    )
    counted = {row["member_id"]: row["n"] for row in rows}
    return {member.pk: counted.get(member.pk, 0) for member in listed}


@dataclass(frozen=True, slots=True)
class Past:
    """One of an annotator's own judgements. ``answer`` is what they chose, with the sides as they were shown.

    ``open_until`` is when its edit window closes; null where it never had one, because it was imported.
    """

    project_slug: str
    project_name: str
    verdict_scheme: str
    uuid: UUID
    answer: str
    reason: str
    prompt: Any
    at: dt.datetime
    edited: bool
    open_until: dt.datetime | None

    @property
    def choice(self) -> Choice:
        """The answer as a choice of the project's verdict scheme."""
        return SCHEMES[self.verdict_scheme].choice(self.answer)

    @property
    def asked(self) -> str:
        return opening(self.prompt)

    @property
    def is_open(self) -> bool:
        return self.open_until is not None and timezone.now() < self.open_until


def history(*, members: Collection[Member], offset: int = 0, most: int = 20) -> list[Past]:
    """Return own judgements, the newest first; one more than ``most`` if there are others."""
    newest = _in_force(members).order_by("-first_at", "-pk").values_list("pk", flat=True)
    # Two queries: in one, the prompts of all that was ever judged would be read and sorted.
    rows = (
        Annotation.objects.filter(pk__in=list(newest[offset : offset + most + 1]))
        .order_by("-first_at", "-pk")
        .values(
            "verdict",
            "reason",
            "at",
            "first_at",
            "assignment__uuid",
            "assignment__first_on_left",
            "assignment__leased_at",
            "assignment__pair__prompt__content",
            "project__slug",
            "project__name",
            "project__verdict_scheme",
            window=F("project__edit_window_seconds"),
        )
    )
    return [
        Past(
            project_slug=row["project__slug"],
            project_name=row["project__name"],
            verdict_scheme=row["project__verdict_scheme"],
            uuid=row["assignment__uuid"],
            answer=shown_word(row["verdict"], row["assignment__first_on_left"]),
            reason=row["reason"],
            prompt=row["assignment__pair__prompt__content"],
            at=row["at"],
            edited=row["at"] != row["first_at"],
            open_until=row["first_at"] + dt.timedelta(seconds=row["window"]) if row["assignment__leased_at"] else None,
        )
        for row in rows
    ]


def memberships(*, user: User) -> list[Member]:
    """Return a user's memberships, with each project.

    Each has ``newest``, the newest version of its guidelines, and ``waiting``: whether the member holds a lease, or a slot
    is open beyond their queue mark (gold, and slots that were reopened behind it, aside).
    """
    newest = Guidelines.objects.filter(project_id=OuterRef("project_id")).order_by().values("project_id")
    mark = QueueMark.objects.filter(
        project_id=OuterRef(OuterRef("project_id")), member_id=OuterRef(OuterRef("pk")), route=0
    )
    ahead = Slot.objects.filter(
        project_id=OuterRef("project_id"), route=0, open=True, key__gt=Subquery(mark.values("key")[:1])
    )
    leased = Assignment.objects.filter(
        project_id=OuterRef("project_id"), member_id=OuterRef("pk"), state=AssignmentState.LEASED.value
    )
    return list(
        Member.objects.filter(user=user)
        .exclude(state=MemberState.SUSPENDED.value)
        .select_related("project")
        .annotate(
            newest=Coalesce(Subquery(newest.annotate(n=Max("version")).values("n")), 0, output_field=IntegerField()),
            waiting=Exists(ahead) | Exists(leased),
        )
        .order_by("project__name", "pk")
    )
