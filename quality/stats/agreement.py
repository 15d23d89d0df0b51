"""How far annotators agree, in one call: both readings, all five figures, and a warning where they part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from quality.stats.alpha import gwet_ac1, krippendorff_alpha, percent_agreement
from quality.stats.intervals import Estimate
from quality.stats.kappa import fleiss_kappa, mean_over_items
from quality.stats.labels import Ints, Labels, by_item, direction, drop_unseen, item_counts, labels

PARTING = 0.2


@dataclass(frozen=True, slots=True)
class Reading(Mapping[str, Estimate]):
    """The five figures of one reading by name, and what they rest on."""

    estimates: Mapping[str, Estimate]
    categories: int  # K, those that occur
    n_items: int  # items judged at least twice
    n_judgements: int  # judgements read
    prevalence_note: str = ""

    def __getitem__(self, name: str) -> Estimate:
        return self.estimates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Strict: all four verdicts are categories. Direction: only judgements that name a side."""

    strict: Reading
    direction: Reading


def agreement(item: Ints, annotator: Ints, verdict: Ints) -> Agreement:
    """The five figures of agreement, strict and by direction.

    Direction leaves out TIE and BOTH_BAD judgements, then the items left with fewer than two. Of an annotator's several
    judgements of one item the last given counts.

    Parameters
    ----------
    item, annotator, verdict : (M,) int arrays
        Positions and verdict codes, in any order.

    Returns
    -------
    Agreement
        Two readings with ``cohen_kappa_mean``, ``fleiss_kappa``, ``krippendorff_alpha``, ``gwet_ac1`` and
        ``percent_agreement``; see these functions for edges. Nothing judged gives ten undefined figures.

    Examples
    --------
    >>> found = agreement(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2]))
    >>> found.strict["percent_agreement"].value, found.strict.categories, found.direction.n_items
    (0.5, 3, 1)
    """
    given = by_item(labels(item, annotator, verdict))
    sided = given.where(direction(given.verdict))
    left = np.bincount(sided.item, minlength=given.n_items)
    return Agreement(strict=_reading(given), direction=_reading(sided.where(left[sided.item] >= 2)))


def _reading(given: Labels) -> Reading:
    counts, which = drop_unseen(item_counts(given.item, given.verdict, given.n_items, given.n_categories))
    estimates = {
        "cohen_kappa_mean": mean_over_items(given),
        "fleiss_kappa": fleiss_kappa(counts),
        "krippendorff_alpha": krippendorff_alpha(counts),
        "gwet_ac1": gwet_ac1(counts),
        "percent_agreement": percent_agreement(counts),
    }
    n_items = int((counts.sum(axis=1) >= 2).sum())
    note = prevalence_note(estimates["fleiss_kappa"], estimates["gwet_ac1"])
    return Reading(estimates, len(which), n_items, len(given), note)


def prevalence_note(kappa: Estimate, ac1: Estimate) -> str:
    """A sentence where kappa and AC1 part by more than .2, which one category far ahead of the others brings about.

    References
    ----------
    Feinstein, A. R. and Cicchetti, D. V. (1990). Journal of Clinical Epidemiology 43, 543-549.

    Examples
    --------
    >>> prevalence_note(Estimate(0.1, 0, 0.2, 9, "fleiss_kappa"), Estimate(0.8, 0.7, 0.9, 9, "gwet_ac1"))
    'Prevalence: kappa 0.10 and AC1 0.80 part by 0.70 because one verdict dominates; read them together.'
    """
    if not (kappa.defined and ac1.defined) or abs(kappa.value - ac1.value) <= PARTING:
        return ""
    gap = abs(kappa.value - ac1.value)
    return (
        f"Prevalence: kappa {kappa.value:.2f} and AC1 {ac1.value:.2f} part by {gap:.2f} because one verdict dominates; "
        "read them together."
    )
