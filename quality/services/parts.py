"""What a run finds beside its figures, as values to be stored: label noise, fraud, drift, dimensions of data quality. No queries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.selectors.judgements import Judgements
from annotation.selectors.pair_facts import NO_NAME, PairFacts
from annotation.vocabulary import Verdict
from quality.services import fraud
from quality.services.fraud import Examined
from quality.services.groups import groups
from quality.services.slices import slices
from quality.statistics import Judged
from quality.stats.agreement.cohen import PairEstimates
from quality.stats.calibration import reliability_bins
from quality.stats.dimensions import Dimension, Measured, counted_share, covered, measure, states, time_to_settle
from quality.stats.intervals import Estimate
from quality.stats.noise import joint, least_wrong, suspects
from quality.stats.posteriors import without_own
from quality.stats.reliability.by_others import likeliest_by_others
from quality.stats.seriation import order, similarities
from quality.stats.shift.cusum import NEVER, accuracy_drift, expected_errors
from quality.stats.shift.distance import mix_shift
from quality.stats.shift.result import AFTER, BEFORE, OUTSIDE, Shift, adjusted
from quality.stats.shift.two_sample import covariate_shift
from quality.stats.shift.verdicts import concept_drift, label_shift
from quality.stats.time import median_time

DAY: Final = 86_400.0
AFTER_DAYS: Final = 7
"""Days up to the reading that are compared with those before."""
BEFORE_DAYS: Final = 28
MOST_SUSPECTS: Final = 200
MOST_FEATURES: Final = 12
"""Languages, tags and source models of which each is a feature of a pair; the most frequent."""
ALARMS: Final = 0.05
"""How often any of a run's tests of drift says that something has changed where nothing has."""
MOST_WEEKS: Final = 26
MONDAY: Final = 3
"""Days from a Monday to the first of January 1970."""
ENOUGH: Final = 30
"""Judgements from which a language, a tag or two source models are covered."""

VERDICTS: Final = tuple(verdict.name.lower() for verdict in Verdict)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a project wants of its data."""

    kappa: float
    gold: float
    unsettled: float
    present: float | None = None  # of the wanted judgements
    reasons: float | None = None
    coverage: float | None = None
    open_age: float | None = None  # seconds
    time_to_settle: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Context:
    """What a run knows beside its judgements: all pairs, those that are not complete, progress and targets."""

    facts: PairFacts
    incomplete: NDArray[np.int64]  # primary keys, in order
    progress: Mapping[str, int]
    targets: Targets
    attributes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # of annotators, by primary key


def parts(
    given: Judgements,
    judged: Judged,
    figures: Mapping[str, Estimate],
    unsettled: tuple[int, int],
    examined: Examined | None,
    context: Context,
) -> dict[str, Any]:
    """Return the parts of a run by name.

    Parameters
    ----------
    figures
        The project's own, by name, agreement in the strict reading.
    unsettled
        Complete pairs without a verdict that has more judgements than any other, and all complete pairs; gold left out.
    examined
        What was found of annotators who may answer without reading.
    """
    return {
        "noise": noise(given, judged),
        "fraud": fraud.part(given, judged.fit, examined),
        "drift": drift(given, judged, context.facts),
        "dimensions": dimensions(given, figures, unsettled, context),
        "slices": slices(given, judged, context.facts),
        **people(given, judged),
        **({"groups": groups(given, judged, context.facts, context.attributes)} if context.attributes else {}),
    }


def agreement(given: Judgements, of_pairs: Sequence[PairEstimates]) -> dict[str, Any]:
    """Return the part of a run that tells in which order annotators who agree are neighbors, by one statistic of every two."""
    return {
        "agreement": {
            "order": [
                given.member_ids[r]
                for kappas in of_pairs[:1]
                for r in order(similarities(kappas.a, kappas.b, kappas.value, kappas.n, len(given.member_ids))).tolist()
            ]
        }
    }


def people(given: Judgements, judged: Judged) -> dict[str, Any]:
    """Return the part of a run that tells more of each annotator than figures do, by "m" and primary key.

    ``confusion`` counts verdicts by the one they are compared with, gold's or the likeliest by the others, and then by the
    one that was given; ``weeks`` has for each week (its Monday, UTC) how many are right and how many are compared; both are
    null where nothing is known of the annotators. ``bins`` are those of stated confidence: mean confidence, share that is
    right with its interval, and n.
    """
    fit, rows = judged.fit, judged.by_annotator
    against = likeliest_by_others(judged.labels, fit.prior, fit.confusion, judged.gold) if fit.defined else None
    monday = ((given.at // DAY + MONDAY).astype(np.int64) // 7) * 7 - MONDAY
    found = {}
    for member, own in zip(given.member_ids, rows, strict=True):
        one: dict[str, Any] = {"confusion": None, "weeks": None, "bins": _bins(judged, own)}
        if against is not None:
            own = own[against[own] >= 0]
            counts = np.zeros((len(Verdict), len(Verdict)), dtype=np.int64)
            np.add.at(counts, (against[own], judged.labels.verdict[own]), 1)
            week, place, n = np.unique(monday[own], return_inverse=True, return_counts=True)
            right = np.bincount(place, judged.labels.verdict[own] == against[own], len(week)).astype(np.int64)
            days = (np.datetime64(0, "D") + week).astype(str).tolist()
            one["confusion"] = counts.tolist()
            one["weeks"] = list(zip(days, right.tolist(), n.tolist(), strict=True))[-MOST_WEEKS:]
        found[f"m{member}"] = one  # a name, which no database takes for a place in a list
    return {"people": found}


def _bins(judged: Judged, rows: NDArray[np.int64]) -> list[list[float]]:
    rows = rows[(judged.truth[rows] >= 0) & np.isfinite(judged.confidence[rows])]
    if not len(rows):
        return []
    bins = reliability_bins(judged.confidence[rows], judged.labels.verdict[rows] == judged.truth[rows])
    columns = (bins.confidence, bins.accuracy, bins.low, bins.high, bins.n)
    return [[float(value) for value in one] for one in zip(*columns, strict=True) if one[-1] > 0]


def noise(given: Judgements, judged: Judged) -> dict[str, Any]:
    """Return which judgements of ordinary pairs are probably wrong, and how verdicts that were given meet true ones.

    All but ``least_wrong`` is null or empty where nothing is known of the annotators.
    """
    ordinary = judged.gold < 0
    labels = judged.labels.compact().where(ordinary)
    found: dict[str, Any] = {"n": len(labels), "least_wrong": least_wrong(labels), "joint": None, "suspects": []}
    if not judged.fit.defined or not len(labels):
        return found
    others = without_own(judged.labels, judged.fit.prior, judged.fit.confusion)[ordinary]
    listed = suspects(labels, judged.likeliest.posterior, others, most=MOST_SUSPECTS)
    rows = np.flatnonzero(ordinary)[listed.position]
    found["joint"] = joint(labels.verdict, others).share.tolist()
    found["suspects"] = [
        {
            "pair": int(given.pair_ids[given.pair[row]]),
            "member": given.member_ids[given.annotator[row]],
            "verdict": int(given.verdict[row]),
            "likeliest": int(listed.likeliest[i]),
            "wrong": float(listed.wrong[i]),
            "margin": float(listed.margin[i]),
            "confident": bool(listed.confident[i]),
        }
        for i, row in enumerate(rows.tolist())
    ]
    return found


def drift(given: Judgements, judged: Judged, facts: PairFacts) -> dict[str, Any]:
    """Return what has changed in the last week against the four before, gold left out, and since when people err more.

    Of all tests together, some say that something has changed in :data:`ALARMS` of the runs in which nothing has (Holm).
    """
    end = given.as_of.timestamp()
    middle, start = end - AFTER_DAYS * DAY, end - (AFTER_DAYS + BEFORE_DAYS) * DAY
    window = np.where(given.at >= middle, AFTER, np.where(given.at >= start, BEFORE, OUTSIDE)).astype(np.int8)
    window[judged.gold >= 0] = OUTSIDE
    tests = {
        "verdicts": (label_shift(judged.labels, window), VERDICTS),
        "choices": _choices(judged, window),
        **_of_pairs(given, judged, window, facts),
    }
    changed = adjusted([shift.p for shift, _ in tests.values()])
    return {
        "before": [start, middle],
        "after": [middle, end],
        "false_alarms": ALARMS,
        "tests": {
            name: _shift(shift, names) | {"changed": None if math.isnan(p) else p <= ALARMS}
            for (name, (shift, names)), p in zip(tests.items(), changed, strict=True)
        },
        "accuracy": _accuracy(given, judged),
    }


def _choices(judged: Judged, window: NDArray[np.int8]) -> tuple[Shift, Sequence[str]]:
    """Whether sides, lengths and markup lead to the same choices as before."""
    side = np.where(judged.left < 0, np.nan, 2.0 * judged.left - 1)
    known = np.isfinite(side).any()
    # Where no side was recorded, the others are compared without it.
    features = np.column_stack([side if known else np.zeros(len(side)), judged.differences])
    return concept_drift(judged.labels, window, features), ("first", "left", "longer", "more_markup")


def _of_pairs(
    given: Judgements, judged: Judged, window: NDArray[np.int8], facts: PairFacts
) -> dict[str, tuple[Shift, Sequence[str]]]:
    """Whether other pairs are judged than before; a pair lies in the window of its first judgement in one."""
    inside = np.flatnonzero(window != OUTSIDE)
    inside = inside[np.argsort(given.at[inside], kind="stable")]
    pair, first = np.unique(given.pair[inside], return_index=True)
    now = window[inside[first]]
    at = np.searchsorted(facts.pair_ids, given.pair_ids[pair])
    known = at < len(facts)
    known[known] = facts.pair_ids[at[known]] == given.pair_ids[pair[known]]
    at, now = at[known], now[known]
    apart = np.abs(judged.differences[inside[first[known]]])
    where = np.full(len(facts), OUTSIDE, dtype=np.int8)
    where[at] = now
    prompt, tagged = facts.prompt[at], where[facts.tagged] != OUTSIDE
    both = np.sort(facts.models[at], axis=1) - NO_NAME
    of_models = both[:, 0] * (len(facts.source_models) + 1) + both[:, 1]
    table, names = _features(facts, at, apart)
    found = {
        "languages": mix_shift(facts.language[at] - NO_NAME, now, prompt),
        "tags": mix_shift(facts.tag[tagged], where[facts.tagged[tagged]], facts.prompt[facts.tagged[tagged]]),
        "source_models": mix_shift(of_models, now, prompt),
    }
    return {name: (shift, ()) for name, shift in found.items()} | {
        "pairs": (covariate_shift(table, now, prompt), names)
    }


def _features(
    facts: PairFacts, at: NDArray[np.int64], apart: NDArray[np.float64]
) -> tuple[NDArray[np.float64], list[str]]:
    """How far the responses of some pairs are apart in length and markup, ones and zeros for their languages, tags and
    source models, and the names of the columns."""
    columns = {f"language:{name}": facts.language[at] == i for i, name in enumerate(facts.languages[:MOST_FEATURES])}
    for i, name in enumerate(facts.tags[:MOST_FEATURES]):
        has = np.zeros(len(facts), dtype=bool)
        has[facts.tagged[facts.tag == i]] = True
        columns[f"tag:{name}"] = has[at]
    for i, name in enumerate(facts.source_models[:MOST_FEATURES]):
        columns[f"source_model:{name}"] = (facts.models[at] == i).any(axis=1)
    return np.column_stack([apart, *columns.values()]), ["length_difference", "markup_difference", *columns]


def _accuracy(given: Judgements, judged: Judged) -> dict[str, Any]:
    """Since when people err more often than they did, of those who do."""
    if not judged.fit.defined:
        return {"watched": 0, "alarms": []}
    wrong, expected, compared = expected_errors(
        judged.labels, judged.fit.prior, judged.fit.confusion, judged.gold.astype(np.int64)
    )
    rows = np.flatnonzero(compared)
    found = accuracy_drift(given.annotator[rows], given.at[rows], wrong[rows], expected[rows], judged.n_annotators)
    alarms = [
        {
            "member": given.member_ids[r],
            "n": int(found.n[r]),
            "since": float(given.at[rows[found.since[r]]]),
            "alarm": float(given.at[rows[found.alarm[r]]]),
            "sum": float(found.highest[r]),
            "threshold": float(found.threshold[r]),
            "before": _number(found.before[r]),
            "after": _number(found.after[r]),
        }
        for r in np.flatnonzero(found.alarm != NEVER).tolist()
    ]
    return {"watched": int((found.n > 0).sum()), "alarms": alarms}


def dimensions(
    given: Judgements, figures: Mapping[str, Estimate], unsettled: tuple[int, int], context: Context
) -> dict[str, Any]:
    """Return the measures of each dimension of data quality, and its state."""
    facts, targets = context.facts, context.targets
    wanted = context.progress.get("wanted", 0)
    present = min(context.progress.get("judgements", 0), wanted)
    waits = np.isin(facts.pair_ids, context.incomplete) & ~facts.is_gold
    now = given.as_of.timestamp()
    measures = [
        measure(Dimension.ACCURACY, "gold_accuracy", figures["gold_accuracy"], targets.gold),
        measure(Dimension.CONSISTENCY, "fleiss_kappa", figures["fleiss_kappa"], targets.kappa),
        measure(Dimension.CONSISTENCY, "self_consistency", figures["self_consistency"]),
        measure(Dimension.CONSISTENCY, "unsettled", counted_share(*unsettled), targets.unsettled, at_most=True),
        measure(Dimension.COMPLETENESS, "judgements", counted_share(present, wanted), targets.present),
        measure(
            Dimension.COMPLETENESS, "reasons", counted_share(int(given.reasoned.sum()), len(given)), targets.reasons
        ),
        measure(
            Dimension.TIMELINESS,
            "open_age",
            median_time(np.maximum(now - facts.created[waits], 0.0)),
            targets.open_age,
            at_most=True,
        ),
        measure(
            Dimension.TIMELINESS,
            "time_to_settle",
            _time_to_settle(given, facts, waits, now),
            targets.time_to_settle,
            at_most=True,
        ),
        *_coverage(given, facts, targets.coverage),
    ]
    of_each = states(measures)
    return {
        "enough": ENOUGH,
        "states": {dimension.value: of_each[dimension].value for dimension in Dimension},
        "measures": [_measured(one) for one in measures],
    }


def _time_to_settle(given: Judgements, facts: PairFacts, waits: NDArray[np.bool_], now: float) -> Estimate:
    """From the import of a pair to its last judgement, of those that people were handed out and nobody judged before."""
    at = np.searchsorted(facts.pair_ids, given.pair_ids)
    starts = np.flatnonzero(np.diff(given.pair, prepend=-1))
    last, handed = np.zeros(len(facts)), np.zeros(len(facts), dtype=bool)
    here = at < len(facts)
    here[here] = facts.pair_ids[at[here]] == given.pair_ids[here]
    if len(starts):
        last[at[here]] = np.maximum.reduceat(given.at, starts)[here]
        handed[at[here]] = (np.minimum.reduceat(given.left, starts) >= 0)[here]
    done = handed & ~waits & ~facts.is_gold & (last >= facts.created)
    seconds = np.where(done, last - facts.created, now - facts.created)
    counted = done | waits
    return time_to_settle(np.maximum(seconds[counted], 0.0), done[counted])


def _coverage(given: Judgements, facts: PairFacts, target: float | None) -> list[Measured]:
    at = np.searchsorted(facts.pair_ids, given.pair_ids)
    here = at < len(facts)
    here[here] = facts.pair_ids[at[here]] == given.pair_ids[here]
    n = np.zeros(len(facts), dtype=np.int64)
    n[at[here]] = np.bincount(given.pair, minlength=len(given.pair_ids))[here]
    named = facts.language != NO_NAME
    known = (facts.models != NO_NAME).all(axis=1)
    both = np.sort(facts.models[known], axis=1)
    of_two = np.unique(both[:, 0] * len(facts.source_models) + both[:, 1], return_inverse=True)[1]
    cells = {
        "languages": np.bincount(facts.language[named], n[named], len(facts.languages)),
        "tags": np.bincount(facts.tag, n[facts.tagged], len(facts.tags)),
        "source_models": np.bincount(of_two, n[known]),
    }
    return [measure(Dimension.COVERAGE, name, covered(counts, ENOUGH), target) for name, counts in cells.items()]


def _measured(one: Measured) -> dict[str, Any]:
    return {
        "dimension": one.dimension.value,
        "name": one.name,
        "target": one.target,
        "state": one.state.value,
        "value": _number(one.estimate.value),
        "low": _number(one.estimate.low),
        "high": _number(one.estimate.high),
        "n": one.estimate.n,
        "method": str(one.estimate.method),
        "reason": str(one.estimate.reason or ""),
        "arguments": dict(one.estimate.arguments),
    }


def _shift(found: Shift, names: Sequence[str]) -> dict[str, Any]:
    change = zip(names, found.change.tolist(), strict=False)
    return {
        "value": _number(found.value),
        "p": _number(found.p),
        "by_chance": _number(found.by_chance),
        "before": found.before,
        "after": found.after,
        "change": {name: value for name, value in change if math.isfinite(value)},
        "method": str(found.method),
        "reason": str(found.reason or ""),
        "arguments": dict(found.arguments),
    }


def _number(value: float) -> float | None:
    """A number as JSON has it: what is not finite is null."""
    return float(value) if math.isfinite(value) else None
