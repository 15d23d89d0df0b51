from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.jsonlines import lines
from annotation.formats.problems import MAX_LINE, FileRefused
from annotation.formats.records import Problem


def split(raw: bytes) -> list[tuple[int, bytes] | Problem]:
    return list(lines(io.BytesIO(raw)))


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


class TestAFileThatIsNoLines:
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"id,prompt,response_a\n1,x,y\n", "table"),
            (b'"id";"prompt";"answer text"\n', "table"),
            (b"id\tprompt\n", "table"),
            (b'{\n  "id": "1",\n  "prompt": "x"\n}\n', "object_over_lines"),
            (b'\n{\n\n "id": "1"}\n', "object_over_lines"),
        ],
    )
    def test_is_refused_whole(self, raw, reason):
        with pytest.raises(FileRefused) as caught:
            list(lines(io.BytesIO(raw)))
        assert (caught.value.code, caught.value.arguments["reason"]) == ("wrong_format", reason)

    @pytest.mark.parametrize("raw", [b"{\n{}\n", b'{\n{"id": "1"}', b"nonsense\n{}\n", b"a, b and c.\n", b'{"a": 1}\n'])
    def test_is_read_line_by_line_where_that_is_not_certain(self, raw):
        assert [number for number, _ in lines(io.BytesIO(raw))] == list(range(1, raw.rstrip().count(b"\n") + 2))
