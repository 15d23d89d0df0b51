"""What users may change about themselves."""

from __future__ import annotations

import unicodedata
from zoneinfo import available_timezones

from django.utils.crypto import salted_hmac

from annotation.models import User
from annotation.services.access import attempts, audit


class BadName(Exception):
    """A name that others could not read, or tell from another. ``reason``: ``no_letter``, ``invisible_signs``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def plain_name(name: str) -> str:
    """Return a name as others will read it: one line, no invisible characters.

    Raises
    ------
    BadName
        It is empty, or holds invisible characters, by which it could pass for another.

    Examples
    --------
    >>> plain_name("  Bob   Okafor ")
    'Bob Okafor'
    """
    name = " ".join(name.split())
    if not any(unicodedata.category(sign)[0] in "LN" for sign in name):
        raise BadName("no_letter")
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cn", "Cs"} for sign in name):
        raise BadName("invisible_signs")
    return name


def change_profile(*, user: User, name: str, theme: str, text_size: str, time_zone: str) -> User:
    """Change name, theme, text size and time zone; an empty zone means that it is not known.

    Raises
    ------
    BadName
        The name cannot be used.
    ValidationError
        A value is not one of those offered; the message names the field.
    """
    user.name = plain_name(name)
    user.theme = theme
    user.text_size = text_size
    user.time_zone = time_zone if time_zone in available_timezones() else ""
    user.clean_fields(exclude=["password", "email", "last_login"])
    user.save(update_fields=["name", "theme", "text_size", "time_zone"])
    return user


def note_time_zone(*, user: User, name: str) -> None:
    """Keep the time zone of the browser with which a user signs in, unless one is known; ignore what is no zone."""
    if not user.time_zone and name in available_timezones():
        user.time_zone = name
        user.save(update_fields=["time_zone"])


def confirm(*, user: User, password: str) -> bool:
    """Return whether this is the user's password; they are signed in, and asked to be sure that it is them.

    Raises
    ------
    attempts.TooMany
        It was wrong too often lately.
    """
    attempt = attempts.confirm(user=user)
    right = user.check_password(password)
    if right:
        attempt.take_back()
    return right


def set_own_password(*, user: User, password: str) -> None:
    """Set the password that the user chose. Sessions elsewhere end by it, for they hold a hash of the old one."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record(project=None, actor=user, action="account.password", subject=user.email)


def device_key(user: User) -> str:
    """Return a key for a user's drafts on their device, by which the page also notices that another user signed in.

    It is stable, and tells nothing of the user.
    """
    return salted_hmac("concord.device", str(user.pk)).hexdigest()[:20]
