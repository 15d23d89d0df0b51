"""Accounts, read together with their memberships: one query per request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.models import Member, Project, User
from common.db.rows import columns, instance, prepared, prepared_one

MAX_MEMBERSHIPS = 20
"""Memberships that are read with an account; those of a user who has more are looked up one by one."""

# An account ``u`` with its memberships, for a SELECT and for its FROM.
COLUMNS = ", ".join([columns(User, "u"), columns(Member, "m"), columns(Project, "p")])
JOINS = "LEFT JOIN annotation_member m ON m.user_id = u.id LEFT JOIN annotation_project p ON p.id = m.project_id"

_USER = f"SELECT {COLUMNS} FROM annotation_user u {JOINS} WHERE u.id = %(id)s LIMIT {MAX_MEMBERSHIPS + 1}"  # noqa: S608

_MEMBERSHIP = f"""
SELECT {columns(Member, "m")}, {columns(Project, "p")}
FROM annotation_project p JOIN annotation_member m ON m.project_id = p.id
WHERE p.slug = %(slug)s AND m.user_id = %(user)s
"""  # noqa: S608 - names of our own columns


def with_memberships(pk: Any) -> User | None:
    """Return an account with its memberships, so that ``membership`` of this object asks no further query."""
    return from_rows(prepared(_USER, {"id": pk}))


def from_rows(rows: Sequence[Sequence[Any]]) -> User | None:
    """Return the account of rows that hold ``COLUMNS``, one a membership; null where they hold none."""
    if not rows or rows[0][0] is None:
        return None
    width = len(User._meta.concrete_fields)
    user = instance(User, rows[0][:width])
    if len(rows) <= MAX_MEMBERSHIPS:
        members = [_member(row[width:]) for row in rows if row[width] is not None]
        user.memberships_by_slug = {member.project.slug: member for member in members}
    return user


def membership(*, slug: str, user: User) -> Member | None:
    """Return the user's membership in the project of that slug, with the project; null where there is none."""
    if user.memberships_by_slug is not None:
        return user.memberships_by_slug.get(slug)
    row = prepared_one(_MEMBERSHIP, {"slug": slug, "user": user.pk})
    return None if row is None else _member(row)


def _member(row: Sequence[Any]) -> Member:
    width = len(Member._meta.concrete_fields)
    member = instance(Member, row[:width])
    member.project = instance(Project, row[width:])
    return member
