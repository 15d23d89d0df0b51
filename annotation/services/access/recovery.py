"""A forgotten password: a link with which a person sets a new one, made by somebody who may do that for them.

Whoever has the link can take over the account, so nobody may make one for an account that can do more than they can
themselves. The site administrator may make one for every account but their own. A manager may make one only for an account
that is not the administrator's, manages no project, and is in no project that the manager does not manage.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from annotation.models import Member, User
from annotation.services.access import audit
from annotation.vocabulary import MemberState, Role

NOBODY: Final = 0
"""The key of no account. A mail is written for it where there is no account, and never sent."""


class MayNotReset(Exception):
    """The account can do more than the one who asks, or is their own."""


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that end with their use, a sign-in, a change of password or address, ``PASSWORD_RESET_TIMEOUT``, or new rights.

    The last, because whoever made the link must not come to hold an account that may do more than when they made it.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        rights = Member.objects.filter(user=user).order_by("project_id").values_list("project_id", "role")
        return f"{super()._make_hash_value(user, timestamp)}{user.is_superuser}{list(rights)}"


def may_reset(*, user: User, by: User) -> bool:
    """Return whether ``by`` may make a link with which a new password is set for ``user``."""
    if user.pk == by.pk or not user.is_active:
        return False
    if by.is_superuser:
        return True
    theirs = Member.objects.filter(user=user)
    if user.is_superuser or theirs.filter(role=Role.MANAGER.value).exists():
        return False
    managed = Member.objects.filter(user=by, role=Role.MANAGER.value, state=MemberState.ACTIVE.value)
    return not theirs.exclude(project__in=managed.values("project_id")).exists()


def make_token(*, member: Member, by: User) -> str:
    """Return a token with which the member's account gets a new password, once; the audit log says who made it.

    Raises
    ------
    MayNotReset
        ``by`` may not do that, or the member has no account.
    """
    if member.user is None or not may_reset(user=member.user, by=by):
        raise MayNotReset
    audit.record(project=member.project, actor=by, action="account.reset_link", subject=member.user.email)
    return ResetTokens().make_token(member.user)
