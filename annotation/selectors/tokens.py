"""A user's own API tokens."""

from __future__ import annotations

from django.db.models import QuerySet

from annotation.models import ApiToken, User


def of_user(user: User) -> QuerySet[ApiToken]:
    """Return a user's tokens with their projects, newest first."""
    return ApiToken.objects.filter(user=user).prefetch_related("projects").order_by("-pk")


def find(*, user: User, prefix: str) -> ApiToken | None:
    """Return one of a user's tokens by its prefix, or null."""
    return ApiToken.objects.filter(user=user, prefix=prefix).first()
