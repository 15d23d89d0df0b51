"""What members are told of their own standing, by apps that register it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from annotation.models import Member


class Notice(StrEnum):
    """What a member is told."""

    PAUSED = "paused"
    """A rule of the project has paused their work."""
    PROBATION = "probation"
    NEWS = "news"
    """Something about them was taken back, has ended, or was answered."""


Teller: TypeAlias = Callable[[Collection[Member]], Mapping[int, Notice]]

_TELLERS: Final[list[Teller]] = []


def tells(teller: Teller) -> Teller:
    """Register what tells members something, by primary key."""
    _TELLERS.append(teller)
    return teller


def told(members: Collection[Member]) -> dict[int, Notice]:
    """Return what each of these members is told; those who are told nothing are absent."""
    found: dict[int, Notice] = {}
    for teller in _TELLERS if members else ():
        found |= teller(members)
    return found
