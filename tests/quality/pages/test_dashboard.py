"""The parts of the dashboard that are not its answer."""

from __future__ import annotations

from common.charts import IntervalRow
from common.formatting import Measure
from quality.pages.dashboard import _agreement_gaps

KNOWN = Measure(0.5, 0.4, 0.6, n=30)


def unknown(reason: str) -> Measure:
    return Measure(None, reason=reason)


class TestFiguresThatAreNotDefined:
    def test_are_told_by_reason_once(self) -> None:
        rows = [IntervalRow(name, unknown("nobody"), unknown("nobody")) for name in ("A", "B", "C")]
        rows.append(IntervalRow("D", unknown("no two"), unknown("no two")))
        assert _agreement_gaps(rows) == ["A; B and C are not defined: nobody.", "D is not defined: no two."]

    def test_are_told_together_where_none_is(self) -> None:
        rows = [IntervalRow(name, unknown("nobody"), unknown("nobody")) for name in ("A", "B")]
        assert _agreement_gaps(rows) == ["None of these is defined: nobody."]

    def test_are_told_by_reading_where_one_is_defined(self) -> None:
        rows = [IntervalRow("A", KNOWN, unknown("too few")), IntervalRow("B", unknown("too few"), KNOWN)]
        assert _agreement_gaps(rows) == ["A by direction and B, strict are not defined: too few."]

    def test_are_none_where_all_are_defined(self) -> None:
        assert _agreement_gaps([IntervalRow("A", KNOWN, KNOWN)]) == []
