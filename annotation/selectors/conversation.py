"""Prompts and responses as conversations of turns. No query here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System prompt", "tool": "Tool"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: who speaks, and what."""

    who: str
    text: str

    @property
    def is_reply(self) -> bool:
        return self.who != "User"


def turns(content: Any) -> list[Turn]:
    """A string is one message of a person; a list is a conversation.

    >>> turns("Why?")
    [Turn(who='User', text='Why?')]
    >>> [turn.who for turn in turns([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}])]
    ['System prompt', 'User']
    """
    if isinstance(content, str):
        return [Turn("User", content)]
    return [Turn(SPEAKERS.get(turn["role"], "Assistant"), _text(turn["content"])) for turn in content]


def replies(content: Any) -> list[Turn]:
    """A response: a string, or the messages a model gave."""
    if isinstance(content, str):
        return [Turn("Assistant", content)]
    return turns(content)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "" if content is None else str(content)


def opening(content: Any) -> str:
    """Return what a list shows of a prompt: the last question in it."""
    found = turns(content)
    asked = [turn.text for turn in found if not turn.is_reply] or [turn.text for turn in found] or [""]
    return asked[-1]
