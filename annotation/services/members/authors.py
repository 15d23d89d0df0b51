"""Link authors of prompts to members of the project, so that nobody judges their own prompt."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from annotation.models import Member, Project, Prompt


def known(*, project: Project, names: Collection[str]) -> dict[str, Member]:
    """Return the members whom these authors' names mean: by name in the project, else by address, else by account name.

    An address is compared without regard to case. Of namesakes, the first who joined is meant.
    """
    addresses = {name.lower() for name in names}
    any_name = Q(name__in=names) | Q(user__email__in=addresses) | Q(user__name__in=names)
    members = list(Member.objects.filter(any_name, project=project).select_related("user").order_by("-pk"))
    named = {member.user.name: member for member in members if member.user}
    addressed = {member.user.email: member for member in members if member.user}
    here = {member.name: member for member in members}
    meant = {name: here.get(name) or addressed.get(name.lower()) or named.get(name) for name in names}
    return {name: member for name, member in meant.items() if member is not None}


def claim_prompts(member: Member) -> int:
    """Make a new member the author of the earlier prompts that name them; return the number of prompts."""
    if member.user is None:
        return 0
    naming_them = Q(author_name__in=[member.name, member.user.name]) | Q(author_name__iexact=member.user.email)
    return Prompt.objects.filter(naming_them, project_id=member.project_id, author=None).update(author=member)
