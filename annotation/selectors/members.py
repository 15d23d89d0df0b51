"""Who takes part in a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from annotation.models import Guidelines, Member, Project, Response, User
from common.db.rows import columns, every, made, one

MOST = 20
"""Memberships that are read with an account; somebody with more is looked up in each project by itself."""

# An account ``u`` with its memberships, for a SELECT and for its FROM.
PERSON = ", ".join([columns(User, "u"), columns(Member, "m"), columns(Project, "p")])
BELONGS = "LEFT JOIN annotation_member m ON m.user_id = u.id LEFT JOIN annotation_project p ON p.id = m.project_id"

_PERSON = f"SELECT {PERSON} FROM annotation_user u {BELONGS} WHERE u.id = %(id)s LIMIT {MOST + 1}"  # noqa: S608

_MEMBERSHIP = f"""
SELECT {columns(Member, "m")}, {columns(Project, "p")}
FROM annotation_project p JOIN annotation_member m ON m.project_id = p.id
WHERE p.slug = %(slug)s AND m.user_id = %(user)s
"""  # noqa: S608 - names of our own columns


def person(pk: Any) -> User | None:
    """An account, and in the same query where it belongs: ``membership`` of this very object asks no more."""
    return made_person(every(_PERSON, {"id": pk}))


def made_person(rows: Sequence[Sequence[Any]]) -> User | None:
    """The account of rows that hold ``PERSON``, one a membership; null where they hold none."""
    if not rows or rows[0][0] is None:
        return None
    width = len(User._meta.concrete_fields)
    user = made(User, rows[0][:width])
    if len(rows) <= MOST:
        members = [_member(row[width:]) for row in rows if row[width] is not None]
        user.belongs = {member.project.slug: member for member in members}
    return user


def membership(*, slug: str, user: User) -> Member | None:
    """What this person is in the project of that slug, the project with it; null for a stranger."""
    if user.belongs is not None:
        return user.belongs.get(slug)
    row = one(_MEMBERSHIP, {"slug": slug, "user": user.pk})
    return None if row is None else _member(row)


def _member(row: Sequence[Any]) -> Member:
    width = len(Member._meta.concrete_fields)
    member = made(Member, row[:width])
    member.project = made(Project, row[width:])
    return member


def listed(*, project: Project) -> QuerySet[Member]:
    """All members with their accounts: managers first, then by number."""
    rank = {"manager": 0, "reviewer": 1, "annotator": 2}
    order = Case(*(When(role=role, then=Value(n)) for role, n in rank.items()), output_field=IntegerField())
    return Member.objects.filter(project=project).select_related("user").order_by(order, "number")


def by_number(*, project: Project, number: int) -> Member | None:
    """One member by the number of his pseudonym, or null."""
    return Member.objects.filter(project=project, number=number).select_related("user", "project").first()


def may_make_projects(user: User) -> bool:
    """The site's admins, and whoever manages some project already."""
    return user.is_superuser or Member.objects.filter(user=user, role="manager", state="active").exists()


def versions(*, project: Project, most: int = 20) -> list[Guidelines]:
    """The newest versions of the guidelines with who wrote them, newest first."""
    return list(Guidelines.objects.filter(project=project).select_related("written_by").order_by("-version")[:most])


def projects_run_by(user: User) -> QuerySet[Project]:
    """Projects this person manages or reviews, all of them for the site's admin; each with ``people``, newest first."""
    found = Project.objects.annotate(people=Count("members", filter=Q(members__user__isnull=False)))
    if not user.is_superuser:
        mine = Member.objects.filter(user=user, role__in=["manager", "reviewer"]).exclude(state="suspended")
        found = found.filter(pk__in=mine.values("project"))
    own = Member.objects.filter(project=OuterRef("pk"), user=user).values("role")[:1]
    return found.annotate(own_role=Coalesce(Subquery(own), Value(""))).order_by("-id")


def source_models(*, project: Project) -> list[str]:
    """The names of a project's source models."""
    return sorted(Response.objects.filter(project=project).order_by().values_list("source_model", flat=True).distinct())
