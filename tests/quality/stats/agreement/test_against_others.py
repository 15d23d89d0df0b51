from __future__ import annotations

import numpy as np

from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.cohen import cohen_kappa
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import labelled, rows, same
from tests.quality.stats.properties import given


class TestConsensusKappas:
    @given(rows)
    def test_compares_with_the_majority_of_the_others(self, given_rows):
        last = {(i, a): v for i, a, v in given_rows}
        expected = np.zeros((5, 3, 3), dtype=np.int64)
        for (i, a), v in last.items():
            votes = np.bincount([w for (j, b), w in last.items() if j == i and b != a], minlength=3)
            if votes.max() > 0 and (votes == votes.max()).sum() == 1:
                expected[a, v, votes.argmax()] += 1

        for table, found in zip(expected, consensus_kappas(labelled(given_rows), 5, 3), strict=True):
            same(found, cohen_kappa(table))
            assert found.n == table.sum()

    def test_is_undefined_without_others(self):
        assert consensus_kappas(labelled([]), 1, 2)[0].reason is Reason.NO_CONSENSUS
