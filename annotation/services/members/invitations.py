"""Members are added to a project by its managers, who also change their roles and goals."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from annotation.models import Member, Project, User
from annotation.services.access import accounts
from annotation.services.access.audit import record
from annotation.services.members import membership
from annotation.vocabulary import Role


class NameRequired(Exception):
    """There is no account with that address, and a new one needs a name."""


@dataclass(frozen=True, slots=True)
class Added:
    """A new member. ``password`` is that of an account created for them, known now and never again; else null."""

    member: Member
    password: str | None


@transaction.atomic
def add(
    *, project: Project, email: str, name: str, role: Role, daily_goal: int | None = None, by: User | None
) -> Added:
    """Add a person to a project by their address; where it has no account, create one with a new password.

    Raises
    ------
    membership.AlreadyMember
        The account is in the project already.
    NameRequired
        There is no account yet, and no name to create one with.
    accounts.BadName
        The name cannot be used.
    ValidationError
        The address cannot be used.
    """
    address = email.strip().lower()
    user = User.objects.filter(email=address).first()
    password = None
    if user is None:
        if not name.strip():
            raise NameRequired
        password = secrets.token_urlsafe(15)
        user = User(email=address, name=accounts.plain_name(name), must_change_password=True)
        user.set_password(password)
        user.full_clean()
        user.save()
        record(project=project, actor=by, action="account.create", subject=address)
    member = membership.add(project=project, user=user, role=role, by=by)
    if daily_goal is not None:
        membership.set_goal(member=member, daily_goal=daily_goal)
    return Added(member, password)


@transaction.atomic
def change(*, member: Member, role: Role, daily_goal: int | None, by: User | None) -> Member:
    """Give a member another role and another daily goal; null shows no bar.

    Raises
    ------
    membership.NotAllowed
        The role is changed, and the member is oneself or the last active manager.
    """
    if role != member.role:
        membership.set_role(member=member, role=role, by=by)
    if daily_goal != member.daily_goal:
        membership.set_goal(member=member, daily_goal=daily_goal)
    return member
