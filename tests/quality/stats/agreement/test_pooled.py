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


def weighted(judged, r):
    """An annotator's table in which each item adds 1 in all, and how many judgements of others are in it."""
    table, n = np.zeros((3, 3)), 0
    rows = list(zip(judged.item.tolist(), judged.annotator.tolist(), judged.verdict.tolist(), strict=True))
    for item, who, own in rows:
        others = [verdict for i, a, verdict in rows if i == item and a != who]
        if who == r:
            n += len(others)
            for verdict in others:
                table[own, verdict] += 1 / len(others)
    return table, n


def kappa_of(table):
    share = table / table.sum() if table.any() else table
    by_chance = 1 - share.sum(axis=1) @ share.sum(axis=0)
    return 1 - (1 - np.trace(share)) / by_chance if table.any() and by_chance > 1e-9 else math.nan


class TestAnnotatorKappas:
    @given(rows)
    def test_pools_the_tables_with_the_annotator_in_the_rows(self, given_rows):
        judged = labelled(given_rows)
        for r, found in enumerate(annotator_kappas(judged, 6, 3)):
            table, n = weighted(judged, r)

            value, n_found = found.value, found.n
            assert value == pytest.approx(kappa_of(table), nan_ok=True, abs=1e-12)
            assert n_found == n

    def test_is_the_plain_sum_where_all_items_have_equally_many_judgements(self):
        judged = labels(*judge(np.random.default_rng(7), items=60, annotators=4))
        made = confusions(judged, 4, 3)
        for r, found in enumerate(annotator_kappas(judged, 4, 3)):
            expected = cohen_kappa(pooled(made, r))

            assert (found.value, found.n) == (pytest.approx(expected.value), expected.n)

    def test_gives_one_item_with_many_judges_no_more_weight_than_another(self):
        # On 12 items Alice agrees with one partner each; on one more, 40 people differ from her.
        agreed = [(i, a, i % 2) for i in range(12) for a in (0, 1)]
        crowd = [(12, 0, 0), *((12, a, 1) for a in range(2, 42))]
        found = annotator_kappas(labelled(agreed + crowd), 42, 2)[0]

        assert found.n == 52
        assert found.value == pytest.approx(kappa_of(np.array([[6.0, 1.0], [0.0, 6.0]])))

    def test_has_nearly_the_analytic_interval_for_two_annotators(self):
        judged = labels(*judge(np.random.default_rng(2), items=400, annotators=2))
        made = confusions(judged, 2, 3)
        over_items, _ = annotator_kappas(judged, 2, 3)

        assert over_items.se == pytest.approx(cohen_kappa(made.tables[0]).se * math.sqrt(400 / 399), rel=1e-9)

    def test_covers_what_it_states_where_taking_judgements_as_independent_does_not(self):
        rng = np.random.default_rng(3)
        true = population()[1]
        independent, clustered = [], []
        for _ in range(500):
            judged = labels(*judge(rng, items=120, annotators=6))
            made = confusions(judged, 6, 3)
            independent.append(cohen_kappa(pooled(made, 0)))
            clustered.append(annotator_kappas(judged, 6, 3)[0])

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in clustered]) <= 0.97
        assert np.mean([e.low <= true <= e.high for e in independent]) < 0.9

    def test_has_no_interval_over_one_shared_item(self):
        found = annotator_kappas(labelled([(0, 0, 0), (0, 1, 0), (0, 2, 1)]), 3, 2)[0]

        assert found.value == 0
        assert math.isnan(found.low)
        assert found.reason is Reason.TOO_FEW_ITEMS

    def test_is_undefined_without_a_partner_and_with_one_category(self):
        found = annotator_kappas(labelled([(0, 0, 0), (0, 1, 0), (1, 2, 1)]), 4, 2)

        assert [e.reason for e in found] == [Reason.BOTH_ONE_CATEGORY] * 2 + [Reason.NO_PARTNER] * 2
        assert [e.arguments for e in found] == [{"category": 0}] * 2 + [{}] * 2
