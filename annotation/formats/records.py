"""What readers yield: a pair, a prompt with responses, a blank line, or what is wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring_ascii as _string
from typing import Literal, TypeAlias

from annotation.vocabulary import Verdict


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
        responses = ",".join(_response(r) for r in (self.first, self.second))
        gold = "null" if self.gold is None else _string(self.gold.word)
        return _digest(f'["pair",{_written(self.prompt)},[{responses}],{gold}]')


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
        responses = ",".join(map(_response, self.responses))
        return _digest(f'["prompt_line",{_written(self.prompt)},[{responses}]]')


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
    return _digest(f'["content",{_written(content)}]')


def plain(content: Content) -> str | list[dict[str, str]]:
    """The content as JSON knows it: the string, or the list of ``{"role", "content"}``."""
    if isinstance(content, str):
        return content
    return [{"role": m.role, "content": m.content} for m in content]


# What is hashed is JSON in ASCII without white space, put together by hand: an import hashes half a million texts, and
# ``json.dumps`` with its own separators makes an encoder for each of them.


def _written(content: Content) -> str:
    if isinstance(content, str):
        return _string(content)
    return f"[{','.join(f'[{_string(m.role)},{_string(m.content)}]' for m in content)}]"


def _response(response: ResponseRecord) -> str:
    return f"[{_string(response.model)},{_written(response.content)}]"


def _digest(parts: str) -> bytes:
    return hashlib.sha256(parts.encode("ascii")).digest()
