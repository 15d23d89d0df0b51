import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.vocabulary import Verdict
from reward.fitting import Comparisons, Reason, fit_ratings
from reward.fitting.reasons import Method, Note
from reward.vocabulary import MethodCode, NoteCode, ReasonCode
from tests.reward.fitting import cases

SWAPPED = np.array([Verdict(code).swapped for code in range(4)])


def rated(table, n=None, **options):
    return fit_ratings(table, names=[f"m{k}" for k in range(n or table.n_models)], **options)


class TestFitRatings:
    def test_rates_pandalm(self):
        result = fit_ratings(cases.pandalm(), names=cases.MODELS)

        best = max(result.models, key=lambda row: row.theta)
        assert (best.name, best.rank_low, best.rank_high) == ("llama-7b", 1, 1)
        assert best.low < best.rating < best.high
        assert best.rating == pytest.approx(1000 + 400 / math.log(10) * best.theta)
        assert sum(row.n for row in result.models) == 2 * result.n_comparisons == 2 * 2997
        assert (result.n_groups, result.n_parts, result.converged) == (1, 1, True)
        assert result.method == Method(
            MethodCode.BRADLEY_TERRY,
            {
                "ties": "davidson",
                "both_bad": "leave_out",
                "intervals": "clustered",
                "clusters": "pair",
                "level": 0.95,
                "ranks": "holm",
            },
        )

    def test_refuses_annotator_intervals_for_three_annotators_and_still_rates(self):
        result = fit_ratings(cases.pandalm(), names=cases.MODELS, intervals="annotator")

        assert all(math.isfinite(row.theta) and math.isnan(row.low) for row in result.models)
        refusal = Reason(ReasonCode.TOO_FEW_ANNOTATORS, {"n": 3, "needed": 30})
        assert [row.reason for row in result.models] == [refusal] * 5
        assert all(row.rank_low is None for row in result.models)

    def test_writes_the_seed_into_the_method(self):
        method = rated(cases.pudding(), intervals="bootstrap", seed=5, replicates=50).method

        assert (method.arguments["seed"], method.arguments["replicates"]) == (5, 50)

    @pytest.mark.parametrize(
        ("option", "value"), [("intervals", "credible"), ("ties", "rao_kupper"), ("both_bad", "drop")]
    )
    def test_refuses_an_option_it_does_not_know(self, option, value):
        with pytest.raises(ValueError, match=value):
            rated(cases.pudding(), **{option: value})

    def test_needs_a_name_for_each_model(self):
        with pytest.raises(ValueError, match="1 names for 6 models"):
            rated(cases.pudding(), 1)

    def test_gives_the_win_matrix_with_ties_as_half(self):
        share = rated(cases.pudding()).win_share

        assert share[0, 1] == pytest.approx((19 + 16 / 2) / 57)
        assert share[0, 1] + share[1, 0] == pytest.approx(1)


@st.composite
def tables(draw):
    """Tables without a special case: every two models beat each other at least once."""
    n = draw(st.integers(2, 5))
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 3)), max_size=40))
    first = np.concatenate([i, np.array([row[0] for row in more], int)])
    second = np.concatenate([j, np.array([row[1] for row in more], int)])
    outcome = np.concatenate([np.zeros(len(i), int), np.array([row[2] for row in more], int)])
    cluster = np.array(draw(st.lists(st.integers(0, 60), min_size=len(first), max_size=len(first))))
    return Comparisons.of(first, second, outcome, n, cluster=cluster)


def same(one, other, order=None):
    order = range(len(one.models)) if order is None else order
    for k, at in enumerate(order):
        a, b = one.models[k], other.models[at]
        assert (a.n, a.rank_low, a.rank_high, a.group) == (b.n, b.rank_low, b.rank_high, b.group)
        assert (a.theta, a.theta_low, a.theta_high) == pytest.approx(
            (b.theta, b.theta_low, b.theta_high), abs=1e-7, nan_ok=True
        )
    assert (one.log_likelihood, one.nu) == pytest.approx((other.log_likelihood, other.nu), nan_ok=True)


OPTIONS = st.fixed_dictionaries(
    {
        "ties": st.sampled_from(["davidson", "half"]),
        "intervals": st.sampled_from(["pair", "independent", "fisher"]),
        "both_bad": st.sampled_from(["leave_out", "tie"]),
    }
)


class TestProperties:
    @settings(max_examples=60, deadline=None)
    @given(tables(), OPTIONS, st.randoms())
    def test_models_may_be_renamed(self, table, options, random):
        order = list(range(table.n_models))
        random.shuffle(order)
        at = np.array(order)

        moved = Comparisons.of(at[table.first], at[table.second], table.outcome, table.n_models, cluster=table.cluster)

        same(rated(table, **options), rated(moved, **options), order)

    @settings(max_examples=60, deadline=None)
    @given(tables(), OPTIONS, st.randoms())
    def test_rows_may_come_in_any_order(self, table, options, random):
        order = list(range(len(table)))
        random.shuffle(order)

        shuffled = Comparisons.of(
            table.first[order], table.second[order], table.outcome[order], table.n_models, cluster=table.cluster[order]
        )

        same(rated(table, **options), rated(shuffled, **options))

    @settings(max_examples=60, deadline=None)
    @given(tables(), OPTIONS, st.integers(0, 2**32 - 1))
    def test_a_row_may_name_its_sides_the_other_way_round(self, table, options, seed):
        turn = np.random.default_rng(seed).random(len(table)) < 0.5

        turned = Comparisons.of(
            np.where(turn, table.second, table.first),
            np.where(turn, table.first, table.second),
            np.where(turn, SWAPPED[table.outcome], table.outcome),
            table.n_models,
            cluster=table.cluster,
        )

        same(rated(table, **options), rated(turned, **options))

    @settings(max_examples=60, deadline=None)
    @given(tables(), st.sampled_from(["davidson", "half"]), st.sampled_from(["pair", "fisher"]))
    def test_a_row_twice_is_a_row_of_twice_the_weight(self, table, ties, intervals):
        twice = Comparisons.of(
            *(np.repeat(column, 2) for column in (table.first, table.second, table.outcome)),
            table.n_models,
            cluster=np.repeat(table.cluster, 2),
        )
        heavy = Comparisons.of(
            table.first,
            table.second,
            table.outcome,
            table.n_models,
            cluster=table.cluster,
            weight=np.full(len(table), 2.0),
        )

        one, other = (rated(rows, ties=ties, intervals=intervals) for rows in (twice, heavy))

        for a, b in zip(one.models, other.models, strict=True):
            assert a.theta == pytest.approx(b.theta, abs=1e-8)
            assert (a.low, a.high) == pytest.approx((b.low, b.high), nan_ok=True)
            assert a.n == 2 * b.n

    @settings(max_examples=60, deadline=None)
    @given(tables(), st.sampled_from(["davidson", "half"]))
    def test_strengths_are_centred_and_shares_add_up(self, table, ties):
        result = rated(table, ties=ties)

        assert sum(row.theta for row in result.models) == pytest.approx(0, abs=1e-9)
        assert (result.win_share + result.win_share.T)[result.counts > 0] == pytest.approx(1)
        assert all(1 <= row.rank_low <= row.rank_high <= len(result.models) for row in result.models if row.rank_low)


FIRST, SECOND, TIE, BOTH_BAD = Verdict
NO_COMPARISONS, UNDEFEATED, WINLESS = map(
    Reason, (ReasonCode.NO_COMPARISONS, ReasonCode.UNDEFEATED, ReasonCode.WINLESS)
)
WITHOUT_INTERVAL = {
    ReasonCode.TOO_FEW_UNITS,
    ReasonCode.LOST_REPLICATES,
    ReasonCode.NO_VARIATION,
}
DEGENERATE = {
    # name: rows (first, second, verdict), models, reasons, groups
    "empty": ([], 2, [NO_COMPARISONS] * 2, [0, 1]),
    "no models": ([], 0, [], []),
    "single model": ([], 1, [NO_COMPARISONS], [0]),
    "self comparisons": ([(0, 0, FIRST), (1, 1, TIE)], 2, [NO_COMPARISONS] * 2, [0, 1]),
    "only both bad": ([(0, 1, BOTH_BAD)] * 3, 2, [NO_COMPARISONS] * 2, [0, 1]),
    "only ties": ([(0, 1, TIE)] * 3, 2, [Reason(ReasonCode.ONLY_TIES)] * 2, [0, 0]),
    "one judgement": (
        [(0, 1, SECOND)],
        2,
        [WINLESS, UNDEFEATED],
        [0, 0],
    ),
    "undefeated": (
        [(0, 1, FIRST), (0, 2, FIRST), (1, 2, FIRST), (1, 2, SECOND)] * 2,
        3,
        [UNDEFEATED, None, None],
        [0, 0, 0],
    ),
    "winless": (
        [(0, 1, FIRST), (2, 0, FIRST), (1, 2, FIRST), (2, 3, FIRST)] * 2,
        4,
        [None, None, None, WINLESS],
        [0, 0, 0, 0],
    ),
    "separated": (
        [(0, 1, FIRST), (1, 0, FIRST), (1, 2, FIRST), (2, 3, FIRST), (3, 4, FIRST), (4, 3, FIRST)] * 2,
        5,
        [None, None, Reason(ReasonCode.SEPARATED, {"never_lost_to": [3], "never_beat": [1]}), None, None],
        [0, 0, 0, 1, 1],
    ),
    "disconnected": (
        [(0, 1, FIRST), (1, 0, FIRST), (2, 3, FIRST), (3, 2, FIRST)] * 2,
        5,
        [None, None, None, None, NO_COMPARISONS],
        [0, 0, 1, 1, 2],
    ),
    "cycle": ([(0, 1, FIRST), (1, 2, FIRST), (2, 0, FIRST)] * 2, 3, [None, None, None], [0, 0, 0]),
}


class TestDegenerateTables:
    @pytest.mark.parametrize("intervals", ["pair", "independent", "fisher", "bootstrap"])
    @pytest.mark.parametrize("case", DEGENERATE, ids=lambda name: name.replace(" ", "-"))
    def test_are_answered_with_reasons(self, case, intervals):
        rows, n, reasons, groups = DEGENERATE[case]
        columns = np.array(rows, int).reshape(-1, 3).T

        result = rated(Comparisons.of(*columns, n), n, intervals=intervals, replicates=50)

        assert [row.group for row in result.models] == groups
        # One number a connected part, except where a part falls into groups that do not compare.
        assert len(set(groups)) == max(result.n_parts, result.n_groups)
        for row, reason in zip(result.models, reasons, strict=True):
            assert row.reason == reason or (reason is None and row.reason.code in WITHOUT_INTERVAL)
            assert math.isnan(row.theta) == math.isnan(row.rating) == bool(reason)
            assert math.isnan(row.low) == math.isnan(row.high) == math.isnan(row.theta_low)
        assert result.converged

    def test_a_cycle_makes_all_equal_because_they_are(self):
        result = rated(Comparisons.of([0, 1, 2], [1, 2, 0], [FIRST] * 3, 3), intervals="fisher")

        assert [row.theta for row in result.models] == pytest.approx([0, 0, 0])
        assert [row.rank_high for row in result.models] == [3, 3, 3]

    def test_separated_groups_are_noted(self):
        rows, n, _, _ = DEGENERATE["separated"]

        result = rated(Comparisons.of(*np.array(rows).T, n))

        assert result.n_parts == 1
        assert result.notes == (Note(NoteCode.SEPARATED_GROUPS, {"groups": [[0, 1], [3, 4]]}),)

    def test_left_out_rows_are_counted(self):
        result = rated(Comparisons.of([0, 0, 0, 1], [0, 1, 1, 0], [FIRST, BOTH_BAD, FIRST, FIRST], 2))

        assert result.left_out == {"both_bad": 1, "self": 1, "weightless": 0}
        assert result.n_comparisons == 2

    def test_a_million_comparisons_take_memory_of_their_own_size(self):
        size = 1_000_000
        table = cases.simulate(np.random.default_rng(0), np.linspace(-1, 1, 20), pairs=size // 4, annotators=4, nu=0.3)
        tracemalloc.start()

        result = rated(table)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 400 * size  # bytes a row, for the scores of 250,000 pairs
        assert result.converged
        assert result.n_comparisons == size
