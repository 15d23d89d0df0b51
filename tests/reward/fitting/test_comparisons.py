import dataclasses
import tracemalloc

import numpy as np
import pytest

from annotation.vocabulary import Verdict
from reward.fitting import Comparisons, aggregate


class TestComparisons:
    @pytest.mark.parametrize("outcome", [-1, 4])
    def test_refuses_a_code_that_is_no_verdict(self, outcome):
        with pytest.raises(ValueError, match="outcome lies outside 0 to 3"):
            Comparisons.of([0], [1], [outcome], 2)

    @pytest.mark.parametrize("outcome", [0.5, float("nan"), float("inf"), 300])
    def test_refuses_an_outcome_that_would_become_another(self, outcome):
        with pytest.raises(ValueError, match="outcome"):
            Comparisons.of([0], [1], [outcome], 2)

    @pytest.mark.parametrize("weight", [1e200, 5e-324, float("inf"), -1.0])
    def test_refuses_a_weight_whose_square_is_no_number(self, weight):
        with pytest.raises(ValueError, match="weight"):
            Comparisons.of([0], [1], [0], 2, weight=[weight])

    def test_refuses_more_models_than_fit_a_table_and_allocates_nothing(self):
        with pytest.raises(ValueError, match="n_models is 1000000000"):
            Comparisons.of([0], [999_999_999], [0], 1_000_000_000)

    @pytest.mark.parametrize(("first", "second"), [(0, 2), (-1, 1)])
    def test_refuses_a_model_outside(self, first, second):
        with pytest.raises(ValueError, match="outside"):
            Comparisons.of([first], [second], [0], 2)

    @pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
    def test_refuses_a_weight_that_is_no_weight(self, weight):
        with pytest.raises(ValueError, match="weight"):
            Comparisons.of([0], [1], [0], 2, weight=[weight])

    def test_refuses_columns_of_different_length(self):
        with pytest.raises(ValueError, match="one length"):
            Comparisons.of([0, 1], [1, 0], [0], 2)

    def test_refuses_annotators_of_different_length(self):
        with pytest.raises(ValueError, match="one length"):
            Comparisons.of([0, 1], [1, 0], [0, 0], 2, annotator=[1])

    def test_refuses_a_negative_number_of_models(self):
        with pytest.raises(ValueError, match="not negative"):
            Comparisons.of([], [], [], -1)


class TestAggregate:
    def test_counts_a_win_for_the_better_side_whatever_its_place(self):
        counts = aggregate(Comparisons.of([0, 1], [1, 0], [Verdict.FIRST, Verdict.SECOND], 2))

        assert counts.wins.tolist() == [[0, 2], [0, 0]]

    def test_keeps_ties_symmetric(self):
        counts = aggregate(Comparisons.of([0, 1], [1, 0], [Verdict.TIE, Verdict.TIE], 2))

        assert counts.ties.tolist() == [[0, 2], [2, 0]]
        assert counts.n_comparisons == 2

    def test_leaves_both_bad_out_and_counts_it(self):
        counts = aggregate(Comparisons.of([0, 0], [1, 1], [Verdict.BOTH_BAD, Verdict.FIRST], 2))

        assert counts.n_comparisons == 1
        assert counts.left_out == {"both_bad": 1, "self": 0, "weightless": 0}

    def test_reads_both_bad_as_a_tie_when_asked(self):
        counts = aggregate(Comparisons.of([0, 0], [1, 1], [Verdict.BOTH_BAD, Verdict.FIRST], 2), both_bad="tie")

        assert counts.ties[0, 1] == 1
        assert counts.left_out["both_bad"] == 0

    def test_does_not_change_the_callers_outcomes(self):
        table = Comparisons.of([0], [1], [Verdict.BOTH_BAD], 2)

        aggregate(table, both_bad="tie")

        assert table.outcome.tolist() == [Verdict.BOTH_BAD]

    def test_counts_each_row_left_out_once(self):
        table = Comparisons.of([0, 0, 0], [0, 1, 1], [3, 3, 0], 2, weight=[0, 0, 1])

        assert aggregate(table).left_out == {"both_bad": 0, "self": 1, "weightless": 1}

    def test_keeps_weights_apart_from_counts(self):
        counts = aggregate(Comparisons.of([0, 0, 0], [1, 1, 1], [0, 0, 2], 2, weight=[0.5, 2.0, 3.0]))

        assert counts.wins[0, 1] == 2.5
        assert counts.counts_wins[0, 1] == 2
        assert counts.square_wins[0, 1] == 4.25
        assert counts.square_ties[1, 0] == 9
        assert counts.win_share[0, 1] == (2.5 + 1.5) / 5.5

    def test_has_no_share_where_two_never_met(self):
        assert np.isnan(aggregate(Comparisons.of([0], [1], [0], 3)).win_share[0, 2])

    def test_adds_up_over_ranges_of_rows(self):
        rng = np.random.default_rng(5)
        first, second, outcome = rng.integers(0, 4, 90), rng.integers(0, 4, 90), rng.integers(0, 4, 90)
        weight = rng.choice([0.0, 0.5, 1.0, 4.0], 90)  # sums of these are exact
        whole = aggregate(Comparisons.of(first, second, outcome, 4, weight=weight))

        one, other = (
            aggregate(Comparisons.of(first[rows], second[rows], outcome[rows], 4, weight=weight[rows]))
            for rows in (slice(0, 40), slice(40, 90))
        )

        for field in dataclasses.fields(whole):
            np.testing.assert_equal(getattr(one + other, field.name), getattr(whole, field.name))
        assert whole.left_out["weightless"] > 0

    @pytest.mark.parametrize("n_models", [0, 3])
    def test_gives_zeros_for_an_empty_table(self, n_models):
        counts = aggregate(Comparisons.of([], [], [], n_models))

        for field in ("wins", "ties", "counts_wins", "counts_ties", "square_wins", "square_ties", "counts"):
            np.testing.assert_array_equal(getattr(counts, field), np.zeros((n_models, n_models)), strict=False)
        assert counts.n_comparisons == 0
        assert counts.left_out == {"both_bad": 0, "self": 0, "weightless": 0}

    def test_holds_a_million_rows_in_memory_of_their_own_size(self):
        rng = np.random.default_rng(0)
        size = 1_000_000
        table = Comparisons.of(
            rng.integers(0, 20, size), rng.integers(0, 20, size), rng.integers(0, 4, size), 20, cluster=np.arange(size)
        )
        tracemalloc.start()

        counts = aggregate(table)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100 * size  # bytes a row; the table itself is 33
        assert counts.n_comparisons + sum(counts.left_out.values()) == size
