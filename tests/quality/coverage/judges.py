"""Annotators of differing skill who judge items of differing difficulty, and what agreement they would reach on endless items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from quality.stats.consensus import plurality
from quality.stats.labels import Labels, labels


@dataclass(frozen=True)
class Judges:
    """R annotators. An item is of type t with probability ``weight[t]``; then r gives verdict k with ``chance[t, r, k]``.

    Verdicts of one item are independent given its type only, so they depend on one another; those of one annotator do so
    through their skill and their leaning. All truths are of these annotators and of endless items.
    """

    weight: np.ndarray  # (T,)
    chance: np.ndarray  # (T, R, K)

    def __len__(self) -> int:
        return self.chance.shape[1]

    def judge(self, rng: np.random.Generator, items: int, *, each: int | tuple[int, int] | None = None) -> Labels:
        """Return judgements of new items: by everyone, by ``each`` annotators drawn for each item, or by from .. to."""
        t = rng.choice(len(self.weight), size=items, p=self.weight)
        least, most = (len(self),) * 2 if each is None else (each, each) if isinstance(each, int) else each
        order = rng.random((items, len(self))).argsort(axis=1)[:, :most]
        wanted = np.arange(most) < rng.integers(least, most + 1, size=items)[:, None]
        item, place = np.nonzero(wanted)
        annotator = order[item, place]
        ends = self.chance[t[item], annotator].cumsum(axis=1)
        verdict = (rng.random(len(item))[:, None] > ends[:, :-1]).sum(axis=1)
        return labels(item, annotator, verdict)

    @cached_property
    def joint(self) -> np.ndarray:
        """(R, R, K, K): the chance that r gives k and s gives l on one item."""
        return np.einsum("t,trk,tsl->rskl", self.weight, self.chance, self.chance)

    @cached_property
    def _partners(self) -> np.ndarray:
        """(R, K, K): the mean of an annotator's tables with every other."""
        own = self.joint[np.arange(len(self)), np.arange(len(self))]
        return (self.joint.sum(axis=1) - own) / (len(self) - 1)

    @cached_property
    def _all(self) -> np.ndarray:
        return self._partners.mean(axis=0)

    def among_endless(self) -> Judges:
        """Two annotators, of whom each is like a random one of these: their agreement is that of two of an endless crowd."""
        return Judges(self.weight, np.repeat(self.chance.mean(axis=1, keepdims=True), 2, axis=1))

    def percent_agreement(self) -> float:
        return float(np.trace(self._all))

    def fleiss_kappa(self) -> float:
        """That of Krippendorff's alpha too: chance agreement by one distribution for all."""
        return float(kappa(self._all))

    def gwet_ac1(self) -> float:
        pi = self._all.sum(axis=1)
        by_chance = float((pi * (1 - pi)).sum() / (len(pi) - 1))
        return (self.percent_agreement() - by_chance) / (1 - by_chance)

    def cohen_kappa(self, r: int) -> float:
        """Of one annotator, over partners."""
        return float(kappa(self._partners[r]))

    def cohen_kappa_of_two(self, r: int, s: int) -> float:
        return float(kappa(self.joint[r, s]))

    def cohen_kappa_mean(self) -> float:
        return float(kappa(self.joint)[np.triu_indices(len(self), 1)].mean())

    def cohen_kappa_pooled(self) -> float:
        """Of all pairs, each with its own chance agreement."""
        two = np.triu_indices(len(self), 1)
        observed, expected = (part[two].mean() for part in agreements(self.joint))
        return float((observed - expected) / (1 - expected))

    def cohen_kappa_consensus(self, r: int) -> float:
        """Of one annotator against the majority of all others; counted out, so for few annotators."""
        _, annotators, k = self.chance.shape
        table = np.zeros((k, k))
        others = [s for s in range(annotators) if s != r]
        for verdicts in product(range(k), repeat=len(others)):
            of_others = int(plurality(np.bincount(verdicts, minlength=k)[None])[0])
            if of_others >= 0:
                chance = np.prod([self.chance[:, s, v] for s, v in zip(others, verdicts, strict=True)], axis=0)
                table[:, of_others] += (self.weight * chance) @ self.chance[:, r]
        return float(kappa(table / table.sum()))


def kappa(table: np.ndarray) -> np.ndarray:
    """Cohen's kappa of tables of probabilities, (..., K, K)."""
    observed, expected = agreements(table)
    return np.asarray((observed - expected) / (1 - expected))


def agreements(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The agreement of tables of probabilities, (..., K, K), and that which their marginals give by chance."""
    return np.trace(table, axis1=-2, axis2=-1), (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1)


def hire(
    rng: np.random.Generator,
    annotators: int,
    *,
    shares: tuple[float, ...],
    right: tuple[float, ...] = (0.6, 0.8, 0.95),
    skill: float = 0.4,
    leaning: float = 0.2,
) -> Judges:
    """Draw annotators.

    Parameters
    ----------
    shares : tuple
        How often each verdict is the right one.
    right : tuple
        The chance of the right verdict on items of each difficulty, which are equally frequent.
    skill, leaning : float
        How far annotators differ, in logits: in being right, and in liking one verdict.
    """
    k = len(shares)
    weight = np.repeat(np.asarray(shares), len(right)) / len(right)
    truth, difficulty = np.repeat(np.arange(k), len(right)), np.tile(np.arange(len(right)), k)
    p = np.asarray(right)[difficulty]
    logit = np.zeros((len(weight), annotators, k)) + leaning * rng.normal(size=(annotators, k))
    gain = np.log(p / (1 - p) * (k - 1))[:, None] + skill * rng.normal(size=annotators)
    logit[np.arange(len(weight)), :, truth] += gain
    chance = np.exp(logit)
    return Judges(weight, chance / chance.sum(axis=2, keepdims=True))
