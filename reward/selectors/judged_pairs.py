"""Pairs of a project with their settled verdicts, streamed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from itertools import islice

import numpy as np

from annotation.models import Project
from annotation.selectors import records
from annotation.vocabulary import Verdict
from quality.selectors import consensus
from quality.selectors.posteriors import posteriors_of
from quality.stats.labels import item_counts
from reward.datasets.policies import JudgedPair
from reward.vocabulary import Adjudicated


def stream(
    project: Project,
    *,
    with_judgements: bool = True,
    conversations_only: bool = False,
    adjudicated: Adjudicated = Adjudicated.IGNORE,
    with_posteriors: bool = False,
) -> Generator[JudgedPair, None, None]:
    """Yield every pair of a project with its settled verdict; the options are those of ``annotation.selectors.records.stream``.

    ``with_posteriors``: each with the stored posterior of its verdict, which is seconds behind the judgements. Where an adjudicator's verdict is preferred, it settles its pair, whatever people answered and while it is still judged.
    """
    stored = records.stream(project, with_judgements=with_judgements, conversations_only=conversations_only)
    with closing(stored):
        while batch := list(islice(stored, records.ROWS_AT_ONCE)):
            sizes = [len(pair.verdicts) for pair in batch]
            verdicts = np.array([verdict for pair in batch for verdict in pair.verdicts], dtype=np.int8)
            counts = item_counts(np.repeat(np.arange(len(batch)), sizes), verdicts, len(batch), len(Verdict))
            found = consensus.of_pairs(
                project,
                np.array([pair.id for pair in batch], dtype=np.int64),
                counts,
                np.array([pair.complete for pair in batch]),
            )
            posteriors = posteriors_of(project, [pair.id for pair in batch]) if with_posteriors else {}
            for pair, verdict, settled in zip(batch, found.verdict.tolist(), found.settled.tolist(), strict=True):
                posterior = posteriors.get(pair.id)
                decided = pair.record.adjudication
                if decided is not None and adjudicated is Adjudicated.PREFER:
                    yield JudgedPair(pair.record, decided.verdict, by_adjudicator=True, posterior=posterior)
                else:
                    yield JudgedPair(pair.record, Verdict(verdict) if settled else None, posterior=posterior)
