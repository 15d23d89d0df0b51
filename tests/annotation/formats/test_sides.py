"""Whether responses differ, and whether they repeat the prompt."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.records import Message
from annotation.formats.sides import as_seen, differ_invisibly, repeat_the_prompt, warnings

YES = (Message("assistant", "Yes."),)


class TestDifferInvisibly:
    @pytest.mark.parametrize(
        "other",
        [
            "Yes.\nNo. ",
            "Yes. \nNo.",
            "Yes.\r\nNo.",
            "Yes.\nNo.\n\n",
            "\ufeffYes.\nNo.",
            "Ye\u200bs.\nNo.",
            "Yes\u00ad.\nNo.",
            "Yes.\n\u200eNo.",
            "Y\u200ces.\nN\u200do.",
            "Yes.\nNo.\u200d",
            "Yes.\u206a\nNo\U000e0101.",
            "Yes.\nNo.\u2028",
            "Yes.\u3000\nNo.\x85",
            "Yes.\u034f\nNo.",
            "Yes.\nNo.\U000e0001\U000e0041",
            "Yes.\u3164\nNo.\u2800",
            (Message("assistant", "Yes.\nNo.\t"),),
        ],
    )
    def test_where_nothing_that_is_seen_differs(self, other):
        assert differ_invisibly("Yes.\nNo.", other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("caf\u00e9", "cafe\u0301"),
            ("10 %", "10\u00a0%"),
            ("10 %", "10\u202f%"),
            ("10 %", "10\u2009%"),
            ("\uac00", "\u1100\u1161"),
        ],
    )
    def test_in_unicode_form_or_kind_of_blank(self, one, other):
        assert differ_invisibly(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Yes.", "yes."),
            ("Yes.", "Yes"),
            ("a b", "a  b"),
            ("if x:\n  y", "if x:\n    y"),
            ("a\nb", "a\n\nb"),
            ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"),
            ("\U0001f469\u200d\U0001f52c", "\U0001f469\U0001f52c"),
            ("x\u00b2", "x2"),
            ("\u2764", "\u2764\ufe0f"),
            ("abc", "\u202eabc"),
            ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4"),
            ("Yes.", "Y\u0435s."),
            ("Yes.", (*YES, *YES)),
            (YES, (Message("tool", "Yes."),)),
        ],
    )
    def test_not_where_something_is_seen(self, one, other):
        assert not differ_invisibly(one, other)

    @given(
        st.text("ab e\u0301\u200b\n\u00a0", max_size=150), st.integers(0, 150), st.sampled_from(["\u200b", " \n", "c"])
    )
    def test_alike_wherever_the_difference_is(self, text, at, sign):
        at = min(at, len(text))
        other = text[:at] + sign + text[at:]
        assert differ_invisibly(text, other) == (as_seen(text) == as_seen(other))

    def test_not_where_nothing_differs_at_all(self):
        assert not differ_invisibly("Yes.", YES)


class TestRepeatThePrompt:
    @pytest.mark.parametrize(
        ("prompt", "responses"),
        [
            ("Who wrote it?", ["Who wrote it? Ann.", "\nWho wrote it?\nBo."]),
            ((Message("user", "Who wrote it?"),), ["Who wrote it? Ann.", (Message("assistant", "Who wrote it? Bo."),)]),
            ("\n\nHuman: Hi\n\nAssistant:", ["\n\nHuman: Hi\n\nAssistant: Hello.", "\n\nHuman: Hi\n\nAssistant: Go."]),
            ("Hi", ["Hello.", "User: Hi\nAssistant: Hello."]),
            ("Hi", ["Hello.", "User: Hi\nBot: Hello."]),
            ("Hi", ["### Instruction:\nHi\n\n### Response:\nHello.", "Hello."]),
            ("Hi", ["<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.", "Hello."]),
            ("Hi", ["<s>[INST] Hi [/INST] Hello.", "Hello."]),
            ("Who  wrote it?", ["who wrote\nit? Ann.", "Who wrote it? Bo."]),
            ("Who wrote it?", ["**Who wrote it?**\nAnn.", "\u201cWho wrote it?\u201d Bo."]),
        ],
    )
    def test_where_the_answers_begin_with_it(self, prompt, responses):
        assert repeat_the_prompt(prompt, responses)

    @pytest.mark.parametrize(
        ("prompt", "responses"),
        [
            ("Who wrote it?", ["Who wrote it? Ann.", "Bo."]),
            ("Paris?", ["Paris? Yes.", "Paris? No."]),
            ("Who wrote it?", ["Ann.", "Bo."]),
            ("Write a dialogue.", ["Human beings: a dialogue.", "User: name of the account"]),
            ("Write a page.", ["### Instruction: none\n### Steps", "### Instructions"]),
            (" " * 20, ["A.", "B."]),
            ("*" * 20, ["A.", "B."]),
            ((Message("user", "Who wrote it?"),), [(Message("user", "Who wrote it?"), *YES), "Who wrote it? Bo."]),
        ],
    )
    def test_not_where_one_may_quote_it(self, prompt, responses):
        assert not repeat_the_prompt(prompt, responses)

    @pytest.mark.parametrize("sign", [" ", "\n", "Human: a\n", "<s>", "### Input: \n"])
    def test_reads_a_long_answer_once(self, sign):
        def seconds(n):
            begun = time.process_time()
            repeat_the_prompt("Who wrote it?", [sign * n, "Bo."])
            return time.process_time() - begun

        assert seconds(100_000) < 1


class TestWarnings:
    def test_take_a_text_and_its_turn_for_the_same(self):
        assert list(warnings("Well?", ["Yes.", YES])) == ["identical_pair"]

    def test_tell_the_invisible_from_the_same(self):
        assert list(warnings("Well?", ["Yes.", "Yes. "])) == ["invisible_difference"]
        assert list(warnings("Well?", ["Yes.", "Yes.", "Yes. ", "No."])) == ["identical_pair", "invisible_difference"]

    def test_are_none_for_two_answers(self):
        assert list(warnings("Well?", ["Yes.", "No."])) == []
