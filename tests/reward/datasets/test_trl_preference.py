import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward.datasets import trl_preference
from reward.datasets.records import Tally
from tests.reward.datasets import cases

CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]


def rows(*records, conversational=False, **options):
    return [json.loads(line) for line in trl_preference.lines(records, conversational=conversational, **options)]


class TestStringRows:
    @pytest.mark.parametrize("consensus", [0, 1])
    @pytest.mark.parametrize("text", cases.TEXTS.values(), ids=cases.TEXTS)
    def test_hold_the_exact_texts_on_the_right_side(self, text, consensus):
        [row] = rows(cases.pair(chosen=text, rejected="other", prompt=text, consensus=consensus))

        assert row == {"prompt": text, "chosen": text, "rejected": "other"}
        assert list(row) == list(trl_preference.COLUMNS)

    @given(st.text(), st.text(), st.text(), st.sampled_from([0, 1]))
    def test_hold_any_text(self, prompt, chosen, rejected, consensus):
        [row] = rows(cases.pair(chosen, rejected, prompt=prompt, consensus=consensus))

        assert row == {"prompt": prompt, "chosen": chosen, "rejected": rejected}

    def test_put_nothing_between_prompt_and_answer_unless_asked(self):
        [plain], [parted] = rows(cases.pair("B", "A")), rows(cases.pair("B", "A"), separator="\n\n")

        assert plain == {"prompt": "Why?", "chosen": "B", "rejected": "A"}
        assert parted == {"prompt": "Why?", "chosen": "\n\nB", "rejected": "\n\nA"}

    def test_refuse_a_conversation(self):
        with pytest.raises(ValueError, match="p-1 is a conversation"):
            rows(cases.pair(prompt=CHAT))


class TestConversationalRows:
    @pytest.mark.parametrize("consensus", [0, 1])
    def test_make_one_turn_of_a_text(self, consensus):
        [row] = rows(cases.pair(consensus=consensus), conversational=True)

        assert row == {
            "prompt": [{"role": "user", "content": "Why?"}],
            "chosen": [{"role": "assistant", "content": "better"}],
            "rejected": [{"role": "assistant", "content": "worse"}],
        }

    def test_keep_the_turns_of_a_conversation(self):
        turns = [{"role": "assistant", "content": "Because."}, {"role": "assistant", "content": "Really."}]

        [row] = rows(cases.pair(prompt=CHAT, chosen=turns), conversational=True)

        assert row["prompt"] == CHAT
        assert row["chosen"] == turns
        assert row["rejected"] == [{"role": "assistant", "content": "worse"}]

    def test_take_no_separator(self):
        [row] = rows(cases.pair(), conversational=True, separator="\n")

        assert row["chosen"][0]["content"] == "better"


class TestCanBeString:
    def test_is_so_for_three_texts(self):
        assert trl_preference.can_be_string(cases.pair("", ""))

    @pytest.mark.parametrize("part", ["prompt", "chosen", "rejected"])
    def test_is_not_so_where_one_is_a_conversation(self, part):
        assert not trl_preference.can_be_string(cases.pair(**{part: [{"role": "user", "content": "Why?"}]}))


class TestSelection:
    ALL = (
        cases.pair("one"),
        cases.pair("two", consensus=1),
        cases.pair(consensus=2),
        cases.pair(consensus=3),
        cases.pair(settled=False),
        cases.pair("gold", gold="b"),
    )

    def test_writes_settled_pairs_with_a_better_side_and_counts_the_others(self):
        tally = Tally()

        written = rows(*self.ALL, tally=tally)

        assert [row["chosen"] for row in written] == ["one", "two"]
        assert tally.as_dict() == {
            "pairs": 6,
            "settled": 4,
            "preferred": 2,
            "ties": 1,
            "both_bad": 1,
            "unsettled": 1,
            "gold": 1,
            "rows": 2,
        }

    def test_writes_gold_when_asked_by_what_was_said_of_it(self):
        assert [row["chosen"] for row in rows(*self.ALL, include_gold=True)] == ["one", "two", "gold"]

    @pytest.mark.parametrize("include_gold", [False, True])
    def test_is_known_beforehand(self, include_gold):
        for record in self.ALL:
            expected = trl_preference.is_row(record, include_gold=include_gold)
            assert bool(rows(record, include_gold=include_gold)) == expected

    def test_does_not_ask_the_form_of_pairs_that_make_no_row(self):
        assert rows(cases.pair(prompt=CHAT, consensus=2)) == []


class TestStreaming:
    def test_reads_no_further_than_it_has_written(self):
        read = []

        def records():
            for k in range(10):
                read.append(k)
                yield cases.pair(str(k))

        next(trl_preference.lines(records(), conversational=False))

        assert read == [0]

    def test_takes_the_memory_of_one_row_for_two_hundred_megabytes(self):
        text = "x" * 100_000
        records = (cases.pair(text, f"{k}", prompt=text) for k in range(1_000))
        tracemalloc.start()

        size = sum(len(line) for line in trl_preference.lines(records, conversational=False))

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 200_000_000
        assert peak < 5_000_000
