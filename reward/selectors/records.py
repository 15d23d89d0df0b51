"""Pairs of a project as records for the dataset writers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from annotation.models import Project
from annotation.selectors import whole_pairs
from annotation.vocabulary import Verdict
from quality.stats.consensus import consensus
from reward.datasets.records import UNDECIDED, PairRecord
from reward.datasets.records import Response as ResponseRecord


def records(
    project: Project, *, with_judgements: bool = True, conversations_only: bool = False
) -> Generator[PairRecord, None, None]:
    """Every pair of a project in the order it came, one at a time from a server-side cursor.

    With ``conversations_only`` those alone of which a part is no plain text. Must be read inside a transaction, which gives one snapshot of everything.
    """
    for pair in whole_pairs.stream(project, conversations_only=conversations_only):
        yield _record(pair, with_judgements=with_judgements)


def _record(pair: whole_pairs.WholePair, *, with_judgements: bool) -> PairRecord:
    counts = np.bincount([judgement.verdict for judgement in pair.judgements], minlength=len(Verdict))
    found = consensus(counts.astype(np.int64)[None, :], np.array([pair.complete]))
    settled = bool(found.settled[0])
    return PairRecord(
        external_id=pair.external_id,
        prompt=pair.prompt,
        first=ResponseRecord(pair.first_model, pair.first),
        second=ResponseRecord(pair.second_model, pair.second),
        language=pair.language,
        tags=pair.tags,
        author=pair.author,
        gold=None if pair.gold is None else pair.gold.word,
        consensus=int(found.verdict[0]) if settled else UNDECIDED,
        settled=settled,
        judgements=[_judgement(judgement) for judgement in pair.judgements] if with_judgements else (),
    )


def _judgement(judgement: whole_pairs.Judgement) -> dict[str, Any]:
    left = judgement.first_on_left
    return {
        "annotator": judgement.annotator,
        "verdict": Verdict(judgement.verdict).word,
        "shown_first": None if left is None else ("a" if left else "b"),
        "strength": judgement.strength,
        "confidence": judgement.confidence,
        "reason": judgement.reason,
        "seconds": judgement.seconds,
        "at": judgement.at,
    }
