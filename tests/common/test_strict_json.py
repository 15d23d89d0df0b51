from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.refusals import Refused
from common.sentences import STRICT_JSON, sentence
from common.strict_json import strict_json


def refused(raw: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        strict_json(raw)
    return caught.value


class TestStrictJson:
    def test_reads_what_is_json(self):
        raw = '{"s": "\\u00e9\\n\u2028\\ud83d\\ude00", "n": [1, -0.0, 1e-400, 2.5e3], "t": true, "z": null}'.encode()
        assert strict_json(raw) == {"s": "é\n\u2028😀", "n": [1, 0, 0, 2500], "t": True, "z": None}

    @pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
    def test_takes_every_64_bit_number(self, number):
        assert strict_json(b"%d" % number) == number

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b'{"a": "caf\xe9"}', "not_utf8"),  # Latin-1
            ('{"a": "日本"}'.encode("shift-jis"), "not_utf8"),
            (b'{"a": "\xc0\xaf"}', "not_utf8"),  # overlong
            (b'{"a": "\xed\xa0\xbd\xed\xb8\x80"}', "not_utf8"),  # CESU-8
            (b'{"a": "\xf4\x90\x80\x80"}', "not_utf8"),  # beyond U+10FFFF
            (b'{"a": "\\ud800"}', "lone_surrogate"),
            (b'{"a": ["\\uDE00\\uD83D"]}', "lone_surrogate"),
            (b'{"\\udbff": 1}', "lone_surrogate"),
            (b'{"a": "x\x00y"}', "nul_character"),
            (b'{"a": "x\\u0000y"}', "nul_character"),
            (b'{"x\\u0000y": 1}', "nul_character"),
            (b'{"a": NaN}', "not_finite"),
            (b"[Infinity]", "not_finite"),
            (b"[-Infinity]", "not_finite"),
            (b"[1e400]", "not_finite"),
            (b"[-1E+400]", "not_finite"),
            (b"9" * 5000, "out_of_range"),
            (b"9223372036854775808", "out_of_range"),
            (b"-9223372036854775809", "out_of_range"),
            (b'{"a": 1, "a": 1}', "duplicate_key"),
            (b'{"a": {"b": 1, "\\u0062": 2}}', "duplicate_key"),
            (b'{"a": 1,}', "not_json"),
            (b"[1,]", "not_json"),
            (b'{"a": 1} // no', "not_json"),
            (b"{'a': 1}", "not_json"),
            (b'{"a": "x\ty"}', "not_json"),
            (b'{"a": 1}{"b": 2}', "not_json"),
            (b'{"a": 1}\r{"b": 2}', "not_json"),
            (b'{"a": 1}\r', "not_json"),
            (b'{"a": "stops in the mi', "not_json"),
            (b'{"a": "stops \\', "not_json"),
            (b'{"a": 01}', "not_json"),
            (b'{"a": +1}', "not_json"),
            (b'{"a": .5}', "not_json"),
            (b'{"a": 1.}', "not_json"),
            (b'{"a": 0x10}', "not_json"),
            ('{"a": ١٢}'.encode(), "not_json"),
            (b'{"a": "\\x41"}', "not_json"),
            (b'{"a": "\\u12"}', "not_json"),
            (b"\xef\xbb\xbf{}", "not_json"),
            ("{\u00a0}".encode(), "not_json"),
            (b"]", "not_json"),
            (b"", "not_json"),
        ],
    )
    def test_refuses(self, raw, code):
        assert refused(raw).code == code

    @pytest.mark.parametrize(
        ("raw", "code", "path"),
        [
            (b'{"a": [1, {"b": 1, "b": 2}]}', "duplicate_key", "$.a[1]"),
            (b'{"a": 1, "a": 2}', "duplicate_key", "$"),
            (b'{"c": {"x\\ud83d\\ude00": 1, "x\\ud83d\\ude00": 2}}', "duplicate_key", "$.c"),
            (b'{"a": {"b": [0, 1e400]}}', "not_finite", "$.a.b[1]"),
            (b'{"two words": NaN}', "not_finite", '$["two words"]'),
            (b'[0, {"n": 99999999999999999999}]', "out_of_range", "$[1].n"),
            (b'{"n": 1, "m": {' + b", ".join(b'"%d": 0' % n for n in range(257)) + b"}}", "too_many_keys", "$.m"),
        ],
    )
    def test_says_where(self, raw, code, path):
        assert (refused(raw).code, refused(raw).path) == (code, path)

    def test_says_where_two_keys_became_one(self):
        with pytest.raises(Refused) as caught:
            strict_json(b'{"a": {"x\\u0000": 1, "x\\ufffd": 2}}', on_nul="replace")
        assert (caught.value.code, caught.value.path) == ("duplicate_key", "$.a")

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b'{"a": "caf\xe9"}', "Byte 0xE9 at offset 10 is not UTF-8."),
            (b'{"a": 1}\r', "A carriage return is at column 9; end each line with a line feed."),
            (b'"x\x00y"', "A NUL character is at column 3."),
            (b'"x\\u0000y"', "A text holds the NUL character."),
            (b"[" * 33, "The line is nested more than 32 levels deep at byte 33."),
            (b'{"a": 1, "a": 1}', 'The key "a" occurs twice in one object.'),
            (b"9" * 30, 'The whole number "99999999999999999999999... does not fit in 64 bits.'),
            (b"1e400", 'The number "1e400" is too large to be finite.'),
            (b"NaN", "NaN is not a number JSON knows."),
            (
                b"",
                "A value is expected at column 1: a text in double quotes, a number, true, false, null, a list or an object.",
            ),
            (b"{a", "A key in double quotes is expected at column 2."),
            (b'{"a" 1}', "A colon is expected at column 6, between a key and its value."),
            (b"[1 2]", r"A comma is expected at column 4; write a double quote inside a text as \"."),
            (
                b'"cut',
                r"The text that begins at column 1 does not end on its line; write a line end inside a text as \n.",
            ),
            (b'"x\ty"', r"A tab or another control character is at column 3; write a tab inside a text as \t."),
            (b'"\\x41"', r"No escape begins with the backslash at column 2; write a backslash inside a text as \\."),
            (b'"\\u12"', r"Four hexadecimal digits are expected after \u at column 3."),
            (b"1 2", "Something follows the value at column 3; write one object a line, and nothing after it."),
        ],
    )
    def test_gives_what_the_sentence_needs(self, raw, words):
        found = refused(raw)
        assert sentence(STRICT_JSON, found.code, found.arguments, found.path) == words

    def test_gives_the_byte_or_the_column(self):
        assert refused(b'{"a": "caf\xe9"}').path == "byte 10"
        assert refused('{"é": 1,}'.encode()).path == "column 9"
        assert refused(b'{"a": ["x\\u0000"]}').path == "$.a[0]"

    def test_replaces_nul_on_request_with_a_warning(self):
        for raw in (b'{"a": "x\x00y"}', b'{"a": "x\\u0000y"}'):
            warnings: list[str] = []
            assert strict_json(raw, on_nul="replace", warnings=warnings) == {"a": "x\ufffdy"}
            assert warnings == ["nul_replaced"]

    def test_leaves_an_escaped_backslash_before_u0000_alone(self):
        assert strict_json(rb'{"a": "\\u0000 \\ud800"}') == {"a": r"\u0000 \ud800"}

    def test_takes_32_levels_and_refuses_33_before_the_parser(self):
        assert strict_json(b"[" * 32 + b"]" * 32)
        assert refused(b"[" * 33 + b"]" * 33).code == "too_deep"
        assert refused(b'{"a":' * 100_000).code == "too_deep"

    def test_counts_no_brackets_inside_strings(self):
        assert strict_json(json.dumps({"a": '[{"\\' * 1000}).encode())

    def test_takes_256_keys_and_refuses_257(self):
        assert strict_json(json.dumps({str(i): i for i in range(256)}).encode())
        assert refused(json.dumps({str(i): i for i in range(257)}).encode()).code == "too_many_keys"

    def test_is_linear_in_unclosed_strings_of_escapes(self):
        assert refused(b"[" * 33 + b'"' + b'\\"' * 500_000 + b"\\").code == "too_deep"
        assert refused(b"{" * 20 + b"}" * 20 + b'"' + b'\\"[' * 300_000 + b"\\").code == "not_json"

    @given(
        st.recursive(
            st.none() | st.booleans() | st.text() | st.integers(-(2**63), 2**63 - 1),
            lambda c: st.lists(c) | st.dictionaries(st.text(), c),
            max_leaves=20,
        )
    )
    def test_reads_any_value_as_the_library_does_or_refuses_it_with_a_code(self, value):
        for ascii_only in (True, False):
            try:
                raw = json.dumps(value, ensure_ascii=ascii_only).encode()
            except UnicodeEncodeError:
                continue
            try:
                found = strict_json(raw)
            except Refused as error:
                code = error.code
                assert code in {"nul_character", "lone_surrogate", "too_deep"}
            else:
                assert found == value

    @given(st.binary(max_size=300))
    def test_never_raises_anything_else(self, raw):
        try:
            strict_json(raw)
        except Refused as error:
            found = error
        else:
            return
        assert found.code in STRICT_JSON
        assert sentence(STRICT_JSON, found.code, found.arguments, found.path).isascii()
