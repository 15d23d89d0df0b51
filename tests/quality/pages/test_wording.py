from __future__ import annotations

import string

import pytest

from annotation.vocabulary import Verdict
from quality.pages.wording import METHODS, REASONS, category, method, prevalence, reason, sample
from quality.statistics import OF_ANNOTATORS, OVERALL
from quality.stats.methods import FOR_THESE_ANNOTATORS, Method
from quality.stats.reasons import Reason

ARGUMENTS = {
    Reason.BOTH_ONE_CATEGORY: {"category": 2},
    Reason.FEW_SHARED: {"needed": 20},
    Reason.TOO_FEW_ANNOTATORS: {"needed": 4},
    Reason.ONE_CATEGORY: {"category": 0},
    Reason.TOO_FEW_ITEMS: {"needed": 56},
    Reason.TOO_FEW_TO_TELL: {"needed": 20},
}


class TestReasons:
    @pytest.mark.parametrize("code", Reason)
    def test_of_every_kernel_have_words(self, code):
        needed = {name for _, name, _, _ in string.Formatter().parse(REASONS[code]) if name}

        assert needed == set(ARGUMENTS.get(code, {}))
        assert reason(code, ARGUMENTS.get(code, {}))

    def test_have_words_for_no_other_code(self):
        assert set(REASONS) == set(Reason)

    def test_name_the_verdict_of_a_category(self):
        assert reason("both_one_category", {"category": 2}) == "both chose Tie on every pair counted"
        # After ties are left out, or pairs judged once, others may have been chosen elsewhere.
        assert reason("one_category", {"category": 0}) == "every judgement counted is First"
        assert [category(verdict) for verdict in Verdict] == ["First", "Second", "Tie", "Both bad"]

    def test_are_readable_where_an_old_row_has_a_code_that_is_gone(self):
        assert reason("some_old_code", {}) == "Some old code."

    def test_are_empty_where_a_figure_is_defined(self):
        assert reason("", {}) == ""


class TestMethods:
    @pytest.mark.parametrize("code", Method)
    def test_of_every_kernel_have_words(self, code):
        needed = {name for _, name, _, _ in string.Formatter().parse(METHODS[code]) if name}

        assert needed == set()
        assert METHODS[code]

    def test_have_words_for_no_other_code(self):
        assert set(METHODS) == set(Method)

    @pytest.mark.parametrize("code", sorted(FOR_THESE_ANNOTATORS))
    def test_of_agreement_say_for_whom_their_interval_is(self, code):
        assert method(code, {}).endswith("over pairs judged, for these annotators")

    def test_say_it_of_no_interval_that_holds_for_new_annotators(self):
        assert "for these annotators" not in method("cohen_kappa_pooled_pairs_two_way", {})
        assert method("wilson", {}) == "wilson"


class TestPrevalence:
    def test_has_the_two_coefficients(self):
        assert prevalence({"kappa": -0.02, "ac1": 0.8}) == (
            "κ is −0.02 and AC1 0.80: they differ by 0.82 because one verdict dominates; read them together."
        )

    def test_is_empty_without_a_note(self):
        assert prevalence({}) == ""


class TestTheSizeOfASample:
    def test_has_a_singular_for_whatever_a_statistic_counts(self) -> None:
        for statistic in (*OVERALL, *OF_ANNOTATORS):
            if statistic.counted:
                assert sample(1, statistic.counted).startswith("n = 1 ")
        assert sample(1, "gold judgements") == "n = 1 gold judgement"
        assert sample(2, "gold judgements") == "n = 2 gold judgements"
