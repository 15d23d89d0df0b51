"""Every code of a fit has words, and every choice of one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from reward.pages import wording
from reward.vocabulary import (
    Clusters,
    ComparisonUnit,
    Intervals,
    LeftOut,
    MethodCode,
    NoteCode,
    ReasonCode,
    SamplingUnit,
    Ties,
)

NAMES = ["fox", "owl", "eel", "elk", "ant"]

WORDED = {
    ReasonCode.NO_COMPARISONS: ({}, "no comparisons"),
    ReasonCode.UNDEFEATED: ({}, "undefeated: won every comparison"),
    ReasonCode.WINLESS: ({}, "winless: lost every comparison"),
    ReasonCode.SEPARATED: (
        {"never_lost_to": [1], "never_beat": [0, 2, 3, 4]},
        "separated: never lost to owl, never beat fox, eel, elk and 1 more",
    ),
    ReasonCode.ONLY_TIES: ({}, "every comparison is a tie"),
    ReasonCode.NO_DAVIDSON_ESTIMATE: (
        {},
        "no finite Davidson estimate: wins and ties never contradict each other; a tie as half a win has one",
    ),
    ReasonCode.TOO_FEW_UNITS: (
        {"n": 1, "unit": "pairs", "models": 2},
        "no interval: too few pairs (1) for 2 models",
    ),
    ReasonCode.TOO_FEW_ANNOTATORS: (
        {"n": 3, "needed": 30},
        "no interval: clustering by annotator needs 30 annotators, here 3",
    ),
    ReasonCode.LOST_REPLICATES: (
        {"share": 0.248},
        "no interval: 25% of the bootstrap replicates have no finite estimate",
    ),
    ReasonCode.FIT_NOT_CONVERGED: ({}, "the fit did not converge, so there is no rating"),
    ReasonCode.NOT_CONVERGED: ({}, "no interval: the fit did not converge"),
    ReasonCode.NO_VARIATION: ({}, "no interval: the judgements do not vary"),
}


class TestAReason:
    @pytest.mark.parametrize("code", ReasonCode)
    def test_is_worded_from_its_arguments(self, code: ReasonCode) -> None:
        arguments, words = WORDED[code]

        assert wording.reason(code.value, arguments, NAMES) == words

    def test_is_empty_without_a_code(self) -> None:
        assert wording.reason("", {}, NAMES) == ""

    def test_keeps_braces_of_a_models_name(self) -> None:
        arguments = {"never_lost_to": [0], "never_beat": [0]}

        assert wording.reason("separated", arguments, ["{n}"]) == "separated: never lost to {n}, never beat {n}"


class TestANote:
    def test_lists_each_group(self) -> None:
        assert wording.note("separated_groups", {"groups": [[0, 1, 2, 3], [4]]}, NAMES) == (
            "separated: ratings compare inside each of these groups and not across them: fox, owl, eel and 1 more; ant"
        )


class TestAMethod:
    def test_names_every_choice_in_one_order(self) -> None:
        choices = {
            "seed": 5,
            "level": 0.95,
            "replicates": 50,
            "intervals": "bootstrap",
            "ties": "half",
            "both_bad": "tie",
        }

        assert wording.method("bradley_terry", choices) == (
            "bradley-terry ties=half both_bad=tie intervals=bootstrap level=0.95 seed=5 replicates=50"
        )


class TestTheTables:
    @pytest.mark.parametrize(
        ("words", "codes"),
        [
            (wording.REASONS, ReasonCode),
            (wording.NOTES, NoteCode),
            (wording.METHODS, MethodCode),
            (wording.LEFT_OUT, LeftOut),
            (wording.TIES, Ties),
            (wording.TIES_IN_METHOD, Ties),
            (wording.UNITS, ComparisonUnit),
            (wording.UNITS_COUNTED, ComparisonUnit),
            (wording.INTERVALS, Intervals),
            (wording.CLUSTERS, Clusters),
            (wording.SAMPLING_UNITS, SamplingUnit),
        ],
    )
    def test_have_words_for_every_code_and_for_nothing_else(
        self, words: Mapping[str, str], codes: type[StrEnum]
    ) -> None:
        assert list(words) == list(codes)
        assert all(words.values())
