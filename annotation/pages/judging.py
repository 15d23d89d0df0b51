"""The judging page: why there is no pair, and the reasons to skip or flag one."""

from __future__ import annotations

from annotation.models import Member
from annotation.pages.flags import LABELS
from annotation.vocabulary import MemberState, ProjectState, SkipReason

SKIP_REASONS = [
    (SkipReason.NOT_MY_FIELD.value, "I do not know the subject well enough"),
    (SkipReason.UNREADABLE.value, "It cannot be read or is broken"),
    (SkipReason.LANGUAGE.value, "I do not know the language well enough"),
    (SkipReason.UNCOMFORTABLE.value, "I would rather not read this"),
    (SkipReason.OTHER.value, "Another reason"),
]
FLAG_REASONS = [(reason.value, label) for reason, label in LABELS.items()]
SCRIPT_ICONS = ("check", "wait", "offline", "watch", "act", "flag", "differences")

_CLOSED = {ProjectState.DRAFT: "not_open", ProjectState.PAUSED: "paused", ProjectState.CLOSED: "closed"}


def ending(member: Member) -> str:
    """Return the code of the page that says why this member gets no pair now, empty where nothing prevents it."""
    if member.state == MemberState.PAUSED:
        return "resting"
    return _CLOSED.get(ProjectState(member.project.state), "")
