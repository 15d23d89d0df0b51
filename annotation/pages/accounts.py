"""A user's account, in words."""

from __future__ import annotations

BAD_NAMES = {
    "no_letter": "Enter a name with at least one letter.",
    "invisible_signs": "Remove the invisible characters from the name.",
}
"""Why a name is refused, by the reason that the service gives."""
