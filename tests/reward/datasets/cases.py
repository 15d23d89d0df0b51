"""The least valid judged pair, to be changed by a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from annotation.formats.records import Content, PairRecord, ResponseRecord
from annotation.vocabulary import Verdict
from reward.datasets.policies import JudgedPair


def pair(
    chosen: Content = "better",
    rejected: Content = "worse",
    *,
    prompt: Content = "Why?",
    settled: Verdict | None = Verdict.FIRST,
    **more: Any,
) -> JudgedPair:
    """A pair whose better text is ``chosen``, on the side that the verdict names."""
    first, second = (rejected, chosen) if settled is Verdict.SECOND else (chosen, rejected)
    record = PairRecord("p-1", prompt, ResponseRecord("model-one", first), ResponseRecord("model-two", second))
    return JudgedPair(replace(record, **more), settled)
