"""Exports of datasets by the API."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from itertools import islice

import pytest
from django.db import OperationalError, connection

from annotation.formats import native
from annotation.formats.records import PairRecord
from annotation.formats.registry import WRITTEN
from annotation.models import Import
from common.db.snapshots import MOST_LARGE_READS
from common.digests import repr_digest
from tests.annotation.api.client import Api, Site, codes, judged
from tests.limits import files_end_at, places_taken
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
        assert (
            answer["Concord-Manifest"]
            == "/api/v1/projects/sky/export/manifest?format=trl-preference&adjudicated=ignore"
        )
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cache-Control"] == "no-store"

    def test_smooths_soft_labels_and_no_others(self, site: Site, api: Api) -> None:
        judged(site.project, 3)

        answer = api.get("projects/sky/export", {"format": "soft", "label_smoothing": "0.05"})
        assert answer.status_code == 200
        assert answer["Concord-Manifest"].endswith("format=soft&adjudicated=ignore&label_smoothing=0.05")
        for format, share, code in (
            ("raw", "0.05", "bad_value"),
            ("soft", "0.6", "out_of_range"),
            *(("soft", share, "bad_value") for share in ("nan", "-0.1", "1e-3", "")),
        ):
            answer = api.get("projects/sky/export", {"format": format, "label_smoothing": share})
            assert answer.status_code == 400
            assert codes(answer) == [("?label_smoothing", code)], (format, share)

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

            assert answer["Repr-Digest"] == repr_digest(hashlib.sha256(content).digest())
            assert answer["Content-Length"] == str(len(content))
            manifest = api.client.get(answer["Concord-Manifest"]).json()
            assert manifest["repr_digest"] == answer["Repr-Digest"]
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
        assert "Content-Length" not in answer
        assert answer["Content-Disposition"].startswith("attachment")

    @pytest.mark.django_db(transaction=True)
    def test_has_ended_its_snapshot_before_the_first_byte(self, site: Site, api: Api) -> None:
        import_lines(site.project, [pair(f"p{i}", prompt="x" * 20_000) for i in range(40)])

        answer = api.get("projects/sky/export", {"format": "raw"})

        assert not connection.in_atomic_block
        assert int(answer["Content-Length"]) == len(answer.getvalue()) > 800_000

    @pytest.mark.parametrize("path", ["projects/sky/export", "projects/sky/export/manifest"])
    @pytest.mark.django_db(transaction=True)
    def test_waits_its_turn(self, path: str, site: Site, api: Api) -> None:
        judged(site.project, 4)
        with places_taken(MOST_LARGE_READS):
            answer = api.get(path, {"format": "raw"})
            assert (answer.status_code, answer["Retry-After"], answer.json()["type"]) == (
                503,
                "10",
                "urn:concord:problem:busy",
            )
            assert answer["Content-Type"] == "application/problem+json"
        with places_taken(MOST_LARGE_READS - 1):
            assert api.get(path, {"format": "raw"}).status_code == 200

    def test_that_breaks_off_is_an_error_and_no_short_file(
        self, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        judged(site.project, 4)

        def cut(records: Iterator[PairRecord]) -> Iterator[bytes]:
            yield from (native.json_line(record) for record in islice(records, 2))
            raise OperationalError("terminating connection due to idle-in-transaction timeout")

        monkeypatch.setitem(WRITTEN, "raw", dataclasses.replace(WRITTEN["raw"], write_pairs=cut))
        answer = api.get("projects/sky/export", {"format": "raw"})

        assert (answer.status_code, answer.json()["type"]) == (503, "urn:concord:problem:unavailable")

    def test_without_room_on_the_disk_says_so(self, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        judged(site.project, 40)
        with files_end_at(1024):
            answer = api.get("projects/sky/export", {"format": "raw"})
        assert (answer.status_code, answer.json()["type"]) == (507, "urn:concord:problem:disk_full")
        assert "no room left" in answer.json()["detail"]

        assert api.get("projects/sky/export", {"format": "raw"}).status_code == 200
