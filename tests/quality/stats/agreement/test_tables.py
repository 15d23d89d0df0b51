from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.agreement import tables
from quality.stats.labels import labels
from tests.quality.stats.agreement.cases import labelled, rows
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge


class TestConfusions:
    @staticmethod
    def brute(rows, k):
        last = {(i, a): v for i, a, v in rows}
        made = {}
        for (i, a), v in last.items():
            for (j, b), w in last.items():
                if i == j and a < b:
                    made.setdefault((a, b), np.zeros((k, k), dtype=np.int64))[v, w] += 1
        return made

    @given(rows, st.sampled_from([1, 3, 1 << 18]), st.sampled_from([0, 1 << 24]))
    def test_counts_what_a_loop_counts_in_any_chunks(self, given_rows, at_once, dense):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tables, "_AT_ONCE", at_once)
            patch.setattr(tables, "_DENSE", dense)
            found = tables.confusions(labelled(given_rows), 5, 4)
        expected = self.brute(given_rows, 4)

        assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == sorted(expected)
        assert all((t == expected[a, b]).all() for a, b, t in zip(found.a, found.b, found.tables, strict=True))
        assert found.n.tolist() == [expected[pair].sum() for pair in sorted(expected)]

    @given(rows, st.randoms(use_true_random=False))
    def test_ignores_the_order_of_rows(self, given_rows, random):
        once = list({(i, a): (i, a, v) for i, a, v in given_rows}.values())
        other = list(once)
        random.shuffle(other)
        one, two = (tables.confusions(labelled(r), 5, 3) for r in (once, other))

        assert (one.tables == two.tables).all()

    def test_finds_none_where_no_item_is_shared(self):
        found = tables.confusions(labelled([(0, 0, 0), (1, 1, 1), (2, 2, 0)]), 3, 2)

        assert len(found) == 0
        assert found.tables.shape == (0, 2, 2)

    def test_refuses_what_lies_outside(self):
        with pytest.raises(ValueError, match="outside"):
            tables.confusions(labelled([(0, 2, 0)]), 2, 2)
        with pytest.raises(ValueError, match="outside"):
            tables.confusions(labelled([(0, 0, 2)]), 2, 2)


class TestPairTables:
    def test_adds_up_over_parts(self):
        item, who, verdict = judge(np.random.default_rng(8), items=60, annotators=4)
        whole = tables.confusions(labels(item, who, verdict), 4, 3)
        parts = [tables.confusions(labels(item[m], who[m], verdict[m]), 4, 3) for m in (item < 25, item >= 25)]

        assert isinstance(whole, tables.PairTables)
        assert (whole.tables == parts[0].tables + parts[1].tables).all()
        assert list(zip(whole.a, whole.b, strict=True)) == list(itertools.combinations(range(4), 2))


class TestPositionsFarApart:
    def test_need_no_room(self):
        far = labels(np.array([0, 0, 10**12, 10**12]), np.array([0, 10**8] * 2), np.array([0, 1, 1, 1]))
        made = tables.confusions(far)

        assert (made.a.tolist(), made.b.tolist(), made.tables.tolist()) == ([0], [10**8], [[[0, 1], [0, 1]]])

    def test_are_refused_where_64_bits_cannot_number_the_pairs(self):
        far = labels(np.array([0, 0]), np.array([0, 2_000_000_000]), np.array([0, 3]))

        with pytest.raises(ValueError, match="n_annotators is so large"):
            tables.confusions(far)
