"""What readers yield: a pair, a prompt with responses, a blank line, or what is wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from annotation.choices import Verdict


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; ``role`` is system, user, assistant or tool."""

    role: str
    content: str


Content: TypeAlias = str | tuple[Message, ...]
"""A text, or a conversation; kept in the form it came in."""


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """One source model's answer."""

    model: str
    content: Content


@dataclass(frozen=True, slots=True)
class JudgementRecord:
    """One annotator's verdict that came with a pair. ``shown_first`` None: nobody knows which side it stood on."""

    annotator: str
    verdict: Verdict
    shown_first: Literal["a", "b"] | None = None
    strength: int | None = None
    confidence: float | None = None
    reason: str = ""
    seconds: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairLine:
    """A ready pair in the line's own order: ``first`` is its ``response_a``."""

    line: int
    external_id: str
    prompt: Content
    first: ResponseRecord
    second: ResponseRecord
    language: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    gold: Verdict | None = None
    judgements: tuple[JudgementRecord, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def content_hash(self) -> bytes:
        """Identity of the pair's content: prompt, both responses in order (models and texts), gold verdict.

        Not in it: judgements (new ones on a known pair are welcome), language, tags and author, which say
        something about the pair without changing what is judged.
        """
        responses = [[r.model, _plain(r.content)] for r in (self.first, self.second)]
        return _digest("pair", _plain(self.prompt), responses, None if self.gold is None else self.gold.word)


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A prompt with its responses, from which a pairing run makes pairs."""

    line: int
    external_id: str
    prompt: Content
    responses: tuple[ResponseRecord, ...]
    language: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def content_hash(self) -> bytes:
        """Identity of the line's content: prompt and all responses in order (models and texts)."""
        return _digest("prompt_line", _plain(self.prompt), [[r.model, _plain(r.content)] for r in self.responses])


@dataclass(frozen=True, slots=True)
class Problem:
    """A quarantined line. ``path`` is a JSON path or ``column 12``; ``raw`` is the line itself.

    Of a line that is too large ``raw`` keeps the beginning.
    """

    line: int
    code: str
    message: str
    path: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A line with nothing on it: counted, not imported."""

    line: int


Item: TypeAlias = PairLine | PromptLine | Problem | BlankLine


def content_hash(content: Content) -> bytes:
    """Identity of one prompt's or response's content, 32 bytes, the same on every machine and for ever.

    A text and a conversation of that one text are two contents: content is stored in the form it came in.

    >>> content_hash("hello").hex()[:16]
    '6e62e156fa20f50c'
    """
    return _digest("content", _plain(content))


def plain(content: Content) -> str | list[dict[str, str]]:
    """The content as JSON knows it: the string, or the list of ``{"role", "content"}``."""
    if isinstance(content, str):
        return content
    return [{"role": m.role, "content": m.content} for m in content]


def _plain(content: Content) -> object:
    return content if isinstance(content, str) else [[m.role, m.content] for m in content]


def _digest(*parts: object) -> bytes:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")).digest()
