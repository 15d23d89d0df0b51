import json

import pytest

from reward.datasets.records import Kind, PairRecord, Response, Tally, kind, line
from tests.reward.datasets import cases


class TestPairRecord:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"consensus": 4}, "no verdict"),
            ({"consensus": -2}, "no verdict"),
            ({"consensus": -1, "settled": True}, "without a consensus"),
            ({"gold": "first"}, "gold 'first'"),
        ],
    )
    def test_refuses_what_cannot_be(self, values, said):
        with pytest.raises(ValueError, match=said):
            PairRecord("p", "", Response("m", ""), Response("n", ""), **values)


class TestKind:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"consensus": 0}, Kind.PREFERRED),
            ({"consensus": 1}, Kind.PREFERRED),
            ({"consensus": 2}, Kind.TIE),
            ({"consensus": 3}, Kind.BOTH_BAD),
            ({"consensus": 0, "settled": False}, Kind.UNSETTLED),
            ({"consensus": -1, "settled": False}, Kind.UNSETTLED),
            ({"consensus": 0, "gold": "a"}, Kind.GOLD),
        ],
    )
    def test_is_the_first_that_holds(self, values, expected):
        assert kind(cases.pair(**values)) is expected

    def test_takes_gold_for_what_was_said_of_it_when_asked(self):
        assert kind(cases.pair(gold="b"), include_gold=True) is Kind.PREFERRED


class TestTally:
    def test_adds_up(self):
        tally = Tally()
        for values in ({}, {"consensus": 2}, {"consensus": 3}, {"settled": False}, {"gold": "a"}, {"consensus": 1}):
            tally.add(cases.pair(**values))

        counted = tally.as_dict()

        assert counted["pairs"] == counted["settled"] + counted["unsettled"] + counted["gold"] == 6
        assert counted["settled"] == counted["preferred"] + counted["ties"] + counted["both_bad"] == 4


class TestLine:
    @pytest.mark.parametrize("text", cases.TEXTS.values(), ids=cases.TEXTS)
    def test_is_one_line_that_reads_back_exactly(self, text):
        written = line({"text": text})

        assert written.count(b"\n") == 1
        assert written.endswith(b"}\n")
        assert b"\r" not in written
        assert json.loads(written) == {"text": text}

    def test_writes_letters_and_not_escapes(self):
        assert "é\u2028ש".encode() in line({"text": "é\u2028ש"})

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
    def test_refuses_what_json_in_utf8_cannot_hold(self, value):
        with pytest.raises(ValueError):
            line({"value": value})
