from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.formats import native
from annotation.formats.conversations import ROLES
from annotation.formats.problems import FileRefused
from annotation.formats.records import (
    BlankLine,
    JudgementRecord,
    Message,
    PairRecord,
    Problem,
    PromptRecord,
    RecordLine,
    ResponseRecord,
    content_hash,
)
from annotation.pages.import_sentences import MEANINGS, sentence
from annotation.vocabulary import Verdict

from .lines import dump, judgement, pair, pair_of, prompt, prompt_of, read, read_one


def problem(value, **options) -> tuple[str, str]:
    item = read_one(value, **options)
    assert isinstance(item, Problem), item
    assert item.code in MEANINGS
    return item.code, item.path


def wording(item: Problem) -> str:
    return sentence(item.code, item.arguments, item.path)


class TestAPair:
    def test_is_read_whole(self):
        line = pair(
            prompt=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
            response_b={"model": "beta", "text": [{"role": "assistant", "content": "Because."}]},
            language="en",
            tags=["physics", "kids"],
            author="Erin",
            gold="tie",
            judgements=[
                judgement(
                    verdict="both_bad",
                    shown_first="b",
                    strength=3,
                    confidence=1,
                    reason="Both wrong.",
                    seconds=12.5,
                    at="2026-07-13T18:20:00.250+02:00",
                )
            ],
        )

        assert pair_of(line) == PairRecord(
            external_id="p1",
            prompt=(Message("system", "Be brief."), Message("user", "Why?")),
            first=ResponseRecord("alpha", "Rayleigh scattering."),
            second=ResponseRecord("beta", (Message("assistant", "Because."),)),
            language="en",
            tags=("physics", "kids"),
            author="Erin",
            gold=Verdict.TIE,
            judgements=(
                JudgementRecord(
                    "bob",
                    Verdict.BOTH_BAD,
                    "b",
                    3,
                    1.0,
                    "Both wrong.",
                    12.5,
                    datetime(2026, 7, 13, 16, 20, 0, 250_000, UTC),
                ),
            ),
        )

    def test_without_shown_first_leaves_it_open(self):
        assert pair_of(pair(judgements=[judgement()])).judgements[0].shown_first is None

    @pytest.mark.parametrize("word", ["a", "b", "tie", "both_bad"])
    def test_takes_the_four_verdicts(self, word):
        line = pair_of(pair(gold=word, judgements=[judgement(verdict=word)]))
        assert line.gold is line.judgements[0].verdict is Verdict.from_word(word)

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    @pytest.mark.parametrize("field", ["prompt", "response_a", "response_b"])
    def test_with_a_blank_text_is_taken_with_a_warning(self, field, text):
        line = read_one(pair(**{field: text if field == "prompt" else {"model": "m", "text": text}}))
        assert line.warnings == ("blank_text",)

    @pytest.mark.parametrize("tag", ["ara", "Arabic", "en_US", "english", "zh-", "German (Swiss)"])
    def test_with_a_language_that_is_no_tag_is_taken_with_a_warning(self, tag):
        item = read_one(pair(language=tag))
        assert item.warnings == ("language_tag",)
        assert item.record.language == tag

    @pytest.mark.parametrize(
        "tag", ["", "ar", "zh-Hant-TW", "fil", "es-419", "de-CH-1996", "en-u-ca-buddhist", "x-own"]
    )
    def test_with_a_language_tag_is_taken_without(self, tag):
        assert read_one(pair(language=tag)).warnings == ()

    def test_of_two_equal_texts_is_taken_with_a_warning(self):
        same = {"model": "m", "text": "yes"}
        assert read_one(pair(response_a=same, response_b=same)).warnings == ("identical_pair",)

    @pytest.mark.parametrize("field", ["id", "prompt", "response_a", "response_b"])
    def test_needs_its_fields(self, field):
        assert problem(pair(**{field: ...})) == ("missing_field", f"$.{field}")
        assert problem(pair(**{field: None})) == ("missing_field", f"$.{field}")

    @pytest.mark.parametrize("response", [{"model": "m"}, {"model": "m", "text": None}])
    def test_needs_a_text_in_each_response(self, response):
        assert problem(pair(response_a=response)) == ("missing_field", "$.response_a.text")

    def test_needs_a_message_in_a_conversation(self):
        assert problem(pair(prompt=[])) == ("missing_field", "$.prompt")
        assert problem(pair(prompt=[{"role": "user"}])) == ("missing_field", "$.prompt[0].content")

    @pytest.mark.parametrize(
        "key", ["__proto__", "constructor", "$where", "pk", "project_id", "is_staff", "meta", "ID"]
    )
    def test_has_no_other_fields(self, key):
        assert problem(pair(**{key: 1}))[0] == "unknown_field"
        assert problem(pair(response_a={"model": "m", "text": "t", key: 1}))[0] == "unknown_field"
        assert problem(pair(prompt=[{"role": "user", "content": "c", key: 1}]))[0] == "unknown_field"
        assert problem(pair(judgements=[judgement(**{key: 1})]))[0] == "unknown_field"

    def test_names_an_unknown_field_shortly_whatever_it_is(self):
        code, path = problem(pair(**{"\n\u202e<script>" * 1000: 1}))
        assert code == "unknown_field"
        assert path.isascii()
        assert path.isprintable()
        assert len(path) <= 300

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"id": 5}, "$.id"),
            ({"id": True}, "$.id"),
            ({"prompt": True}, "$.prompt"),
            ({"prompt": {"role": "user", "content": "x"}}, "$.prompt"),
            ({"prompt": ["x"]}, "$.prompt[0]"),
            ({"prompt": [{"role": "user", "content": 5}]}, "$.prompt[0].content"),
            ({"response_a": "text"}, "$.response_a"),
            ({"response_b": {"model": 1, "text": ""}}, "$.response_b.model"),
            ({"response_b": {"model": "m", "text": True}}, "$.response_b.text"),
            ({"language": None}, "$.language"),
            ({"tags": "a"}, "$.tags"),
            ({"tags": [1]}, "$.tags[0]"),
            ({"gold": 0}, "$.gold"),
            ({"gold": None}, "$.gold"),
            ({"judgements": {}}, "$.judgements"),
            ({"judgements": ["a"]}, "$.judgements[0]"),
            ({"judgements": [judgement(strength="2")]}, "$.judgements[0].strength"),
            ({"judgements": [judgement(strength=True)]}, "$.judgements[0].strength"),
            ({"judgements": [judgement(strength=2.0)]}, "$.judgements[0].strength"),
            ({"judgements": [judgement(confidence="0.5")]}, "$.judgements[0].confidence"),
            ({"judgements": [judgement(confidence=True)]}, "$.judgements[0].confidence"),
            ({"judgements": [judgement(seconds="yes")]}, "$.judgements[0].seconds"),
            ({"judgements": [judgement(at=1_700_000_000)]}, "$.judgements[0].at"),
            ({"judgements": [judgement(reason=None)]}, "$.judgements[0].reason"),
        ],
    )
    def test_coerces_nothing(self, change, path):
        assert problem(pair(**change)) == ("wrong_type", path)

    @pytest.mark.parametrize(
        "change",
        [
            {"gold": "A"},
            {"gold": ""},
            {"gold": "first"},
            {"language": "x" * 36},
            {"tags": [""]},
            {"tags": ["x" * 101]},
            {"tags": ["t"] * 65},
            {"author": "\u202eevil"},
            {"author": ""},
            {"response_a": {"model": "", "text": "t"}},
            {"response_a": {"model": "m" * 201, "text": "t"}},
            {"prompt": [{"role": "human", "content": "x"}]},
            *(
                {"judgements": [judgement(**change)]}
                for change in (
                    {"annotator": ""},
                    {"annotator": "x" * 201},
                    {"annotator": "bob\n"},
                    {"verdict": "c"},
                    {"shown_first": "left"},
                    {"strength": 0},
                    {"strength": 4},
                    {"strength": 2**62},
                    {"confidence": 0.49},
                    {"confidence": 1.01},
                    {"confidence": -0.0},
                    {"seconds": -1},
                    {"seconds": 1e300},
                )
            ),
        ],
    )
    def test_has_values_in_their_ranges(self, change):
        assert problem(pair(**change))[0] == "bad_value"

    @pytest.mark.parametrize(
        "at",
        [
            "0000-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-07-13",
            "2026-07-13T16:20:00",
            "2026-07-13T16:20:60Z",
            "2026-07-13T24:20:00Z",
            "2026-07-13T16:20:00+25:00",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "٢٠٢٦-07-13T16:20:00Z",
            " 2026-07-13T16:20:00Z",
            "2026-W29-1T16:20:00Z",
            "now",
            "",
            "9" * 5000,
        ],
    )
    def test_refuses_a_moment_that_is_none(self, at):
        assert problem(pair(judgements=[judgement(at=at)])) == ("bad_value", "$.judgements[0].at")

    @pytest.mark.parametrize(
        ("at", "utc"),
        [
            ("2026-07-13T16:20Z", "2026-07-13T16:20:00+00:00"),
            ("2026-07-14T06:20:00+14:00", "2026-07-13T16:20:00+00:00"),
            ("2024-02-29T00:00:00-00:30", "2024-02-29T00:30:00+00:00"),
        ],
    )
    def test_keeps_moments_in_utc(self, at, utc):
        assert pair_of(pair(judgements=[judgement(at=at)])).judgements[0].at.isoformat() == utc

    @pytest.mark.parametrize("id_", ["x" * 200, "a/b/../c", "📦👩‍👩‍👧", "日本", "CON", "Äx", "trailing ", "0"])
    def test_takes_printable_ids_byte_for_byte(self, id_):
        assert pair_of(pair(id=id_)).external_id == id_

    @pytest.mark.parametrize("id_", ["", " ", "x" * 201, "a\nb", "a\u2028b", "\u202eabc", "a\x1b[31m", "a\x7f"])
    def test_refuses_other_ids(self, id_):
        assert problem(pair(id=id_)) == ("bad_id", "$.id")

    @pytest.mark.parametrize("letter", ["x", "é", "😀"])
    def test_takes_texts_of_262144_characters_and_no_more(self, letter):
        long = letter * 262_144
        if len(long.encode()) < 1_000_000:
            assert pair_of(pair(prompt=long)).prompt == long
            assert problem(pair(prompt=long + "x")) == ("text_too_long", "$.prompt")
        else:
            assert problem(pair(prompt=long))[0] == "row_too_large"

    def test_measures_each_message(self):
        line = pair(response_a={"model": "m", "text": [{"role": "assistant", "content": "x" * 262_145}]})
        assert problem(line) == ("text_too_long", "$.response_a.text[0].content")

    @pytest.mark.parametrize(
        "text",
        [
            "\ufffe\uffff\U0001ffff",  # noncharacters
            "\ue000\U000f0000",  # private use
            "\U000e0041\U000e007f",  # tags
            "👩‍" * 20 + "👩",
            "\ufdfa" * 10_000,
            "Z" + "\u0335\u0489" * 50_000,
            "\u202e\u2066unbalanced",
            "\x1b[31mred\x1b[0m\r\nSet-Cookie: x",
            "e\u0301 \u00e9",
            "\x85\x1c\u2028",
            "Cyrіllic і, zero\u200bwidth",
        ],
    )
    def test_keeps_any_text_as_it_came(self, text):
        for ascii_only in (True, False):
            raw = json.dumps(pair(prompt=text), ensure_ascii=ascii_only).encode()
            assert pair_of(raw).prompt == text


class TestAPromptLine:
    def test_is_told_by_its_responses(self):
        line = prompt_of(prompt(3, tags=["t"], language="sw", author="Erin"))
        assert line == PromptRecord(
            "q1", "Why?", tuple(ResponseRecord(f"m{i}", f"answer {i}") for i in range(3)), "sw", ("t",), "Erin"
        )

    @pytest.mark.parametrize("n", [0, 1])
    def test_needs_two_responses(self, n):
        assert problem(prompt(n)) == ("too_few_responses", "$.responses")

    def test_takes_26_responses_and_no_more(self):
        assert len(prompt_of(prompt(26)).responses) == 26
        assert problem(prompt(27)) == ("too_many_responses", "$.responses")

    @pytest.mark.parametrize("key", ["response_a", "gold", "judgements"])
    def test_has_nothing_of_a_pair(self, key):
        assert problem(prompt(**{key: []})) == ("unknown_field", f"$.{key}")

    def test_needs_a_list(self):
        assert problem(prompt(responses={})) == ("wrong_type", "$.responses")
        assert problem(prompt(responses=None)) == ("missing_field", "$.responses")


class TestAFile:
    def test_keeps_its_good_lines_and_quarantines_the_others_whole(self):
        bad = b'{"id": "x", "prompt": "caf\xe9"}'
        found = read(b"\n".join([dump(pair()), b"  ", bad, dump(prompt()), b"7", b'"x"', b"null", b"[1]"]))

        assert [(type(item), item.line) for item in found[:4]] == [
            (RecordLine, 1),
            (BlankLine, 2),
            (Problem, 3),
            (RecordLine, 4),
        ]
        assert (found[2].code, found[2].path, found[2].raw) == ("not_utf8", "byte 26", bad)
        assert [item.code for item in found[4:]] == ["not_an_object"] * 4

    def test_with_windows_line_ends_and_a_mark_is_read(self):
        raw = b"\xef\xbb\xbf" + dump(pair()) + b"\r\n\r\n" + dump(pair(id="p2")) + b"\r\n"
        assert [type(item) for item in read(raw)] == [RecordLine, BlankLine, RecordLine]

    def test_with_old_mac_line_ends_is_quarantined(self):
        assert problem(dump(pair()) + b"\r" + dump(pair()) + b"\r")[0] == "not_json"

    def test_replaces_nul_on_request(self):
        raw = dump(pair(prompt="a\0b"))
        assert problem(raw) == ("nul_character", "$.prompt")
        line = read_one(raw, on_nul="replace")
        assert (line.record.prompt, line.warnings) == ("a\ufffdb", ("nul_replaced",))

    def test_leaves_equal_ids_to_the_import(self):
        assert [item.record.external_id for item in read(dump(pair()) + b"\n" + dump(pair()))] == ["p1", "p1"]

    @settings(max_examples=300)
    @given(
        st.binary(max_size=400)
        | st.lists(
            st.sampled_from([b"{", b"}", b"[", b'"', b":", b",", b"\\", b"\n", b"\r", b"id", b"1", b"\x00", b" "])
        ).map(b"".join)
    )
    def test_of_any_bytes_yields_items_or_is_refused(self, raw):
        try:
            found = list(native.read(io.BytesIO(raw)))
        except FileRefused as refused:
            code = refused.code
            assert code in MEANINGS
            return
        for item in found:
            assert isinstance(item, RecordLine | Problem | BlankLine)
            assert not isinstance(item, Problem) or (item.code in MEANINGS and wording(item).isascii())

    @settings(max_examples=300)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda c: (
                st.lists(c)
                | st.dictionaries(
                    st.sampled_from(
                        sorted({*pair(), *prompt(), *judgement(), "text", "model", "role", "content", "judgements"})
                    ),
                    c,
                )
            ),
        )
    )
    def test_of_any_json_yields_items(self, value):
        raw = json.dumps(value).encode()
        try:
            (item,) = read(raw)
        except FileRefused:
            return
        assert isinstance(item, RecordLine | Problem)


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cf")), min_size=1, max_size=20).filter(
    str.strip
)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)
conversations = st.lists(st.builds(Message, st.sampled_from(ROLES), texts), min_size=1, max_size=4)
contents = texts | conversations.map(tuple)
responses = st.builds(ResponseRecord, names, contents)
judgements = st.builds(
    JudgementRecord,
    annotator=names,
    verdict=st.sampled_from(Verdict),
    shown_first=st.sampled_from([None, "a", "b"]),
    strength=st.none() | st.integers(1, 3),
    confidence=st.none() | st.floats(0.5, 1),
    reason=texts,
    seconds=st.none() | st.floats(0, 1e6),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
described = {
    "external_id": names,
    "prompt": contents,
    "language": st.just("") | names,
    "tags": st.lists(names, max_size=3).map(tuple),
    "author": st.just("") | names,
}
pairs = st.builds(
    PairRecord,
    **described,
    first=responses,
    second=responses,
    gold=st.none() | st.sampled_from(Verdict),
    judgements=st.lists(judgements, max_size=3).map(tuple),
)
prompts = st.builds(PromptRecord, **described, responses=st.lists(responses, min_size=2, max_size=4).map(tuple))


class TestWhatIsWritten:
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(pairs | prompts, max_size=2))
    def test_is_read_again_as_the_same_records(self, records):
        found = read(b"".join(native.write(records)) + b"\n\n") if records else []

        assert [item.record for item in found if not isinstance(item, BlankLine)] == records

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(pairs | prompts, max_size=2))
    def test_is_one_line_a_record(self, records):
        written = list(native.write(records))

        assert [line.count(b"\n") for line in written] == [1] * len(records)
        assert not any(b"\r" in line for line in written)

    def test_has_the_fields_in_the_order_of_the_documentation(self):
        line = pair(
            language="he", tags=["code"], author="Alice", gold="both_bad", judgements=[judgement(shown_first="b")]
        )

        (written,) = native.write([pair_of(line)])

        assert json.loads(written) == line
        assert list(json.loads(written)) == list(line)

    def test_leaves_out_what_is_not_known(self):
        (written,) = native.write([pair_of(pair(judgements=[judgement()]))])

        assert json.loads(written) == pair(judgements=[judgement()])

    def test_has_letters_and_not_escapes(self):
        assert "é\u2028ש".encode() in native.json_line(pair_of(pair(prompt="é\u2028ש")))

    def test_has_moments_in_utc(self):
        line = pair(judgements=[judgement(at="2026-07-13T18:20:00+02:00")])

        written = json.loads(native.json_line(pair_of(line)))

        assert written["judgements"][0]["at"] == "2026-07-13T16:20:00.000000Z"

    @pytest.mark.parametrize("change", [{"at": datetime(2026, 7, 13)}, {"seconds": float("nan")}, {"reason": "\ud800"}])
    def test_is_never_what_cannot_be_read(self, change):
        record = PairRecord("p", "", ResponseRecord("m", ""), ResponseRecord("n", ""))
        judged = replace(record, judgements=(JudgementRecord("bob", Verdict.FIRST, **change),))

        with pytest.raises(ValueError):
            native.json_line(judged)


class TestAProblem:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (b"77", "The line is a number, not an object."),
            (pair(id=...), "$.id is missing."),
            (pair(id=None), "$.id is null."),
            (pair(prompt=[]), "$.prompt has no message."),
            (pair(id="\n"), "The id is blank; give each line an id of its own."),
            (pair(id="a\nb"), r'The id "a\nb" is not 1 to 200 printable characters.'),
            (pair(id=True), "$.id must be a text, not true."),
            (pair(language=None), "$.language is null; leave it out where there is nothing to say."),
            (pair(language="x" * 36), f'$.language is "{"x" * 36}"; it must be a language tag of at most 35 characters.'),
            (pair(tags=["t"] * 65), '$.tags is "65 tags"; it must be at most 64.'),
            (pair(tags=[""]), '$.tags[0] is ""; it must be 1 to 100 printable characters.'),
            (pair(tags="a"), "$.tags must be a list of texts, not a text."),
            (pair(author=""), "$.author is blank; it must be 1 to 200 printable characters."),
            (pair(prompt=5), "$.prompt must be a text or a list of messages, not a number."),
            (pair(prompt="x" * 262_145), "The text has 262,145 characters; 262,144 are allowed."),
            (pair(unheard=1), 'There is no field "unheard"; the fields here are id, prompt, language, tags, author, response_a, response_b, gold, judgements, adjudication.'),
            (pair(Language="en"), 'There is no field "Language"; write language.'),
            (pair(tools=[]), 'There is no field "tools"; tell annotators in a system message what tools there are, or leave it out.'),
            (pair(winner="model_a"), 'There is no field "winner"; write a verdict as judgements: [{"annotator": "…", "verdict": "a"}].'),
            (pair(id=81), '$.id is the number 81; write it as a text, in quotes: "81".'),
            (pair(prompt=[{"from": "human", "value": "Hi"}]), 'There is no field "from"; write each turn as {"role": "user", "content": "…"}.'),
            (pair(prompt=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]), "$.prompt[0].content is made of parts; write one text: join the texts of the parts, and leave out images and other files."),
            (pair(prompt=[{"role": "user", "content": {"type": "text", "text": "Hi"}}]), "$.prompt[0].content is made of parts; write one text: join the texts of the parts, and leave out images and other files."),
            (pair(prompt=["Hi"]), '$.prompt[0] must be a turn, {"role": "user", "content": "…"}, not a text.'),
            (pair(response_a="Hi"), '$.response_a must be an object, {"model": "…", "text": "…"}, not a text.'),
            ({**prompt(), "responses": ["x", "y"]}, '$.responses[0] must be an object, {"model": "…", "text": "…"}, not a text.'),
            (pair(judgements=["a"]), '$.judgements[0] must be an object, {"annotator": "…", "verdict": "a"}, not a text.'),
            (prompt(gold="a"), 'There is no field "gold" beside responses; write each judged pair on a line of its own, with response_a and response_b.'),
            (prompt(response_a="x"), 'There is no field "response_a" beside responses; write every response in responses, or only response_a and response_b.'),
            (pair(response_a={"model": "m", "Text": "x"}), 'There is no field "Text"; write text.'),
            (pair(responseA={}), 'There is no field "responseA"; write response_a.'),
            (pair(**{"response-b": {}}), 'There is no field "response-b"; write response_b.'),
            (pair(response_a={"model": "m", "text": "x", "tool_calls": []}), 'There is no field "tool_calls"; write the call, for example as JSON, in text: annotators read nothing else.'),
            (pair(judgements=[judgement(annotator=7)]), '$.judgements[0].annotator is the number 7; write it as a text, in quotes: "7".'),
            (pair(images=["a.png"]), 'There is no field "images"; annotators read texts alone: describe it in the text, or leave it out.'),
            (pair(response_a={"role": "assistant", "content": "x"}), 'There is no field "role"; write the turns as text: [{"role": "assistant", "content": "…"}], and the model beside it.'),
            (pair(prompt=[{"role": "Assistant", "content": ""}]), '$.prompt[0].role is "Assistant"; write assistant. The roles are system, user, assistant and tool.'),
            (pair(prompt=[{"role": "critic", "content": ""}]), '$.prompt[0].role is "critic"; write who speaks: system, user, assistant or tool.'),
            (pair(gold="left"), '$.gold is "left"; write a where response_a is better, b where response_b is, else tie or both_bad.'),
            (pair(prompt=[{"role": "human", "content": ""}]), '$.prompt[0].role is "human"; write user. The roles are system, user, assistant and tool.'),
            (pair(judgements=[judgement(strength=4)]), "$.judgements[0].strength is 4; it must be one of 1, 2, 3."),
            (pair(judgements=[judgement(strength=2.5)]), "$.judgements[0].strength must be a whole number, not a number."),
            (pair(judgements=[judgement(confidence=0.25)]), "$.judgements[0].confidence is 0.25; it must be 0.5 to 1."),
            (pair(judgements=[judgement(seconds=-1)]), "$.judgements[0].seconds is -1; it must be 0 to 1,000,000,000."),
            (pair(judgements=[judgement(at="now")]), '$.judgements[0].at is "now"; it must be an ISO 8601 moment with its offset, as 2026-07-13T16:20:00Z.'),
            (pair(id=5.5), '$.id is the number 5.5; write it as a text, in quotes: "5.5".'),
            (pair(response_a={"model": 4.5, "text": "x"}), '$.response_a.model is the number 4.5; write it as a text, in quotes: "4.5".'),
            (pair(respone_a={}), 'There is no field "respone_a"; write response_a.'),
            (pair(judgments=[]), 'There is no field "judgments"; write a verdict as judgements: [{"annotator": "…", "verdict": "a"}].'),
            (pair(judgement_s=[]), 'There is no field "judgement_s"; write judgements.'),
            (pair(prompt=[{"role": "user", "contents": "Hi"}]), 'There is no field "contents"; write content.'),
            (pair(temperature=0.7), 'There is no field "temperature"; leave it out.'),
            (pair(score_a=3), 'There is no field "score_a"; leave it out.'),
            (pair(choices=[]), 'There is no field "choices"; write an answer as response_a or response_b: {"model": "…", "text": "…"}.'),
            (pair(prompt=[{"role": "user", "content": "Hi", "cache_control": {}}]), 'There is no field "cache_control"; leave it out.'),
            (pair(response_a={"model": "m", "text": "x", "usage": {}}), 'There is no field "usage"; leave it out.'),
            (pair(judgements=[judgement(annotator="")]), "$.judgements[0].annotator is blank; it must be 1 to 200 printable characters."),
            (pair(judgements=[judgement(verdict="A")]), '$.judgements[0].verdict is "A"; write a.'),
            (pair(judgements=[judgement(verdict="response_b")]), '$.judgements[0].verdict is "response_b"; write b.'),
            (pair(judgements=[judgement(verdict="tie (bothbad)")]), '$.judgements[0].verdict is "tie (bothbad)"; write both_bad.'),
            (pair(response_b={"model": "Zebra", "text": "x"}, judgements=[judgement(verdict="zebra")]), '$.judgements[0].verdict is "zebra"; write b.'),
            (pair(response_b={"model": "big_model-2", "text": "x"}, judgements=[judgement(verdict="Big model-2")]), '$.judgements[0].verdict is "Big model-2"; write b.'),
            (pair(response_a={"model": "model_b", "text": "x"}, response_b={"model": "model_a", "text": "y"}, judgements=[judgement(verdict="model_a")]), '$.judgements[0].verdict is "model_a"; write a where response_a is better, b where response_b is, else tie or both_bad.'),
            (pair(response_a={"model": "B", "text": "x"}, response_b={"model": "A", "text": "y"}, judgements=[judgement(verdict="A")]), '$.judgements[0].verdict is "A"; write a where response_a is better, b where response_b is, else tie or both_bad.'),
            (pair(response_a={"model": "same", "text": "x"}, response_b={"model": "same", "text": "y"}, judgements=[judgement(verdict="same")]), '$.judgements[0].verdict is "same"; write a where response_a is better, b where response_b is, else tie or both_bad.'),
            (pair(judgements=[judgement(strength="2")]), '$.judgements[0].strength is the text "2"; write 2, without quotes.'),
            (pair(judgements=[judgement(confidence="0.8")]), '$.judgements[0].confidence is the text "0.8"; write 0.8, without quotes.'),
            (pair(judgements=[judgement(confidence=80)]), "$.judgements[0].confidence is 80; write 0.8."),
            (pair(judgements=[judgement(at="2024-02-30T10:00:00Z")]), '$.judgements[0].at is "2024-02-30T10:00:00Z", which the calendar or the clock does not have.'),
            (pair(judgements=[judgement(at="2024-01-31T10:00:00.1234567Z")]), '$.judgements[0].at is "2024-01-31T10:00:00.1234567Z"; write at most six digits of a second.'),
            (pair(judgements=judgement()), "$.judgements is an object; write a list of such objects: [{…}]."),
            (pair(is_gold=True), 'There is no field "is_gold"; write the evident verdict as gold: a, b, tie or both_bad.'),
            (pair(conversation_a=[]), 'There is no field "conversation_a"; write an answer as response_a or response_b: {"model": "…", "text": "…"}.'),
            (pair(notes="x"), 'There is no field "notes"; leave it out.'),
            (pair(id="\u3164"), r'The id "\u3164" is not 1 to 200 printable characters.'),
            (pair(judgements=[judgement(verdict=1)]), "$.judgements[0].verdict is a number; write a where response_a is better, b where response_b is, else tie or both_bad."),
            (pair(judgements=[judgement(strength=1.0)]), "$.judgements[0].strength is 1.0; write 1, without a decimal point."),
            (pair(judgements=[judgement(at=1700000000)]), '$.judgements[0].at is the number 1700000000; write the moment as a text: "2023-11-14T22:13:20Z".'),
            (pair(judgements=[judgement(at=1700000000000)]), '$.judgements[0].at is the number 1700000000000; write the moment as a text: "2023-11-14T22:13:20Z".'),
            (pair(judgements=[judgement(at=5)]), '$.judgements[0].at is the number 5; write an ISO 8601 moment with its offset: "2026-07-13T16:20:00Z".'),
            (pair(prompt=[{"role": 1, "content": ""}]), "$.prompt[0].role is a number; write who speaks: system, user, assistant or tool."),
            (pair(prompt={"role": "user", "content": "Hi"}), '$.prompt is an object; write a text, or a list of turns: [{"role": "user", "content": "…"}].'),
            (pair(prompt=[{"role": "assistant", "content": [{"type": "tool_use", "name": "f"}]}]), "$.prompt[0].content is made of parts, with a tool’s call or result; write one text: join the texts, write a call into it, for example as JSON, and a result as a turn of its own, with role tool."),
            (prompt(1), "The prompt has 1 of the two responses that a pair needs."),
            (prompt(27), "The prompt has 27 responses; 26 are allowed."),
            (pair(judgements=[judgement()] * 501), "The pair has 501 judgements; 500 are allowed."),
            (b"x" * (2 << 20), "The line is longer than 1 MiB (1,048,576 bytes)."),
        ],
    )  # fmt: skip
    def test_has_what_its_sentence_needs(self, value, words):
        item = read_one(value)

        assert isinstance(item, Problem)
        assert wording(item) == words


class TestContentHash:
    def test_ignores_judgements_language_tags_author_and_place(self):
        plain_line = pair_of(pair())
        rich = read(b"\n" + dump(pair(judgements=[judgement()], language="en", tags=["x"], author="E")))[1].record
        assert plain_line.content_hash == rich.content_hash
        assert len(plain_line.content_hash) == 32

    def test_sees_every_part_of_the_content(self):
        a, b = pair()["response_a"], pair()["response_b"]
        variants = [
            pair(),
            pair(prompt="Why is the sky blue? "),
            pair(prompt=[{"role": "user", "content": "Why is the sky blue?"}]),
            pair(response_a=b, response_b=a),
            pair(response_a={**a, "model": "gamma"}),
            pair(response_a={**a, "text": "x"}),
            pair(gold="a"),
            pair(gold="b"),
        ]
        assert len({pair_of(value).content_hash for value in variants}) == len(variants)

    def test_does_not_normalise(self):
        assert pair_of(pair(prompt="é")).content_hash != pair_of(pair(prompt="e\u0301")).content_hash

    def test_of_a_prompt_line_sees_the_order(self):
        one = prompt(2)
        other = {**one, "responses": one["responses"][::-1]}
        assert prompt_of(one).content_hash != prompt_of(other).content_hash

    @given(text=st.text(), model=st.text(), content=st.text(), gold=st.sampled_from([None, *Verdict]))
    def test_is_of_json_as_the_library_writes_it(self, text, model, content, gold):
        def digest(*parts):
            return sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()).digest()

        talk = (Message("user", content), Message("assistant", text))
        told = [["user", content], ["assistant", text]]
        first, second = ResponseRecord(model, text), ResponseRecord("m", talk)
        line = PairRecord("p1", talk, first, second, gold=gold)
        responses = [[model, text], ["m", told]]

        assert content_hash(text) == digest("content", text)
        assert content_hash(talk) == digest("content", told)
        assert line.content_hash == digest("pair", told, responses, None if gold is None else gold.word)
        assert PromptRecord("p1", text, (first, second)).content_hash == digest("prompt_line", text, responses)
