"""Can I trust this data yet? The answer, from the project's own targets and the stored figures. No Django here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.formatting import Measure, Unit, number, share, share_of, show

LEAST_SHARED = 20  # shared judgements; below, two verdicts that differ make a kappa of -1 with an interval of no width
BALANCED = 0.02  # a share this near to one half is balanced, however many judgements tell it apart from one half


class Level(StrEnum):
    """How a line of the checklist is shown: its icon, its color and its label."""

    GOOD = "good"
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
    """What the project asks of its data."""

    kappa: float
    gold: float
    unsettled: float
    n: int


@dataclass(frozen=True, slots=True)
class AnnotatorEvidence:
    """An annotator's figures that decide whether they need attention."""

    number: int
    n: int
    kappa: Measure
    gold: Measure

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


def concerns(annotator: AnnotatorEvidence, targets: Targets) -> list[Concern]:
    """Return what of an annotator lies clearly below target: the whole 95 % interval, never the value alone."""
    found = []
    if standing(annotator.agreement, targets.kappa) is Standing.BELOW:
        shown = show(annotator.kappa).text
        found.append(Concern("cohen_kappa", f"Agrees too little with the others: Cohen’s κ {shown}"))
    if standing(annotator.gold, targets.gold) is Standing.BELOW:
        shown = show(annotator.gold, Unit.PERCENT).text
        found.append(
            Concern("gold_accuracy", f"Misses known answers: {shown} right on {annotator.gold.n:,} gold pairs")
        )
    return found


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
    rank = {Level.ACT: 0, Level.WATCH: 1, Level.GOOD: 2}
    ordered = tuple(sorted(reasons, key=lambda reason: rank[reason.level]))
    if evidence.judged_pairs < targets.n:
        missing = targets.n - evidence.judged_pairs
        return Trust(
            TOO_EARLY,
            (
                ("So few pairs say little: ", False),
                (f"{evidence.judged_pairs:,} are judged", True),
                (f", and the project wants {targets.n:,} before it answers. ", False),
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
    shown, target = show(fleiss), f"the target is {number(targets.kappa, 2)}"
    match standing(fleiss, targets.kappa):
        case Standing.ABOVE:
            return Reason("agreement", Level.GOOD, "Agreement is good", f"Fleiss’ κ {shown.text}; {target}")
        case Standing.BELOW:
            return Reason("agreement", Level.ACT, "Agreement is below target", f"Fleiss’ κ {shown.text}; {target}")
        case Standing.OPEN:
            detail = f"Fleiss’ κ {shown.text}; {target}. More judgements will tell"
            return Reason("agreement", Level.WATCH, "Agreement may or may not be on target", detail)
    why = fleiss.reason or "nobody has judged a pair that another judged too"
    return Reason("agreement", Level.WATCH, "Agreement is not known yet", f"Fleiss’ κ is not defined: {why}")


def _gold(gold: Measure, targets: Targets) -> Reason:
    shown = f"{show(gold, Unit.PERCENT).text} on {gold.n:,} gold judgements; the target is {share(targets.gold)}"
    match standing(gold, targets.gold):
        case Standing.ABOVE:
            return Reason("gold", Level.GOOD, "Gold accuracy is on target", shown)
        case Standing.BELOW:
            return Reason("gold", Level.ACT, "Gold accuracy is below target", shown)
        case Standing.OPEN:
            return Reason("gold", Level.WATCH, "Gold accuracy may or may not be on target", shown)
    return Reason("gold", Level.WATCH, "No gold was judged", "Agreement alone cannot tell whether all err together")


def _unsettled(evidence: Evidence, targets: Targets) -> Reason:
    complete = evidence.settled + evidence.unsettled
    if complete == 0:
        return Reason("unsettled", Level.WATCH, "No pair is complete yet", "A pair is complete when no slot is open")
    part = evidence.unsettled / complete
    detail = f"{evidence.unsettled:,} of {complete:,} complete pairs; the target is {share(targets.unsettled)}"
    if part <= targets.unsettled:
        title = "Few pairs are unsettled" if evidence.unsettled else "Every complete pair is settled"
        return Reason("unsettled", Level.GOOD, title, detail)
    words = f"{share_of(evidence.unsettled, complete)} of pairs are unsettled"
    return Reason("unsettled", Level.WATCH, words, detail)


def _annotators(evidence: Evidence, targets: Targets) -> Reason:
    in_need = [annotator for annotator in evidence.annotators if concerns(annotator, targets)]
    if not in_need:
        known = [p for p in evidence.annotators if standing(p.agreement, targets.kappa) is not Standing.UNKNOWN]
        detail = f"{len(known):,} of {len(evidence.annotators):,} annotators share judgements enough to tell"
        return Reason("annotators", Level.GOOD, "No annotator needs attention", detail)
    gave = sum(annotator.n for annotator in in_need)
    who = "1 annotator needs attention" if len(in_need) == 1 else f"{len(in_need):,} annotators need attention"
    they = "This one" if len(in_need) == 1 else "They"
    detail = f"{they} gave {gave:,} of {evidence.annotations:,} annotations ({share_of(gave, evidence.annotations)})"
    return Reason("annotators", Level.ACT, who, detail)


def _sides(evidence: Evidence) -> list[Reason]:
    if evidence.sided == 0:
        return []
    left = evidence.left / evidence.sided
    words = f"The first response stood on the left in {share(left, 1)} of {evidence.sided:,} judgements"
    # Chance alone leaves a small project further from one half than BALANCED.
    tolerance = max(BALANCED, 1.96 * 0.5 / evidence.sided**0.5)
    if abs(left - 0.5) <= tolerance:
        return [Reason("sides", Level.GOOD, "Sides are balanced", words)]
    return [Reason("sides", Level.WATCH, "Sides are not balanced", words)]


def _sentence(good: Sequence[Reason], against: Sequence[Reason]) -> tuple[tuple[str, bool], ...]:
    """Return the two or three facts that made the answer: what is good first, then what is not."""
    pieces: list[tuple[str, bool]] = []
    for i, reason in enumerate(good):
        if i:
            pieces.append((" and " if i == len(good) - 1 else ", ", False))
        pieces.append((reason.title if i == 0 else _lower(reason.title), True))
    for i, reason in enumerate(against[:3]):
        last = i == len(against[:3]) - 1
        joint = ", but " if i == 0 else " and " if last else ", "
        if pieces:
            pieces.append((joint, False))
        pieces.append((_lower(reason.title) if len(pieces) else reason.title, True))
    return (*pieces, (".", False))


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
