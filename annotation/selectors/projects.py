"""Projects, for the users who run them."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from annotation.models import Member, Project, User
from annotation.vocabulary import MemberState, Role


def may_create(user: User) -> bool:
    """Return whether a user may create projects: site administrators, and active managers of any project."""
    managed = Member.objects.filter(user=user, role=Role.MANAGER.value, state=MemberState.ACTIVE.value)
    return user.is_superuser or managed.exists()


def every() -> QuerySet[Project]:
    """Return all projects, for periodic work."""
    return Project.objects.all()


def run_by(user: User) -> QuerySet[Project]:
    """Return the projects a user manages or reviews, newest first; all projects for the site administrator.

    Each has ``people``, its number of members with an account, ``own_role``, the user's role or an empty string, and
    ``manages``, whether that is the manager's.
    """
    found = Project.objects.annotate(people=Count("members", filter=Q(members__user__isnull=False)))
    if not user.is_superuser:
        run = Member.objects.filter(user=user, role__in=[Role.MANAGER.value, Role.REVIEWER.value])
        run = run.exclude(state=MemberState.SUSPENDED.value)
        found = found.filter(pk__in=run.values("project"))
    own = Member.objects.filter(project=OuterRef("pk"), user=user)
    return found.annotate(
        own_role=Coalesce(Subquery(own.values("role")[:1]), Value("")),
        manages=Exists(own.filter(role=Role.MANAGER.value)),
    ).order_by("-id")
