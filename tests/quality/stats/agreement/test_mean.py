from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.mean import cohen_kappa_mean
from quality.stats.agreement.tables import confusions
from quality.stats.labels import Labels, labels
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import labelled, rows
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge, population


def mean(judged: Labels):
    return cohen_kappa_mean(judged, confusions(judged))


class TestCohenKappaMean:
    @given(rows)
    def test_is_the_plain_mean_of_defined_kappas_with_two_items(self, given_rows):
        judged = labelled(given_rows)
        counted = [e.value for e in pairwise_kappas(confusions(judged)) if e.n >= 2 and e.defined]
        found = mean(judged)

        assert found.defined == bool(counted)
        assert found.n == len(counted)
        assert found.value == pytest.approx(np.mean(counted) if counted else math.nan, nan_ok=True)

    @given(rows)
    def test_takes_tables_with_more_categories_than_occur(self, given_rows):
        judged = labelled(given_rows)

        assert repr(cohen_kappa_mean(judged, confusions(judged, 7, 4))) == repr(mean(judged))

    def test_is_undefined_without_any(self):
        assert mean(labelled([])).reason is Reason.NO_KAPPA

    def test_covers_what_it_states_over_items(self):
        rng = np.random.default_rng(4)
        true = population()[1]
        found = [mean(labels(*judge(rng, items=120, annotators=5))) for _ in range(500)]

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in found]) <= 0.97

    def test_has_the_analytic_error_for_two_annotators(self):
        judged = labels(*judge(np.random.default_rng(5), items=300, annotators=2))
        one = pairwise_kappas(confusions(judged))[0]

        assert mean(judged).se == pytest.approx(one.se * math.sqrt(300 / 299), rel=1e-9)
