"""Imports by the API."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage

from annotation.models import Import, Job, Pair
from annotation.services import jobs
from annotation.vocabulary import Scope
from tests.annotation.api.client import Api, Site, codes
from tests.limits import files_end_at
from tests.lines import encode, pair

pytestmark = pytest.mark.django_db

LINES = [pair("one"), pair("two", verdicts={"Ann": "a"}), pair("three", gold="tie")]
NDJSON = "application/x-ndjson"


def send(api: Api, body: bytes, query: str = "", content_type: str = NDJSON, **headers: str) -> Any:
    return api.post(f"projects/sky/imports{query}", body, content_type=content_type, **headers)


def raw(api: Api, stream: Any, length: int) -> Any:
    """Send a body as a server passes it on: a stream, and the length that the client claimed."""
    meta = {"wsgi.input": stream, "CONTENT_TYPE": NDJSON, "CONTENT_LENGTH": str(length)}
    return api.client.generic("POST", "/api/v1/projects/sky/imports", **meta)


def work() -> None:
    """Do what a worker does with queued jobs."""
    for number in Job.objects.filter(state="queued").values_list("pk", flat=True):
        jobs.run(number)


class TestSending:
    def test_answers_202_with_the_job(self, site: Site, api: Api) -> None:
        answer = send(api, encode(LINES), "?file_name=a.jsonl")

        assert answer.status_code == 202
        job = answer.json()
        assert (job["kind"], job["state"], job["project"]) == ("import", "queued", "sky")
        assert answer["Location"] == f"/api/v1/jobs/{job['id']}"
        run = Import.objects.get()
        assert (run.job.uuid, run.job.asked_by, run.file_name) == (UUID(job["id"]), site.alice, "a.jsonl")
        assert not Pair.objects.exists(), "a worker stores them, not the request"

    def test_is_done_by_a_worker(self, api: Api) -> None:
        job = send(api, encode(LINES)).json()["id"]
        work()

        done = api.get(f"jobs/{job}").json()
        assert (done["state"], done["result"]["accepted"], done["result"]["pairs"]) == ("done", 3, 3)
        report = api.get(f"projects/sky/imports/{job}").json()
        assert (report["accepted"], report["quarantined"], report["judgements"]) == (3, 0, 1)

    def test_reports_which_lines_were_quarantined_and_why(self, api: Api) -> None:
        body = encode([LINES[0], {"id": "x"}]) + b"nonsense\n" + encode([pair("two") | {"wrong": 1}])
        job = send(api, body).json()["id"]
        work()

        first = api.get(f"projects/sky/imports/{job}", {"limit": "2"}).json()
        rest = api.get(f"projects/sky/imports/{job}", {"limit": "2", "cursor": first["next_cursor"]}).json()

        errors = first["errors"] + rest["errors"]
        assert [(e["line"], e["code"]) for e in errors] == [(2, "missing_field"), (3, "not_json"), (4, "unknown_field")]
        assert [e["message"] for e in errors] == [
            "$.prompt is missing.",
            "A value is expected at column 1: a text in double quotes, a number, true, false, null, a list or an object.",
            'There is no field "wrong"; the fields here are id, prompt, language, tags, author, response_a, response_b, gold, '
            "judgements, adjudication.",
        ]
        assert first["quarantined"] == 3
        assert rest["next_cursor"] is None
        assert api.get(f"jobs/{job}").json()["result"]["errors"] == [
            {name: e[name] for name in ("line", "code", "path", "message", "advice")} for e in errors
        ]
        assert [e["path"] for e in errors] == ["$.prompt", "column 1", "$.wrong"]
        assert all(e["advice"] for e in errors)

    def test_takes_pandalm_as_json(self, api: Api) -> None:
        element = {
            "idx": 0,
            "motivation_app": "x",
            "cmp_key": "a_b",
            "instruction": "Say hi",
            "input": "",
            "response1": "hi",
            "response2": True,
            "annotator1": 1,
            "annotator2": 2,
            "annotator3": 0,
        }
        job = send(api, json.dumps([element]).encode(), "?format=pandalm", "application/json").json()["id"]
        work()

        report = api.get(f"projects/sky/imports/{job}").json()
        assert (report["pairs"], report["judgements"], report["format"]) == (1, 3, "pandalm")
        assert report["warnings"][0]["code"] == "scalar_as_text"

    def test_replaces_nul_where_asked_to(self, api: Api) -> None:
        body = encode([pair("one") | {"prompt": "a\0b"}])
        refused, replaced = send(api, body).json()["id"], send(api, body, "?on_nul=replace").json()["id"]
        work()

        assert api.get(f"projects/sky/imports/{refused}").json()["errors"][0]["code"] == "nul_character"
        assert api.get(f"projects/sky/imports/{replaced}").json()["accepted"] == 1

    @pytest.mark.parametrize(
        ("content_type", "status"),
        [
            (NDJSON, 202),
            ("application/x-ndjson; charset=utf-8", 202),
            ("application/json", 202),
            ("application/octet-stream", 202),
            ("text/plain", 415),
            ("", 415),
            ("multipart/form-data; boundary=x", 415),
            ("application/x-www-form-urlencoded", 415),
            ("application/x-ndjson; charset=utf-16", 415),
            ("application/gzip", 415),
        ],
    )
    def test_requires_a_known_content_type(self, api: Api, content_type: str, status: int) -> None:
        assert send(api, encode(LINES), content_type=content_type).status_code == status
        assert Import.objects.count() == (status == 202)

    def test_refuses_compressed_bodies(self, api: Api) -> None:
        assert send(api, b"\x1f\x8b...", **{"Content-Encoding": "gzip"}).status_code == 415

    @pytest.mark.parametrize(
        ("query", "path", "code"),
        [
            ("?format=csv", "?format", "bad_value"),
            ("?format=", "?format", "bad_value"),
            ("?format=native&format=pandalm", "?format", "repeated_parameter"),
            ("?on_nul=drop", "?on_nul", "bad_value"),
            ("?file_name=" + "x" * 300, "?file_name", "too_long"),
            ("?url=http://example.org/x", "?url", "unknown_parameter"),
        ],
    )
    def test_requires_known_parameters(self, api: Api, query: str, path: str, code: str) -> None:
        answer = send(api, encode(LINES), query)

        assert (answer.status_code, codes(answer)) == (400, [(path, code)])
        assert not Job.objects.exists()

    @pytest.mark.parametrize("name", ["../../etc/passwd", "CON", 'a"><script>.jsonl', "%2e%2e%2fx", "..\\..\\x"])
    def test_never_uses_the_files_name_as_a_path(self, api: Api, uploads: Path, name: str) -> None:
        from urllib.parse import quote

        assert send(api, encode(LINES), f"?file_name={quote(name)}").status_code == 202
        stored = [path for path in uploads.rglob("*") if path.is_file()]
        assert [UUID(path.name) for path in stored]
        assert "/" not in Import.objects.get().file_name

    def test_refuses_an_empty_body(self, api: Api) -> None:
        answer = raw(api, io.BytesIO(), 0)

        assert (answer.status_code, codes(answer)) == (400, [("$", "empty_file")])

    def test_refuses_a_body_of_no_chunks(self, api: Api, uploads: Path) -> None:
        answer = api.client.post(
            "/api/v1/projects/sky/imports?format=native",
            content_type=NDJSON,
            **{"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": io.BytesIO()},
        )

        assert (answer.status_code, codes(answer)) == (400, [("$", "empty_file")])
        assert not Job.objects.exists()
        assert not [path for path in uploads.rglob("*") if path.is_file()]

    def test_says_that_the_disk_is_full_and_keeps_nothing(self, api: Api, uploads: Path) -> None:
        with files_end_at(200_000):
            answer = send(api, encode(LINES) + b" " * 300_000)

        assert (answer.status_code, answer.json()["type"]) == (507, "urn:concord:problem:disk_full")
        assert not Job.objects.exists()
        assert not [path for path in uploads.rglob("*") if path.is_file()]
        assert send(api, encode(LINES)).status_code == 202

    def test_refuses_a_large_body_by_its_length_and_by_its_size(self, api: Api, settings: Any, uploads: Path) -> None:
        settings.IMPORT_MAX_BYTES = 1000

        assert send(api, b"x" * 1001).status_code == 413
        assert send(api, encode(LINES)[:1000]).status_code == 202
        assert len([path for path in uploads.rglob("*") if path.is_file()]) == 1

    def test_keeps_nothing_of_a_body_that_was_cut_off(self, api: Api, uploads: Path) -> None:
        body = encode(LINES)
        answer = raw(api, io.BytesIO(body), len(body) + 10)

        assert answer.status_code == 400
        assert answer.json()["type"].endswith("incomplete_body")
        assert not Job.objects.exists()
        assert not [path for path in uploads.rglob("*") if path.is_file()]

    def test_is_accepted_while_redis_is_down(
        self, api: Api, settings: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            assert send(api, encode(LINES)).status_code == 202
        assert callbacks
        assert jobs.waiting() == [Job.objects.get().pk], "the sweeper finds it"


class TestIdempotencyKey:
    def test_makes_one_import_of_two(self, api: Api) -> None:
        first = send(api, encode(LINES), **{"Idempotency-Key": "k-1"})
        again = send(api, encode(LINES), **{"Idempotency-Key": "k-1"})

        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json()["id"] == again.json()["id"]
        assert Import.objects.count() == Job.objects.count() == 1
        assert len(default_storage.listdir("imports/" + str(Import.objects.get().project_id))[1]) == 1

    def test_is_valid_after_the_job_is_done(self, api: Api) -> None:
        first = send(api, encode(LINES), **{"Idempotency-Key": "k-1"}).json()
        work()

        again = send(api, encode(LINES), **{"Idempotency-Key": "k-1"}).json()
        assert (again["id"], again["state"]) == (first["id"], "done")

    def test_is_for_one_body(self, api: Api) -> None:
        send(api, encode(LINES), **{"Idempotency-Key": "k-1"})

        for answer in (
            send(api, encode(LINES[:1]), **{"Idempotency-Key": "k-1"}),
            send(api, encode(LINES), "?on_nul=replace", **{"Idempotency-Key": "k-1"}),
        ):
            assert (answer.status_code, codes(answer)) == (422, [("Idempotency-Key", "key_reused")])
        assert Import.objects.count() == 1

    def test_belongs_to_one_user(self, site: Site, api: Api) -> None:
        root = type(site.alice).objects.create_superuser("root@example.org", None, name="Root")
        send(api, encode(LINES), **{"Idempotency-Key": "k-1"})
        send(site.token(Scope.PROMPTS_WRITE, user=root), encode(LINES[:1]), **{"Idempotency-Key": "k-1"})

        assert Import.objects.count() == 2

    @pytest.mark.parametrize("key", ["x" * 201, "a b", "é"])
    def test_is_printable_ascii(self, api: Api, key: str) -> None:
        answer = api.client.post("/api/v1/projects/sky/imports", b"{}", content_type=NDJSON, HTTP_IDEMPOTENCY_KEY=key)
        assert (answer.status_code, codes(answer)) == (400, [("Idempotency-Key", "bad_value")])


class TestReports:
    def test_are_of_the_project_in_the_url(self, site: Site, api: Api) -> None:
        job = send(api, encode(LINES)).json()["id"]
        other = site.token(Scope.PROJECTS_WRITE, Scope.PROMPTS_WRITE)
        other.post("projects", {"slug": "new", "name": "New"})

        assert other.get(f"projects/sky/imports/{job}").status_code == 200
        assert other.get(f"projects/new/imports/{job}").status_code == 404
        assert api.get(f"projects/sky/imports/{uuid4()}").status_code == 404


class Endless:
    """A body of the given size that is never in memory as a whole: lines of one kibibyte."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.line = b"x" * 1023 + b"\n"

    def read(self, size: int = -1) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        return (self.line * (size // 1024 + 1))[:size]

    readline = read

    def close(self) -> None:
        """Nothing is open."""


class TestLargeBody:
    def test_is_never_held(self, api: Api, uploads: Path) -> None:
        size = 64 << 20
        send(api, encode(LINES))  # whatever the first request loads
        tracemalloc.start()
        answer = raw(api, Endless(size), size)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert answer.status_code == 202
        assert Import.objects.latest("pk").size == size
        assert peak < 8 << 20, f"{peak:,} bytes"
