"""Which judgements are probably wrong, why, and how given verdicts meet true ones. No queries here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.models import Member
from annotation.selectors.conversation import opening, replies
from annotation.vocabulary import VERDICT_LABELS, Verdict
from common.charts import heat
from common.formatting import Measure, Unit, number, share, show
from common.tables import Column, Table
from quality.models import QualityRun
from quality.pages.heat import HeatCell
from quality.pages.measures import UNKNOWN, measure
from quality.pages.tables import about
from quality.pages.trust import counted
from quality.selectors.suspects import Found, StoredNoise

EVEN = 0.5
LABELS = tuple(VERDICT_LABELS[verdict] for verdict in Verdict)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A judgement, how likely it is wrong, and why, in a sentence."""

    pair_id: int
    external_id: str
    prompt: str
    first: str
    second: str
    language: str
    member: Member
    verdict: str
    wrong: str
    why: str
    changed: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    answer: str
    lede: str
    measure: Measure


def answer(found: StoredNoise) -> Answer:
    """Return how many judgements are wrong, by the interval; no names."""
    share_wrong = UNKNOWN if found.share is None else measure(found.share)
    n, least = found.content["n"], found.content["least_wrong"]
    surely = (
        f" At least {counted(least, 'judgement')} must be wrong, because people contradict each other on the same pair."
        if least
        else ""
    )
    if not share_wrong.defined:
        return Answer(
            "Too early to tell.",
            f"It is not known how far annotators are right: {share_wrong.reason}.{surely}",
            share_wrong,
        )
    shown = show(share_wrong, Unit.PERCENT)
    between = f" ({shown.interval})" if shown.interval else ""
    return Answer(
        f"About {shown.value} are.",
        f"{shown.value}{between} of {counted(n, 'judgement')} of ordinary pairs are expected to be wrong.{surely}",
        share_wrong,
    )


def suspect(found: Found) -> Suspect:
    """Return a judgement as its line shows it."""
    stored, pair = found.stored, found.pair
    verdict = Verdict(stored["verdict"])
    own = next((given for given in found.given if given.number == found.member.number), None)
    changed = ""
    if own is None or not own.counts:
        changed = "No longer counts."
    elif own.verdict is not verdict:
        changed = f"Changed to {VERDICT_LABELS[own.verdict].lower()} since."
    first, second = (" ".join(turn.text for turn in replies(side.content)) for side in (pair.first, pair.second))
    return Suspect(
        pair_id=pair.pk,
        external_id=pair.external_id,
        prompt=opening(pair.prompt.content),
        first=first,
        second=second,
        language=pair.prompt.language,
        member=found.member,
        verdict=VERDICT_LABELS[verdict],
        wrong=chance(stored["wrong"]),
        why=why(found),
        changed=changed,
        reason="" if own is None else own.reason,
    )


def chance(probability: float) -> str:
    """Return a probability that is never written as certain.

    >>> chance(0.9971), chance(0.42)
    ('>\xa099\xa0%', '42\xa0%')
    """
    return f">\u00a0{share(0.99)}" if probability > 0.99 else share(probability)


def why(found: Found) -> str:
    """Return what speaks against a judgement."""
    others = Counter(given.verdict for given in found.given if given.counts and given.number != found.member.number)
    named = ", ".join(f"{n:,} × {VERDICT_LABELS[verdict].lower()}" for verdict, n in others.most_common())
    judged = f"The others: {named}." if named else "Nobody else judged it."
    likeliest = found.stored["likeliest"]
    if likeliest < 0:
        return f"{judged} How often this annotator errs makes it doubtful."
    words = VERDICT_LABELS[Verdict(likeliest)].lower()
    clearly = " clearly" if found.stored["confident"] else ""
    return f"{judged} Going by how reliable each is, the true verdict is{clearly} {words}."


def likelier_wrong(listed: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those that are more likely wrong than right, which are what the page shows; files have the rest too."""
    return [one for one in listed if one["wrong"] >= EVEN]


@dataclass(frozen=True, slots=True)
class Joint:
    """How often each verdict was given where each was true, in per cent of all judgements."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


def joint(content: Mapping[str, Any]) -> Joint | None:
    """Return the heat table of given and true verdicts; the diagonal is what was right."""
    stored: Sequence[Sequence[float]] | None = content["joint"]
    if stored is None:
        return None
    rows = []
    for i, row in enumerate(stored):
        whole = sum(row)
        cells = tuple(
            HeatCell(number(value * 100, 1), heat(value / whole if whole else 0.0), "", own=i == j)
            for j, value in enumerate(row)
        )
        rows.append((LABELS[i], cells))
    return Joint(LABELS, tuple(rows))


def table(found: Iterable[Found], run: QualityRun) -> Table[Found]:
    """Return the judgements as files hold them; texts are in the exports."""
    return Table(
        "label-noise",
        (
            Column("pair", lambda one: one.pair.external_id),
            Column("annotator", lambda one: one.member.pseudonym),
            Column("verdict", lambda one: Verdict(one.stored["verdict"]).word),
            Column(
                "likeliest", lambda one: None if one.stored["likeliest"] < 0 else Verdict(one.stored["likeliest"]).word
            ),
            Column("wrong", lambda one: one.stored["wrong"]),
            Column("margin", lambda one: one.stored["margin"]),
            Column("confident", lambda one: one.stored["confident"]),
            Column("why", why),
        ),
        found,
        about(run),
    )
