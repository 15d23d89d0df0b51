"""Judgements of two windows in which everything depends on everything: pairs and people differ, and work is uneven."""

from __future__ import annotations

import numpy as np

from quality.stats.labels import labels


def two_windows(rng, *, pairs, annotators, each=3, ties=0.0, slope=0.0, late=0.0):
    """Return judgements, their windows and a feature of their pairs.

    A pair has a better response that all see, people have their own shares of ties and weights of the feature, and do
    different amounts of work in the windows. ``ties`` and ``slope`` are added in the second window. Of a pair's judgements
    a share ``late`` falls into the other window.
    """
    of = (np.arange(pairs) >= pairs // 2).astype(int)
    work = rng.gamma(1, 1, (2, annotators))[of]
    item = np.repeat(np.arange(pairs), each)
    drawn = rng.random((pairs, annotators)) ** (1 / work)
    who = np.sort(drawn.argpartition(annotators - each, axis=1)[:, -each:], axis=1).ravel()
    window = np.where(rng.random(len(item)) < late, 1 - of[item], of[item])
    feature = rng.normal(0, 1, pairs)[item]
    likely = np.zeros((len(item), 4))
    likely[:, 0] = rng.normal(0, 1.5, pairs)[item] + (rng.normal(0.5, 0.4, annotators)[who] + slope * window) * feature
    likely[:, 2] = rng.normal(-1, 1, annotators)[who] + ties * window
    likely[:, 3] = rng.normal(-2, 1, annotators)[who]
    verdict = (likely + rng.gumbel(size=likely.shape)).argmax(axis=1)
    return labels(item, who, verdict), window, feature
