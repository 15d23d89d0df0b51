"""The coverage of every interval that pages show, shortly: ``docs/coverage.md`` has the long version.

A setting's draws are seeded. Bounds allow for the scatter of so few draws, so what fails here is off by several points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from quality import statistics
from tests.quality.coverage import (
    HIGHEST,
    Coverage,
    Setting,
    answers,
    biases,
    consistency,
    cover,
    graded,
    ratings,
    settings,
)
from tests.quality.coverage.__main__ import PAGE, page
from tests.quality.coverage.agreement import NOT_OF_NEW, OF_ALL, OF_ONE

PROMISED = [setting for setting in settings() if setting.promised]
NOT_PROMISED = [
    setting
    for setting in settings()
    if setting.group == NOT_OF_NEW and "all of 5 " in setting.name and setting.n >= 200
]
UNBOUNDED = {"seconds_median", "theta"}
WITHOUT_WIDTH = {"ranks"}  # they hold or not, all together


class TestIntervals:
    @pytest.mark.parametrize("setting", PROMISED, ids=str)
    def test_hold_the_truth_in_92_to_98_of_100_or_are_not_shown(self, setting):
        found = cover(setting, draws=setting.quick, seed=1)

        off = {name: (c.share, c.shown) for name, c in found.items() if not c.within(setting.quick, setting.highest)}
        assert off == {}
        # None is without width, and none leaves the range that the truth lies in.
        shown = {name: c for name, c in found.items() if c.intervals and name not in WITHOUT_WIDTH}
        assert all(c.narrowest > 1e-6 for c in shown.values())
        assert all(c.lowest >= -1 and c.highest <= 1 for name, c in shown.items() if name not in UNBOUNDED)

    def test_are_shown_where_there_are_many_pairs(self):
        for setting in PROMISED:
            if setting.group == OF_ALL and setting.n == 200 and "3 annotators" in setting.name:
                assert {c.shown for c in cover(setting, draws=20, seed=2).values()} == {1.0}, setting

    @pytest.mark.parametrize("setting", NOT_PROMISED, ids=str)
    def test_of_these_annotators_do_not_speak_of_new_ones(self, setting):
        fleiss = cover(setting, draws=100, seed=3)["fleiss_kappa"]

        assert fleiss.share < 0.92


class TestSettings:
    def test_have_every_figure_that_comes_with_an_interval(self):
        # Counts have none, near 0 the calibration error and its test have none, nor has what rests on an inferred truth.
        without = {"n", "calibration_ece", "calibration_p", "reliability", "consensus_posterior", "label_noise"}
        bias = set(statistics.BIASES)
        probed = {"self_consistency", "same_side_twice"}
        strengths = {"krippendorff_alpha_ordinal", "weighted_kappa_linear", "weighted_kappa_quadratic"}
        wanted = {
            OF_ALL: {one.name for one in statistics.AGREEMENT},
            OF_ONE: {one.name for one in statistics.OF_ANNOTATORS if one.readings == statistics.BOTH}
            | {"cohen_kappa of two annotators"},
            answers.OF_ALL: {one.name for one in statistics.OVERALL} - without - bias - strengths - probed,
            consistency.OF_ALL: probed,
            consistency.OF_ONE: probed,
            graded.OF_ALL: strengths,
            biases.GROUP: biases.names(),
            answers.OF_ONE: {one.name for one in statistics.OF_ANNOTATORS if one.readings != statistics.BOTH}
            - without
            - bias
            - probed,
        }
        found: dict[str, set[str]] = {group: set() for group in wanted}
        for setting in settings():
            if setting.group in found and setting.n == 5:
                found[setting.group] |= cover(setting, draws=1, seed=1).keys()

        assert found == wanted

    def test_are_the_sizes_that_pages_have_to_be_right_at(self):
        for group in (
            OF_ALL,
            OF_ONE,
            answers.OF_ALL,
            answers.OF_ONE,
            consistency.OF_ALL,
            consistency.OF_ONE,
            graded.OF_ALL,
        ):
            assert {setting.n for setting in settings() if setting.group == group} == {5, 10, 20, 50, 200}
        # Two pairs do not even join five models.
        for group in (ratings.OF_MODELS, ratings.OF_MANY, ratings.RANKS):
            assert {setting.n for setting in settings() if setting.group == group} >= {10, 20, 50, 200}


def cells(text: str) -> Iterator[tuple[str, float, float]]:
    """Yield the heading, the covered share and the shown share of every number in a table of coverage."""
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        if line.startswith("| `"):
            for covered, _, shown in re.findall(r"(\d+\.\d)( \((\d+) %\))?(?= \|)", line):
                yield heading, float(covered) / 100, float(shown or 100) / 100


class TestTheTable:
    def test_has_a_row_for_every_setting_of_agreement(self):
        text = PAGE.read_text(encoding="utf-8")
        rows = {(line.split("|")[2].strip()) for line in text.splitlines() if line.startswith("| `")}

        assert {setting.name for setting in settings()} <= rows

    def test_states_no_coverage_outside_92_to_98_but_where_none_is_promised(self):
        text = PAGE.read_text(encoding="utf-8")
        draws = int(re.search(r"([\d,]+) simulated projects", text)[1].replace(",", ""))
        promised = [cell for cell in cells(text) if cell[0] != NOT_OF_NEW]

        assert len(promised) > 150
        for heading, covered, shown in promised:
            unrounded = covered + (0.0005 if covered < 0.95 else -0.0005)  # at best
            highest = 1.0 if heading in (ratings.RANKS, biases.GROUP) else HIGHEST
            assert Coverage.of(unrounded, 10_000).within(int(draws * shown), highest), (heading, covered)

    def test_says_too_few_where_hardly_any_project_has_an_interval(self):
        setting = Setting("Group", "people", 5, lambda rng: [], 1)

        assert "| `kappa` | people | too few |" in page({setting: {"kappa": Coverage(estimates=100)}}, 100)
        assert "| `kappa` | people | 95.0 (50 %) |" in page({setting: {"kappa": Coverage.of(0.95, 100, 200)}}, 200)
