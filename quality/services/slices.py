"""Agreement per slice, as a part of a run: languages, tags, weeks and versions of the guidelines. No queries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.selectors.judgements import Judgements
from annotation.selectors.pair_facts import PairFacts
from quality.statistics import CATEGORIES, Judged
from quality.stats.agreement.slices import FALSE_DISCOVERIES, Slice, agreement_by_slice, false_discovery
from quality.stats.intervals import Estimate

MOST_SLICES: Final = 40
"""Of each kind: the most frequent languages and tags, the newest weeks and versions."""
WEEK: Final = 7 * 86_400.0
MONDAY: Final = 4 * 86_400.0
"""The first Monday of 1970, in seconds."""

Named = tuple[str, NDArray[np.bool_]]


def slices(given: Judgements, judged: Judged, facts: PairFacts) -> dict[str, Any]:
    """Return agreement in each slice by kind of slice, gold left out, and where it differs from agreement outside of it.

    A pair lies in the week (UTC, from Monday) of its last judgement. Of a version of the guidelines are the judgements given
    under it, so that a pair judged under two versions counts in both with its judgements under each.
    """
    ordinary = judged.gold < 0
    labels = judged.labels.where(ordinary)
    kinds = {
        "language": list(_languages(given, facts)),
        "tag": list(_tags(given, facts)),
        "week": list(_weeks(given)),
        "guidelines": list(_versions(given)),
    }
    found = {
        kind: (
            [name for name, _ in named],
            agreement_by_slice(labels, [inside[ordinary] for _, inside in named], CATEGORIES),
        )
        for kind, named in kinds.items()
    }
    q = iter(false_discovery([one.p for _, ones in found.values() for one in ones]))
    return {
        "false_discoveries": FALSE_DISCOVERIES,
        "kinds": {
            kind: [_stored(name, one, next(q)) for name, one in zip(names, ones, strict=True)]
            for kind, (names, ones) in found.items()
        },
    }


def _places(given: Judgements, facts: PairFacts) -> NDArray[np.int64]:
    """The position of each judgement's pair among all pairs; -1 where the pair came since the facts were read."""
    at = np.minimum(np.searchsorted(facts.pair_ids, given.pair_ids), max(len(facts) - 1, 0))
    known = facts.pair_ids[at] == given.pair_ids if len(facts) else np.zeros(len(at), dtype=bool)
    return np.asarray(np.where(known, at, -1)[given.pair], dtype=np.int64)


def _languages(given: Judgements, facts: PairFacts) -> Iterator[Named]:
    place = _places(given, facts)
    code = np.where(place >= 0, facts.language[place], -1) if len(facts) else place
    for i in _judged_most(np.bincount(code[code >= 0], minlength=len(facts.languages))):
        yield facts.languages[i], code == i


def _tags(given: Judgements, facts: PairFacts) -> Iterator[Named]:
    place = _places(given, facts)
    judged = np.zeros(len(facts), dtype=bool)
    judged[place[place >= 0]] = True
    times = np.bincount(facts.tag[judged[facts.tagged]], minlength=len(facts.tags))
    for i in _judged_most(times):
        has = np.zeros(len(facts) + 1, dtype=bool)  # the last one is that of pairs that are not known
        has[facts.tagged[facts.tag == i]] = True
        yield facts.tags[i], has[place]


def _weeks(given: Judgements) -> Iterator[Named]:
    if not len(given):
        return
    starts = np.flatnonzero(np.diff(given.pair, prepend=-1))
    week = np.floor((np.maximum.reduceat(given.at, starts) - MONDAY) / WEEK).astype(np.int64)
    of_judgement = np.repeat(week, np.diff(np.append(starts, len(given))))
    for monday in np.unique(week)[-MOST_SLICES:].tolist():
        name = datetime.fromtimestamp(monday * WEEK + MONDAY, UTC).date().isoformat()
        yield name, of_judgement == monday


def _versions(given: Judgements) -> Iterator[Named]:
    for version in np.unique(given.guidelines[given.guidelines >= 0])[-MOST_SLICES:].tolist():
        yield str(version), given.guidelines == version


def _judged_most(times: NDArray[np.int64]) -> Sequence[int]:
    order = np.argsort(-times, kind="stable")[:MOST_SLICES]
    return [int(i) for i in order if times[i]]


def _stored(name: str, one: Slice, q: float) -> dict[str, Any]:
    return {
        "name": name,
        "n": one.n,
        "kappa": estimated(one.kappa),
        "percent": estimated(one.percent),
        "difference": _number(one.difference),
        "p": _number(one.p),
        "q": _number(q),
        "differs": None if math.isnan(q) else q <= FALSE_DISCOVERIES,
    }


def estimated(one: Estimate) -> dict[str, Any]:
    """Return an estimate as it is stored in a part."""
    return {
        "value": _number(one.value),
        "low": _number(one.low),
        "high": _number(one.high),
        "n": one.n,
        "method": str(one.method),
        "reason": str(one.reason or ""),
        "arguments": dict(one.arguments),
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
