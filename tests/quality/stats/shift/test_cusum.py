from __future__ import annotations

import numpy as np
import pytest

from quality.stats.labels import labels
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.judged import JudgedItems
from quality.stats.shift.cusum import FALSE_ALARMS, NEVER, accuracy_drift, expected_errors, mean_run, thresholds
from tests.quality.stats.reliability.crowds import crowd


def by_hand(wrong, expected, odds):
    total, sums = 0.0, []
    for x, e in zip(wrong, expected, strict=True):
        total = max(0.0, total + (np.log(odds) if x else 0.0) - np.log(1 - e + odds * e))
        sums.append(total)
    return np.array(sums)


def threshold(error: float, run: float) -> float:
    return float(thresholds(np.array([error]), np.array([run]))[0])


class TestThresholds:
    @pytest.mark.parametrize("error", [0.03, 0.1, 0.3])
    def test_gives_the_stated_run_in_simulation(self, error):
        rng, limit = np.random.default_rng(40), threshold(error, 1000.0)
        sums, run, going = np.zeros(1000), np.zeros(1000), np.ones(1000, dtype=bool)
        for _ in range(9000):
            step = np.where(rng.random(1000) < error, np.log(2.0), 0.0) - np.log1p(error)
            sums = np.maximum(sums + step, 0)
            run += going
            going &= sums < limit

        assert run.mean() == pytest.approx(1000, rel=0.15)

    def test_grows_with_the_run(self):
        found = [threshold(0.1, run) for run in (2e3, 2e4, 2e5)]

        assert found == sorted(found)
        assert found[-1] < np.log(2e5)

    @pytest.mark.parametrize(("error", "run"), [(0.02, 2e3), (0.1, 5e4), (0.45, 1e5)])
    def test_has_the_stated_run_by_the_chain(self, error, run):
        assert mean_run(error, 2.0, threshold(error, run)) == pytest.approx(run, rel=0.2)


class TestAccuracyDrift:
    def test_is_the_sum_by_hand(self):
        rng = np.random.default_rng(41)
        who, at = rng.integers(0, 5, 600), rng.permutation(600).astype(float)
        wrong, expected = rng.random(600) < 0.3, rng.uniform(0.05, 0.3, 600)
        found = accuracy_drift(who, at, wrong, expected, 6)

        for r in range(5):
            rows = np.flatnonzero(who == r)
            rows = rows[np.argsort(at[rows])]
            sums = by_hand(wrong[rows], expected[rows], 2.0)
            assert found.highest[r] == pytest.approx(sums.max())
            over = np.flatnonzero(sums >= found.threshold[r])
            assert found.alarm[r] == (rows[over[0]] if len(over) else NEVER)
        assert found.n.tolist() == [*np.bincount(who), 0]
        assert np.isnan(found.threshold[5])

    @pytest.mark.parametrize("n", [50, 200, 1500])
    def test_names_the_stated_share_of_those_who_have_not_changed(self, n):
        rng = np.random.default_rng(42)
        who = np.repeat(np.arange(1500), n)
        expected = rng.beta(2, 12, len(who))
        found = accuracy_drift(who, np.arange(len(who)), rng.random(len(who)) < expected, expected, 1500)

        assert (found.alarm >= 0).mean() <= FALSE_ALARMS + 0.006
        assert n < 1500 or (found.alarm >= 0).mean() > 0.003

    def test_finds_since_when_people_err_more(self):
        rng = np.random.default_rng(43)
        who, turn = np.repeat(np.arange(200), 400), np.tile(np.arange(400), 200)
        wrong = rng.random(len(who)) < np.where(turn < 200, 0.1, 0.3)
        found = accuracy_drift(who, turn, wrong, np.full(len(who), 0.1), 200)
        since = turn[found.since[found.alarm >= 0]]

        assert (found.alarm >= 0).mean() > 0.95
        assert np.median(since) == pytest.approx(200, abs=12)
        assert np.median(turn[found.alarm[found.alarm >= 0]] - 200) < 60
        assert np.nanmean(found.after) == pytest.approx(0.2, abs=0.03)
        assert np.nanmean(found.before) == pytest.approx(0.0, abs=0.03)

    @pytest.mark.parametrize("bad", [{"odds": 1.0}, {"false_alarms": 0.0}, {"false_alarms": 1.0}])
    def test_refuses_what_is_no_change_and_no_run(self, bad):
        with pytest.raises(ValueError, match="odds are above 1, and false_alarms a share"):
            accuracy_drift(np.zeros(1, dtype=int), [0.0], [True], [0.1], 1, **bad)

    def test_of_nothing_is_never(self):
        none = np.zeros(0)
        found = accuracy_drift(none.astype(int), none, none.astype(bool), none, 2)

        assert found.alarm.tolist() == [NEVER, NEVER]


class TestExpectedErrors:
    def test_are_as_frequent_as_they_happen(self):
        made = crowd(np.random.default_rng(44), items=4000, annotators=10)
        wrong, expected, compared = expected_errors(made.given, made.prior, made.confusion)

        assert compared.all()
        for low in (0.1, 0.3, 0.5):
            among = (expected >= low) & (expected < low + 0.2)
            assert wrong[among].mean() == pytest.approx(expected[among].mean(), abs=0.03)

    def test_of_gold_go_by_the_known_verdict(self):
        able = np.tile(0.7 * np.eye(2) + 0.15, (2, 1, 1))
        given = labels(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([1, 0, 0]))
        wrong, expected, compared = expected_errors(given, [0.5, 0.5], able, np.array([0, 1, 1]))

        assert wrong.tolist() == [True, True, True]
        assert expected == pytest.approx([0.15] * 3)
        assert compared.all()

    def test_lead_to_few_false_alarms_and_to_those_who_became_worse(self):
        rng, false, true = np.random.default_rng(45), [], []
        for _ in range(5):
            made = crowd(rng, items=2000, annotators=12, right=(18, 3))
            given, verdict = made.given, made.given.verdict.copy()
            worse = (given.annotator < 2) & (given.item > 1000) & (rng.random(len(given)) < 0.5)
            verdict[worse] = rng.integers(0, 4, worse.sum())
            given = labels(given.item, given.annotator, verdict)
            fit = hierarchical(JudgedItems.of(given, 12, 4))
            wrong, expected, _ = expected_errors(given, fit.prior, fit.confusion)
            found = accuracy_drift(given.annotator, given.item, wrong, expected, 12)
            false.extend(found.alarm[2:] >= 0)
            true.extend(found.alarm[:2] >= 0)

        assert np.mean(false) <= 0.05
        assert np.mean(true) >= 0.8
