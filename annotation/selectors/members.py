"""The members of a project."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, IntegerField, QuerySet, Value, When

from annotation.models import Member, Project
from annotation.vocabulary import MemberState, Role

_RANK = {Role.MANAGER: 0, Role.REVIEWER: 1, Role.ANNOTATOR: 2}


def listed(*, project: Project) -> QuerySet[Member]:
    """Return all members with their accounts: managers first, then by number."""
    whens = (When(role=role.value, then=Value(rank)) for role, rank in _RANK.items())
    order = Case(*whens, output_field=IntegerField())
    return Member.objects.filter(project=project).select_related("user").order_by(order, "number")


def by_number(*, project: Project, number: int) -> Member | None:
    """Return one member by the number of their pseudonym, or null."""
    return Member.objects.filter(project=project, number=number).select_related("user", "project").first()


def of_keys(*, project_id: int, keys: Iterable[int]) -> QuerySet[Member]:
    """Return the members of a project with these primary keys, by number."""
    return Member.objects.filter(project_id=project_id, pk__in=keys).order_by("number")


def working(project: Project) -> list[Member]:
    """Return the annotators with an account who are neither paused nor suspended, by number. One query."""
    return list(
        Member.objects.filter(
            project=project,
            role=Role.ANNOTATOR.value,
            state=MemberState.ACTIVE.value,
            user__isnull=False,
        ).order_by("number")
    )
