"""Downloads are whole or an error, and leave nothing behind."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory

from common.digests import repr_digest
from common.storage import is_full
from common.web.downloads import download
from tests.limits import files_end_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def uploads(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"  # type: ignore[attr-defined]
    return tmp_path / "uploads"


def request(method: str = "GET") -> HttpRequest:
    return RequestFactory().generic(method, "/")


def sent(content: Generator[bytes, None, None], method: str = "GET"):
    return download(request(method), content, file_name="x.jsonl", content_type="application/x-ndjson")


def deleted_files(folder: Path) -> list[str]:
    """What this process holds open of files that have no name any more."""
    found = []
    for fd in Path("/proc/self/fd").iterdir():
        try:
            target = str(fd.readlink())
        except FileNotFoundError:  # the one that lists them
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found


class TestADownload:
    def test_has_its_length_and_digest(self) -> None:
        content = b"one\n" * 200_000
        answer = sent(content[i : i + 1000] for i in range(0, len(content), 1000))

        assert answer["Content-Length"] == "800000"
        assert answer["Repr-Digest"] == repr_digest(hashlib.sha256(content).digest())
        assert answer["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
        assert answer["Content-Disposition"] == 'attachment; filename="x.jsonl"'
        assert answer.getvalue() == content

    def test_may_be_empty(self) -> None:
        answer = sent(piece for piece in ())

        assert (answer["Content-Length"], answer.getvalue()) == ("0", b"")

    def test_is_read_within_a_transaction_that_has_ended(self) -> None:
        inside: list[bool] = []

        def content() -> Generator[bytes, None, None]:
            inside.append(connection.in_atomic_block)
            yield b"x"

        answer = sent(content())

        assert inside == [True]
        assert not connection.in_atomic_block
        assert answer.getvalue() == b"x"

    def test_is_a_file_without_a_name_in_the_uploads_folder(self, uploads: Path) -> None:
        answer = sent(piece for piece in (b"x",))

        assert [path for path in uploads.rglob("*") if path.is_file()] == []
        assert len(deleted_files(uploads)) == 1
        answer.close()
        assert deleted_files(uploads) == []

    def test_can_be_sent_by_the_server_itself(self) -> None:
        assert sent(piece for piece in (b"x",)).file_to_stream.fileno() > 2

    @pytest.mark.parametrize("size", [10, 10_000_000])
    def test_that_breaks_off_is_an_error_and_leaves_nothing(self, size: int, uploads: Path) -> None:
        closed: list[str] = []

        def content() -> Generator[bytes, None, None]:
            try:
                yield b"x" * size
                raise RuntimeError("half-way")
            finally:
                closed.append("closed")

        with pytest.raises(RuntimeError):
            sent(content())
        assert closed == ["closed"]
        assert deleted_files(uploads) == []
        assert not connection.in_atomic_block

    @pytest.mark.parametrize("size", [2_000, 3_000_000])
    def test_finds_the_disk_full_before_the_first_byte(self, size: int, uploads: Path) -> None:
        with files_end_at(1_000), pytest.raises(OSError, match="too large") as raised:
            sent(b"x" * 1000 for _ in range(size // 1000))

        assert is_full(raised.value)
        assert deleted_files(uploads) == []
        assert not connection.in_atomic_block

    def test_reads_nothing_where_the_headers_alone_are_asked_for(self, uploads: Path) -> None:
        def content() -> Generator[bytes, None, None]:
            raise AssertionError("read")
            yield b""

        answer = sent(content(), "HEAD")

        assert (answer.status_code, answer.getvalue()) == (200, b"")
        assert answer["Content-Disposition"] == 'attachment; filename="x.jsonl"'
        assert "Content-Length" not in answer

    def test_is_never_held_in_memory(self) -> None:
        tracemalloc.start()
        answer = sent(b"x" * 1023 + b"\n" for _ in range(64_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert answer["Content-Length"] == str(64_000 * 1024)
        assert peak < 2 << 20
        answer.close()
