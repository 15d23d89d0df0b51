"""Membership: joining a project, roles and states."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max

from annotation.models import Member, Project, QueueMark, User
from annotation.services.access.audit import record
from annotation.services.members import authors
from annotation.vocabulary import MemberState, Role


class AlreadyMember(Exception):
    """The account is a member of the project already."""


class NotAllowed(Exception):
    """Nobody changes their own role or state, and a project keeps at least one active manager."""


@transaction.atomic
def add(*, project: Project, user: User, role: Role, by: User | None) -> Member:
    """Add an account to a project, with a pseudonym for its name; it becomes the author of prompts that name it.

    Raises
    ------
    AlreadyMember
        The account is a member already.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    if Member.objects.filter(project=project, user=user).exists():
        raise AlreadyMember
    number = _next_number(project)
    taken = set(Member.objects.filter(project=project).values_list("name", flat=True))
    name = f"Annotator {number:03d}"
    while name in taken:  # an imported annotator has this name
        number += 1
        name = f"Annotator {number:03d}"
    member = Member.objects.create(project=project, user=user, role=role.value, number=number, name=name)
    QueueMark.objects.create(project=project, member=member)
    authors.claim_prompts(member)
    record(project=project, actor=by, action="member.add", subject=member.pseudonym, detail={"role": role.value})
    return member


def imported(*, project: Project, names: Iterable[str]) -> dict[str, Member]:
    """Return the members of these names; create those that do not exist, known only from imported judgements.

    Runs in the caller's transaction, which holds the project's row.
    """
    wanted = sorted(set(names))
    known = {m.name: m for m in Member.objects.filter(project=project, name__in=wanted)}
    number = _next_number(project)
    missing = [name for name in wanted if name not in known]
    made = Member.objects.bulk_create(
        Member(project=project, name=name, number=number + i, role=Role.ANNOTATOR.value)
        for i, name in enumerate(missing)
    )
    QueueMark.objects.bulk_create(QueueMark(project=project, member=member) for member in made)
    return known | {m.name: m for m in made}


@transaction.atomic
def set_state(*, member: Member, state: MemberState, by: User | None) -> Member:
    """Pause, suspend or resume a member, from their next request on.

    Raises
    ------
    NotAllowed
        The member is oneself, or the last active manager.
    """
    if by is not None and member.user_id == by.pk:
        raise NotAllowed
    _lock(member)
    before = member.state
    member.state = state.value
    member.save(update_fields=["state"])
    _keep_a_manager(member.project)
    record(
        project=member.project,
        actor=by,
        action="member.state",
        subject=member.pseudonym,
        detail={"from": before, "to": state.value},
    )
    return member


@transaction.atomic
def set_probation(*, member: Member, probation: bool, by: User | None) -> Member:
    """Put an annotator on probation, or end it: they work on, their judgements count, and more of their pairs are gold."""
    _lock(member)
    before, member.probation = member.probation, probation
    member.save(update_fields=["probation"])
    if before != probation:
        record(
            project=member.project,
            actor=by,
            action="member.probation",
            subject=member.pseudonym,
            detail={"from": before, "to": probation},
        )
    return member


@transaction.atomic
def set_role(*, member: Member, role: Role, by: User | None) -> Member:
    """Give a member another role.

    Raises
    ------
    NotAllowed
        The member is oneself, or the last active manager.
    """
    if by is not None and member.user_id == by.pk:
        raise NotAllowed
    _lock(member)
    before = member.role
    member.role = role.value
    member.save(update_fields=["role"])
    _keep_a_manager(member.project)
    record(
        project=member.project,
        actor=by,
        action="member.role",
        subject=member.pseudonym,
        detail={"from": before, "to": role.value},
    )
    return member


def set_goal(*, member: Member, daily_goal: int | None) -> Member:
    """Set how many pairs a day the member means to judge; null shows no bar."""
    member.daily_goal = daily_goal
    member.save(update_fields=["daily_goal"])
    return member


def read_guidelines(*, member: Member, version: int) -> None:
    """Record that the member has read a version of the guidelines."""
    Member.objects.filter(pk=member.pk, guidelines_read__lt=version).update(guidelines_read=version)


def _next_number(project: Project) -> int:
    return (Member.objects.filter(project=project).aggregate(most=Max("number"))["most"] or 0) + 1


def lock(project_id: int) -> None:
    """Keep every other change of a project's members waiting until the transaction ends."""
    Project.objects.select_for_update(no_key=True).get(pk=project_id)


def _lock(member: Member) -> None:
    """Serialize changes: of two managers who suspend each other at once, the second one is the last and stays."""
    lock(member.project_id)
    member.refresh_from_db(fields=["role", "state", "probation"])


def _keep_a_manager(project: Project) -> None:
    managers = Member.objects.filter(project=project, role=Role.MANAGER.value, user__isnull=False)
    if managers.exists() and not managers.filter(state=MemberState.ACTIVE.value).exists():
        raise NotAllowed
    if not managers.exists() and project.members.filter(user__isnull=False).exists():
        raise NotAllowed
