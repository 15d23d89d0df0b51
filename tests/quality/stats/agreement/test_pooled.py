from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.agreement.cohen import cohen_kappa
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.tables import confusions
from quality.stats.labels import labels
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import labelled, rows
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge, population


def pooled(made, r):
    """The sum of an annotator's tables, with the annotator in the rows."""
    own = [t if a == r else t.T for a, b, t in zip(made.a, made.b, made.tables, strict=True) if r in (a, b)]
    return sum(own, np.zeros(made.tables.shape[1:], dtype=np.int64))


class TestAnnotatorKappas:
    @given(rows)
    def test_pools_the_tables_with_the_annotator_in_the_rows(self, given_rows):
        judged = labelled(given_rows)
        made = confusions(judged, 6, 3)
        for r, found in enumerate(annotator_kappas(judged, made, 6)):
            expected = cohen_kappa(pooled(made, r))

            assert found.value == pytest.approx(expected.value, nan_ok=True)
            assert found.n == expected.n
            if not found.defined and found.n:
                assert (found.reason, found.arguments) == (expected.reason, expected.arguments)

    def test_has_nearly_the_analytic_interval_for_two_annotators(self):
        judged = labels(*judge(np.random.default_rng(2), items=400, annotators=2))
        made = confusions(judged, 2, 3)
        over_items, _ = annotator_kappas(judged, made, 2)

        assert over_items.se == pytest.approx(cohen_kappa(made.tables[0]).se * math.sqrt(400 / 399), rel=1e-9)

    def test_covers_what_it_states_where_taking_judgements_as_independent_does_not(self):
        rng = np.random.default_rng(3)
        true = population()[1]
        independent, clustered = [], []
        for _ in range(500):
            judged = labels(*judge(rng, items=120, annotators=6))
            made = confusions(judged, 6, 3)
            independent.append(cohen_kappa(pooled(made, 0)))
            clustered.append(annotator_kappas(judged, made, 6)[0])

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in clustered]) <= 0.97
        assert np.mean([e.low <= true <= e.high for e in independent]) < 0.9

    def test_has_no_interval_over_one_shared_item(self):
        judged = labelled([(0, 0, 0), (0, 1, 0), (0, 2, 1)])
        found = annotator_kappas(judged, confusions(judged, 3, 2), 3)[0]

        assert found.value == 0
        assert math.isnan(found.low)
        assert found.reason is Reason.ONE_ITEM

    def test_is_undefined_without_a_partner_and_with_one_category(self):
        judged = labelled([(0, 0, 0), (0, 1, 0), (1, 2, 1)])
        found = annotator_kappas(judged, confusions(judged, 4, 2), 4)

        assert [e.reason for e in found] == [Reason.BOTH_ONE_CATEGORY] * 2 + [Reason.NO_PARTNER] * 2
        assert [e.arguments for e in found] == [{"category": 0}] * 2 + [{}] * 2
