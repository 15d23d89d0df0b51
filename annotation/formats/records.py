"""What formats read and write: pairs, prompts with responses, preferences; and what a reader yields for each line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from json.encoder import encode_basestring_ascii as _string
from typing import Any, Literal, NamedTuple, TypeAlias

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


class JudgementRecord(NamedTuple):
    """One annotator's verdict on a pair. ``shown_first`` None: it is unknown which response was on the left.

    A named tuple because files have more of them than of anything else, and a frozen dataclass takes four times as long to make.
    """

    annotator: str
    verdict: Verdict
    shown_first: Literal["a", "b"] | None = None
    strength: int | None = None
    confidence: float | None = None
    reason: str = ""
    seconds: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdjudicationRecord:
    """What an adjudicator decided about a pair: no judgement. ``by`` is empty where the name is not known."""

    verdict: Verdict
    by: str = ""
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairRecord:
    """A ready pair in its canonical order: ``first`` is ``response_a`` of the line that made it."""

    external_id: str
    prompt: Content
    first: ResponseRecord
    second: ResponseRecord
    language: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    gold: Verdict | None = None
    judgements: tuple[JudgementRecord, ...] = ()
    adjudication: AdjudicationRecord | None = None

    @property
    def responses(self) -> tuple[ResponseRecord, ...]:
        """Both responses, in order."""
        return self.first, self.second

    @property
    def content_hash(self) -> bytes:
        """Identity of the pair's content: prompt, both responses in order (models and texts), gold verdict.

        Not in it: judgements (new ones on a known pair are welcome), an adjudication, language, tags and author, which describe the pair
        without changing what is judged.
        """
        responses = ",".join(map(_response, self.responses))
        gold = "null" if self.gold is None else _string(self.gold.word)
        return _digest(f'["pair",{_written(self.prompt)},[{responses}],{gold}]')


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """A prompt with its responses, from which a pairing run makes pairs."""

    external_id: str
    prompt: Content
    responses: tuple[ResponseRecord, ...]
    language: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""

    @property
    def content_hash(self) -> bytes:
        """Identity of the prompt's content with all its responses in order (models and texts)."""
        responses = ",".join(map(_response, self.responses))
        return _digest(f'["prompt_line",{_written(self.prompt)},[{responses}]]')


Record: TypeAlias = PairRecord | PromptRecord


@dataclass(frozen=True, slots=True)
class Preference:
    """A prompt with the better and the worse of two responses: what trainers read.

    ``p_chosen``, where it is asked for, is how likely the chosen one is the better.
    """

    prompt: Content
    chosen: Content
    rejected: Content
    p_chosen: float | None = None

    @property
    def is_text(self) -> bool:
        """Whether all three are plain texts. A conversation of one turn is a conversation: a chat template belongs to it."""
        return all(isinstance(content, str) for content in (self.prompt, self.chosen, self.rejected))


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A line that was read: its number from 1, its record, and the codes of its warnings."""

    line: int
    record: Record
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was refused: code, arguments and path as in ``common.refusals.Refused``; ``raw`` is the line itself.

    Of a line that is too large ``raw`` has only the beginning.
    """

    line: int
    code: str
    path: str
    raw: bytes
    arguments: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A line with nothing on it: counted, not imported."""

    line: int


Item: TypeAlias = RecordLine | Problem | BlankLine


def content_hash(content: Content) -> bytes:
    """Return the identity of one prompt's or response's content: 32 bytes, the same on every machine and in every version.

    A text and a conversation of that one text are two contents: content is stored in the form it came in.

    >>> content_hash("hello").hex()[:16]
    '6e62e156fa20f50c'
    """
    return _digest(f'["content",{_written(content)}]')


def plain(content: Content) -> str | list[dict[str, str]]:
    """Return the content as plain JSON: the string, or the list of ``{"role", "content"}``."""
    if isinstance(content, str):
        return content
    return [{"role": m.role, "content": m.content} for m in content]


def content_of(value: Any) -> Content:
    """Return the content of plain JSON; the inverse of ``plain``."""
    if isinstance(value, str):
        return value
    return tuple(Message(message["role"], message["content"]) for message in value)


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
