"""Everything a quality run stores, computed from its judgements. No queries here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.selectors.judgements import Judgements
from annotation.selectors.probes import Probes
from annotation.vocabulary import Verdict
from common.days import start_of_day
from quality import statistics
from quality.services import fraud
from quality.services.consensus import Found, known_of
from quality.services.fraud import Examined
from quality.services.parts import Context, agreement, parts
from quality.services.settling import Settling
from quality.statistics import CATEGORIES, STATISTICS, Inputs, Judged, Statistic
from quality.stats.agreement.cohen import PairEstimates
from quality.stats.agreement.prevalence import prevalence
from quality.stats.consensus import TARGET, Consensus, consensus, of_others
from quality.stats.consistency import Probed
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, by_direction, item_counts
from quality.stats.readings import Reading
from quality.stats.reliability.result import Fit
from quality.stats.standing import Standing, standing
from quality.stats.stopping import compared

DAYS_SHOWN = 28


@dataclass(frozen=True, slots=True)
class Computed:
    """An estimate of a statistic; ``annotator`` is a position, null where it is about the project."""

    statistic: Statistic
    reading: Reading
    estimate: Estimate
    annotator: int | None = None
    of_gold: bool = False  # whether it is computed on gold pairs alone


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a run found. ``summary`` is what the pages count; ``pairs`` are the judged pairs, in order; ``standing`` is that of
    each annotator; ``parts`` is what is no table of figures, ``examined`` what its fraud is made of."""

    pairs: Found
    compared: NDArray[np.int64]  # (R,) pairs on which each annotator was compared with others, or with gold
    summary: dict[str, Any]
    figures: list[Computed]
    matrices: list[tuple[Statistic, Reading, PairEstimates]]
    fit: Fit
    standing: Standing
    examined: Examined | None
    parts: dict[str, Any]


def analyze(
    given: Judgements,
    *,
    complete: NDArray[np.bool_],
    differences: NDArray[np.float64],
    progress: Mapping[str, int],
    probes: Probes | None = None,
    context: Context | None = None,
    settling: Settling | None = None,
) -> Analysis:
    """Compute every statistic of the registry, the consensus and the summary.

    Parameters
    ----------
    given : Judgements
        Sorted by (pair, annotator).
    complete : (N,) bool array
        Which of their pairs are complete.
    differences : (N, 2) float array
        How much longer, and how much more marked up, the first response of each is.
    progress
        How far the project's pairs are, as counted then.
    probes : Probes, optional
        What people judged again with sides swapped.
    context : Context, optional
        What else is known of the project; without it there are no parts.
    settling : Settling, optional
        What is needed to decide how many judgements each pair gets, where the consensus decides that.
    """
    labels = Labels(given.pair, given.annotator, given.verdict)
    counts = item_counts(labels.item, labels.verdict, len(given.pair_ids), CATEGORIES)
    found = consensus(counts, complete)
    # Gold where there is gold, elsewhere what two others or more settled on; one other person is no consensus.
    truth = np.where(given.gold >= 0, given.gold, of_others(labels, counts, complete, least=2)).astype(np.int8)
    judged = Judged(
        labels,
        len(given.names),
        given.gold,
        given.left,
        given.confidence,
        given.seconds,
        truth=truth,
        differences=differences[given.pair],
        strength=given.strength,
        target=TARGET if settling is None else settling.rule.target,
        probed=_probed(given, probes),
    )
    pairs = Found(given.pair_ids, complete, found, judged.likeliest, known_of(given), given)
    evidence = compared(labels, given.gold, len(given.names))
    if settling is not None:
        pairs = settling.ruled(pairs, evidence)
        found, complete = pairs.consensus, pairs.complete
    of_gold = judged.gold >= 0
    # Everybody can be shown every gold pair, so with them in it agreement would be that on a few well-known pairs.
    inputs = _readings(judged, ~of_gold) | {Reading.NONE: Inputs(judged, labels)}
    inputs_of_gold = _readings(judged, of_gold)
    figures: list[Computed] = []
    matrices = []
    for statistic, reading, found_of in _results(STATISTICS, inputs):
        match found_of:
            case Estimate() as estimate:
                figures.append(Computed(statistic, reading, estimate))
            case PairEstimates() as estimates:
                matrices.append((statistic, reading, estimates))
            case of_annotators:
                figures += [Computed(statistic, reading, one, r) for r, one in enumerate(of_annotators)]
    figures += [
        Computed(statistic, reading, estimate, of_gold=True)
        for statistic, reading, estimate in _results(statistics.AGREEMENT, inputs_of_gold)
        if isinstance(estimate, Estimate)
    ]
    summary = _summary(given, judged, found, complete) | {
        "progress": dict(progress),
        "categories": _categories(inputs),
        "categories_gold": _categories(inputs_of_gold),
        "prevalence": _prevalence(figures, given.verdict),
        "consensus": _settled(judged, complete, judged.likeliest if settling is None else found),
    }
    if settling is not None:
        summary["settling"] = settling.summary(pairs, judged.fit)
    examined = None if context is None else fraud.examined(given, judged)
    model = (judged.fit.prior, judged.fit.confusion) if judged.fit.defined else (None, None)
    return Analysis(
        pairs,
        evidence,
        summary,
        figures,
        matrices,
        judged.fit,
        standing(labels, judged.known, len(given.names), *model),
        examined,
        {}
        if context is None
        else _parts(given, judged, figures, summary, examined, context)
        | agreement(given, [estimates for statistic, _, estimates in matrices if statistic.name == "cohen_kappa"]),
    )


def _probed(given: Judgements, probes: Probes | None) -> Probed:
    """Probes by position: those whose judgement is among the judgements, which were read at another moment."""
    if probes is None or not len(probes):
        return Probed()
    position = {member: r for r, member in enumerate(given.member_ids)}
    who = np.array([position.get(member, -1) for member in probes.member.tolist()], dtype=np.int64)
    item = np.searchsorted(given.pair_ids, probes.pair)
    known = (who >= 0) & (item < len(given.pair_ids))
    known[known] = given.pair_ids[item[known]] == probes.pair[known]
    return Probed(item[known], who[known], probes.first[known], probes.again[known])


def _parts(
    given: Judgements,
    judged: Judged,
    figures: list[Computed],
    summary: Mapping[str, Any],
    examined: Examined | None,
    context: Context,
) -> dict[str, Any]:
    of_project = {
        c.statistic.name: c.estimate
        for c in figures
        if c.annotator is None and not c.of_gold and c.reading is not Reading.DIRECTION
    }
    unsettled = summary["unsettled"], summary["settled"] + summary["unsettled"]
    return parts(given, judged, of_project, unsettled, examined, context)


def _results(
    chosen: Iterable[Statistic], inputs: Mapping[Reading, Inputs]
) -> Iterator[tuple[Statistic, Reading, Estimate | Sequence[Estimate] | PairEstimates]]:
    """Yield what each statistic's kernel returns for each of its readings."""
    for statistic in chosen:
        for reading in statistic.readings:
            yield statistic, reading, statistic.kernel(inputs[reading])


def _readings(judged: Judged, which: NDArray[np.bool_]) -> dict[Reading, Inputs]:
    """Both readings of some of the judgements."""
    chosen = judged.labels.where(which)
    return {Reading.STRICT: Inputs(judged, chosen), Reading.DIRECTION: Inputs(judged, by_direction(chosen))}


def _settled(judged: Judged, complete: NDArray[np.bool_], found: Consensus) -> dict[str, Any]:
    """How many pairs the likeliest verdict settles, and how many it does not though they wait for nobody; null without a fit."""
    ordinary = judged.known < 0
    settled = found.settled
    counts = {
        "settled": int((settled & ordinary).sum()),
        "unsettled": int((complete & ~settled & ordinary).sum()),
        "open": int((~complete & ~settled & ordinary).sum()),
    }
    return {"target": judged.target} | (counts if judged.fit.defined else dict.fromkeys(counts))


def _categories(inputs: Mapping[Reading, Inputs]) -> dict[str, int]:
    """K of each reading: how many categories occur."""
    return {reading.value: inputs[reading].n_categories for reading in statistics.BOTH}


def _summary(given: Judgements, judged: Judged, found: Consensus, complete: NDArray[np.bool_]) -> dict[str, Any]:
    gold_pair = np.zeros(len(given.pair_ids), dtype=bool)
    gold_pair[given.pair[given.gold >= 0]] = True
    mix = {verdict.name.lower(): int((found.usable == verdict).sum()) for verdict in Verdict}
    mix["none"] = int((complete & ~found.settled).sum())
    chose_left, sided = statistics.chose_left(judged)
    timed = given.seconds[np.isfinite(given.seconds)]
    return {
        "majority": mix,
        "settled": int((found.settled & ~gold_pair).sum()),
        "unsettled": int((complete & ~found.settled & ~gold_pair).sum()),
        "first_on_left": {"left": int((given.left == 1).sum()), "n": int((given.left >= 0).sum())},
        "chose_left": {"left": int((chose_left & sided).sum()), "n": int(sided.sum())},
        "days": _days(given),
        "median_seconds": float(np.median(timed)) if len(timed) else None,
    }


def _prevalence(figures: list[Computed], verdicts: NDArray[Any]) -> dict[str, float]:
    """The two coefficients where they differ because one verdict dominates; empty elsewhere."""
    strict = {
        c.statistic.name: c.estimate
        for c in figures
        if c.reading is Reading.STRICT and c.annotator is None and not c.of_gold
    }
    kappa, ac1 = strict["fleiss_kappa"], strict["gwet_ac1"]
    largest = float(np.bincount(verdicts).max() / len(verdicts)) if len(verdicts) else 0.0
    return {"kappa": kappa.value, "ac1": ac1.value} if prevalence(kappa, ac1, largest) else {}


def _days(given: Judgements) -> list[list[Any]]:
    """Counting judgements on each of the last days up to the reading, in UTC; days without any are in it."""
    today = np.datetime64(start_of_day(given.as_of).date(), "D")
    day = given.at.astype("datetime64[s]").astype("datetime64[D]")
    shown = today - np.arange(DAYS_SHOWN - 1, -1, -1)
    at, counts = np.unique(day, return_counts=True)
    found = dict(zip(at.astype(str).tolist(), counts.tolist(), strict=True))
    return [[str(d), int(found.get(str(d), 0))] for d in shown]
