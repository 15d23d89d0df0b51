"""What a line is recognized by, among what is stored and among the other lines of its file. No query here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from annotation.formats.records import BlankLine, Item, Problem, Record, RecordLine, content_hash

ResponseKey: TypeAlias = tuple[bytes, str, bytes, int]
"""A response's identity before it has an id: hash of the prompt, source model, hash of the content, copy."""


@dataclass(frozen=True, slots=True)
class IdentifiedLine:
    """A line with the hash of its prompt, the keys of its responses in its order, and the hash of all its content."""

    line: int
    record: Record
    warnings: tuple[str, ...]
    prompt: bytes
    responses: tuple[ResponseKey, ...]
    content: bytes


IdentifiedItem: TypeAlias = IdentifiedLine | Problem | BlankLine


def identified(items: Iterable[Item]) -> list[IdentifiedItem]:
    """Return the items with their lines identified. Hashing is an import's largest CPU cost, so callers run it in a thread."""
    return [_identified(item) if isinstance(item, RecordLine) else item for item in items]


def _identified(item: RecordLine) -> IdentifiedLine:
    prompt = content_hash(item.record.prompt)
    return IdentifiedLine(
        line=item.line,
        record=item.record,
        warnings=item.warnings,
        prompt=prompt,
        responses=_response_keys(prompt, item.record),
        content=item.record.content_hash,
    )


def _response_keys(prompt: bytes, record: Record) -> tuple[ResponseKey, ...]:
    """The same answer of the same model again is the next copy."""
    seen: Counter[tuple[str, bytes]] = Counter()
    keys = []
    for response in record.responses:
        same = (response.model, content_hash(response.content))
        keys.append((prompt, *same, seen[same]))
        seen[same] += 1
    return tuple(keys)
