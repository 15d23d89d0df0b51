"""What can be done to a member, in words."""

from __future__ import annotations

from annotation.models import Member
from annotation.vocabulary import MemberState

NOT_ALLOWED = "Nobody changes their own role or state, and a project keeps at least one active manager."
CHANGED = {
    MemberState.ACTIVE: "{} is back, and is handed out pairs again.",
    MemberState.PAUSED: "{} gets no new assignments. The work so far counts.",
    MemberState.SUSPENDED: "{} cannot open the project any more. The work so far counts.",
}
# State, button, what it does and what stays, and how the button looks.
_STATES = (
    (MemberState.ACTIVE, "Bring back", "Handed out pairs again, from the next request on.", "primary"),
    (MemberState.PAUSED, "Pause", "No new assignments, and a page that says so. All work so far stays and counts.", ""),
    (
        MemberState.SUSPENDED,
        "Suspend",
        "The project cannot be opened any more, from the next request on. All work so far stays and counts.",
        "act",
    ),
)


def other_states(member: Member) -> list[tuple[MemberState, str, str, str]]:
    """Return the states a member can be put in, each with its button, what that does, and how it looks."""
    return [state for state in _STATES if state[0] != member.state]
