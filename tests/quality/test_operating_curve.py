"""The operating curve, shortly: ``docs/operating-curve.md`` has the long version."""

from __future__ import annotations

import pytest

from benchmarks.fraud import BOUNDS, MOST_JUDGEMENTS, PAGE, curve, page
from quality.stats.fraud.alternatives import FALSE_ALARMS
from tests.quality.stats.fraud.projects import KINDS


@pytest.fixture(scope="module")
def points():
    return curve(160, 120, (0.3, FALSE_ALARMS, 0.001))


class TestOperatingCurve:
    def test_keeps_every_bound_and_finds_each_kind_in_time(self, points):
        for point in points:
            assert point.named <= point.bound + 1 / point.careful
        for kind in KINDS:
            assert points[1].median(kind) <= MOST_JUDGEMENTS

    def test_takes_longer_the_fewer_honest_people_may_be_named(self, points):
        for kind in KINDS:
            assert points[0].median(kind) <= points[1].median(kind) <= points[2].median(kind)

    def test_is_what_the_document_shows(self, points):
        written = PAGE.read_text()

        assert [line.split("|")[1].strip() for line in written.splitlines() if line[:3] in {"| 0", "| 1", "| 3"}] == [
            f"{bound:.1%}" for bound in BOUNDS
        ]
        assert page(points, 160, 120).splitlines()[0] == written.splitlines()[0]
