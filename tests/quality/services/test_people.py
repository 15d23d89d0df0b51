"""What a run stores of each annotator beside figures: confusion, weeks, bins of stated confidence; and their order."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from quality.services.parts import MOST_WEEKS, agreement, people
from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.tables import confusions
from quality.stats.shift.cusum import expected_errors
from tests.quality.services.worlds import world


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestPeople:
    @pytest.fixture(scope="class")
    def made(self):
        given, judged, _, truth = world(rng(3), each=4, gold=40)
        found = people(given, judged)["people"]
        assert json.loads(json.dumps(found)) == json.loads(json.dumps(found, default=str))
        return given, judged, truth, found

    def test_count_each_compared_judgement_once_by_what_it_is_compared_with(self, made):
        given, judged, _, found = made
        wrong, _, compared = expected_errors(
            judged.labels, judged.fit.prior, judged.fit.confusion, judged.gold.astype(np.int64)
        )
        for r, member in enumerate(given.member_ids):
            own = compared & (given.annotator == r)
            counts = np.array(found[f"m{member}"]["confusion"])
            assert counts.sum() == own.sum()
            assert np.trace(counts) == (own & ~wrong).sum()
            assert counts.sum(axis=0).tolist() == np.bincount(given.verdict[own], minlength=4).tolist()

    def test_are_near_what_is_true(self, made):
        given, _, truth, found = made
        for r, member in enumerate(given.member_ids[:3]):
            own = given.annotator == r
            counts = np.array(found[f"m{member}"]["confusion"])
            assert np.trace(counts) / counts.sum() == pytest.approx(
                (given.verdict[own] == truth[given.pair[own]]).mean(), abs=0.12
            )

    def test_have_weeks_that_begin_on_mondays_and_add_up(self, made):
        given, _, _, found = made
        for member in given.member_ids:
            one = found[f"m{member}"]
            days = [datetime.fromisoformat(monday).replace(tzinfo=UTC) for monday, _, _ in one["weeks"]]
            assert {day.weekday() for day in days} == {0}
            assert days == sorted(days)
            assert 2 <= len(days) <= MOST_WEEKS
            counts = np.array(one["confusion"])
            assert (sum(right for _, right, _ in one["weeks"]), sum(n for _, _, n in one["weeks"])) == (
                np.trace(counts),
                counts.sum(),
            )

    def test_put_each_judgement_into_its_own_week(self, made):
        given, _, _, found = made
        first = datetime.fromtimestamp(float(given.at.min()), UTC).date()
        weeks = [monday for one in found.values() for monday, _, _ in one["weeks"]]
        assert 0 <= (first - datetime.fromisoformat(min(weeks)).date()).days < 7

    def test_know_no_confusion_where_nothing_is_known_of_annotators(self):
        given, judged, _, _ = world(rng(4), pairs=10)
        assert judged.fit.reason is not None
        for one in people(given, judged)["people"].values():
            assert (one["confusion"], one["weeks"]) == (None, None)


class TestOrder:
    def test_names_everybody_once(self):
        given, judged, _, _ = world(rng(5), each=4)
        kappas = pairwise_kappas(confusions(judged.labels, judged.n_annotators, 4))
        assert sorted(agreement(given, [kappas])["agreement"]["order"]) == sorted(given.member_ids)

    def test_is_empty_without_a_statistic_of_pairs(self):
        given, _, _, _ = world(rng(6), pairs=10)
        assert agreement(given, []) == {"agreement": {"order": []}}
