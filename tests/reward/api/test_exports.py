"""Exports of datasets by the API."""

from __future__ import annotations

import gc
import hashlib
import json
import tracemalloc
from collections.abc import Iterator

import pytest
from django.db import connection

from annotation.formats.registry import WRITTEN
from annotation.models import Import
from reward.api import exports as api_exports
from tests.annotation.api.client import Api, Site, codes, judged
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


class TestAnExport:
    def test_is_a_download_of_lines(self, site: Site, api: Api) -> None:
        judged(site.project, 4)

        answer = api.get("projects/sky/export", {"format": "trl-preference"})

        assert answer.streaming
        rows = [json.loads(line) for line in answer.getvalue().splitlines()]
        assert [row["chosen"] for row in rows] == [
            "first answer to p0",
            "second answer to p1",
            "first answer to p2",
        ]
        assert answer["Content-Type"] == "application/x-ndjson; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="sky-trl-preference.jsonl"'
        assert answer["Concord-Manifest"] == "/api/v1/projects/sky/export/manifest?format=trl-preference"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cache-Control"] == "no-store"

    def test_raw_comes_back_unchanged(self, site: Site, api: Api) -> None:
        judged(site.project, 3)
        import_lines(site.project, [pair("gold", gold="a"), pair("open")])
        lines = api.get("projects/sky/export", {"format": "raw"}).getvalue()

        from io import BytesIO

        from annotation.services import jobs
        from annotation.services.intake import imports

        run = imports.start(project=site.project, stream=BytesIO(lines), format="native")
        jobs.run(run.job_id)
        run = Import.objects.get(pk=run.pk)
        assert (run.unchanged, run.accepted, run.quarantined) == (5, 0, 0)

    def test_is_what_its_manifest_says(self, site: Site, api: Api) -> None:
        judged(site.project, 4)
        for name in WRITTEN:
            answer = api.get("projects/sky/export", {"format": name})
            content = answer.getvalue()

            manifest = api.client.get(answer["Concord-Manifest"]).json()
            assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
            assert (manifest["rows"], manifest["bytes"]) == (content.count(b"\n"), len(content))
            assert (manifest["format"], manifest["project"]) == (name, "sky")

    @pytest.mark.parametrize("query", ["", "?format=", "?format=csv", "?format=raw&format=raw", "?format=raw&name=x"])
    def test_wants_a_format_that_there_is(self, api: Api, query: str) -> None:
        for path in ("projects/sky/export", "projects/sky/export/manifest"):
            answer = api.get(path + query)
            assert answer.status_code == 400
            assert codes(answer)[0][0] in {"?format", "?name"}

    def test_gives_its_headers_alone_without_reading(self, site: Site, api: Api) -> None:
        judged(site.project, 2)
        answer = api.request("HEAD", "projects/sky/export?format=raw")

        assert (answer.status_code, answer.getvalue()) == (200, b"")
        assert answer["Content-Disposition"].startswith("attachment")

    @pytest.mark.django_db(transaction=True)
    def test_leaves_nothing_open_when_its_reader_goes(self, site: Site, api: Api) -> None:
        import_lines(site.project, [pair(f"p{i}", prompt="x" * 20_000) for i in range(40)])
        gc.disable()  # what waits for the collector would be closed at any time, in anybody's transaction
        try:
            answer = api.get("projects/sky/export", {"format": "raw"})
            assert len(next(iter(answer.streaming_content))) >= 65_536
            assert connection.in_atomic_block
            answer.close()
            assert not connection.in_atomic_block
        finally:
            gc.enable()

    def test_is_sent_in_pieces_and_never_held(self) -> None:
        def lines() -> Iterator[bytes]:
            for _ in range(64_000):
                yield b"x" * 1023 + b"\n"

        tracemalloc.start()
        sizes = [len(piece) for piece in api_exports.pieces(lines())]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert sum(sizes) == 64_000 * 1024
        assert max(sizes) <= 66_560
        assert peak < 1 << 20
