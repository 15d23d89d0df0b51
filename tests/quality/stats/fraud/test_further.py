"""Judgements after an examination add up to what they would have all at once."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from quality.stats.fraud.alternatives import State
from quality.stats.fraud.copying import Copying
from quality.stats.fraud.evidence import Evidence
from quality.stats.fraud.examination import findings, further
from tests.quality.stats.fraud.projects import project

OLD = 1_350
"""Of 2,700 judgements, those that are examined at first."""


@pytest.fixture(scope="module")
def half():
    """Thirty people, of whom the last clicks at random; three judge each item; examined by the first half."""
    made = project(np.random.default_rng(1), ["honest"] * 29 + ["random"], items=900)
    return made, made.until(OLD).examine()


def added(made, before, rounds: int):
    """The examination after the other half, in the order of time; the truth is by all of an item's judgements."""
    for chunk in np.array_split(np.arange(OLD, len(made.item)), rounds):
        rows = np.flatnonzero(np.isin(made.item, made.item[chunk]))
        before = further(
            before,
            made.item[rows],
            made.annotator[rows],
            made.verdict[rows],
            np.isin(rows, chunk),
            left=made.left[rows],
            longer=made.longer[rows],
            known=np.full(len(rows), -1),
            pace=np.full(len(rows), np.nan),
            people=len(made.kind),
        )
    return before


class TestFurther:
    def test_judgements_in_several_rounds_add_up_to_the_same(self, half):
        made, before = half
        once, often = added(made, before, 1), added(made, before, 25)

        for sums in ("evidence", "copying"):
            for one in fields(getattr(once, sums)):
                a, b = (getattr(getattr(found, sums), one.name) for found in (once, often))
                assert np.asarray(a) == pytest.approx(np.asarray(b), abs=1e-9, nan_ok=True), one.name

    def test_judgements_alone_find_who_clicks_at_random(self, half):
        made, before = half
        found = added(made, replace(before, evidence=Evidence.none(30, 4), copying=Copying.none()), 10)

        state = [one.state for one in findings(found.evidence, found.copying)]
        assert state[-1] is State.ALARM
        assert state.count(State.ALARM) == 1
        assert found.evidence.n.sum() == len(made.item) - OLD

    def test_judgements_of_few_need_as_much_evidence_of_copying_as_of_all(self, half):
        made, before = half
        found = added(made, before, 1)
        copied = replace(
            found.copying, log_ratio=np.full(len(found.copying.n), 8.0), n=np.full(len(found.copying.n), 20)
        )

        def watched(people):
            return sum(one.state is not State.CLEAR for one in findings(found.evidence, copied, people))

        assert watched(2) > watched(10_000)

    def test_sums_are_what_they_were_when_read_again(self, half):
        evidence = half[1].evidence
        again = Evidence.of_rows(evidence.rows(), 4)

        for one in fields(evidence):
            was, now = getattr(evidence, one.name), getattr(again, one.name)
            assert now.dtype == was.dtype
            assert np.array_equal(was, now, equal_nan=was.dtype.kind == "f"), one.name
        with pytest.raises(ValueError, match="other sums"):
            Evidence.of_rows(evidence.rows(), 3)
