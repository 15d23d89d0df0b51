"""Pairs that disagree, as their pages show them: by the sides that the adjudicator sees. No source models: they would bias."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.models import Pair
from annotation.sampling.presentation import shown_word
from annotation.schemes import SCHEMES, Choice, Scheme
from annotation.selectors.adjudications import Decision, Given, Own
from annotation.selectors.conversation import Turn, opening, replies, turns
from annotation.vocabulary import VERDICT_LABELS, Verdict
from common.formatting import share
from common.tables import Column, Table, Value
from quality.selectors.disagreements import Order, Queue, Show

SHOW_LABELS = {Show.WAITING: "Waiting", Show.ADJUDICATED: "Adjudicated"}
ORDER_LABELS = {Order.CONTESTED: "Most contested", Order.OLDEST: "Oldest"}
STRENGTHS = {1: "slightly", 2: "clearly", 3: "much"}
OWN_WORK = "You judged this pair yourself, so somebody else has to decide it."
LEASED = (
    "This pair is on your judging page. Judge or skip it first: what others answered is shown afterwards, "
    "so that your own judgement stays independent."
)
REFUSED = {
    "KnownVerdict": "This is a gold pair: its verdict is known.",
    "NotJudged": "Nobody has judged this pair, so there is nothing to decide.",
    "OwnWork": OWN_WORK,
    "KeyReused": "That was sent before, with another verdict. Load the page again.",
    "NothingToWithdraw": "There is no decision to take back.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of the queue: what is asked, and how many gave each verdict, in canonical order."""

    pair_id: int
    external_id: str
    asked: str
    language: str
    tally: str
    n: int
    decided: str


@dataclass(frozen=True, slots=True)
class Sides:
    """A pair with its sides as the page shows them; see ``annotation.selectors.shown_pair.ShownPair``."""

    earlier: list[Turn]
    prompt: Turn
    a: list[Turn]
    b: list[Turn]
    language: str
    chosen: str
    reason: str
    uuid: str = ""
    draft_version: int = 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """Somebody's judgement by the sides that the adjudicator sees."""

    number: int
    who: str
    choice: Choice
    strength: str
    confidence: str
    reason: str
    seconds: float | None
    at: dt.datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, or that one was taken back (``choice`` null)."""

    n: int
    choice: Choice | None
    reason: str
    who: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A pair with everybody's judgements, and what was decided about it. ``refusal``: why this person may not decide."""

    pair_id: int
    external_id: str
    sides: Sides
    scheme: Scheme
    opinions: list[Opinion]
    tally: str
    decisions: list[Decided]
    read: int
    refusal: str
    previous: int | None
    following: int | None

    @property
    def in_force(self) -> Decided | None:
        """The decision in force, if there is one."""
        latest = self.decisions[0] if self.decisions else None
        return latest if latest is not None and latest.choice is not None else None


@dataclass(frozen=True, slots=True)
class Line:
    """A pair of the queue as files hold it."""

    pair: str
    language: str
    tally: Mapping[Verdict, int]
    decided: int | None


def as_table(
    queue: Queue,
    names: Mapping[int, str],
    tallies: Mapping[int, Mapping[Verdict, int]],
    decided: Mapping[int, int],
    about: Mapping[str, Value],
) -> Table[Line]:
    """Return the queue as a table, in its order."""
    lines = [
        Line(names[pk], queue.language_of.get(pk, ""), tallies.get(pk, {}), decided.get(pk))
        for pk in queue.pair_ids
        if pk in names
    ]
    return Table(
        "disagreements",
        (
            Column("pair", lambda line: line.pair),
            Column("language", lambda line: line.language),
            *(Column(verdict.name.lower(), _count_of(verdict)) for verdict in Verdict),
            Column("n", lambda line: sum(line.tally.values())),
            Column("adjudicated", lambda line: None if line.decided is None else Verdict(line.decided).name.lower()),
        ),
        lines,
        about,
    )


def _count_of(verdict: Verdict) -> Callable[[Line], Value]:
    return lambda line: line.tally.get(verdict, 0)


def rows(
    pair_ids: Sequence[int],
    pairs: Mapping[int, Pair],
    tallies: Mapping[int, Mapping[Verdict, int]],
    decided: Mapping[int, int],
) -> list[Row]:
    """Return the rows of a page of the queue."""
    return [
        Row(
            pair_id=pk,
            external_id=pairs[pk].external_id,
            asked=opening(pairs[pk].prompt.content),
            language=pairs[pk].prompt.language,
            tally=", ".join(
                f"{VERDICT_LABELS[verdict].lower()} {tallies[pk][verdict]}"
                for verdict in Verdict
                if verdict in tallies.get(pk, {})
            ),
            n=sum(tallies.get(pk, {}).values()),
            decided=VERDICT_LABELS[Verdict(decided[pk])] if pk in decided else "",
        )
        for pk in pair_ids
        if pk in pairs
    ]


def described(
    pair_ids: Sequence[int],
    pairs: Mapping[int, Pair],
    given: Mapping[int, Sequence[Given]],
    decided: Mapping[int, int],
) -> list[dict[str, Any]]:
    """Return pairs with everybody's judgements as the API gives them, in canonical order."""
    return [
        {
            "pk": pk,
            "id": pairs[pk].external_id,
            "prompt": pairs[pk].prompt.content,
            "response_a": pairs[pk].first.content,
            "response_b": pairs[pk].second.content,
            "language": pairs[pk].prompt.language,
            "adjudicated": Verdict(decided[pk]).word if pk in decided else None,
            "judgements": [
                {
                    "annotator": one.name,
                    "verdict": one.verdict.word,
                    "strength": one.strength,
                    "confidence": one.confidence,
                    "reason": one.reason,
                    "seconds": one.seconds,
                    "at": one.at,
                    "counts": one.counts,
                }
                for one in given.get(pk, [])
            ],
        }
        for pk in pair_ids
        if pk in pairs
    ]


def disagreement(
    pair: Pair,
    given: Sequence[Given],
    decisions: Sequence[Decision],
    own: Own,
    queue: Queue,
    *,
    on_left: bool,
    scheme: str,
    typed: str | None = None,
) -> Disagreement:
    """Return a pair as its page shows it; ``typed`` is a reason that was not stored."""
    words = SCHEMES[scheme]
    latest = decisions[0] if decisions else None
    known = latest.verdict if latest is not None else None
    previous, following = queue.neighbors(pair.pk)
    refusal = LEASED if own.leased else OWN_WORK if own.judged else ""
    if pair.gold_verdict is not None:
        refusal = refusal or REFUSED["KnownVerdict"]
    opinions = [] if own.leased else [_opinion(one, words, on_left=on_left) for one in given]
    if not given:
        refusal = refusal or REFUSED["NotJudged"]
    return Disagreement(
        pair_id=pair.pk,
        external_id=pair.external_id,
        sides=_sides(
            pair, on_left=on_left, chosen=known, reason=typed if typed is not None else latest.reason if latest else ""
        ),
        scheme=words,
        opinions=opinions,
        tally=_tally(opinions, words),
        decisions=[] if own.leased else [_decided(one, words, on_left=on_left) for one in decisions],
        read=latest.n if latest is not None else 0,
        refusal=refusal,
        previous=previous,
        following=following,
    )


def _sides(pair: Pair, *, on_left: bool, chosen: Verdict | None, reason: str) -> Sides:
    conversation = turns(pair.prompt.content) or [Turn("User", "")]
    first, second = replies(pair.first.content), replies(pair.second.content)
    left, right = (first, second) if on_left else (second, first)
    return Sides(
        earlier=conversation[:-1],
        prompt=conversation[-1],
        a=left,
        b=right,
        language=pair.prompt.language,
        chosen=shown_word(chosen, on_left),
        reason=reason,
    )


def _opinion(one: Given, scheme: Scheme, *, on_left: bool) -> Opinion:
    return Opinion(
        number=one.number,
        who=f"Annotator {one.number:03d}",
        choice=scheme.choice(shown_word(one.verdict, on_left)),
        strength=STRENGTHS.get(one.strength or 0, ""),
        confidence="" if one.confidence is None else share(one.confidence),
        reason=one.reason,
        seconds=one.seconds,
        at=one.at,
        counts=one.counts,
    )


def _tally(opinions: Sequence[Opinion], scheme: Scheme) -> str:
    counted = [one.choice.word for one in opinions if one.counts]
    found = [(choice.label, counted.count(choice.word)) for choice in scheme.by_key if choice.word in counted]
    return ", ".join(f"{label}: {n}" for label, n in found)


def _decided(one: Decision, scheme: Scheme, *, on_left: bool) -> Decided:
    choice = None if one.verdict is None else scheme.choice(shown_word(one.verdict, on_left))
    who = "The site administrator" if one.number is None else f"Annotator {one.number:03d}"
    return Decided(one.n, choice, one.reason, who, one.at)
