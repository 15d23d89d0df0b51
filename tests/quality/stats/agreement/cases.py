"""What several tests of agreement share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quality.stats.labels import Labels, item_counts, labels
from tests.quality.stats.simulate import judge

tables = st.integers(2, 5).flatmap(lambda k: hnp.arrays(np.int64, (k, k), elements=st.integers(0, 30)))
counts = hnp.arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(2, 4)), elements=st.integers(0, 4))
rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60)


def same(one, other):
    assert one.defined == other.defined
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), nan_ok=True, abs=1e-9)


def labelled(given_rows) -> Labels:
    """(item, annotator, category) in any order."""
    return labels(*np.array(given_rows, dtype=np.int64).reshape(-1, 3).T)


def coverage(statistic, true, *, seed, draws=800, **how):
    """How often a coefficient's interval holds the value of the population."""
    rng = np.random.default_rng(seed)
    covered = []
    for _ in range(draws):
        item, _, verdict = judge(rng, items=150, annotators=4, **how)
        found = statistic(item_counts(item, verdict, 150, 4))
        covered.append(found.low <= true <= found.high)
    return np.mean(covered)
