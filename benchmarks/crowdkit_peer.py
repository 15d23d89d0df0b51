"""Fit a model of crowd-kit: `python crowdkit_peer.py MODEL JUDGEMENTS.npz FOUND.npz`.

It runs in the environment of ``requirements/peers.txt``, which has nothing of Concord, and times its own work: what comes
before and after is reading and writing files.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd
from crowdkit.aggregation import GLAD, DawidSkene


def main(model: str, judgements: str, found: str) -> None:
    warnings.simplefilter("ignore")
    read = np.load(judgements)
    item, annotator, verdict = (read[name] for name in ("item", "annotator", "verdict"))
    annotators, k = int(annotator.max()) + 1, int(verdict.max()) + 1
    data = pd.DataFrame({"task": item, "worker": annotator, "label": verdict})
    fitted = {"dawid_skene": DawidSkene, "glad": GLAD}[model]()
    began = time.perf_counter()
    fitted.fit(data)
    seconds = time.perf_counter() - began
    if model == "glad":
        ability = fitted.alphas_.reindex(range(annotators)).to_numpy()
        np.savez(found, seconds=seconds, ability=ability, log_easiness=fitted.betas_.sort_index().to_numpy())
        return
    # Rows are (worker, given label), columns true labels.
    errors = fitted.errors_.reindex(columns=range(k))
    confusion = np.zeros((annotators, k, k))
    confusion[errors.index.get_level_values(0), :, errors.index.get_level_values(1)] = errors.to_numpy()
    np.savez(found, seconds=seconds, prior=fitted.priors_.reindex(range(k)).to_numpy(), confusion=confusion)


if __name__ == "__main__":
    main(*sys.argv[1:])
