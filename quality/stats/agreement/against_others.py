"""Cohen's kappa of one annotator against the consensus of the others, which never holds their own judgement."""

from __future__ import annotations

import numpy as np

from quality.stats.agreement.cohen import of_table
from quality.stats.arguments import room
from quality.stats.consensus import of_others
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, item_counts
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def consensus_kappas(given: Labels, n_annotators: int, n_categories: int) -> list[Estimate]:
    """Return Cohen's kappa of each annotator against the majority of the others on the same item.

    Items on which the others have no majority, or on which there are no others, are left out.

    Returns
    -------
    list of R Estimates
        ``n`` counts items. The annotator is in the rows of the table.
    """
    if given.n_annotators > n_annotators:
        raise ValueError(f"annotator lies outside 0 to {n_annotators - 1}")
    if given.n_categories > n_categories:
        raise ValueError(f"verdict lies outside 0 to {n_categories - 1}")
    cells = room("n_annotators", n_annotators, n_categories, n_categories)
    given = given.compact()
    own = given.verdict.astype(np.int64)
    counts = item_counts(given.item, given.verdict, given.n_items, n_categories)
    others = of_others(given, counts, np.ones(len(counts), dtype=bool)).astype(np.int64)
    decided = others >= 0
    key = (given.annotator[decided].astype(np.int64) * n_categories + own[decided]) * n_categories + others[decided]
    tables = np.bincount(key, minlength=cells).reshape(n_annotators, n_categories, n_categories)
    method = Method.COHEN_KAPPA_AGAINST_OTHERS
    return [of_table(table.astype(np.int64), None, method, Reason.NO_CONSENSUS) for table in tables]
