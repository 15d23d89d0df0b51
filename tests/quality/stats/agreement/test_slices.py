"""Agreement per slice, and whether it differs from the rest."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa as of_statsmodels

from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.slices import agreement_by_slice, false_discovery, features, moments, two_sided
from quality.stats.labels import item_counts, labels
from tests.quality.coverage.agreement import RIGHT, SHARES
from tests.quality.coverage.judges import hire


def crowd(seed: int, *, items: int, mix: str = "balanced", each: int = 3, right=None):
    rng = np.random.default_rng(seed)
    judges = hire(rng, 10, shares=SHARES[mix], right=right or RIGHT[mix])
    return judges.judge(rng, items, each=each)


def influence(counts):
    of_items = features(counts)
    return of_items @ moments(of_items.sum(axis=0)).weights


class TestASlice:
    def test_has_the_kappa_of_its_judgements_alone(self):
        given = crowd(1, items=120)
        inside = given.item < 50
        (found,) = agreement_by_slice(given, [inside], 2)
        counts = item_counts(given.item[inside], given.verdict[inside], 120, 2)[:50]
        assert found.kappa.value == pytest.approx(of_statsmodels(counts), abs=1e-12)
        assert found.kappa == fleiss_kappa(counts)
        assert found.n == inside.sum()

    def test_may_hold_some_judgements_of_a_pair(self):
        given = crowd(2, items=100, each=6)
        half = np.random.default_rng(0).random(len(given)) < 0.5
        (found,) = agreement_by_slice(given, [half], 2)
        assert found.kappa.value == fleiss_kappa(item_counts(given.item[half], given.verdict[half], 100, 2)).value

    def test_says_too_few_where_either_part_has_no_interval(self):
        given = crowd(3, items=60)
        small, all_but = given.item < 4, given.item >= 4
        for one in agreement_by_slice(given, [small, all_but, given.item < 0, given.item >= 0], 2):
            assert math.isnan(one.p)
            assert math.isnan(one.q)

    def test_is_refused_where_it_is_of_other_judgements(self):
        with pytest.raises(ValueError, match="of each judgement"):
            agreement_by_slice(crowd(4, items=20), [np.ones(3, dtype=bool)], 2)


class TestInfluence:
    @pytest.mark.parametrize("mix", SHARES)
    def test_is_what_leaving_an_item_out_does_in_the_limit(self, mix):
        given = crowd(5, items=400, mix=mix)
        counts = item_counts(given.item, given.verdict, 400, len(SHARES[mix]))
        whole = fleiss_kappa(counts).value
        left_out = [whole - fleiss_kappa(np.delete(counts, i, axis=0)).value for i in range(0, 400, 7)]
        factor = math.sqrt(400 / 399)
        assert np.asarray(left_out) == pytest.approx(influence(counts)[::7] / factor, abs=4e-4)

    def test_has_gwets_variance(self):
        given = crowd(6, items=300, mix="four verdicts")
        counts = item_counts(given.item, given.verdict, 300, 4)
        assert math.sqrt((influence(counts) ** 2).sum()) == pytest.approx(fleiss_kappa(counts).se, rel=1e-9)


class TestADifference:
    @pytest.mark.parametrize("of_pairs", [True, False])
    def test_is_what_both_parts_give_item_by_item(self, of_pairs):
        """The sums of the whole, less those of the slice, are those of the judgements outside."""
        given = crowd(7, items=160, mix="four verdicts", each=5)
        inside = given.item % 3 == 0 if of_pairs else np.random.default_rng(1).random(len(given)) < 0.4
        (found,) = agreement_by_slice(given, [inside], 4)

        parts = [item_counts(given.item[m], given.verdict[m], 160, 4) for m in (inside, ~inside)]
        one, rest = (fleiss_kappa(counts) for counts in parts)
        both = influence(parts[0] + parts[1])
        se = np.sqrt(((influence(parts[0]) - influence(parts[1])) ** 2).sum())
        as_all = np.sqrt((both**2).sum() * (one.n + rest.n) * (1 / one.n + 1 / rest.n))
        assert found.difference == pytest.approx(one.value - rest.value, abs=1e-12)
        expected = 2 * stats.t.sf(abs(found.difference) / max(se, as_all), min(one.n, rest.n) - 1)
        assert found.p == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize(
        ("mix", "items", "share"),
        [("balanced", 200, 0.5), ("90/10", 200, 0.5), ("90/10", 1000, 0.1), ("four verdicts", 400, 0.1)],
    )
    def test_is_seen_by_chance_in_one_case_of_twenty_at_most(self, mix, items, share):
        draws, seen, told = 300, 0, 0
        for seed in range(draws):
            given = crowd(1000 + seed, items=items, mix=mix)
            (found,) = agreement_by_slice(given, [given.item < items * share], len(SHARES[mix]))
            told += not math.isnan(found.p)
            seen += found.p < 0.05
        assert told > 0.9 * draws
        assert seen / told < 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / told)

    def test_is_seen_where_there_is_one(self):
        seen = 0
        for seed in range(40):
            hard, easy = crowd(seed, items=150, right=(0.6, 0.65, 0.7)), crowd(seed + 500, items=150)
            both = labels(
                np.concatenate([hard.item, easy.item + 150]),
                np.concatenate([hard.annotator, easy.annotator]),
                np.concatenate([hard.verdict, easy.verdict]),
            )
            (found,) = agreement_by_slice(both, [both.item < 150], 2)
            assert found.difference < 0
            seen += found.q < 0.05
        assert seen > 32

    def test_has_the_probability_of_students_distribution(self):
        assert two_sided(-0.4, 0.2, 9) == pytest.approx(2 * stats.t.sf(2, 9))
        assert math.isnan(two_sided(0.1, 0.0, 9))
        assert two_sided(0.0, 0.0, 9) == 1.0


class TestFalseDiscovery:
    def test_is_scipys(self):
        p = np.random.default_rng(1).random(40) ** 3
        assert false_discovery(p.tolist()) == pytest.approx(stats.false_discovery_control(p).tolist())

    def test_counts_what_could_not_be_told_as_no_test(self):
        assert false_discovery([0.01, math.nan, 0.02])[::2] == pytest.approx([0.02, 0.02])
        assert math.isnan(false_discovery([0.01, math.nan])[1])
        assert false_discovery([]) == []

    def test_keeps_wrong_ones_among_those_called_different_to_their_share(self):
        rng = np.random.default_rng(2)
        wrong = []
        for _ in range(400):
            p = np.concatenate([rng.random(40), rng.random(10) * 1e-3])
            called = np.asarray(false_discovery(p.tolist())) <= 0.05
            wrong.append(called[:40].sum() / max(called.sum(), 1))
        assert np.mean(wrong) < 0.05
