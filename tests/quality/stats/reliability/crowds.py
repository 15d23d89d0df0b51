"""Judgements of annotators whose confusions are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.stats.labels import Labels, labels
from quality.stats.reliability.judged import JudgedItems


@dataclass(frozen=True)
class Crowd:
    given: Labels
    truth: np.ndarray
    prior: np.ndarray
    confusion: np.ndarray

    def judged(self, known: np.ndarray | None = None) -> JudgedItems:
        return JudgedItems.of(self.given, len(self.confusion), len(self.prior), known)


def crowd(
    rng: np.random.Generator, *, items: int, annotators: int, each: int = 3, prior=(0.4, 0.35, 0.15, 0.1), right=(8, 3)
) -> Crowd:
    """Each item is judged by ``each`` annotators drawn for it; annotators are right by a Beta of ``right`` and err unevenly."""
    prior = np.asarray(prior)
    k = len(prior)
    skill = rng.beta(*right, annotators)
    errors = rng.dirichlet(np.full(k, 2.0), (annotators, k)) * (1 - np.eye(k))
    errors /= errors.sum(axis=2, keepdims=True)
    confusion = skill[:, None, None] * np.eye(k) + (1 - skill)[:, None, None] * errors
    truth = rng.choice(k, items, p=prior)
    who = rng.random((items, annotators)).argpartition(each - 1, axis=1)[:, :each].ravel()
    item = np.repeat(np.arange(items), each)
    ends = confusion[who, truth[item]].cumsum(axis=1)
    verdict = (rng.random(len(item))[:, None] > ends[:, :-1]).sum(axis=1)
    return Crowd(labels(item, who, verdict), truth, prior, confusion)
