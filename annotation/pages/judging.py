"""The judging page: why there is no pair, and the reasons to skip or flag one."""

from __future__ import annotations

from enum import StrEnum

from annotation.models import Member
from annotation.pages.flags import LABELS
from annotation.selectors.queue_end import QueueEnd
from annotation.vocabulary import MemberState, ProjectState, SkipReason, Undoable

SKIP_REASONS = [
    (SkipReason.NOT_MY_FIELD.value, "I do not know the subject well enough"),
    (SkipReason.UNREADABLE.value, "It is broken or unreadable"),
    (SkipReason.LANGUAGE.value, "I do not know the language well enough"),
    (SkipReason.UNCOMFORTABLE.value, "I would rather not read this"),
    (SkipReason.OTHER.value, "Another reason"),
]
FLAG_REASONS = [(reason.value, label) for reason, label in LABELS.items()]
TAKEN_BACK = {
    Undoable.VERDICT: "Your judgement is taken back. The pair is on the page again.",
    Undoable.SKIP: "Your skip is taken back. The pair is on the page again.",
    Undoable.FLAG: "Your flag is taken back.",
}
UNDO = {
    Undoable.VERDICT: "Undo your last judgement",
    Undoable.SKIP: "Undo your last skip",
    Undoable.FLAG: "Undo your last flag",
}
TOO_LATE = {
    Undoable.VERDICT: "The time in which your last judgement could be taken back is over.",
    Undoable.SKIP: "The time in which your last skip could be taken back is over.",
    Undoable.FLAG: "The time in which your last flag could be taken back is over.",
}
SCRIPT_ICONS = ("check", "wait", "offline", "watch", "act", "flag", "differences", "undo")


class NoPair(StrEnum):
    """Why a member gets no pair; the page and its script use these codes."""

    MEMBER_PAUSED = "resting"
    NOT_OPEN = "not_open"
    PAUSED = "paused"
    CLOSED = "closed"
    NOTHING_LEFT = "nothing_left"
    LOOKING_FURTHER = "looking_further"
    ENOUGH_HELD = "enough"
    GUIDELINES_UNREAD = "guidelines"
    HELD_BY_OTHERS = QueueEnd.HELD_BY_OTHERS.value
    NOTHING_FOR_YOU = QueueEnd.NOTHING_FOR_YOU.value
    ALL_DONE = QueueEnd.ALL_DONE.value
    NO_PAIRS = QueueEnd.NO_PAIRS.value


LOOKING_AGAIN = {NoPair.HELD_BY_OTHERS, NoPair.LOOKING_FURTHER}
"""Where the page looks again by itself, because a pair may come soon."""


_PROJECT = {
    ProjectState.DRAFT: NoPair.NOT_OPEN,
    ProjectState.PAUSED: NoPair.PAUSED,
    ProjectState.CLOSED: NoPair.CLOSED,
}


def prevented(member: Member) -> NoPair | None:
    """Return why this member is handed nothing at all now, null where nothing prevents it."""
    if member.state == MemberState.PAUSED:
        return NoPair.MEMBER_PAUSED
    return _PROJECT.get(ProjectState(member.project.state))
