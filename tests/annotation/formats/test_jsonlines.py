from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.jsonlines import lines, strict_json
from annotation.formats.problems import MAX_LINE, FileRefused, LineRefused
from annotation.formats.records import Problem


def split(raw: bytes) -> list[tuple[int, bytes] | Problem]:
    return list(lines(io.BytesIO(raw)))


def refused(raw: bytes) -> LineRefused:
    with pytest.raises(LineRefused) as caught:
        strict_json(raw)
    return caught.value


class Endless:
    """A stream that makes its bytes as they are read."""

    def __init__(self, size: int, end: bytes = b"") -> None:
        self.left, self.end = size, end

    def read(self, n: int) -> bytes:
        if not self.left:
            end, self.end = self.end, b""
            return end
        n = min(n, self.left)
        self.left -= n
        return b"x" * n


class TestLines:
    def test_split_on_line_feed_alone(self):
        text = '{"a": "one\u2028two\u0085three\x1cfour"}\n{"b": 1}\n'.encode()
        assert [raw for _, raw in split(text)] == text.split(b"\n")[:2]

    def test_take_one_carriage_return_off_and_count_blank_lines(self):
        assert split(b"aa\r\n\r\n \nbb") == [(1, b"aa"), (2, b""), (3, b" "), (4, b"bb")]

    def test_strip_the_byte_order_mark_at_the_start_only(self):
        assert split(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}") == [(1, b"{}"), (2, b"\xef\xbb\xbf{}")]

    @pytest.mark.parametrize("extra", [b"", b"\n", b"\r\n"])
    def test_take_a_line_of_exactly_one_mebibyte(self, extra):
        assert split(b"x" * MAX_LINE + extra) == [(1, b"x" * MAX_LINE)]

    @pytest.mark.parametrize("size", [MAX_LINE + 1, MAX_LINE + 2, 3 * MAX_LINE])
    def test_quarantine_a_longer_one_and_go_on(self, size):
        too_large, following = split(b"x" * size + b"\n{}")
        assert isinstance(too_large, Problem)
        assert (too_large.line, too_large.code) == (1, "row_too_large")
        assert 0 < len(too_large.raw) <= 4096
        assert following == (2, b"{}")

    def test_hold_no_more_than_a_line_of_a_file_without_line_ends(self):
        stream = Endless(64 << 20, b"\n{}")
        tracemalloc.start()
        try:
            found = list(lines(stream))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert [f.code if isinstance(f, Problem) else f for f in found] == ["row_too_large", (2, b"{}")]
        assert peak < 6 << 20

    @given(st.binary(max_size=200))
    def test_of_any_bytes_join_to_the_file_again(self, raw):
        try:
            found = split(b"xx" + raw + b"\n")
        except FileRefused:
            return
        ended = b"xx" + raw + b"\n"
        assert [line for _, line in found] == [part.removesuffix(b"\r") for part in ended.split(b"\n")[:-1]]


class TestAFileThatIsRefused:
    @pytest.mark.parametrize("raw", [b"", b"\n", b"{", b" ", b"\n \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
    def test_is_empty(self, raw):
        with pytest.raises(FileRefused) as caught:
            split(raw)
        assert caught.value.code == "empty_file"

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_is_not_utf8_as_its_mark_says(self, encoding):
        with pytest.raises(FileRefused) as caught:
            split('{"id": 1}\n'.encode(encoding))
        assert caught.value.code == "not_utf8"

    def test_is_not_utf8_whatever_the_order_of_bytes(self):
        for mark, codec in ((b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")):
            with pytest.raises(FileRefused) as caught:
                split(mark + '{"id": 1}\n'.encode(codec))
            assert caught.value.code == "not_utf8"

    @pytest.mark.parametrize(
        "raw",
        [
            b"PAR1\x15\x04",
            b"\x1f\x8b\x08\x00",
            b"PK\x03\x04\x14",
            b'[{"id": 1}]',
            b" \n\t[\n{}]",
            b"[" + b" " * (2 << 20),
            b"[]",
            b'[{"id": 1}]' + b"\n" * 2000 + b"{}",
            b'[{"id": "]"},\n{"id": 2}]',
            b"[" * 100_000 + b"\n{}",
        ],
    )
    def test_is_another_format(self, raw):
        with pytest.raises(FileRefused) as caught:
            split(raw)
        assert caught.value.code == "wrong_format"

    @pytest.mark.parametrize("first", [b"[1, 2]", b'["]"] ', b"[[[]]]", b" []\r"])
    def test_is_not_one_where_only_the_first_line_is_an_array(self, first):
        assert split(b"\n" + first + b"\n\n{}\n") == [(1, b""), (2, first.removesuffix(b"\r")), (3, b""), (4, b"{}")]


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

    def test_says_at_which_byte_or_column(self):
        assert refused(b'{"a": "caf\xe9"}').path == "byte 10"
        assert refused('{"é": 1,}'.encode()).path == "column 9"
        assert refused(b'{"a": ["x\\u0000"]}').path == "$.a[0]"

    def test_replaces_nul_on_request_and_says_so(self):
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
    def test_reads_any_value_as_the_library_does_or_says_why_not(self, value):
        for ascii_only in (True, False):
            try:
                raw = json.dumps(value, ensure_ascii=ascii_only).encode()
            except UnicodeEncodeError:
                continue
            try:
                found = strict_json(raw)
            except LineRefused as error:
                code = error.code
                assert code in {"nul_character", "lone_surrogate", "too_deep"}
            else:
                assert found == value

    @given(st.binary(max_size=300))
    def test_never_raises_anything_else(self, raw):
        try:
            strict_json(raw)
        except LineRefused as error:
            message = error.message
            assert message.isascii()
