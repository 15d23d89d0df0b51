from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from quality import statistics
from quality.statistics import COLUMNS, STATISTICS, Scope
from quality.stats.labels import labels
from quality.stats.readings import key
from tests.quality.stats.readings import judged


class TestTheRegistry:
    def test_names_each_statistic_once_in_its_scope(self):
        named = Counter(
            (statistic.scope, key(statistic.name, reading))
            for statistic in STATISTICS
            for reading in statistic.readings
        )

        assert max(named.values()) == 1

    def test_has_names_and_readings_that_a_figure_holds(self):
        for statistic in STATISTICS:
            assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", statistic.name)
            assert statistic.readings
            assert statistic.label

    def test_calls_a_statistic_the_same_in_every_scope(self):
        labels = {(statistic.name, statistic.label, statistic.unit) for statistic in STATISTICS}

        assert len(labels) == len({statistic.name for statistic in STATISTICS})

    def test_shows_beside_an_annotators_statistic_one_of_the_project(self):
        of_project = {statistic.name for statistic in statistics.of(Scope.PROJECT)}

        assert {statistic.beside for statistic in STATISTICS if statistic.beside} <= of_project

    def test_has_columns_of_annotators_with_addresses_of_their_own(self):
        sorts = [column.sort for _, column in COLUMNS]

        assert len(sorts) == len(set(sorts))
        assert all(statistic.scope is Scope.ANNOTATOR for statistic, _ in COLUMNS)
        assert [statistic for statistic in STATISTICS if statistic.column] == [statistic for statistic, _ in COLUMNS]

    def test_places_each_agreement_of_the_project_in_the_chart(self):
        places = sorted(statistic.place for statistic in statistics.AGREEMENT)

        assert places == list(range(1, len(places) + 1))


class TestJudged:
    ONE = labels(np.array([0]), np.array([0]), np.array([0]))

    @pytest.mark.parametrize(
        ("known", "why"),
        [
            ({"gold": np.array([4], dtype=np.int8)}, "gold lies outside -1 to 3"),
            ({"truth": np.array([-2], dtype=np.int8)}, "truth lies outside -1 to 3"),
            ({"left": np.array([2], dtype=np.int8)}, "left lies outside -1 to 1"),
            ({"gold": np.array([0.5])}, "gold holds fractions"),
            ({"n_annotators": 0}, "annotator lies outside"),
            ({"seconds": np.zeros(2)}, "vectors of one length"),
        ],
    )
    def test_refuse_by_name_what_they_cannot_be(self, known, why):
        with pytest.raises(ValueError, match=why):
            judged(self.ONE, **known)

    def test_refuse_what_is_no_verdict(self):
        with pytest.raises(ValueError, match="verdict lies outside 0 to 3"):
            judged(labels(np.array([0]), np.array([0]), np.array([4])))
