"""Who wrote a prompt, where he is in the project: nobody is handed his own."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from annotation.models import Member, Project, Prompt


def known(*, project: Project, names: Collection[str]) -> dict[str, Member]:
    """The members whom these author's names mean: by their name in the project, else their address, else their own name.

    An address is read without regard to case. Of namesakes it is the first who joined.
    """
    addresses = {name.lower() for name in names}
    any_name = Q(name__in=names) | Q(user__email__in=addresses) | Q(user__name__in=names)
    members = list(Member.objects.filter(any_name, project=project).select_related("user").order_by("-pk"))
    named = {member.user.name: member for member in members if member.user}
    addressed = {member.user.email: member for member in members if member.user}
    here = {member.name: member for member in members}
    meant = {name: here.get(name) or addressed.get(name.lower()) or named.get(name) for name in names}
    return {name: member for name, member in meant.items() if member is not None}


def recognise(member: Member) -> int:
    """He joins after prompts came that name him as their author: he is it now. How many there are."""
    if member.user is None:
        return 0
    of_him = Q(author_name__in=[member.name, member.user.name]) | Q(author_name__iexact=member.user.email)
    return Prompt.objects.filter(of_him, project_id=member.project_id, author=None).update(author=member)
