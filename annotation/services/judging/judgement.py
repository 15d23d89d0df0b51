"""A judgement as an annotator submits it, and the result once it is stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

LONGEST_REASON = 20_000


class Operation(StrEnum):
    """What a submit key was used for: a key identifies one operation with one body."""

    SUBMIT = "submit"
    CHANGE = "change"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict by the sides of the page, and what goes with it.

    ``shown`` is ``a`` (left), ``b`` (right), ``tie`` or ``both_bad``. ``seconds`` is the page's own measure (visible time);
    it is never believed beyond the time the lease has run.
    """

    shown: str
    strength: int | None = None
    confidence: float | None = None
    reason: str = ""
    seconds: float | None = None

    def digest(self, operation: Operation, assignment: UUID | None) -> bytes:
        """SHA-256 of all that makes it this request and no other. The seconds do not: a client that sends again has more."""
        content = [operation, str(assignment or ""), self.shown, self.strength, self.confidence, self.reason]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What was stored. A replay of the same key gets the same one."""

    assignment: UUID
    revision: int
    kind: str
    surplus: bool
