"""What a request for the next pair is answered with."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from uuid import UUID


class Answer(enum.Enum):
    """The kinds of answer."""

    PAIR = "pair"
    LOOKING_FURTHER = "looking further"
    NOTHING_LEFT = "nothing left"


@dataclass(frozen=True, slots=True)
class Offer:
    """``assignment`` is the primary key of the leased assignment where ``answer`` is PAIR, else null."""

    answer: Answer
    assignment: int | None = None
    uuid: UUID | None = None
