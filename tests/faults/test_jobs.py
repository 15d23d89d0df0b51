"""Jobs through faults: a worker's child killed in the middle of one, Redis emptied, messages that come again, Redis away.

Everything is real and the test's own: a Valkey that may be emptied and stopped, workers on it, a web process on it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPMessage, HTTPResponse
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from django.db import transaction

from annotation.models import Annotation, Draft, Import, ImportLine, Job, Pair, Project, Slot
from annotation.selectors import integrity
from annotation.services import jobs
from annotation.services.intake import imports
from annotation.vocabulary import JobKind, Role
from quality.models import QualityRun
from tests.cast import Engineer, Person, person
from tests.factories import PASSWORD
from tests.faults.queues import Queue, WorkerFactory
from tests.lines import encode, import_lines, pair
from tests.programs import Program, WebProcessFactory, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

BACK_AT_WORK = 60.0  # s in which a job continues, whatever was lost
ANSWERS_WITHIN = 5.0  # s, also where Redis hangs: it is asked for half a second and no more


def lines(name: str, count: int) -> bytes:
    """Of ten lines one has two judgements and one cannot be taken."""
    made = []
    for n in range(count):
        judgements = {"Ann": "a", "Ben": "tie"} if n % 10 == 3 else None
        made.append(b"{\n" if n % 10 == 7 else encode([pair(f"{name}-{n}", verdicts=judgements)]))
    return b"".join(made)


def sent(project: Project, raw: bytes) -> Import:
    return imports.start(project=project, stream=BytesIO(raw), format="native", file_name="many.jsonl")


def counted(run: Import) -> dict[str, int]:
    run.refresh_from_db()
    return {
        name: getattr(run, name)
        for name in ("lines_done", "accepted", "unchanged", "quarantined", "pairs", "judgements")
    }


def whole(count: int) -> dict[str, int]:
    """What an import of that many lines comes to."""
    tenth = count // 10
    made = {"lines_done": count, "accepted": 9 * tenth, "unchanged": 0, "quarantined": tenth}
    return made | {"pairs": 9 * tenth, "judgements": 2 * tenth}


def stored(project: Project) -> dict[str, int]:
    slots = Slot.objects.filter(project=project)
    return {
        "pairs": Pair.objects.filter(project=project).count(),
        "judgements": Annotation.objects.filter(project=project).count(),
        "open slots": slots.filter(open=True).count(),
        "closed slots": slots.filter(open=False).count(),
        "quarantined": ImportLine.objects.filter(project=project).count(),
    }


def whole_in_store(count: int, *, beside: dict[str, int]) -> dict[str, int]:
    tenth = count // 10
    made = {"pairs": 9, "judgements": 2, "open slots": 8 * 3, "closed slots": 2, "quarantined": 1}
    return {name: beside[name] + each * tenth for name, each in made.items()}


def is_over(*job_ids: int) -> bool:
    return all(job.is_over for job in Job.objects.filter(pk__in=job_ids))


def until_swept(queue: Queue, *job_ids: int, over: Callable[[], bool] | None = None) -> float:
    """Beat's message once a second until the jobs are over; how long it took."""
    began = time.monotonic()
    swept = 0.0

    def over_or_swept() -> bool:
        nonlocal swept
        if time.monotonic() - swept > 1:
            queue.sweep()
            swept = time.monotonic()
        return over() if over else is_over(*job_ids)

    wait_until(over_or_swept, what="jobs done", timeout=BACK_AT_WORK)
    return time.monotonic() - began


def process_of(job_id: int) -> int:
    """Return the process that does this job."""
    return int(Job.objects.get(pk=job_id).holder.split()[-2])


def children(pid: int) -> set[int]:
    return {
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    }


def assert_sound() -> None:
    assert [finding for finding in integrity.check() if finding.breaches] == []


def test_a_child_killed_in_mid_import_loses_and_doubles_nothing(
    queue: Queue, start_worker: WorkerFactory, project: Project
) -> None:
    worker = start_worker()
    before = stored(project)
    run = sent(project, lines("kill", 4_000))
    queue.send(run.job_id)
    wait_until(lambda: Import.objects.get(pk=run.pk).lines_done > 0, what="a first chunk stored")
    with transaction.atomic():
        # This transaction locks the row that the next chunk updates last, so the child waits in the middle of that chunk.
        half = Import.objects.select_for_update().get(pk=run.pk)
        assert 0 < half.lines_done < 4_000
        child = process_of(run.job_id)
        assert child in children(worker.pid)
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: child not in children(worker.pid), what="the child gone")
    job = Job.objects.get(pk=run.job_id)
    assert (job.state, job.attempt) == ("running", 1)
    assert counted(run)["lines_done"] == half.lines_done
    assert stored(project)["pairs"] == before["pairs"] + half.pairs

    until_swept(queue, run.job_id)

    job.refresh_from_db()
    assert (job.state, job.attempt) == ("done", 2), job.arguments
    assert worker.alive()
    assert counted(run) == whole(4_000)
    assert stored(project) == whole_in_store(4_000, beside=before)
    assert_sound()


def test_losing_every_message_loses_nothing(
    queue: Queue,
    start_worker: WorkerFactory,
    web_process: WebProcessFactory,
    project: Project,
    erin: Engineer,
) -> None:
    before = stored(project)
    site = Visitor(f"http://127.0.0.1:{web_process(REDIS_URL=queue.url).port}", secret=erin.secret)
    asked = [site.api("POST", "imports?format=native", lines(f"lost{n}", 100)) for n in range(3)]
    asked.append(site.api("POST", "quality", b"{}"))
    assert [answer.status for answer in asked] == [202] * 4
    assert queue.waiting == 4

    queue.client.flushall()

    assert queue.waiting == 0
    assert set(Job.objects.values_list("state", flat=True)) == {"queued"}
    start_worker()
    until_swept(queue, *Job.objects.values_list("pk", flat=True))
    assert sorted(Job.objects.values_list("kind", "state", "attempt")) == [
        *[("import", "done", 1)] * 3,
        ("quality", "done", 1),
    ]
    for run in Import.objects.all():
        assert counted(run) == whole(100)
    assert stored(project) == whole_in_store(300, beside=before)
    assert_sound()


def test_the_same_message_ten_times_has_one_effect(queue: Queue, start_worker: WorkerFactory, project: Project) -> None:
    import_lines(project, [pair("judged", verdicts={"Ann": "a", "Ben": "a"})])
    before = stored(project)
    run = sent(project, lines("ten", 1_000))
    figures = jobs.ask(project=project, kind=JobKind.QUALITY)
    for _ in range(10):
        queue.send(run.job_id)
        queue.send(figures.pk)
    start_worker()
    for _ in range(2):  # while it is to be done, and once it is done
        wait_until(lambda: is_over(run.job_id, figures.pk) and queue.idle, what="every message heard")
        assert set(Job.objects.filter(pk__in=[run.job_id, figures.pk]).values_list("state", "attempt")) == {("done", 1)}
        assert counted(run) == whole(1_000)
        assert stored(project) == whole_in_store(1_000, beside=before)
        assert QualityRun.objects.count() == 1
        for _ in range(10):
            queue.send(run.job_id)
            queue.send(figures.pk)
    wait_until(lambda: queue.idle, what="every message heard")
    assert QualityRun.objects.count() == 1
    assert_sound()


class SameAddress(HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None

    def http_error_303(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        return fp

    http_error_302 = http_error_303


@dataclass
class Visitor:
    """A session at a web process, without a script; every answer must come soon."""

    site: str
    secret: str = ""
    jar: CookieJar = field(default_factory=CookieJar)
    token: str = ""

    def _open(self, request: Request) -> HTTPResponse:
        began = time.monotonic()
        opener = build_opener(HTTPCookieProcessor(self.jar), SameAddress())
        answer: HTTPResponse = opener.open(request, timeout=30)
        took = time.monotonic() - began
        assert took < ANSWERS_WITHIN, f"{request.full_url} took {took:.1f} s"
        return answer

    def get(self, path: str) -> str:
        page = self._open(Request(self.site + path)).read().decode()
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page):
            self.token = found[1]
        return page

    def post(self, path: str, **fields: str) -> HTTPResponse:
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        headers = {"Accept": "application/json"} if "/p/" in path else {}
        return self._open(Request(self.site + path, body, headers))

    def upload(self, path: str, raw: bytes) -> HTTPResponse:
        edge = uuid.uuid4().hex
        parts = [("csrfmiddlewaretoken", "", self.token.encode()), ("format", "", b"native")]
        parts.append(("file", '; filename="many.jsonl"', raw))
        body = b"".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
            for name, more, value in parts
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self._open(Request(self.site + path, body + f"--{edge}--\r\n".encode(), headers))

    def api(self, method: str, path: str, raw: bytes) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        url = f"{self.site}/api/v1/projects/everyday/{path}"
        return self._open(Request(url, raw, headers, method=method))

    def sign_in(self, who: Person) -> None:
        self.get("/login")
        answer = self.post("/login", login=who.email, password=PASSWORD)
        assert answer.status == 302
        assert "sessionid" in {cookie.name for cookie in self.jar}


@pytest.mark.parametrize("fault", ["stopped", "hangs", "full"])
def test_annotators_and_managers_work_on_while_redis_is_away(
    fault: str,
    queue: Queue,
    start_worker: WorkerFactory,
    beat: Program,
    web_process: WebProcessFactory,
    project: Project,
    bob: Person,
    erin: Engineer,
) -> None:
    alice = person("Alice", project, role=Role.MANAGER)
    before = stored(project)
    worker = start_worker()
    site = f"http://127.0.0.1:{web_process(REDIS_URL=queue.url).port}"
    wait_until(lambda: queue.idle, what="the queue idle")

    if fault == "stopped":
        queue.server.stop()
    elif fault == "full":
        beat.stop()  # or its messages would wait too
        wait_until(lambda: queue.idle, what="the queue idle")
        queue.client.config_set("maxmemory", 1)
    else:
        queue.server.child.send_signal(signal.SIGSTOP)
    try:
        annotator = Visitor(site)
        annotator.sign_in(bob)
        page = annotator.get("/p/everyday/judge")
        held = re.search(r'data-uuid="([0-9a-f-]{36})"', page)[1]
        ready = annotator.post("/p/everyday/judge/next", holding=held).read().decode()
        other = re.search(r'data-uuid="([0-9a-f-]{36})"', ready)[1]
        assert other != held
        draft = annotator.post(f"/p/everyday/a/{held}/draft", version="1", reason="A first reason")
        assert json.loads(draft.read()) == {"version": 1}
        assert Draft.objects.get().reason == "A first reason"
        verdict = {"verdict": "a", "submit_key": str(uuid.uuid4()), "reason": "A full reason", "seconds": "3.0"}
        assert json.loads(annotator.post(f"/p/everyday/a/{held}/submit", **verdict).read())["saved"] is True
        assert json.loads(annotator.post(f"/p/everyday/a/{other}/skip", reason="other").read()) == {"skipped": True}
        assert Annotation.objects.get().reason == "A full reason"

        manager = Visitor(site)
        manager.sign_in(alice)
        manager.get("/p/everyday/imports")
        uploaded = manager.upload("/p/everyday/imports", lines("page", 100))
        assert uploaded.status == 303
        assert "It waits for a worker." in manager.get(uploaded.headers["Location"])
        accepted = Visitor(site, secret=erin.secret).api("POST", "imports?format=native", lines("api", 100))
        assert accepted.status == 202
        asked = Job.objects.filter(kind=JobKind.IMPORT.value)  # beat asks for figures meanwhile
        assert set(asked.values_list("state", flat=True)) == {"queued"}
    finally:
        if fault == "stopped":
            queue.server.start()
        elif fault == "full":
            queue.client.config_set("maxmemory", 0)
            beat.start()
        else:
            queue.server.child.send_signal(signal.SIGCONT)

    # Nothing else is restarted: worker and beat find Redis again by themselves.
    both = list(asked.values_list("pk", flat=True))
    assert len(both) == 2
    wait_until(
        lambda: is_over(*both), what=f"both imports done. {worker.log_tail()} {beat.log_tail()}", timeout=BACK_AT_WORK
    )
    assert worker.alive()
    assert beat.alive()
    assert set(asked.values_list("state", "attempt")) == {("done", 1)}
    for run in Import.objects.all():
        assert counted(run) == whole(100)
    now = stored(project)
    expected = whole_in_store(200, beside=before)
    expected |= {"judgements": expected["judgements"] + 1, "open slots": expected["open slots"] - 1}
    assert now == expected | {"closed slots": expected["closed slots"] + 1}
    assert_sound()
