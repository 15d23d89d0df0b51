"""``render``: the HTML that pages show for a text."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from common.rendering.markdown import render


def printed(*words: str) -> str:
    out = io.StringIO()
    call_command("render", *words, stdout=out)
    return out.getvalue()


class TestRender:
    def test_prints_what_pages_show(self, tmp_path: Path) -> None:
        text = "# Title\n\n*Energy* is $E = mc^2$ <b>\r\nשלום"
        file = tmp_path / "text.md"
        file.write_bytes(text.encode())

        assert printed(str(file)) == render(text)

    def test_reads_the_text_in_its_language(self, tmp_path: Path) -> None:
        file = tmp_path / "text.md"
        file.write_text("npm install react עם הגרסה", encoding="utf-8")

        assert printed(str(file)).startswith('<p dir="ltr">')
        assert printed("--language", "he", str(file)).startswith('<p dir="rtl">')

    def test_drops_the_mark_that_begins_some_files(self, tmp_path: Path) -> None:
        file = tmp_path / "text.md"
        file.write_bytes(b"\xef\xbb\xbf# Title")

        assert "<h3" in printed(str(file))

    def test_says_which_byte_is_not_utf_8(self, tmp_path: Path) -> None:
        file = tmp_path / "text.md"
        file.write_bytes(b"caf\xe9")

        with pytest.raises(CommandError, match="is not UTF-8: byte 3 does not fit"):
            printed(str(file))

    def test_says_why_a_file_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be read: No such file"):
            printed(str(tmp_path / "none.md"))
        with pytest.raises(CommandError, match="cannot be read: Is a directory"):
            printed(str(tmp_path))
