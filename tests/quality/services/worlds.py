"""A project's judgements and pairs as arrays, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from annotation.selectors.judgements import Judgements
from annotation.selectors.pair_facts import PairFacts
from quality.statistics import Judged
from quality.stats.labels import Labels

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAY = 86_400.0


def world(rng, *, pairs=700, annotators=12, each=3, right=0.85, gold=0, days=35, worse=(), more_french=0.0, ties=0.0):
    """Pairs judged in their order over the days up to :data:`AS_OF`.

    Two languages, two tags, four models. In the last week there may be more French, and ties in place of other verdicts; the
    annotators ``worse`` judge at random from the middle on.
    """
    now = AS_OF.timestamp()
    truth = rng.choice(4, pairs, p=[0.45, 0.4, 0.1, 0.05])
    item = np.repeat(np.arange(pairs), each)
    who = np.sort(rng.random((pairs, annotators)).argpartition(each - 1, axis=1)[:, :each], axis=1).ravel()
    at = now - days * DAY * (1 - (item + rng.random(len(item))) / (pairs + 1))
    late = at > now - 7 * DAY
    hit = rng.random(len(item)) < np.where(np.isin(who, worse) & (item > pairs // 2), 0.25, right)
    verdict = (truth[item] + np.where(hit, 0, rng.integers(1, 4, len(item)))) % 4
    verdict = np.where(late & (rng.random(len(item)) < ties), 2, verdict)
    known = np.where(np.arange(pairs) < gold, truth, -1)
    pair_late = late.reshape(pairs, each).any(axis=1)
    given = Judgements(
        pair=item,
        annotator=who.astype(np.int32),
        verdict=verdict.astype(np.int8),
        gold=known[item].astype(np.int8),
        left=rng.integers(0, 2, len(item)).astype(np.int8),
        confidence=np.full(len(item), np.nan),
        seconds=np.full(len(item), 20.0),
        at=at,
        reasoned=np.arange(len(item)) % 4 == 0,
        strength=np.zeros(len(item), dtype=np.int8),
        guidelines=np.where(at < now - 14 * DAY, 1, 2).astype(np.int32),
        pair_ids=np.arange(pairs) * 3 + 10,
        member_ids=[100 + r for r in range(annotators)],
        names=[f"person {r:02}" for r in range(annotators)],
        as_of=AS_OF,
    )
    models = np.stack([np.arange(pairs) % 4, (np.arange(pairs) + 1) % 4], axis=1)
    tagged = np.flatnonzero(rng.random(pairs) < 0.5)
    facts = PairFacts(
        pair_ids=given.pair_ids,
        created=np.full(pairs, now - days * DAY - 1),
        prompt=np.arange(pairs) * 7,
        is_gold=known >= 0,
        language=(rng.random(pairs) < 0.2 + more_french * pair_late).astype(np.int64),
        models=models,
        tagged=tagged,
        tag=rng.integers(0, 2, len(tagged)),
        languages=["en", "fr"],
        tags=["code", "safety"],
        source_models=["m0", "m1", "m2", "m3"],
    )
    labels = Labels(given.pair, given.annotator, given.verdict)
    judged = Judged(
        labels,
        annotators,
        given.gold,
        given.left,
        given.confidence,
        given.seconds,
        truth=np.full(len(item), -1, np.int8),
        differences=rng.normal(0, 1, (pairs, 2))[item],
        strength=given.strength,
    )
    return given, judged, facts, truth
