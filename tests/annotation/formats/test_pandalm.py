from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats import pandalm
from annotation.formats.problems import FileRefused
from annotation.formats.records import PairRecord, Problem, RecordLine
from annotation.formats.registry import READERS
from annotation.pages.import_sentences import MEANINGS, sentence
from annotation.vocabulary import Verdict


def element(**changes):
    value = {
        "idx": 7,
        "motivation_app": "Mail",
        "cmp_key": "tiny-1b_big-2.0b",
        "instruction": "Say hello.",
        "input": "",
        "response1": "Hello",
        "response2": "Hi",
        "annotator1": 1,
        "annotator2": 2,
        "annotator3": 0,
    }
    value.update(changes)
    return {key: found for key, found in value.items() if found is not ...}


def read(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(pandalm.read(io.BytesIO(raw)))


class TestAnElement:
    def test_becomes_a_pair_with_three_judgements(self):
        (item,) = read([element()])
        line = item.record

        assert (item.line, line.external_id, line.prompt, line.tags) == (1, "7", "Say hello.", ("Mail",))
        assert (line.first.model, line.first.content) == ("tiny-1b", "Hello")
        assert (line.second.model, line.second.content) == ("big-2.0b", "Hi")
        assert [(j.annotator, j.verdict) for j in line.judgements] == [
            ("annotator1", Verdict.FIRST),
            ("annotator2", Verdict.SECOND),
            ("annotator3", Verdict.TIE),
        ]
        assert {j.shown_first for j in line.judgements} == {None}

    def test_has_its_input_below_a_blank_line(self):
        assert read([element(input="Now.")])[0].record.prompt == "Say hello.\n\nNow."

    @pytest.mark.parametrize(("given", "text"), [(True, "true"), (False, "false"), (5, "5"), (1.5, "1.5")])
    def test_has_a_scalar_response_as_its_json_text(self, given, text):
        (line,) = read([element(response1=given)])
        assert line.record.first.content == text
        assert line.warnings == ("scalar_as_text",)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"cmp_key": "one"}, "ambiguous_models"),
            ({"cmp_key": "my_model_b"}, "ambiguous_models"),
            ({"cmp_key": "_b"}, "ambiguous_models"),
            ({"cmp_key": 3}, "wrong_type"),
            ({"idx": "7"}, "wrong_type"),
            ({"idx": True}, "wrong_type"),
            ({"annotator2": 3}, "bad_value"),
            ({"annotator2": "1"}, "wrong_type"),
            ({"annotator2": True}, "wrong_type"),
            ({"annotator3": ...}, "missing_field"),
            ({"response1": None}, "missing_field"),
            ({"response1": ["x"]}, "wrong_type"),
            ({"instruction": ...}, "missing_field"),
            ({"instruction": "x" * 262_145}, "text_too_long"),
            ({"instruction": "x" * 262_144, "input": "y"}, "text_too_long"),
            ({"instruction": "x" * (1 << 20)}, "row_too_large"),
            ({"input": False}, "wrong_type"),
            ({"annotator4": 1}, "unknown_field"),
            ({"response1": "a\0b"}, "nul_character"),
            ({"response1": "\ud800"}, "lone_surrogate"),
        ],
    )
    def test_that_is_wrong_is_quarantined_alone(self, change, code):
        good, bad, after = read([element(), element(**change), element(idx=8)])
        assert isinstance(bad, Problem)
        assert (bad.line, bad.code) == (2, code)
        assert bad.code in MEANINGS
        assert isinstance(good, RecordLine)
        assert isinstance(after, RecordLine)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"idx": "7"}, "$.idx must be a whole number."),
            ({"cmp_key": "one"}, '"one" is not two model names joined by a single underscore.'),
            ({"cmp_key": 3}, "$.cmp_key must be a text."),
            ({"annotator2": 3}, "$.annotator2 is 3; it must be one of 1, 2, 0."),
            ({"annotator3": ...}, "$.annotator3 is missing."),
            ({"response1": None}, "$.response1 is null."),
            ({"instruction": "x" * 262_145}, "The text has 262,145 characters; 262,144 are allowed."),
            ({"instruction": "x" * 262_144, "input": "y"}, "The prompt has 262,147 characters; 262,144 are allowed."),
            ({"instruction": "x" * (1 << 20)}, "The element is longer than 1 MiB (1,048,576 bytes)."),
            (
                {"annotator4": 1},
                'There is no field "annotator4"; the fields here are annotator1, annotator2, annotator3, cmp_key, idx, input, instruction, motivation_app, response1, response2.',
            ),
        ],
    )
    def test_that_is_wrong_has_what_its_sentence_needs(self, change, words):
        (bad,) = read([element(**change)])

        assert sentence(bad.code, bad.arguments, bad.path) == words


class TestTheFile:
    def test_may_be_laid_out_in_any_way(self):
        raw = b"\xef\xbb\xbf\r\n" + json.dumps([element(), element(idx=8)], indent=2).replace("\n", "\r\n").encode()
        assert [line.record.external_id for line in read(raw)] == ["7", "8"]

    def test_may_hold_brackets_in_its_texts(self):
        assert read([element(instruction='}]{["\\')])[0].record.prompt == '}]{["\\'

    @pytest.mark.parametrize(
        "raw", [b"{}", b'{"idx": 1}\n{"idx": 2}', b"[1, 2]", b'["a"]', b"hello", b"[{}", b"[{},", b"[{}{}]", b"[{},]", b"[{}] x", b"x[{}]", b"[,{}]", b"[{}]]", b"]]", b"[{}][{}]"]
    )  # fmt: skip
    def test_that_is_no_array_of_objects_is_refused_before_the_first_record(self, raw):
        with pytest.raises(FileRefused) as caught:
            read(raw)
        assert caught.value.code == "wrong_format"

    @pytest.mark.parametrize("raw", [b"", b"  \n"])
    def test_that_is_empty_is_refused(self, raw):
        with pytest.raises(FileRefused) as caught:
            read(raw)
        assert caught.value.code == "empty_file"

    def test_of_no_elements_has_none(self):
        assert read([]) == []

    @given(
        st.binary(max_size=200)
        | st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", b",", b"\n", b"1"])).map(b"".join)
    )
    def test_of_any_bytes_yields_items_or_is_refused(self, raw):
        try:
            found = read(raw)
        except FileRefused as refused:
            code = refused.code
            assert code in MEANINGS
            return
        assert all(isinstance(item, RecordLine | Problem) for item in found)


@pytest.fixture(scope="module")
def pairs():
    folder = os.environ.get("CONCORD_REFERENCE_DATA")
    if not folder:
        pytest.skip("CONCORD_REFERENCE_DATA is not set")
    with (Path(folder) / "pandalm" / "testset-v1.json").open("rb") as stream:
        return list(READERS["pandalm"](stream))


@pytest.fixture(scope="module")
def records(pairs):
    return [item.record for item in pairs]


@pytest.mark.reference
class TestTheRealFile:
    def test_gives_999_pairs_2997_judgements_and_5_models(self, records):
        assert all(isinstance(record, PairRecord) for record in records)
        assert len(records) == len({p.external_id for p in records}) == 999
        assert sum(len(p.judgements) for p in records) == 2997
        assert len({r.model for p in records for r in (p.first, p.second)}) == 5

    def test_gives_the_published_majorities(self, records):
        majority = Counter(Counter(j.verdict for j in p.judgements).most_common(1)[0][0] for p in records)
        assert majority == {Verdict.TIE: 105, Verdict.FIRST: 422, Verdict.SECOND: 472}

    def test_gives_six_scalar_responses_as_text(self, pairs):
        assert sum("scalar_as_text" in p.warnings for p in pairs) == 6
