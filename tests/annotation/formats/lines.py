"""The least valid lines, to be changed by a test."""

from __future__ import annotations

import io
import json
from typing import Any

from annotation.formats import native
from annotation.formats.records import Item, PairRecord, PromptRecord, RecordLine


def pair(**changes: Any) -> dict[str, Any]:
    line = {
        "id": "p1",
        "prompt": "Why is the sky blue?",
        "response_a": {"model": "alpha", "text": "Rayleigh scattering."},
        "response_b": {"model": "beta", "text": "It reflects the sea."},
    }
    line.update(changes)
    return {key: value for key, value in line.items() if value is not ...}


def prompt(n: int = 2, **changes: Any) -> dict[str, Any]:
    responses = [{"model": f"m{i}", "text": f"answer {i}"} for i in range(n)]
    return {"id": "q1", "prompt": "Why?", "responses": responses, **changes}


def judgement(**changes: Any) -> dict[str, Any]:
    return {"annotator": "bob", "verdict": "a", **changes}


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def read(raw: bytes, **options: Any) -> list[Item]:
    return list(native.read(io.BytesIO(raw), **options))


def read_one(value: Any, **options: Any) -> Item:
    raw = value if isinstance(value, bytes) else dump(value)
    (item,) = read(raw, **options)
    return item


def pair_of(value: Any, **options: Any) -> PairRecord:
    """The record of a line that is a pair."""
    item = read_one(value, **options)
    assert isinstance(item, RecordLine), item
    assert isinstance(item.record, PairRecord), item
    return item.record


def prompt_of(value: Any, **options: Any) -> PromptRecord:
    """The record of a line that is a prompt with its responses."""
    item = read_one(value, **options)
    assert isinstance(item, RecordLine), item
    assert isinstance(item.record, PromptRecord), item
    return item.record
