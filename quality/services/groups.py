"""Groups of annotators, as a part of a run: agreement within and between them, and what they prefer. No queries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.selectors.judgements import Judgements
from annotation.selectors.pair_facts import PairFacts
from annotation.vocabulary import Verdict
from quality.services.slices import estimated
from quality.statistics import CATEGORIES, Judged
from quality.stats.agreement.groups import (
    LEAST_ANNOTATORS,
    NO_GROUP,
    Contrast,
    agreement_of_groups,
    closer_within,
    preferences,
)
from quality.stats.agreement.slices import FALSE_DISCOVERIES, false_discovery
from quality.stats.agreement.tables import confusions
from quality.stats.gold import gold_accuracy_pooled
from quality.stats.intervals import Estimate, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

MOST_GROUPS: Final = 8
"""Of an attribute, those with the most annotators; what is rarer is of no group."""
MOST_MODELS: Final = 12
"""Source models, those that judgements compare most often with another."""
SEED: Final = 20_260_101

Preference = tuple[str, str, NDArray[np.float64]]


def groups(
    given: Judgements, judged: Judged, facts: PairFacts, attributes: Mapping[str, Mapping[int, str]]
) -> dict[str, Any]:
    """Return, for each attribute, its groups, their agreement, and what they prefer; gold left out.

    Parameters
    ----------
    attributes
        Values by attribute and member, as of ``annotation.selectors.attributes.values``.
    """
    ordinary = judged.gold < 0
    labels = judged.labels.where(ordinary)
    tables = confusions(labels, judged.n_annotators, CATEGORIES)
    stratum, wanted = _preferences(given, judged, facts, ordinary)
    found: dict[str, Any] = {"false_discoveries": FALSE_DISCOVERIES, "attributes": {}}
    for attribute, values in attributes.items():
        names, group = _groups(given, values)
        if len(names) < 2:
            continue
        contrasts = preferences(
            np.column_stack([chosen for _, _, chosen in wanted]), stratum, labels.annotator, group, seed=SEED
        )
        found["attributes"][attribute] = {
            "groups": [
                {"name": name, "annotators": int((group == g).sum()), "n": int((group[labels.annotator] == g).sum())}
                for g, name in enumerate(names)
            ],
            "agreement": [
                {"a": a, "b": b, "kappa": estimated(one)}
                for a, row in enumerate(agreement_of_groups(labels, group, len(names), CATEGORIES))
                for b, one in enumerate(row)
                if a <= b
            ],
            "closer": _contrast(closer_within(tables, group, seed=SEED)),
            "preferences": [
                {
                    "kind": kind,
                    "name": name,
                    "shares": [
                        estimated(_share(chosen, labels.item, labels.annotator, group[labels.annotator] == g))
                        for g in range(len(names))
                    ],
                    **_contrast(contrast),
                }
                for (kind, name, chosen), contrast in zip(wanted, contrasts, strict=True)
            ],
        }
    _adjust(found["attributes"])
    return found


def _groups(given: Judgements, values: Mapping[int, str]) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the groups that judged, and the group of each annotator."""
    counted = Counter(values[key] for key in given.member_ids if key in values)
    names = [name for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST_GROUPS]]
    place = {name: g for g, name in enumerate(names)}
    group = [place.get(values.get(key, ""), NO_GROUP) for key in given.member_ids]
    return names, np.array(group, dtype=np.int64)


def _preferences(
    given: Judgements, judged: Judged, facts: PairFacts, ordinary: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[Preference]]:
    """The stratum of each ordinary judgement, its two source models, and what it prefers: 1, 0, or NaN where it says nothing."""
    verdict = judged.labels.verdict[ordinary]
    sided = verdict <= Verdict.SECOND
    at = np.minimum(np.searchsorted(facts.pair_ids, given.pair_ids), max(len(facts) - 1, 0))
    models = np.full((len(given.pair_ids), 2), -1, dtype=np.int64)
    if len(facts):
        known = facts.pair_ids[at] == given.pair_ids
        models[known] = facts.models[at[known]]
    models = models[given.pair[ordinary]]
    both = np.sort(models + 1, axis=1)
    stratum = both[:, 0] * (len(facts.source_models) + 1) + both[:, 1]
    winner = np.where(sided, models[np.arange(len(verdict)), np.minimum(verdict, 1)], -1)
    found: list[Preference] = []
    against_another = sided & (models[:, 0] != models[:, 1])
    times = np.bincount(models[against_another].ravel() + 1, minlength=len(facts.source_models) + 1)[1:]
    for m in np.argsort(-times, kind="stable")[:MOST_MODELS].tolist():
        if times[m]:
            here = against_another & (models == m).any(axis=1)
            found.append(("source_model", facts.source_models[m], np.where(here, winner == m, np.nan)))
    longer = judged.differences[ordinary, 0]
    told = sided & (longer != 0)
    found.append(("longer", "", np.where(told, (longer > 0) == (verdict == Verdict.FIRST), np.nan)))
    found.append(("tie", "", (verdict == Verdict.TIE).astype(np.float64)))
    found.append(("both_bad", "", (verdict == Verdict.BOTH_BAD).astype(np.float64)))
    return np.unique(stratum, return_inverse=True)[1].astype(np.int64), found


def _share(
    chosen: NDArray[np.float64], item: NDArray[np.int64], annotator: NDArray[np.int32], which: NDArray[np.bool_]
) -> Estimate:
    rows = np.flatnonzero(which & ~np.isnan(chosen))
    if not len(rows):
        return undefined(Method.CLUSTERED_SHARE, Reason.NOTHING_COUNTED)
    return gold_accuracy_pooled(chosen[rows] > 0, item[rows], annotator[rows])


def _contrast(one: Contrast) -> dict[str, Any]:
    arguments = {"needed": LEAST_ANNOTATORS} if one.reason is Reason.TOO_FEW_ANNOTATORS else {}
    return {
        "difference": _number(one.value),
        "p": _number(one.p),
        "q": _number(one.q),
        "differs": None,
        "annotators": one.n,
        "reason": str(one.reason or ""),
        "arguments": arguments,
    }


def _adjust(attributes: Mapping[str, dict[str, Any]]) -> None:
    """Adjust over all attributes together: a project that records more of its annotators finds no more by chance."""
    for tests in (
        [one for found in attributes.values() for one in found["preferences"]],
        [found["closer"] for found in attributes.values()],
    ):
        p = [math.nan if one["p"] is None else one["p"] for one in tests]
        for one, q in zip(tests, false_discovery(p), strict=True):
            one["q"] = _number(q)
            one["differs"] = None if math.isnan(q) else q <= FALSE_DISCOVERIES


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
