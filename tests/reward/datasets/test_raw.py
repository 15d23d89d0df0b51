import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from annotation.formats.native import native_record, read_native
from annotation.formats.records import PairLine
from reward.datasets import raw
from reward.datasets.records import PairRecord, Response, Tally
from tests.reward.datasets import cases

NATIVE = {
    "id": "pair/7",
    "prompt": [{"role": "user", "content": "Why?\u2028"}],
    "response_a": {"model": "m", "text": "one\ntwo"},
    "response_b": {"model": "n", "text": [{"role": "assistant", "content": ""}]},
    "language": "he",
    "tags": ["code", "short"],
    "author": "Alice",
    "gold": "both_bad",
    "judgements": [
        {"annotator": "Bob", "verdict": "a", "shown_first": "b", "strength": 3, "confidence": 0.5, "seconds": 0.0},
        {"annotator": "Carol", "verdict": "tie", "reason": "same", "at": "2026-07-13T16:20:00Z"},
    ],
}


def record_of(line):
    """The writer's record of a native line."""
    return PairRecord(
        external_id=line["id"],
        prompt=line["prompt"],
        first=Response(**line["response_a"]),
        second=Response(**line["response_b"]),
        language=line["language"],
        tags=tuple(line["tags"]),
        author=line["author"],
        gold=line["gold"],
        judgements=line["judgements"],
    )


class TestRaw:
    def test_gives_back_the_line_it_came_from(self):
        [written] = raw.lines([record_of(NATIVE)])

        assert json.loads(written) == NATIVE
        assert list(json.loads(written)) == list(NATIVE)

    def test_says_nothing_of_what_is_not_known(self):
        [written] = raw.lines([cases.pair()])

        assert sorted(json.loads(written)) == ["id", "prompt", "response_a", "response_b"]

    @pytest.mark.parametrize("text", cases.TEXTS.values(), ids=cases.TEXTS)
    def test_is_read_again_as_the_same_content(self, text):
        line = {**NATIVE, "prompt": text, "response_a": {"model": "m", "text": text}}
        before = native_record(line, line=1)

        again = list(read_native(io.BytesIO(b"".join(raw.lines([record_of(line)]))), on_nul="replace"))

        [pair] = again
        assert isinstance(pair, PairLine)
        assert pair.judgements == before.judgements
        if "\x00" not in text:
            assert pair.content_hash == before.content_hash
            assert (pair.language, pair.tags, pair.author) == (before.language, before.tags, before.author)

    def test_writes_every_pair_and_counts_what_they_are(self):
        tally = Tally()
        records = [cases.pair(), cases.pair(consensus=2), cases.pair(gold="a"), cases.pair(settled=False)]

        assert len(list(raw.lines(records, tally=tally))) == 4
        assert tally.as_dict()["rows"] == tally.as_dict()["pairs"] == 4
        assert tally.as_dict()["gold"] == 1

    @pytest.mark.parametrize(
        "at",
        [datetime(2026, 7, 13, 16, 20, tzinfo=UTC), datetime(2026, 7, 13, 18, 20, tzinfo=timezone(timedelta(hours=2)))],
    )
    def test_writes_moments_in_utc(self, at):
        [written] = raw.lines([cases.pair(judgements=[{"annotator": "Bob", "verdict": "a", "at": at}])])

        assert json.loads(written)["judgements"][0]["at"] == "2026-07-13T16:20:00Z"

    @pytest.mark.parametrize(
        ("judgement", "said"),
        [
            ({"annotator": "Bob", "verdict": "left"}, "unknown"),
            ({"annotator": "Bob"}, "no verdict"),
            ({"verdict": "a"}, "no annotator"),
            ({"annotator": "Bob", "verdict": "a", "surplus": True}, "no field 'surplus'"),
            ({"annotator": "Bob", "verdict": "a", "at": datetime(2026, 7, 13)}, "no offset"),
        ],
    )
    def test_refuses_a_judgement_that_an_import_would_refuse(self, judgement, said):
        with pytest.raises(ValueError, match=said):
            list(raw.lines([cases.pair(judgements=[judgement])]))
