"""A user's account, in words."""

from __future__ import annotations

BAD_NAMES = {
    "no_letter": "A name has at least one letter.",
    "invisible_signs": "A name holds no invisible signs.",
}
"""Why a name is refused, by the reason that the service gives."""
