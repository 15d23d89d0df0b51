"""What can be done to a member, in words."""

from __future__ import annotations

from annotation.models import Member
from annotation.vocabulary import MemberState

NOT_ALLOWED = "Nobody changes their own role or state, and a project keeps at least one active manager."
MAY_NOT_RESET = (
    "You cannot set a new password for this person: they manage a project, are in a project that you do not manage, "
    "or administer the site. Ask the site administrator."
)
CHANGED = {
    MemberState.ACTIVE: "{} receives pairs again.",
    MemberState.PAUSED: "{} gets no new assignments. The work so far counts.",
    MemberState.SUSPENDED: "{} cannot open the project any more. The work so far counts.",
}
# State, button, what it does and what stays, and how the button looks.
_STATES = (
    (MemberState.ACTIVE, "Resume", "Starts receiving pairs again immediately.", "primary"),
    (MemberState.PAUSED, "Pause", "No new assignments, and a page that says so. All work so far stays and counts.", ""),
    (
        MemberState.SUSPENDED,
        "Suspend",
        "Loses access to the project immediately. All work so far stays and counts.",
        "act",
    ),
)


def other_states(member: Member) -> list[tuple[MemberState, str, str, str]]:
    """Return the states a member can be put in, each with its button, what that does, and how it looks."""
    return [state for state in _STATES if state[0] != member.state]
