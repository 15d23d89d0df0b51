"""How long a connection may take to send a request and to read an answer: a minimum rate, and an end in any case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """What a connection waits for."""

    IDLE = "idle"  # nothing of a request has come yet
    HEAD = "head"  # the request line and headers are coming
    ASK = "ask"  # a thread asks, or will, whether its large body may come
    BODY = "body"
    WORK = "work"  # a thread has it, or will: it is the server's time
    ANSWER = "answer"  # the answer is being read
    LINGER = "linger"  # answered and ended: what still comes is thrown away, so that the answer can be read


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds, and bytes a second.

    A body or an answer may take ``grace`` and then a second more for every ``rate`` bytes that have moved, so that a client on
    a bad line gets through and one that sends a byte every few seconds does not. ``whole`` ends the rest: 512 MiB at 150 KiB a
    second. Bytes of a body buy at most ``credit`` seconds ahead: who sent four megabytes at once does not hold them for an
    hour. Those of an answer buy what they buy: megabytes of it are in the system's buffers, and are being read from there.
    """

    first_byte: float = 15.0
    idle: float = 65.0
    head: float = 10.0
    ask: float = 10.0
    grace: float = 20.0
    rate: float = 1024.0
    credit: float = 30.0
    whole: float = 3600.0
    linger: float = 5.0

    def counted(self, moved: float, *, seconds: float) -> float:
        """Return how many of the bytes of a body count, which has been coming for so many seconds."""
        return min(moved, self.rate * (seconds + max(0.0, self.credit - self.grace)))

    def over(self, phase: Phase, *, seconds: float, moved: float, answered: bool) -> bool:
        """Return whether a phase that began ``seconds`` ago has taken too long.

        ``moved`` is the number of bytes that came or went in it, of a body those that are ``counted``; ``answered`` says whether the connection had an answer before:
        browsers keep such ones for the next request.
        """
        match phase:
            case Phase.IDLE:
                return seconds > (self.idle if answered else self.first_byte)
            case Phase.HEAD:
                return seconds > self.head
            case Phase.ASK:
                return seconds > self.ask
            case Phase.BODY | Phase.ANSWER:
                return seconds > min(self.grace + moved / self.rate, self.whole)
            case Phase.LINGER:
                return seconds > self.linger
            case Phase.WORK:
                return False
