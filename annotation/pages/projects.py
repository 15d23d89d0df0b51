"""A project's name and states, in words."""

from __future__ import annotations

from collections.abc import Container

from annotation.vocabulary import ProjectState

STATES = {
    ProjectState.DRAFT: "A draft: nothing is handed out before you open it.",
    ProjectState.OPEN: "Open: its members are handed out pairs.",
    ProjectState.PAUSED: "Paused: nothing new is handed out.",
    ProjectState.CLOSED: "Closed: nothing is handed out any more.",
}
UNREADABLE_NAME = "Give it a name of visible characters."
# The button, what the move does and what stays, and how the button looks.
_MOVES: dict[ProjectState, tuple[str, str, str]] = {
    ProjectState.OPEN: ("Open", "Its members are handed out pairs from now on.", "primary"),
    ProjectState.PAUSED: (
        "Pause",
        "Nothing new is handed out. Pairs in people’s hands can still be finished, and all that was judged stays.",
        "",
    ),
    ProjectState.CLOSED: (
        "Close",
        "Nothing is handed out again, for good. Work in people’s hands still counts; judgements, figures and exports stay.",
        "act",
    ),
}


def moves(allowed: Container[ProjectState]) -> list[tuple[ProjectState, str, str, str, bool]]:
    """Return the states a project can be moved to: each with button, effect, look, and whether the move is final."""
    return [(to, *move, is_final(to)) for to, move in _MOVES.items() if to in allowed]


def is_final(state: ProjectState) -> bool:
    """Return whether a move to a state cannot be taken back."""
    return state == ProjectState.CLOSED
