"""What no password may be, in words."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from common import passwords

UNUSABLE = {
    "too_long": f"A password has at most {passwords.LONGEST:,} characters.",
    "no_text": "The password has a character that cannot be typed. Type it instead of pasting it.",
}


def check_usable(password: str) -> None:
    """Refuse what no password may be, for Django's forms."""
    try:
        passwords.prepared(password)
    except passwords.Unusable as unusable:
        raise ValidationError(UNUSABLE[unusable.reason], code=unusable.reason) from None


class UsableValidator:
    """The same, for Django's list of validators, which its commands use too."""

    def validate(self, password: str, user: Any = None) -> None:
        check_usable(password)

    def get_help_text(self) -> str:
        return UNUSABLE["too_long"]
