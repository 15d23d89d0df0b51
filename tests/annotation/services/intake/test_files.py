"""Files that are taken up, and those that cannot be read."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from annotation.models import (
    Import,
    Pair,
    Project,
    Prompt,
)
from annotation.pages.jobs import message
from annotation.services.intake import imports
from annotation.services.intake.uploads import TooLarge
from tests.annotation.formats.lines import pair
from tests.annotation.services.importing import codes, done, file_of, import_lines, send

pytestmark = pytest.mark.usefixtures("sound_afterwards")


class TestStart:
    def test_keeps_the_file_under_a_new_name(self, project: Project, uploads: Path) -> None:
        run = send(project, pair(), file_name="../../etc/pass\x00wd\r\n.jsonl")

        (stored,) = (path for path in uploads.rglob("*") if path.is_file())
        assert stored.read_bytes() == file_of(pair())
        assert uploads / run.stored_as == stored
        assert run.file_name == "pass\ufffdwd\ufffd\ufffd.jsonl"
        assert run.size == stored.stat().st_size
        assert run.sha256 == hashlib.sha256(stored.read_bytes()).hexdigest()
        assert stored.stat().st_mode & 0o077 == 0

    def test_refuses_a_file_above_the_limit_and_keeps_nothing(
        self, project: Project, uploads: Path, settings: Any
    ) -> None:
        settings.IMPORT_MAX_BYTES = 100

        with pytest.raises(TooLarge):
            send(project, pair(), pair(id="p2"))

        assert not [path for path in uploads.rglob("*") if path.is_file()]
        assert Import.objects.count() == 0

    def test_keeps_nothing_of_an_upload_that_was_cut(self, project: Project, uploads: Path) -> None:
        class Cut(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell():
                    raise ConnectionResetError
                return super().read(10)

        with pytest.raises(ConnectionResetError):
            imports.start(project=project, stream=Cut(file_of(pair())), format="native")

        assert not [path for path in uploads.rglob("*") if path.is_file()]

    def test_refuses_a_format_it_does_not_know(self, project: Project) -> None:
        with pytest.raises(imports.UnknownFormat):
            send(project, pair(), format="csv")

    @pytest.mark.parametrize(("raw", "lines"), [(b"{}\n{}", 2), (b"{}\n{}\n", 2), (b"{}", 1)])
    def test_counts_the_lines_for_the_bar(self, project: Project, raw: bytes, lines: int) -> None:
        run = imports.start(project=project, stream=io.BytesIO(raw), format="native")

        run.job.refresh_from_db()
        assert run.job.total == lines


class TestAFileThatCannotBeRead:
    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "empty"),
            (b" \n\n \n", "blank"),
            (b"[]\n", "array"),
            (b"PAR1xxxx", "Parquet"),
            (b"\xff\xfe{\x00", "UTF-8"),
        ],
    )
    def test_fails_the_job_with_a_reason(self, project: Project, raw: bytes, words: str) -> None:
        job = done(imports.start(project=project, stream=io.BytesIO(raw), format="native"))

        assert job.state == "failed"
        assert words in message(job)

    @pytest.mark.parametrize(
        "name", ["lines.csv", "folder.jsonl/LINES.CSV", "lines.jsonl.gz", "lines.parquet", "a.xlsx"]
    )
    def test_by_its_name_fails_the_job(self, project: Project, name: str) -> None:
        job = done(send(project, pair(), file_name=name))

        assert (job.state, Pair.objects.count()) == ("failed", 0)
        assert "name ends in" in message(job)

    @pytest.mark.parametrize(
        "name", ["", "lines", "lines.json", "lines.jsonl", "lines.ndjson", "lines.txt", "csv", ".csv"]
    )
    def test_is_none_by_other_names(self, project: Project, name: str) -> None:
        assert import_lines(project, pair(), file_name=name)["accepted"] == 1

    def test_because_it_is_gone_fails_the_job(self, project: Project) -> None:
        run = send(project, pair())
        default_storage.delete(run.stored_as)

        assert "send it again" in message(done(run))


class TestNul:
    line = json.dumps(pair(prompt="a\0b")).encode()

    def test_quarantines_the_line(self, project: Project) -> None:
        assert codes(import_lines(project, self.line)) == [(1, "nul_character")]

    def test_is_replaced_where_asked_for(self, project: Project) -> None:
        report = import_lines(project, self.line, on_nul="replace")

        assert [warned["code"] for warned in report["warnings"]] == ["nul_replaced"]
        assert Prompt.objects.get().content == "a\ufffdb"
