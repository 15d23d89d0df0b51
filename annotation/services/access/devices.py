"""Browsers that have signed in to an account before, by a signed cookie. They have limits of their own (``attempts``).

The cookie lets nobody in: whoever has it may try passwords where others, elsewhere, have used up the account's tries. It
names up to five accounts, for a browser that several people use. Each entry ends with the account's password, for it holds a
keyed hash of that password's hash.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from annotation.models import User
from annotation.services.access.attempts import account_key

MOST: Final = 5
MAX_AGE: Final = 180 * 24 * 3600
"""Seconds after the last sign-in."""
_SALT: Final = "concord.known-device"

Entry = tuple[int, str, str]
"""An account's key, the browser's id there, and what binds both to the password."""


def remember(*, user: User, cookie: str) -> str:
    """Return the cookie of a browser in which the user has just signed in or set a password, from the one it had."""
    others = [entry for entry in _entries(cookie) if entry[0] != user.pk]
    device = secrets.token_urlsafe(9)
    return signing.dumps([(user.pk, device, _binding(user, device)), *others][:MOST], salt=_SALT)


def known(*, login: str, cookie: str) -> str | None:
    """Return the browser's id at the account that the login names; null where it has not signed in there."""
    entries = {entry[0]: entry for entry in _entries(cookie)}
    if not entries:
        return None
    for user in User.objects.filter(pk__in=entries):
        _, device, binding = entries[user.pk]
        if account_key(user.email) == account_key(login) and constant_time_compare(binding, _binding(user, device)):
            return device
    return None


def _entries(cookie: str) -> list[Entry]:
    """Return a cookie's entries; none where it is not one of ours or too old."""
    try:
        entries: Any = signing.loads(cookie, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return []
    return [(pk, device, binding) for pk, device, binding in entries]


def _binding(user: User, device: str) -> str:
    return salted_hmac(_SALT, f"{user.pk}:{device}:{user.password}", algorithm="sha256").hexdigest()[:32]
