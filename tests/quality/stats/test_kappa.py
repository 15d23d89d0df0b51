from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from quality.stats import pairs
from quality.stats.kappa import (
    PairTables,
    annotator_kappas,
    cohen_kappa,
    cohen_kappa_mean,
    cohen_kappa_pooled,
    consensus_kappas,
    fleiss_kappa,
    mean_pairwise_kappa,
    pair_confusions,
    pairwise_kappas,
    weighted_kappa,
)
from quality.stats.labels import item_counts, labels
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge, population

COHEN_1960 = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
FLEISS_1969 = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])

tables = st.integers(2, 5).flatmap(lambda k: hnp.arrays(np.int64, (k, k), elements=st.integers(0, 30)))
counts = hnp.arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(2, 4)), elements=st.integers(0, 4))
rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60)


def spread(table):
    """Two label vectors with that confusion table."""
    cells = [(i, j) for (i, j), n in np.ndenumerate(table) for _ in range(n)]
    return np.array(cells).reshape(-1, 2).T


def same(one, other):
    assert one.defined == other.defined
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), nan_ok=True, abs=1e-9)


def columns(rows):
    return np.array(rows, dtype=np.int64).reshape(-1, 3).T


class TestCohenKappa:
    def test_gives_cohens_example(self):
        assert round(cohen_kappa(COHEN_1960).value, 3) == 0.492

    def test_gives_the_example_of_fleiss_cohen_and_everitt(self):
        found = cohen_kappa(FLEISS_1969)

        assert (round(found.value, 3), round(found.se, 3)) == (0.429, 0.054)

    def test_gives_gwets_abstractors(self):
        found = cohen_kappa(np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]]))

        assert found.value == pytest.approx(0.7964094, abs=1e-7)

    @given(tables)
    def test_agrees_with_statsmodels_and_scikit_learn(self, table):
        found = cohen_kappa(table)
        assume(found.defined)
        with np.errstate(all="ignore"):  # its z values, where a variance is 0
            theirs = cohens_kappa(table)

        assert found.value == pytest.approx(theirs.kappa, abs=1e-9)
        assert found.se**2 == pytest.approx(theirs.var_kappa, abs=1e-9)
        assert found.value == pytest.approx(cohen_kappa_score(*spread(table)), abs=1e-9)
        if theirs.var_kappa > 1e-12:  # theirs may be a negative zero
            assert (found.low, found.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-9)

    @given(tables, st.randoms(use_true_random=False))
    def test_does_not_care_for_names_or_for_who_is_first(self, table, random):
        order = list(range(len(table)))
        random.shuffle(order)

        same(cohen_kappa(table), cohen_kappa(table[np.ix_(order, order)]))
        same(cohen_kappa(table), cohen_kappa(table.T))

    @given(tables)
    def test_ignores_empty_categories(self, table):
        same(cohen_kappa(table), cohen_kappa(np.pad(table, (0, 2))))

    @given(tables, st.integers(2, 5))
    def test_takes_rows_repeated_as_weight(self, table, times):
        once, often = cohen_kappa(table), cohen_kappa(table * times)
        assume(once.defined)

        assert often.value == pytest.approx(once.value, abs=1e-12)
        assert often.se * math.sqrt(times) == pytest.approx(once.se, abs=1e-12)

    @given(tables)
    def test_stays_in_bounds(self, table):
        found = cohen_kappa(table)

        assert not found.defined or -1 - 1e-12 <= found.value <= 1 + 1e-12

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(1)
        confusion = np.array([[0.35, 0.05, 0.03], [0.06, 0.25, 0.02], [0.04, 0.05, 0.15]])
        true = cohen_kappa((confusion * 100).round().astype(np.int64)).value
        found = [cohen_kappa(t.reshape(3, 3)) for t in rng.multinomial(250, confusion.ravel(), size=2000)]

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in found]) <= 0.97

    def test_is_undefined_where_nothing_is_shared(self):
        assert cohen_kappa(np.zeros((3, 3), dtype=np.int64)).reason == "no pair was judged by both"
        assert cohen_kappa(np.zeros((0, 0), dtype=np.int64)).reason == "no pair was judged by both"

    def test_is_undefined_where_both_always_chose_the_same(self):
        table = np.zeros((3, 3), dtype=np.int64)
        table[1, 1] = 7

        assert cohen_kappa(table).reason == "both always chose the same verdict"
        assert cohen_kappa(table, names=["A", "B", "tie"]).reason == "both always chose B"
        assert cohen_kappa(table).n == 7

    def test_is_zero_where_one_never_varies(self):
        assert cohen_kappa(np.array([[5, 5], [0, 0]])).value == 0
        assert cohen_kappa(np.array([[0, 5], [0, 0]])).value == 0

    def test_refuses_a_table_that_is_not_square(self):
        with pytest.raises(ValueError, match="square"):
            cohen_kappa(np.ones((2, 3), dtype=np.int64))


class TestWeightedKappa:
    @given(tables, st.sampled_from(["linear", "quadratic"]))
    def test_agrees_with_statsmodels_and_scikit_learn(self, table, weights):
        found = weighted_kappa(table, weights)
        assume(found.defined)
        assume(table.sum() > 0)
        with np.errstate(all="ignore"):  # its z values, where a variance is 0
            theirs = cohens_kappa(table, wt=weights)

        assert found.value == pytest.approx(theirs.kappa, abs=1e-9)
        assert found.se**2 == pytest.approx(theirs.var_kappa, abs=1e-9)
        k = len(table)
        assert found.value == pytest.approx(
            cohen_kappa_score(*spread(table), weights=weights, labels=list(range(k))), abs=1e-9
        )

    @given(hnp.arrays(np.int64, (2, 2), elements=st.integers(0, 30)), st.sampled_from(["linear", "quadratic"]))
    def test_is_cohens_with_two_categories(self, table, weights):
        same(weighted_kappa(table, weights), cohen_kappa(table))

    @given(tables, st.sampled_from(["linear", "quadratic"]))
    def test_does_not_care_which_end_is_first(self, table, weights):
        same(weighted_kappa(table, weights), weighted_kappa(table[::-1, ::-1], weights))
        same(weighted_kappa(table, weights), weighted_kappa(table.T, weights))

    def test_is_undefined_with_one_category(self):
        assert weighted_kappa(np.array([[5]])).reason == "both always chose the same verdict"

    def test_refuses_other_weights(self):
        with pytest.raises(ValueError, match="linear or quadratic"):
            weighted_kappa(COHEN_1960, "cubic")  # type: ignore[arg-type]


class TestPairConfusions:
    @staticmethod
    def brute(rows, k):
        last = {(i, a): v for i, a, v in rows}
        made = {}
        for (i, a), v in last.items():
            for (j, b), w in last.items():
                if i == j and a < b:
                    made.setdefault((a, b), np.zeros((k, k), dtype=np.int64))[v, w] += 1
        return made

    @given(rows, st.sampled_from([1, 3, 1 << 18]))
    def test_counts_what_a_loop_counts_in_any_chunks(self, given_rows, at_once):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pairs, "_AT_ONCE", at_once)
            found = pair_confusions(*columns(given_rows), 5, 4)
        expected = self.brute(given_rows, 4)

        assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == sorted(expected)
        assert all((t == expected[a, b]).all() for a, b, t in zip(found.a, found.b, found.tables, strict=True))
        assert found.n.tolist() == [expected[pair].sum() for pair in sorted(expected)]

    @given(rows, st.randoms(use_true_random=False))
    def test_does_not_care_for_the_order_of_rows(self, given_rows, random):
        once = list({(i, a): (i, a, v) for i, a, v in given_rows}.values())
        other = list(once)
        random.shuffle(other)
        one, two = (pair_confusions(*columns(r), 5, 3) for r in (once, other))

        assert (one.tables == two.tables).all()

    def test_finds_none_where_nobody_shares(self):
        found = pair_confusions(np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([0, 1, 0]), 3, 2)

        assert len(found) == 0
        assert found.tables.shape == (0, 2, 2)

    def test_refuses_what_lies_outside(self):
        with pytest.raises(ValueError, match="outside"):
            pair_confusions(np.array([0]), np.array([2]), np.array([0]), 2, 2)
        with pytest.raises(ValueError, match="outside"):
            pair_confusions(np.array([0]), np.array([0]), np.array([2]), 2, 2)


class TestPairwiseKappas:
    @given(rows)
    def test_is_cohens_of_each_table(self, given_rows):
        made = pair_confusions(*columns(given_rows), 5, 3)

        assert len(pairwise_kappas(made)) == len(made)
        for table, found in zip(made.tables, pairwise_kappas(made), strict=True):
            same(found, cohen_kappa(table))
            assert found.reason == cohen_kappa(table).reason


class TestAnnotatorKappas:
    @given(rows)
    def test_pools_his_tables_with_him_in_the_rows(self, given_rows):
        made = pair_confusions(*columns(given_rows), 6, 3)
        for r, found in enumerate(annotator_kappas(made, 6)):
            his = [t if a == r else t.T for a, b, t in zip(made.a, made.b, made.tables, strict=True) if r in (a, b)]
            expected = cohen_kappa_pooled(np.array(his).reshape(-1, 3, 3).astype(np.int64))
            same(found, expected)
            assert (found.n, found.reason) == (expected.n, expected.reason)

    @given(rows)
    def test_has_the_same_value_with_the_interval_over_items(self, given_rows):
        judged = labels(*columns(given_rows))
        made = pair_confusions(*columns(given_rows), 6, 3)
        for plain, clustered in zip(
            annotator_kappas(made, 6), annotator_kappas(made, 6, judgements=judged), strict=True
        ):
            assert plain.value == pytest.approx(clustered.value, nan_ok=True)
            assert plain.n == clustered.n

    def test_has_nearly_the_same_interval_for_two_annotators(self):
        item, who, verdict = judge(np.random.default_rng(2), items=400, annotators=2)
        made = pair_confusions(item, who, verdict, 2, 3)
        (plain, _), (over_items, _) = (
            annotator_kappas(made, 2),
            annotator_kappas(made, 2, judgements=labels(item, who, verdict)),
        )

        assert over_items.se == pytest.approx(plain.se * math.sqrt(400 / 399), rel=1e-9)

    def test_covers_what_it_states_over_items_where_taking_pairs_as_independent_does_not(self):
        rng = np.random.default_rng(3)
        true = population()[1]
        plain, clustered = [], []
        for _ in range(500):
            given_rows = judge(rng, items=120, annotators=6)
            made = pair_confusions(*given_rows, 6, 3)
            plain.append(annotator_kappas(made, 6)[0])
            clustered.append(annotator_kappas(made, 6, judgements=labels(*given_rows))[0])

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in clustered]) <= 0.97
        assert np.mean([e.low <= true <= e.high for e in plain]) < 0.9

    def test_has_no_interval_over_one_shared_item(self):
        given_rows = columns([(0, 0, 0), (0, 1, 0), (0, 2, 1)])
        made = pair_confusions(*given_rows, 3, 2)
        found = annotator_kappas(made, 3, judgements=labels(*given_rows))[0]

        assert found.value == 0
        assert math.isnan(found.low)
        assert found.reason == "an interval needs two items"

    def test_is_undefined_for_who_shares_nothing(self):
        made = pair_confusions(*columns([(0, 0, 0), (0, 1, 0), (1, 2, 1)]), 4, 2)
        found = annotator_kappas(made, 4, names=["A", "B"])

        assert [e.reason for e in found] == ["both always chose A"] * 2 + ["no pair was shared with anyone"] * 2
        assert cohen_kappa_pooled(np.zeros((0, 2, 2), dtype=np.int64)).reason == "no pair was shared with anyone"


class TestMeanPairwiseKappa:
    def test_is_the_plain_mean_of_defined_kappas_with_two_items(self):
        once = np.array([[1, 0], [0, 0]])
        found = mean_pairwise_kappa(
            [cohen_kappa(t) for t in (FLEISS_1969, COHEN_1960, once, np.eye(2, dtype=np.int64) * 0)]
        )

        assert found.n == 2
        assert found.value == pytest.approx((cohen_kappa(FLEISS_1969).value + cohen_kappa(COHEN_1960).value) / 2)

    def test_is_undefined_without_any(self):
        assert mean_pairwise_kappa([]).reason == "no two annotators share two pairs on which kappa is defined"

    @given(rows)
    def test_has_the_value_that_the_judgements_give(self, given_rows):
        made = pair_confusions(*columns(given_rows), 5, 3)
        of_estimates, of_judgements = mean_pairwise_kappa(pairwise_kappas(made)), cohen_kappa_mean(*columns(given_rows))

        assert of_judgements.value == pytest.approx(of_estimates.value, nan_ok=True)
        assert of_judgements.n == of_estimates.n
        assert of_judgements.defined == of_estimates.defined

    def test_covers_what_it_states_over_items_and_more_in_the_worst_case(self):
        rng = np.random.default_rng(4)
        true = population()[1]
        sharp, safe = [], []
        for _ in range(500):
            given_rows = judge(rng, items=120, annotators=5)
            sharp.append(cohen_kappa_mean(*given_rows))
            safe.append(mean_pairwise_kappa(pairwise_kappas(pair_confusions(*given_rows, 5, 3))))

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in sharp]) <= 0.97
        assert np.mean([e.low <= true <= e.high for e in safe]) >= 0.95

    def test_has_the_analytic_error_for_two_annotators(self):
        item, who, verdict = judge(np.random.default_rng(5), items=300, annotators=2)
        one = pairwise_kappas(pair_confusions(item, who, verdict, 2, 3))[0]

        assert cohen_kappa_mean(item, who, verdict).se == pytest.approx(one.se * math.sqrt(300 / 299), rel=1e-9)


class TestConsensusKappas:
    @given(rows)
    def test_compares_with_the_majority_of_the_others(self, given_rows):
        last = {(i, a): v for i, a, v in given_rows}
        expected = np.zeros((5, 3, 3), dtype=np.int64)
        for (i, a), v in last.items():
            votes = np.bincount([w for (j, b), w in last.items() if j == i and b != a], minlength=3)
            if votes.max() > 0 and (votes == votes.max()).sum() == 1:
                expected[a, v, votes.argmax()] += 1

        for table, found in zip(expected, consensus_kappas(*columns(given_rows), 5, 3), strict=True):
            same(found, cohen_kappa(table))
            assert found.n == table.sum()

    def test_is_undefined_for_nobody(self):
        none = np.zeros(0, dtype=np.int64)

        assert consensus_kappas(none, none, none, 1, 2)[0].reason == "no pair has a majority among the others"


class TestFleissKappa:
    def test_gives_fleiss_example(self, fleiss_1971):
        assert round(fleiss_kappa(fleiss_1971).value, 3) == 0.430

    def test_gives_gwets_ragged_example(self, ragged):
        found = fleiss_kappa(ragged)

        assert (round(found.value, 5), round(found.se, 5)) == (0.76117, 0.15302)
        assert (round(found.low, 3), found.high) == (0.424, 1)

    @given(st.integers(2, 6), st.integers(2, 15), st.integers(0, 2**32 - 1))
    def test_agrees_with_statsmodels_where_everyone_judged_everything(self, annotators, items, seed):
        made = np.random.default_rng(seed).multinomial(annotators, [0.5, 0.3, 0.2], size=items)
        found = fleiss_kappa(made)
        assume(found.defined)

        assert found.value == pytest.approx(statsmodels_fleiss(made), abs=1e-9)

    @given(counts, st.randoms(use_true_random=False))
    def test_does_not_care_for_names_or_order(self, given_counts, random):
        order = list(range(given_counts.shape[1]))
        random.shuffle(order)

        same(fleiss_kappa(given_counts), fleiss_kappa(given_counts[::-1][:, order]))

    @given(counts, st.integers(2, 4))
    def test_has_the_same_value_for_repeated_items(self, given_counts, times):
        once, often = fleiss_kappa(given_counts), fleiss_kappa(np.repeat(given_counts, times, axis=0))

        assert often.value == pytest.approx(once.value, nan_ok=True, abs=1e-9)

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(6)
        true = population()[1]
        found = []
        for _ in range(800):
            item, _, verdict = judge(rng, items=150, annotators=4)
            found.append(fleiss_kappa(item_counts(item, verdict, 150, 3)))

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in found]) <= 0.97


class TestPairTables:
    def test_adds_up_over_parts(self):
        item, who, verdict = judge(np.random.default_rng(8), items=60, annotators=4)
        whole = pair_confusions(item, who, verdict, 4, 3)
        parts = [pair_confusions(item[m], who[m], verdict[m], 4, 3) for m in (item < 25, item >= 25)]

        assert isinstance(whole, PairTables)
        assert (whole.tables == parts[0].tables + parts[1].tables).all()
        assert list(zip(whole.a, whole.b, strict=True)) == list(itertools.combinations(range(4), 2))
