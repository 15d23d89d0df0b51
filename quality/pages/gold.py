"""Gold: whether known answers are found, pair by pair and day by day."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotation.selectors.conversation import Turn, opening, replies, turns
from annotation.vocabulary import Retired, Verdict
from common.charts import Mark, Scale, Series, interval_cell, series
from common.formatting import Measure, Unit, show
from quality.models import GoldProposal
from quality.pages.measures import counted
from quality.pages.trust import Standing, standing
from quality.pages.wording import day_name, sample
from quality.selectors.gold import ON_PROBES, GoldDay, GoldPair, OnePair
from quality.statistics import OVERALL

FULL = Scale(0.0, 1.0, 3.0, 97.0)
RETIRED: Final = {
    Retired.MANAGER.value: "Retired by a manager",
    Retired.EXPOSED.value: "Retired: enough people know it",
}
DONE: Final = {
    "mark": "The pair is gold now. What people have judged of it is scored by this verdict.",
    "unmark": "The pair is ordinary again. Its judgements count as those of any pair.",
    "reject": "Rejected. This pair is not proposed again.",
    "retire": "Retired. Its judgements go on counting; nobody else is shown it.",
    "restore": "It is handed out again, unless enough people know it.",
}
"""What a change did, by its name."""


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A gold pair: how often its known verdict was found, whichever response was on the left."""

    external_id: str
    prompt: str
    known: str
    n: int
    mark: Mark
    left: str
    other: str
    key: int
    known_by: int
    retired: str
    reference: float | None
    plot: bool = True


def rows(pairs: Iterable[GoldPair], known_by: Mapping[int, int], *, target: float) -> list[GoldRow]:
    """Return the table's rows. ``known_by`` says how many people know each pair, by primary key."""
    found = []
    for gold in pairs:
        right = counted(gold.right)
        below = right.high is not None and right.high < target
        mark, _ = interval_cell(right, FULL, tone="act" if below else "", unit=Unit.PERCENT)
        pair = gold.pair
        left, other = (_side(*side) for side in gold.sides)
        found.append(
            GoldRow(
                external_id=pair.external_id,
                prompt=opening(pair.prompt.content),
                known="" if pair.gold_verdict is None else Verdict(pair.gold_verdict).label,
                n=right.n,
                mark=mark,
                left=left,
                other=other,
                key=pair.pk,
                known_by=known_by.get(pair.pk, 0),
                retired=RETIRED.get(pair.gold_retired, ""),
                reference=FULL.at(target),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """A pair that is proposed as gold."""

    key: int
    external_id: str
    language: str
    prompt: str
    first: str
    second: str
    verdict: str
    value: int
    evidence: str


def proposals(proposed: Iterable[GoldProposal]) -> list[ProposedRow]:
    """Return the queue of proposals."""
    return [
        ProposedRow(
            key=one.pair_id,
            external_id=one.pair.external_id,
            language=one.pair.prompt.language,
            prompt=opening(one.pair.prompt.content),
            first=opening(one.pair.first.content),
            second=opening(one.pair.second.content),
            verdict=Verdict(one.verdict).label,
            value=one.verdict,
            evidence=_evidence(one),
        )
        for one in proposed
        if one.verdict is not None
    ]


def _evidence(proposal: GoldProposal) -> str:
    probability = math.floor((proposal.probability or 0.0) * 1000) / 10
    return f"{probability:.1f} % likely by {proposal.n:,} judgements; no reliable annotator answered otherwise."


@dataclass(frozen=True, slots=True)
class OnProbes:
    """A figure on probes: its name, its value in words, and what it rests on."""

    label: str
    value: str
    detail: str


def probes(measures: Mapping[str, Measure]) -> list[OnProbes]:
    """Return the project's figures on probes; none where no run has any.

    >>> probes({"self_consistency": Measure(None, reason="no pair was shown again")})
    []
    """
    found = []
    for statistic in OVERALL:
        one = measures.get(statistic.name)
        if statistic.name in ON_PROBES and one is not None and one.defined:
            shown = show(one, statistic.unit)
            between = f"{shown.interval}, " if shown.interval else f"{shown.reason}; " if shown.reason else ""
            found.append(OnProbes(statistic.label, shown.value, f"{between}{sample(one.n, statistic.counted)}"))
    return found


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """Somebody who answered otherwise than the known verdict."""

    number: int
    who: str
    verdict: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class PairPage:
    """All the page of one pair shows. No source models: reviewers judge too."""

    key: int
    external_id: str
    language: str
    prompt: list[Turn]
    first: list[Turn]
    second: list[Turn]
    is_gold: bool
    known: str
    explanation: str
    retired: str
    may_restore: bool
    may_retire: bool
    proposed: str
    known_by: str
    right: str
    answers: int
    mix: list[tuple[str, int]]
    otherwise: list[OtherAnswer]


OTHERS_SHOWN = 30


def pair(found: OnePair, *, limit: int | None) -> PairPage:
    """Return the page of a pair, gold or not."""
    stored = found.pair
    gold = stored.gold_verdict
    mix = Counter(answer.verdict for answer in found.answers)
    shown = show(counted(found.right), Unit.PERCENT)
    right = ""
    if gold is not None and found.answers:
        between = f" ({shown.interval})" if shown.interval else ""
        right = f"{shown.value}{between} found it, n = {found.right.n:,}"
    return PairPage(
        key=stored.pk,
        external_id=stored.external_id,
        language=stored.prompt.language,
        prompt=turns(stored.prompt.content),
        first=replies(stored.first.content),
        second=replies(stored.second.content),
        is_gold=gold is not None,
        known="" if gold is None else Verdict(gold).label,
        explanation=stored.gold_explanation,
        retired=RETIRED.get(stored.gold_retired, ""),
        may_restore=stored.gold_retired == Retired.MANAGER,
        may_retire=gold is not None and not stored.gold_retired,
        proposed=_evidence(found.proposal) if found.proposal else "",
        known_by=f"{found.known_by:,}" if limit is None else f"{found.known_by:,} of {limit:,} at most",
        right=right,
        answers=len(found.answers),
        mix=[(verdict.label, mix[verdict]) for verdict in Verdict if mix[verdict]],
        otherwise=[
            OtherAnswer(one.member.number, one.member.pseudonym, Verdict(one.verdict).label, one.at)
            for one in found.answers
            if gold is not None and one.verdict != gold
        ][:OTHERS_SHOWN],
    )


def _side(right: int, n: int) -> str:
    return f"{right:,} of {n:,}" if n else "–"


def over_time(days: Sequence[GoldDay], *, target: float) -> Series | None:
    """Day by day, where there are days enough to see something."""
    if len(days) < 2:
        return None
    points: list[tuple[str, Measure]] = [(day_name(d.day), counted(d.right)) for d in days]
    last = show(points[-1][1], Unit.PERCENT).text
    return series(
        points,
        description=f"Share of gold judgements that were right, on {len(days):,} days; the last day {last}",
        caption="Gold judgements that were right, by day in UTC",
        head=("Day (UTC)", "Right"),
        unit=Unit.PERCENT,
        floor=0.0,
        ceiling=1.0,
        reference=target,
        reference_text="target",
        height=190.0,
    )


def answer(overall: Measure, *, target: float) -> str:
    """Whether the known verdicts are found, judged by the interval.

    >>> answer(Measure(0.94, 0.93, 0.95), target=0.9), answer(Measure(0.8, 0.6, 0.92), target=0.9)
    ('Yes.', 'Too early to tell.')

    Without an interval there is too little to tell; without a judgement there is nothing.

    >>> answer(Measure(0.91, n=112), target=0.9), answer(Measure(None), target=0.9)
    ('Too early to tell.', 'Nobody has judged it yet.')
    """
    match standing(overall, target):
        case Standing.ABOVE:
            return "Yes."
        case Standing.BELOW:
            return "Not often enough."
        case Standing.UNKNOWN if overall.value is None:
            return "Nobody has judged it yet."
    return "Too early to tell."
