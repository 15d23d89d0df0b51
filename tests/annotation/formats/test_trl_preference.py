from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats import trl_preference
from annotation.formats.records import Message, Preference, plain
from tests.annotation.formats.texts import TEXTS

CHAT = (Message("system", "Be brief."), Message("user", "Why?"))


def rows(*preferences, conversational=False):
    return [json.loads(line) for line in trl_preference.write(preferences, conversational=conversational)]


class TestStringRows:
    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_hold_the_exact_texts(self, text):
        [row] = rows(Preference(text, text, "other"))

        assert row == {"prompt": text, "chosen": text, "rejected": "other"}
        assert list(row) == list(trl_preference.COLUMNS)

    @given(st.text(), st.text(), st.text())
    def test_hold_any_text(self, prompt, chosen, rejected):
        [row] = rows(Preference(prompt, chosen, rejected))

        assert row == {"prompt": prompt, "chosen": chosen, "rejected": rejected}

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_are_one_line_each(self, text):
        [line] = trl_preference.write([Preference(text, text, text)], conversational=False)

        assert line.count(b"\n") == 1
        assert line.endswith(b"}\n")
        assert b"\r" not in line

    def test_refuse_a_conversation(self):
        with pytest.raises(ValueError, match="conversation"):
            rows(Preference(CHAT, "better", "worse"))

    def test_refuse_what_utf8_cannot_hold(self):
        with pytest.raises(ValueError):
            rows(Preference("\ud800", "", ""))


class TestConversationalRows:
    def test_make_one_turn_of_a_text(self):
        [row] = rows(Preference("Why?", "better", "worse"), conversational=True)

        assert row == {
            "prompt": [{"role": "user", "content": "Why?"}],
            "chosen": [{"role": "assistant", "content": "better"}],
            "rejected": [{"role": "assistant", "content": "worse"}],
        }

    def test_keep_the_turns_of_a_conversation(self):
        turns = (Message("assistant", "Because."), Message("assistant", "Really."))

        [row] = rows(Preference(CHAT, turns, "worse"), conversational=True)

        assert row["prompt"] == plain(CHAT)
        assert row["chosen"] == plain(turns)
        assert row["rejected"] == [{"role": "assistant", "content": "worse"}]


class TestStreaming:
    def test_reads_no_further_than_it_has_written(self):
        read = []

        def preferences():
            for k in range(10):
                read.append(k)
                yield Preference("", str(k), "")

        next(trl_preference.write(preferences(), conversational=False))

        assert read == [0]

    def test_takes_the_memory_of_one_row_for_two_hundred_megabytes(self):
        text = "x" * 100_000
        preferences = (Preference(text, text, f"{k}") for k in range(1_000))
        tracemalloc.start()

        size = sum(len(line) for line in trl_preference.write(preferences, conversational=False))

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 200_000_000
        assert peak < 5_000_000
