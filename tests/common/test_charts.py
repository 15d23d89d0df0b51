"""The geometry of charts."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import charts
from common.charts import IntervalRow, Part, Point, Scale
from common.formatting import Measure, Unit

finite = st.floats(-1e6, 1e6, allow_nan=False)


class TestAScale:
    def test_refuses_to_go_nowhere(self) -> None:
        with pytest.raises(ValueError, match="lower to a higher"):
            Scale(1.0, 1.0)

    @given(finite)
    def test_never_leaves_its_ends(self, value: float) -> None:
        assert 30 <= Scale(-1.0, 1.0, 30, 80).at(value) <= 80

    def test_may_run_downwards(self) -> None:
        assert Scale(0, 10, 200, 20).at(10) == 20


class TestTicks:
    @given(finite, st.floats(1e-3, 1e6))
    def test_are_few_round_and_inside(self, low: float, span: float) -> None:
        high = low + span
        found = charts.ticks(low, high)
        assert len(found) <= 5
        assert all(low - span * 1e-6 <= v <= high + span * 1e-6 for v in found)

    @given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
    def test_an_axis_holds_its_values_and_stays_possible(self, values: list[float]) -> None:
        low, high = charts.around(values, floor=-1, ceiling=1)
        assert -1 <= low <= min(values) + 1e-9
        assert max(values) - 1e-9 <= high <= 1

    def test_an_axis_of_nothing_is_still_an_axis(self) -> None:
        low, high = charts.around([], floor=-1, ceiling=1)
        assert low < high

    def test_numbers_have_as_many_decimals_as_their_neighbours(self) -> None:
        assert charts.tick_text(0.5, (0.5, 0.75), Unit.RATIO) == "0.50"
        assert charts.tick_text(0.5, (0.5, 1.0), Unit.PERCENT) == "50"
        assert charts.tick_text(-0.5, (-0.5, 0.0), Unit.SIGNED) == "−0.5"


def agreement(**more: object) -> charts.IntervalChart:
    rows = [
        IntervalRow("Fleiss’ κ", Measure(0.62, 0.59, 0.65), Measure(0.74, 0.71, 0.77)),
        IntervalRow("Gwet’s AC1", Measure(0.68, 0.66, 0.70), Measure(None, reason="one verdict only")),
    ]
    return charts.intervals(
        rows, description="a picture", caption="c", readings=("Strict", "Direction"), target=0.55, **more
    )


class TestIntervals:
    def test_draws_each_estimate_inside_its_interval(self) -> None:
        for line in agreement().lines:
            for mark in line.marks:
                if mark.at is not None:
                    assert mark.low <= mark.at <= mark.high
                    assert mark.low >= 34
                    assert mark.high <= 76

    def test_keeps_the_target_on_the_axis(self) -> None:
        chart = agreement()
        assert chart.ticks[0].at <= chart.target <= chart.ticks[-1].at

    def test_says_why_where_there_is_nothing_to_draw(self) -> None:
        mark = agreement().lines[1].marks[1]
        assert (mark.at, mark.value, mark.reason) == (None, "not defined", "one verdict only")

    def test_has_the_same_numbers_in_its_table(self) -> None:
        table = agreement().table
        assert table.head == ("", "Strict", "Direction")
        assert table.rows[0] == ("Fleiss’ κ", "0.62 (0.59–0.65)", "0.74 (0.71–0.77)")
        assert table.rows[1] == ("Gwet’s AC1", "0.68 (0.66–0.70)", "not defined: one verdict only")

    def test_axis_follows_the_data_so_that_narrow_intervals_show(self) -> None:
        row = IntervalRow("Fleiss’ κ", Measure(0.864, 0.852, 0.876))
        mark = charts.intervals([row], description="", caption="").lines[0].marks[0]
        assert mark.high - mark.low > 5

    def test_draws_all_undefined(self) -> None:
        rows = [IntervalRow("κ", Measure(None, reason="nothing"))]
        assert charts.intervals(rows, description="", caption="").lines[0].marks[0].at is None


class TestSeries:
    def test_breaks_where_something_is_undefined(self) -> None:
        known = Measure(0.5, 0.4, 0.6, n=5)
        chart = charts.series(
            [("a", known), ("b", known), ("c", Measure(None, reason="none")), ("d", known)], description="", caption=""
        )
        assert chart.line.count("M") == 1
        assert len(chart.dots) == 1
        assert chart.table.rows[2] == ("c", "not defined: none", "0")

    def test_band_goes_up_and_back(self) -> None:
        chart = charts.series([(str(i), Measure(0.5, 0.4, 0.6)) for i in range(3)], description="", caption="")
        assert len(re.findall(r"[ML]", chart.band)) == 6
        assert chart.band.endswith("Z")

    @pytest.mark.parametrize("points", [[], [("a", Measure(None, reason="x"))], [("a", Measure(0.5, 0.5, 0.5))]])
    def test_stands_with_next_to_nothing(self, points: list[tuple[str, Measure]]) -> None:
        chart = charts.series(points, description="", caption="")
        assert chart.line == ""
        assert chart.band == ""

    def test_labels_the_last_point(self) -> None:
        chart = charts.series(
            [("a", Measure(0.5, 0.4, 0.6)), ("b", Measure(0.9, 0.85, 0.95))], description="", caption=""
        )
        assert chart.last is not None
        assert chart.last[0] == 100
        assert chart.last_text == "0.90"


class TestBars:
    def test_start_at_zero_and_end_on_the_base(self) -> None:
        chart = charts.bars([("a", 0), ("b", 430)], description="", caption="", head=("Day", "n"))
        assert all(math.isclose(bar.y + bar.height, chart.base) for bar in chart.bars)
        assert chart.bars[0].height == 0

    def test_mark_the_day_that_is_not_over(self) -> None:
        chart = charts.bars([("a", 1), ("b", 2)], description="", caption="", head=("Day", "n"), last_is_now=True)
        assert [bar.now for bar in chart.bars] == [False, True]

    @pytest.mark.parametrize("counts", [[], [("a", 0)], [("a", 1)], [(str(i), i) for i in range(60)]])
    def test_stand_whatever_the_counts(self, counts: list[tuple[str, int]]) -> None:
        chart = charts.bars(counts, description="", caption="", head=("Day", "n"))
        assert len(chart.bars) == len(counts)
        assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in chart.bars)
        assert all(float(t.text.replace(",", "")).is_integer() for t in chart.grid)

    @pytest.mark.parametrize(("most", "lines"), [(7, ["5", "10"]), (3, ["1", "2", "3"]), (700, ["250", "500", "750"])])
    def test_have_lines_at_whole_numbers(self, most: int, lines: list[str]) -> None:
        chart = charts.bars([("a", most)], description="", caption="", head=("Day", "n"))
        assert [tick.text for tick in chart.grid] == lines

    def test_can_name_each_below_its_middle(self) -> None:
        chart = charts.bars([("Mon", 1), ("today", 2)], description="", caption="", head=("Day", "n"), name_each=True)
        assert [tick.text for tick in chart.across] == ["Mon", "today"]
        for tick, bar in zip(chart.across, chart.bars, strict=True):
            assert tick.anchor == "mid"
            assert math.isclose(tick.at, bar.x + bar.width / 2, abs_tol=0.02)


class TestAScatter:
    def test_names_those_with_a_tone_and_leaves_out_the_undefined(self) -> None:
        points = [
            Point("Annotator 001", 40.0, Measure(0.6, 0.5, 0.7, n=100)),
            Point("Annotator 002", 6.0, Measure(0.1, 0.0, 0.2, n=25), "act"),
            Point("Annotator 003", 9.0, Measure(None, reason="no shared pairs")),
        ]
        chart = charts.scatter(points, description="", caption="", head=("Annotator", "Seconds", "κ"))
        assert [dot.label for dot in chart.dots] == ["", "Annotator 002"]
        assert chart.dots[0].radius > chart.dots[1].radius
        assert len(chart.table.rows) == 3

    def test_keeps_names_apart(self) -> None:
        points = [Point(f"Annotator {i:03d}", 30.0 + i / 10, Measure(0.4, 0.3, 0.5, n=9), "act") for i in range(4)]
        chart = charts.scatter(points, description="", caption="", head=("Annotator", "Seconds", "κ"))
        lines = sorted(dot.text_at for dot in chart.dots)
        assert all(b - a >= 13 for a, b in zip(lines, lines[1:], strict=False))

    def test_stands_empty(self) -> None:
        assert charts.scatter([], description="", caption="", head=("a", "b", "c")).dots == ()


def bar(*counts: tuple[str, int]) -> charts.ShareBar:
    return charts.share_bar(
        [Part(label, n, "done") for label, n in counts], description="", caption="", head=("", "Pairs")
    )


class TestNamesOfAScatter:
    def chart(self, *places: tuple[float, float, str]) -> charts.Scatter:
        points = [charts.Point(f"{x}", x, Measure(y, y - 0.01, y + 0.01, n=9), tone) for x, y, tone in places]
        return charts.scatter(points, description="", caption="", head=("Annotator", "Seconds", "κ"))

    def test_cover_no_other_dot(self) -> None:
        dots = self.chart((4, 0.0, "act"), (7, 0.0, ""), (60, 1.0, "")).dots
        assert abs(dots[0].text_at - 4 - dots[1].y) >= 10

    def test_cover_no_other_dot_on_the_left_either(self) -> None:
        dots = self.chart((0, 1.0, ""), (55, 0.0, ""), (60, 0.0, "act")).dots
        assert dots[2].anchor == "end"
        assert abs(dots[2].text_at - 4 - dots[1].y) >= 10

    def test_stay_beside_their_dots_where_nothing_is_in_the_way(self) -> None:
        dots = self.chart((4, 0.0, "act"), (50, 0.0, ""), (60, 1.0, "")).dots
        assert dots[0].text_at == pytest.approx(dots[0].y + 4)


class TestAShareBar:
    def test_labels_what_fits_and_names_the_rest_in_a_line(self) -> None:
        chart = bar(("Accepted", 11_842), ("Unchanged", 131), ("Quarantined", 27))
        assert [piece.label for piece in chart.pieces] == ["Accepted", "", ""]
        assert chart.rest == (("Unchanged 131", "done"), ("quarantined 27", "done"))

    def test_keeps_the_last_label_inside(self) -> None:
        last = bar(("Settled", 60), ("To judge", 40)).pieces[-1]
        assert (last.label, last.anchor) == ("To judge", "start")
        last = bar(("Settled", 78), ("To judge", 22)).pieces[-1]
        assert last.label == "To judge"

    @given(st.lists(st.integers(0, 10**7), min_size=1, max_size=5).filter(any))
    def test_covers_the_whole_and_names_every_part_once(self, counts: list[int]) -> None:
        chart = bar(*((f"Part{i}", n) for i, n in enumerate(counts)))
        assert math.isclose(sum(piece.width for piece in chart.pieces), 100, abs_tol=0.05)
        for i, n in enumerate(counts):
            rest = [text.split()[0].capitalize() for text, _ in chart.rest]
            named = ([piece.label for piece in chart.pieces] + rest).count(f"Part{i}")
            assert named == (n > 0)

    def test_of_nothing_draws_nothing(self) -> None:
        assert bar(("Settled", 0)).pieces == ()
        assert bar(("Settled", 0)).table.rows == (("Settled", "0", "–"),)


def test_a_heat_table_has_eleven_steps() -> None:
    assert {charts.heat(i / 100) for i in range(-5, 106)} == set(range(11))
