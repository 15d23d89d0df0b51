"""All figures of a project from its judgements: what the pages count, and what the kernels say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import pairs
from annotation.selectors.judgements import Judgements
from annotation.selectors.progress import progress
from annotation.vocabulary import Verdict
from quality.models import Figure
from quality.stats.agreement import agreement
from quality.stats.calibration import brier_score, expected_calibration_error
from quality.stats.consensus import majority
from quality.stats.gold import gold_accuracy, gold_accuracy_pooled
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.kappa import annotator_kappas, pairwise_kappas
from quality.stats.labels import direction, item_counts, labels
from quality.stats.pairs import pair_confusions

CATEGORIES = len(Verdict)
DAYS_SHOWN = 28
VERDICT_NAMES = [verdict.name.capitalize().replace("_", " ") for verdict in Verdict]


def summarise(project: Project, said: Judgements) -> tuple[dict[str, Any], NDArray[np.int8]]:
    """What the pages count, and each judged pair's majority (-1 where none, or where it is not complete)."""
    counts = item_counts(said.pair, said.verdict, len(said.pair_ids), CATEGORIES)
    complete = pairs.complete(project, said.pair_ids)
    leading = np.where(complete, majority(counts), -1).astype(np.int8)
    gold_pair = np.zeros(len(said.pair_ids), dtype=bool)
    gold_pair[said.pair[said.gold >= 0]] = True
    settled = complete & (leading >= 0)
    mix = {verdict.name.lower(): int((leading == verdict).sum()) for verdict in Verdict}
    mix["none"] = int((complete & (leading < 0)).sum())
    known = said.left >= 0
    left = (said.left == 1) & known
    sided = known & direction(said.verdict)
    chose_left = sided & ((said.verdict == Verdict.FIRST) == left)
    timed = said.seconds[np.isfinite(said.seconds)]
    return {
        "majority": mix,
        "progress": progress(project),
        "settled": int((settled & ~gold_pair).sum()),
        "unsettled": int((complete & ~settled & ~gold_pair).sum()),
        "left_share": {"left": int(left.sum()), "n": int(known.sum())},
        "chose_left": {"left": int(chose_left.sum()), "n": int(sided.sum())},
        "days": _days(said),
        "median_seconds": float(np.median(timed)) if len(timed) else None,
        "categories": {},
        "prevalence_note": "",
    }, leading


def _days(said: Judgements) -> list[list[Any]]:
    """Counting judgements on each of the last days up to the reading, in UTC; days without any are in it."""
    today = np.datetime64(said.as_of.astimezone(UTC).replace(tzinfo=None), "D")
    day = said.at.astype("datetime64[s]").astype("datetime64[D]")
    shown = today - np.arange(DAYS_SHOWN - 1, -1, -1)
    at, counts = np.unique(day, return_counts=True)
    found = dict(zip(at.astype(str).tolist(), counts.tolist(), strict=True))
    return [[str(d), int(found.get(str(d), 0))] for d in shown]


def figures(said: Judgements, majority_of: NDArray[np.int8], summary: dict[str, Any], *, seed: int) -> Iterable[Figure]:
    """Every figure as a row still to be stored; ``summary`` learns how many categories occurred."""
    both = agreement(said.pair, said.annotator, said.verdict)
    summary["categories"] = {"strict": both.strict.categories, "direction": both.direction.categories}
    summary["prevalence_note"] = both.strict.prevalence_note
    for reading, found in (("strict", both.strict), ("direction", both.direction)):
        for name, estimate in found.items():
            yield _figure(name, estimate, reading=reading)
    is_gold = said.gold >= 0
    right = said.verdict == said.gold
    yield _figure("gold_accuracy", gold_accuracy_pooled(right[is_gold])[0])
    # Gold where there is gold, the settled majority elsewhere; what is neither says nothing of calibration.
    truth = np.where(is_gold, said.gold, majority_of[said.pair])
    judged = truth >= 0
    correct = said.verdict == truth
    yield _figure("calibration_ece", expected_calibration_error(said.confidence[judged], correct[judged], seed=seed))
    yield _figure("calibration_brier", brier_score(said.confidence[judged], correct[judged], seed=seed))
    yield from _of_annotators(said, is_gold, right, judged, correct, seed)


def _of_annotators(
    said: Judgements,
    is_gold: NDArray[np.bool_],
    right: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    correct: NDArray[np.bool_],
    seed: int,
) -> Iterable[Figure]:
    people = len(said.names)
    given = labels(said.pair, said.annotator, said.verdict)
    tables = pair_confusions(said.pair, said.annotator, said.verdict, people, CATEGORIES)
    strict = annotator_kappas(tables, people, judgements=given, names=VERDICT_NAMES)
    sided = direction(said.verdict)
    sided_given = given.where(sided)
    sided_tables = pair_confusions(sided_given.item, sided_given.annotator, sided_given.verdict, people, CATEGORIES)
    sided_kappas = annotator_kappas(sided_tables, people, judgements=sided_given, names=VERDICT_NAMES)
    gold, _ = gold_accuracy(said.annotator[is_gold], right[is_gold], people)
    n = np.bincount(said.annotator, minlength=people)
    known = sided & (said.left >= 0)
    chose_left = (said.verdict == Verdict.FIRST) == (said.left == 1)

    order = np.argsort(said.annotator, kind="stable")
    ends = np.searchsorted(said.annotator[order], np.arange(people + 1))
    for person, member in enumerate(said.member_ids):
        mine = order[ends[person] : ends[person + 1]]
        scored = mine[judged[mine]]
        lefts = mine[known[mine]]
        yield _figure("n", Estimate(float(n[person]), np.nan, np.nan, int(n[person]), "count"), member=member)
        yield _figure("cohen_kappa", strict[person], reading="strict", member=member)
        yield _figure("cohen_kappa", sided_kappas[person], reading="direction", member=member)
        yield _figure("gold_accuracy", gold[person], member=member)
        ece = expected_calibration_error(said.confidence[scored], correct[scored], seed=seed)
        yield _figure("calibration_ece", ece, member=member)
        yield _figure(
            "calibration_brier", brier_score(said.confidence[scored], correct[scored], seed=seed), member=member
        )
        yield _figure("seconds_median", _median(said.seconds[mine]), member=member)
        yield _figure("left_share", wilson(int(chose_left[lefts].sum()), len(lefts)), member=member)
    for a, b, estimate in zip(tables.a, tables.b, pairwise_kappas(tables, names=VERDICT_NAMES), strict=True):
        yield _figure("cohen_kappa", estimate, reading="strict", member=said.member_ids[a], partner=said.member_ids[b])


def _median(seconds: NDArray[np.float64]) -> Estimate:
    """The median time on a pair with the order-statistics interval (binomial, normal approximation).

    Conover (1999), Practical Nonparametric Statistics, section 3.2.
    """
    known = np.sort(seconds[np.isfinite(seconds)])
    n = len(known)
    if n == 0:
        return undefined("median", "no time on a pair is known")
    half = 1.959964 * np.sqrt(n) / 2
    low = known[max(0, int(np.floor(n / 2 - half)))]
    high = known[min(n - 1, int(np.ceil(n / 2 + half)))]
    return Estimate(float(np.median(known)), float(low), float(high), n, "median, order statistics")


def _figure(
    name: str, estimate: Estimate, *, reading: str = "", member: int | None = None, partner: int | None = None
) -> Figure:
    """A row to be stored; what is not finite is null, and an undefined value never goes without its reason."""
    value = estimate.value if isfinite(estimate.value) else None
    return Figure(
        name=name,
        reading=reading,
        member_id=member,
        partner_id=partner,
        value=value,
        low=estimate.low if isfinite(estimate.low) else None,
        high=estimate.high if isfinite(estimate.high) else None,
        n=estimate.n,
        method=estimate.method[:200],
        reason=estimate.reason[:300] or ("" if value is not None else "not defined"),
    )
