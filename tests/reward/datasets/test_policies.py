from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.formats.records import Message, Preference
from annotation.vocabulary import Verdict
from reward.datasets.policies import Kind, LeftOut, Odd, Tally, kind, preference, soft_preference
from tests.reward.datasets import cases

ALL = (
    cases.pair("one"),
    cases.pair("two", settled=Verdict.SECOND),
    cases.pair(settled=Verdict.TIE),
    cases.pair(settled=Verdict.BOTH_BAD),
    cases.pair(settled=None),
    cases.pair("gold", gold=Verdict.SECOND),
)


NOT_LEFT_OUT = {f"left_out_{why}" for why in LeftOut}
WORTH_A_LOOK = {f"rows_{why}" for why in Odd} | {"rows_repeated", "rows_contradicting"}


class TestKind:
    @pytest.mark.parametrize(
        ("settled", "expected"),
        [
            (Verdict.FIRST, Kind.PREFERRED),
            (Verdict.SECOND, Kind.PREFERRED),
            (Verdict.TIE, Kind.TIE),
            (Verdict.BOTH_BAD, Kind.BOTH_BAD),
            (None, Kind.UNSETTLED),
        ],
    )
    def test_is_of_the_settled_verdict(self, settled, expected):
        assert kind(cases.pair(settled=settled)) is expected

    @pytest.mark.parametrize("settled", [None, *Verdict])
    def test_is_gold_whatever_was_judged(self, settled):
        assert kind(cases.pair(settled=settled, gold=Verdict.TIE)) is Kind.GOLD


class TestPreference:
    @pytest.mark.parametrize("settled", [Verdict.FIRST, Verdict.SECOND])
    def test_has_the_better_response_as_chosen(self, settled):
        assert preference(cases.pair(settled=settled)) == Preference("Why?", "better", "worse")

    def test_is_of_settled_pairs_with_a_better_response_alone(self):
        assert [preference(pair) is not None for pair in ALL] == [True, True, False, False, False, False]

    @pytest.mark.parametrize("part", ["prompt", "chosen", "rejected"])
    def test_is_no_text_where_any_part_is_a_conversation(self, part):
        assert preference(cases.pair("", "")).is_text
        assert not preference(cases.pair(**{part: (Message("user", "Why?"),)})).is_text


class TestSoftPreference:
    @staticmethod
    def pair(posterior, **more):
        return replace(cases.pair("first", "second", settled=None, **more), posterior=posterior)

    def test_chooses_the_likelier_response_and_counts_a_tie_half(self):
        assert soft_preference(self.pair((0.6, 0.1, 0.2, 0.1))) == Preference(
            "Why?", "first", "second", pytest.approx(0.7 / 0.9)
        )
        assert soft_preference(self.pair((0.1, 0.6, 0.2, 0.1))) == Preference(
            "Why?", "second", "first", pytest.approx(0.7 / 0.9)
        )

    def test_is_drawn_towards_all_verdicts_alike(self):
        found = soft_preference(self.pair((1.0, 0.0, 0.0, 0.0)), smoothing=0.2)

        assert found.p_chosen == pytest.approx((0.85 + 0.025) / 0.95)

    @pytest.mark.parametrize("posterior", [None, (0.0, 0.0, 0.0, 1.0)])
    def test_is_none_where_nothing_is_told(self, posterior):
        assert soft_preference(self.pair(posterior)) is None

    def test_is_none_of_gold(self):
        assert soft_preference(self.pair((0.9, 0.1, 0.0, 0.0), gold=Verdict.FIRST)) is None

    def test_of_an_adjudicated_pair_is_certain_where_that_verdict_is_preferred(self):
        pair = replace(self.pair((0.9, 0.1, 0.0, 0.0)), settled=Verdict.SECOND, by_adjudicator=True)

        assert soft_preference(pair) == Preference("Why?", "second", "first", 1.0)


class TestTally:
    def test_counts_every_pair_and_gives_the_rows(self):
        tally = Tally()

        rows = list(tally.preferences(ALL))

        assert [row.chosen for row in rows] == ["one", "two"]
        assert tally.as_dict() == {
            "pairs": 6,
            "settled": 4,
            "preferred": 2,
            "ties": 1,
            "both_bad": 1,
            "unsettled": 1,
            "gold": 1,
            "adjudicated": 0,
            "settled_by_adjudication": 0,
            **dict.fromkeys(NOT_LEFT_OUT | WORTH_A_LOOK, 0),
        }

    def test_counts_by_reason_what_is_left_out(self):
        tally = Tally()
        ask, answer, other = Message("user", "Why?"), Message("assistant", "So."), Message("assistant", "No.")
        pairs = [
            cases.pair((answer,), (other,), prompt=(ask,)),
            cases.pair("So.", "So."),
            cases.pair("So.", (answer,)),
            cases.pair((answer,), (other,), prompt=(Message("system", "Be brief."),)),
            cases.pair((answer,), (other,), prompt=(ask, Message("assistant", "Because"))),
            cases.pair((answer, ask), (other,), prompt="Well?"),
            cases.pair((Message("user", "So."),), (other,), prompt=(ask,)),
            cases.pair((answer, Message("tool", "{}")), (other,), prompt=(ask,)),
            cases.pair((answer,), (answer, ask, other), prompt=(ask,)),
            cases.pair((answer, Message("tool", "{}"), other), (other,), prompt=(ask,)),
            cases.pair((answer,), (answer, Message("user", "Sure?"), other), prompt=(ask,)),
            cases.pair((answer,), (answer, Message("system", "Be brief."), other), prompt=(ask,)),
            cases.pair("So.", "So.\u200b\n", prompt="Well?"),
            cases.pair("Caf\u00e9.", (Message("assistant", "Cafe\u0301."),), prompt="Well?"),
        ]

        rows = list(tally.preferences(pairs))

        assert [row.chosen for row in rows] == [(answer,), (answer, Message("tool", "{}"), other)]
        assert {name: n for name, n in tally.as_dict().items() if name in NOT_LEFT_OUT} == {
            "left_out_identical_sides": 2,
            "left_out_invisible_difference": 2,
            "left_out_prompt_end": 2,
            "left_out_response_ends": 3,
            "left_out_repeated_turns": 1,
            "left_out_others_turns": 2,
        }

    def test_counts_rows_that_are_worth_a_look(self):
        ask, answer, other = Message("user", "Why?"), Message("assistant", "So."), Message("assistant", "No.")
        pairs = [
            cases.pair((answer,), (other,), prompt=(ask, ask)),
            cases.pair("Who wrote it? Ann.", "Who wrote it? Bo.", prompt="Who wrote it?"),
            cases.pair("It was Ann.", "Bo.", prompt="Who wrote that?"),
            cases.pair("It was Ann.", (Message("assistant", "Bo."),), prompt=(Message("user", "Who wrote that?"),)),
            cases.pair("Bo.", "It was Ann.", prompt="Who wrote that?"),
            cases.pair("Bo.", "It was Ann.\u200b", prompt="And who wrote this?"),
            cases.pair((answer, Message("tool", "{}"), other), (other,), prompt="Which tool?"),
            cases.pair("\u2800", "Yes.", prompt="Is it?"),
        ]
        tally = Tally()
        assert len(list(tally.preferences(pairs))) == 8
        assert {name: n for name, n in tally.as_dict().items() if name in WORTH_A_LOOK} == {
            "rows_turn_order": 1,
            "rows_tool_turns": 1,
            "rows_blank": 1,
            "rows_repeated_prompt": 1,
            "rows_repeated": 1,
            "rows_contradicting": 3,
        }

    def test_gives_the_record_of_every_pair_and_counts_the_same(self):
        tally, other = Tally(), Tally()

        assert list(tally.records(ALL)) == [pair.record for pair in ALL]
        assert list(other.preferences(ALL))
        assert tally.kinds == other.kinds
        assert not NOT_LEFT_OUT & tally.as_dict().keys()

    def test_reads_no_further_than_it_has_given(self):
        read = []

        def pairs():
            for k in range(10):
                read.append(k)
                yield cases.pair(str(k))

        next(Tally().preferences(pairs()))

        assert read == [0]
