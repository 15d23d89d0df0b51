"""People are taken into a project by its managers, and change what they are in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from annotation.models import Member, Project, User
from annotation.services.access import accounts
from annotation.services.access.audit import record
from annotation.services.members import membership
from annotation.vocabulary import Role


class NameWanted(Exception):
    """There is no account of that address, and a new one wants a name."""


@dataclass(frozen=True, slots=True)
class Welcomed:
    """A new member. ``password`` is that of an account made for him: known now and never again; else null."""

    member: Member
    password: str | None


@transaction.atomic
def welcome(
    *, project: Project, email: str, name: str, role: Role, daily_goal: int | None = None, by: User | None
) -> Welcomed:
    """Take somebody into a project by his address; where it has no account, one is made with a fresh password.

    Raises
    ------
    membership.AlreadyMember
        The account is in the project already.
    NameWanted
        There is no account yet, and no name to make one with.
    ValidationError
        The address or the name cannot be used.
    """
    address = email.strip().lower()
    user = User.objects.filter(email=address).first()
    password = None
    if user is None:
        if not name.strip():
            raise NameWanted
        password = secrets.token_urlsafe(15)
        user = User(email=address, name=accounts.plain_name(name))
        user.set_password(password)
        user.full_clean()
        user.save()
        record(project=project, actor=by, action="account.create", subject=address)
    member = membership.add(project=project, user=user, role=role, by=by)
    if daily_goal is not None:
        membership.set_goal(member=member, daily_goal=daily_goal)
    return Welcomed(member, password)


@transaction.atomic
def change(*, member: Member, role: Role, daily_goal: int | None, by: User | None) -> Member:
    """Give a member another role and another daily goal; null shows no bar.

    Raises
    ------
    membership.NotAllowed
        The role is changed, and it is oneself or the last active manager.
    """
    if role != member.role:
        membership.set_role(member=member, role=role, by=by)
    if daily_goal != member.daily_goal:
        membership.set_goal(member=member, daily_goal=daily_goal)
    return member
