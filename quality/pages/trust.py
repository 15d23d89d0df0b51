"""Can I trust this data yet? The answer, from the project's own targets and the stored figures. No Django here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.formatting import Measure, Unit, number, share, share_of, show
from quality.stats.attention import Code, Figures, Finding, State, Wanted, attention
from quality.stats.attention import Concern as Found
from quality.stats.intervals import wilson

LEAST_SHARED = 20  # shared judgements; below, two verdicts that differ make a kappa of -1 with an interval of no width
LEAST_PAIRS = 20  # pairs below which no line of the checklist is good
BALANCED = 0.02  # a share this near to one half is balanced, however many judgements tell it apart from one half
NEARLY_HALF = 0.05  # sides are balanced where the whole interval is this near to one half
LEAST_KNOWN = 0.9  # of the judgements, from which on their annotators' figures stand for all
UNKNOWN: Final = Measure(None)
FRAUD: Final = "fraud"
"""What a concern names that no figure shows but the sequence of somebody's judgements."""


class Level(StrEnum):
    """How a line of the checklist is shown: its icon, its color and its label."""

    GOOD = "good"
    EARLY = "early"
    WATCH = "watch"
    ACT = "act"


class Standing(StrEnum):
    """How a measure compares with its target."""

    ABOVE = "above"  # the whole interval is on target
    OPEN = "open"  # the interval holds the target
    BELOW = "below"  # the whole interval is below it
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Targets:
    """What the project asks of its data; ``seconds`` is its median time on a pair, where that is known."""

    kappa: float
    gold: float
    unsettled: float
    n: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AnnotatorEvidence:
    """An annotator's figures that decide whether they need attention."""

    number: int
    n: int
    kappa: Measure
    gold: Measure
    left: Measure = UNKNOWN
    seconds: Measure = UNKNOWN
    consensus: Measure = UNKNOWN
    fraud: str = ""  # the sentence of an alarm

    @property
    def agreement(self) -> Measure:
        """Kappa as evidence: its interval supposes many judgements, so with few of them it is none."""
        if self.kappa.n >= LEAST_SHARED:
            return self.kappa
        return Measure(None, n=self.kappa.n, reason=f"fewer than {LEAST_SHARED} judgements shared with others")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run found. ``left`` of ``sided`` judgements had the first response on the left."""

    judged_pairs: int
    annotations: int
    fleiss: Measure
    gold: Measure
    settled: int
    unsettled: int
    left: int
    sided: int
    annotators: Sequence[AnnotatorEvidence]
    incomplete: int = 0  # pairs that still wait for judgements


@dataclass(frozen=True, slots=True)
class Concern:
    """Why an annotator needs attention: which figure, in a sentence."""

    figure: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the checklist. ``topic`` lets the page add the action."""

    topic: str
    level: Level
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the data can be trusted. ``lede`` is a sentence in pieces; those marked true are the facts."""

    answer: str
    lede: tuple[tuple[str, bool], ...]
    reasons: tuple[Reason, ...]


NOBODY = "Nobody has judged this yet."
TOO_EARLY = "Too early."
NOT_YET = "Not yet."
YES = "Yes."


def standing(measure: Measure, target: float) -> Standing:
    """Return where the interval lies; without one the value alone is no evidence. "Below" holds for the rounded numbers too.

    >>> standing(Measure(0.62, 0.59, 0.65), 0.55).value, standing(Measure(0.5, 0.44, 0.57), 0.55).value
    ('above', 'open')
    """
    if measure.value is None or measure.low is None or measure.high is None:
        return Standing.UNKNOWN
    if measure.low >= target:
        return Standing.ABOVE
    return Standing.BELOW if round(measure.high, 2) < round(target, 2) else Standing.OPEN


def finding(annotator: AnnotatorEvidence, targets: Targets) -> Finding:
    """Return the state of an annotator by the rule of attention."""
    figures = Figures(annotator.kappa, annotator.consensus, annotator.gold, annotator.left, annotator.seconds)
    usual = math.nan if targets.seconds is None else targets.seconds
    return attention(figures, Wanted(kappa=targets.kappa, gold=targets.gold, median_seconds=usual))


def concerns(annotator: AnnotatorEvidence, targets: Targets) -> list[Concern]:
    """Return why an annotator needs attention, in sentences; the suspicion of fraud first."""
    found = [_worded(concern, annotator) for concern in finding(annotator, targets).concerns]
    return [Concern(FRAUD, annotator.fraud), *found] if annotator.fraud else found


def _worded(concern: Found, annotator: AnnotatorEvidence) -> Concern:
    match concern.code:
        case Code.LOW_AGREEMENT:
            words = f"Agrees too little with the others: Cohen’s κ {show(annotator.kappa).text}"
            unsure = "" if concern.arguments["gold"] else "; without gold, the others may be the ones who are wrong"
            return Concern("cohen_kappa", words + unsure)
        case Code.LOW_GOLD:
            shown = show(annotator.gold, Unit.PERCENT).text
            return Concern(
                "gold_accuracy", f"Misses known answers: {shown} right on {counted(annotator.gold.n, 'gold pair')}"
            )
        case Code.SIDE_BIAS:
            left, n = int(concern.arguments["left"]), int(concern.arguments["n"])
            side, part = ("left", left) if 2 * left > n else ("right", n - left)
            return Concern(
                "left_share",
                f"Prefers one side: chose the {side} in {share_of(part, n)} of {counted(n, 'judgement')} that chose one",
            )
    shown = number(annotator.seconds.value or 0.0, 1)
    times = counted(annotator.seconds.n, "judgement")
    return Concern("seconds_median", f"Judges faster than anyone can read: a median of {shown} seconds on {times}")


def still_needed(measure: Measure, target: float, least: int = 0) -> int | None:
    """Return about how many more would tell on which side of the target a value lies, to two digits; null if unforeseeable.

    The width of an interval goes down with the root of n.

    >>> still_needed(Measure(0.6, 0.5, 0.7, n=100), 0.55), still_needed(Measure(None, n=3), 0.55, least=20)
    (300, 17)
    """
    if measure.n < least:
        return least - measure.n
    if measure.value is None or measure.low is None or measure.high is None or measure.n == 0:
        return None
    half = measure.value - measure.low if measure.value > target else measure.high - measure.value
    away = abs(measure.value - target)
    if away < half / 10:  # a hundred times as many, and the value will not stay where it is
        return None
    more = math.ceil(round(measure.n * ((half / away) ** 2 - 1), 6))
    if more <= 0:
        return None
    digits = int(10 ** max(0, len(str(more)) - 2))
    return math.ceil(more / digits) * digits


def counted(n: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "pair"), counted(2000, "judgement")
    ('1 pair', '2,000 judgements')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def told(annotator: AnnotatorEvidence, targets: Targets) -> bool:
    """Return whether there is evidence enough that carelessness would have shown."""
    return bool(annotator.fraud) or finding(annotator, targets).state is not State.TOO_EARLY


def trust(evidence: Evidence, targets: Targets) -> Trust:
    """Return the answer with its evidence.

    "Yes" wants agreement surely on target, gold surely on target where there is gold, few enough unsettled pairs, and
    no annotator who needs attention. Sides out of balance, and gold that was never judged, are named but do not decide.
    """
    if evidence.annotations == 0:
        return Trust(NOBODY, (("The figures come with the first judgements.", False),), ())
    reasons = [
        _agreement(evidence.fleiss, targets),
        _gold(evidence.gold, targets),
        _unsettled(evidence, targets),
        _annotators(evidence, targets),
    ]
    reasons += _sides(evidence)
    rank = {Level.ACT: 0, Level.WATCH: 1, Level.EARLY: 2, Level.GOOD: 3}
    ordered = tuple(sorted(reasons, key=lambda reason: rank[reason.level]))
    if evidence.judged_pairs < targets.n:
        missing = targets.n - evidence.judged_pairs
        return Trust(
            TOO_EARLY,
            (
                (f"{evidence.judged_pairs:,} of at least {counted(targets.n, 'pair')} judged", True),
                ("; ", False),
                (f"{missing:,} to go", True),
                (".", False),
            ),
            ordered,
        )
    deciding = [r for r in ordered if r.level is not Level.GOOD and r.topic not in _NAMED_ONLY]
    deciding = [r for r in deciding if r.topic != "gold" or evidence.gold.n > 0]
    good = [r for r in reasons if r.level is Level.GOOD and r.topic in ("agreement", "gold", "unsettled")]
    if deciding:
        return Trust(NOT_YET, _sentence(good[:1], deciding), ordered)
    return Trust(YES, _sentence(good, []), ordered)


_NAMED_ONLY = {"sides"}


def _agreement(fleiss: Measure, targets: Targets) -> Reason:
    detail = f"Fleiss’ κ {show(fleiss).text} on ordinary pairs; the target is {number(targets.kappa, 2)}"
    found = standing(fleiss, targets.kappa)
    if found is Standing.UNKNOWN and fleiss.value is None:
        why = fleiss.reason or "no pair was judged by two people"
        return Reason("agreement", Level.EARLY, "Agreement is not known yet", f"Fleiss’ κ is not defined: {why}")
    if found is Standing.BELOW and fleiss.n >= LEAST_PAIRS:
        return Reason("agreement", Level.ACT, "Agreement is below target", detail)
    if found is Standing.ABOVE and fleiss.n >= LEAST_PAIRS:
        return Reason("agreement", Level.GOOD, "Agreement is good", detail)
    more = _more(still_needed(fleiss, targets.kappa, LEAST_PAIRS), "judged pair")
    title = "Too early to tell whether agreement meets the target"
    return Reason("agreement", Level.EARLY, title, f"{detail}. {more}")


def _gold(gold: Measure, targets: Targets) -> Reason:
    if gold.n == 0:
        return Reason("gold", Level.WATCH, "No gold was judged", "Everyone can agree and still be wrong")
    shown = (
        f"{show(gold, Unit.PERCENT).text} on {counted(gold.n, 'gold judgement')}; the target is {share(targets.gold)}"
    )
    match standing(gold, targets.gold):
        case Standing.ABOVE if gold.n >= LEAST_PAIRS:
            return Reason("gold", Level.GOOD, "Gold accuracy is on target", shown)
        case Standing.BELOW:
            return Reason("gold", Level.ACT, "Gold accuracy is below target", shown)
    if gold.low is None and gold.reason:
        more = f"{gold.reason[:1].upper()}{gold.reason[1:]}"
    else:
        more = _more(still_needed(gold, targets.gold, LEAST_PAIRS), "gold judgement")
    title = "Too early to tell whether gold accuracy meets the target"
    return Reason("gold", Level.EARLY, title, f"{shown}. {more}")


def _unsettled(evidence: Evidence, targets: Targets) -> Reason:
    complete = evidence.settled + evidence.unsettled
    if complete == 0:
        detail = "A pair is complete when it has all the judgements that it needs"
        return Reason("unsettled", Level.EARLY, "No pair is complete yet", detail)
    part = evidence.unsettled / complete
    of = "complete pair" if complete == 1 else "complete pairs"
    detail = f"{evidence.unsettled:,} of {complete:,} {of}; the target is {share(targets.unsettled)}"
    found = wilson(evidence.unsettled, complete)
    # Once all pairs are complete the share is counted, and there is nothing left to estimate.
    if part > targets.unsettled and (found.low > targets.unsettled or not evidence.incomplete):
        words = f"{share_of(evidence.unsettled, complete)} of complete pairs are unsettled"
        return Reason("unsettled", Level.WATCH, words, detail)
    if (
        part <= targets.unsettled
        and complete >= LEAST_PAIRS
        and (found.high <= targets.unsettled or not evidence.incomplete)
    ):
        title = "Few pairs are unsettled" if evidence.unsettled else "Every complete pair is settled"
        return Reason("unsettled", Level.GOOD, title, detail)
    measure = Measure(found.value, found.low, found.high, n=complete)
    missing = still_needed(measure, targets.unsettled, LEAST_PAIRS)
    if missing is not None and complete + evidence.incomplete < LEAST_PAIRS:
        more = f"Fewer than {LEAST_PAIRS} pairs are too few to tell"
    else:
        more = _more(None if missing is None else min(missing, evidence.incomplete), "complete pair")
    return Reason("unsettled", Level.EARLY, "Too early to tell how many pairs stay unsettled", f"{detail}. {more}")


def _annotators(evidence: Evidence, targets: Targets) -> Reason:
    in_need = [annotator for annotator in evidence.annotators if concerns(annotator, targets)]
    if in_need:
        gave = sum(annotator.n for annotator in in_need)
        who = "1 annotator needs attention" if len(in_need) == 1 else f"{len(in_need):,} annotators need attention"
        part = share_of(gave, evidence.annotations)
        detail = f"They gave {gave:,} of {counted(evidence.annotations, 'annotation')} ({part})"
        return Reason("annotators", Level.ACT, who, detail)
    known = [annotator for annotator in evidence.annotators if told(annotator, targets)]
    whole = sum(annotator.n for annotator in evidence.annotators)
    detail = f"Enough shared judgements to tell: {len(known):,} of {counted(len(evidence.annotators), 'annotator')}"
    if known and sum(annotator.n for annotator in known) >= LEAST_KNOWN * whole:
        return Reason("annotators", Level.GOOD, "No annotator needs attention", detail)
    waiting = [annotator for annotator in evidence.annotators if not told(annotator, targets)]
    most = max((LEAST_SHARED - annotator.kappa.n for annotator in waiting), default=0)
    more = f". The others need up to {most:,} more each" if known and most > 0 else ""
    if not known and most > 0:
        more = f". {'They need' if len(waiting) == 1 else 'Each needs'} up to {most:,} more"
    title = "Too early to tell whether an annotator needs attention"
    return Reason("annotators", Level.EARLY, title, detail + more)


def _sides(evidence: Evidence) -> list[Reason]:
    if evidence.sided == 0:
        return []
    found = wilson(evidence.left, evidence.sided)
    away = abs(found.value - 0.5)
    words = f"The first response was on the left in {share(found.value, 1)} of {counted(evidence.sided, 'judgement')}"
    if away > BALANCED and not found.low <= 0.5 <= found.high:
        return [Reason("sides", Level.WATCH, "Sides are not balanced", words)]
    if found.low >= 0.5 - NEARLY_HALF and found.high <= 0.5 + NEARLY_HALF:
        return [Reason("sides", Level.GOOD, "Sides are balanced", words)]
    missing = still_needed(Measure(0.5, found.low, found.high, n=evidence.sided), 0.5 + NEARLY_HALF, LEAST_PAIRS)
    title = "Too early to tell whether sides are balanced"
    return [Reason("sides", Level.EARLY, title, f"{words}. {_more(missing, 'judgement')}")]


def _more(missing: int | None, noun: str) -> str:
    if not missing:
        return "The value is too close to the target to say how many more are needed"
    return f"About {missing:,} more {noun}{'' if missing == 1 else 's'} would tell"


def _sentence(good: Sequence[Reason], against: Sequence[Reason]) -> tuple[tuple[str, bool], ...]:
    """Return the two or three facts that made the answer: what is good first, then what is not."""
    pieces: list[tuple[str, bool]] = []
    for i, reason in enumerate(good):
        if i:
            pieces.append((" and " if i == len(good) - 1 else ", ", False))
        pieces.append((reason.title if i == 0 else _lower(reason.title), True))
    named = against[:3]
    words = [reason.title for reason in named if reason.level is not Level.EARLY]
    early = [reason for reason in named if reason.level is Level.EARLY]
    words += [_early(early)] if early else []
    for i, title in enumerate(words):
        last = i == len(words) - 1
        joint = ", but " if i == 0 else " and " if last else ", "
        if pieces:
            pieces.append((joint, False))
        pieces.append((_lower(title) if pieces else title, True))
    return (*pieces, (".", False))


def _early(reasons: Sequence[Reason]) -> str:
    """Return one clause for all of which it is too early to tell.

    >>> _early([Reason("gold", Level.EARLY, "Too early to tell whether gold accuracy meets the target", "")])
    'It is too early to tell whether gold accuracy meets the target'
    """
    if len(reasons) == 1 and not reasons[0].title.startswith(TOO_EARLY[:-1]):
        return reasons[0].title  # that it is not known yet
    topics = [reason.topic for reason in reasons]
    about = [_ABOUT[topic] for topic in topics]
    if topics[:2] == ["agreement", "gold"]:
        about[:2] = ["whether agreement and gold accuracy meet the target"]
    listed = f"{', '.join(about[:-1])} and {about[-1]}" if len(about) > 1 else about[0]
    return f"It is too early to tell {listed}"


_ABOUT: Final = {
    "agreement": "whether agreement meets the target",
    "gold": "whether gold accuracy meets the target",
    "unsettled": "how many pairs stay unsettled",
    "annotators": "whether an annotator needs attention",
}


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
