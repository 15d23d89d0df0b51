"""Two web processes and two workers over one database: every step is taken at the other process."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Annotation, AnnotationRevision, Draft, Import, Job, Pair
from annotation.selectors import integrity
from annotation.vocabulary import Role
from tests.cast import Person, person
from tests.e2e.browsing import JOB_TIMEOUT, Annotator, Watch, long_timeouts, sign_in, uploads_removed
from tests.factories import PASSWORD
from tests.lines import encode, pair
from tests.programs import CeleryWorker, WebProcess, WebProcessFactory, wait_until, worker_command
from tests.services import database_url_of_tests

__all__ = ["long_timeouts"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.external,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_timeouts"),
]

QUEUE = "two-processes"
LINES = 3_000
QUARANTINED = 3


@pytest.fixture
def workers(project: Any, tmp_path: Path) -> Iterator[list[CeleryWorker]]:
    """Start two workers, on a queue that no other worker of this test run reads."""
    environment = {"DATABASE_URL": database_url_of_tests(), "CELERY_QUEUE": QUEUE}
    both = [
        CeleryWorker(
            worker_command(),
            tmp_path / f"worker-{n}.log",
            {**environment, "WORKER_ALIVE_FILE": str(tmp_path / f"worker-{n}.alive")},
        )
        for n in range(2)
    ]
    try:
        for worker in both:
            worker.start()
        for worker in both:
            worker.wait_until_ready()
        with uploads_removed():
            yield both
    finally:
        for worker in both:
            worker.stop()


@pytest.fixture
def watch() -> Watch:
    return Watch(())


@pytest.fixture
def sites(web_process: WebProcessFactory, workers: list[CeleryWorker], watch: Watch) -> tuple[WebProcess, WebProcess]:
    one, other = web_process(CELERY_QUEUE=QUEUE), web_process(CELERY_QUEUE=QUEUE)
    watch.origins = (at(one), at(other))
    return one, other


@pytest.fixture
def browser_of(new_context: Callable[..., BrowserContext], watch: Watch) -> Iterator[Callable[[], BrowserContext]]:
    """Open browsers: a user signed in at one port is signed in at the other."""
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        made.append(watch.observe(new_context(viewport={"width": 1280, "height": 900})))
        return made[-1]

    yield make
    for context in made:
        context.close()


def at(web: WebProcess, path: str = "") -> str:
    return f"http://localhost:{web.port}{path}"


def judging(page: Page, web: WebProcess) -> Annotator:
    page.goto(at(web, "/p/everyday/judge"))
    judge = Annotator(page)
    judge.ready()
    return judge


def same_moment(page: Page, sites: tuple[WebProcess, WebProcess], path: str, fields: dict[str, str]) -> list[bytes]:
    """Send the same form to both processes, four times each, all at once; return their answers."""
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    jar = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    headers = {"Accept": "application/json", "Cookie": jar, "X-CSRFToken": token}
    answers: list[bytes] = []

    def send(web: WebProcess) -> None:
        request = urllib.request.Request(at(web, path), urlencode(fields).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            answers.append(answer.read())

    threads = [threading.Thread(target=send, args=(web,)) for web in sites * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_judging_at_two_processes(
    sites: tuple[WebProcess, WebProcess], browser_of: Callable[[], BrowserContext], watch: Watch, bob: Person
) -> None:
    one, other = sites
    context = browser_of()
    here, there = context.new_page(), context.new_page()
    here.goto(at(one, "/login"))
    sign_in(here, bob.email, PASSWORD)

    b = judging(there, other)  # nobody signed in at this port
    leased, prompt, sides = b.pair, b.prompt, (b.left, b.right)
    with there.expect_response(re.compile(r"/draft$")) as saved:
        b.write("Typed at the other port.")
    assert saved.value.status == 200
    assert Draft.objects.get().reason == "Typed at the other port."

    a = judging(here, one)
    assert (a.pair, a.prompt, (a.left, a.right)) == (leased, prompt, sides)
    expect(here.locator("#reason")).to_have_value("Typed at the other port.")
    a.press("a")
    judgement = Annotation.objects.get()
    assert judgement.reason == "Typed at the other port."
    assert (str(judgement.assignment.uuid), judgement.assignment.state) == (leased, "submitted")

    # B still shows the pair that A has judged. Undo there shows that pair again, once.
    b.ready()
    with there.expect_response(re.compile(r"/undo$")) as undone:
        there.keyboard.press("u")
    assert undone.value.status == 200
    expect(there.get_by_text("Taken back. The pair is on the page again.")).to_be_attached()
    assert (b.pair, (b.left, b.right)) == (leased, sides)
    assert Annotation.objects.get().verdict is None
    b.press("tie")
    assert b.pair != leased
    b.press("b")
    assert b.pair != leased
    assert sorted(Annotation.objects.values_list("verdict", flat=True)) == sorted(
        [2, 1 if Annotation.objects.latest("id").assignment.first_on_left else 0]
    )
    kinds = AnnotationRevision.objects.filter(annotation=judgement).order_by("n").values_list("kind", flat=True)
    assert list(kinds) == ["submit", "withdraw", "submit"]

    # One key, eight times, at both: one row, one answer.
    key = str(uuid.uuid4())
    fields = {"verdict": "both_bad", "submit_key": key, "reason": "", "seconds": "1.0"}
    answers = same_moment(there, sites, f"/p/everyday/a/{b.pair}/submit", fields)
    assert len(answers) == 8
    assert len(set(answers)) == 1, answers
    assert json.loads(answers[0]) == {"saved": True, "uuid": b.pair, "revision": 1, "surplus": False}
    assert AnnotationRevision.objects.filter(submit_key=key).count() == 1
    assert Annotation.objects.count() == 3

    here.close()
    there.close()
    assert watch.wrong == []
    assert [finding for finding in integrity.check() if finding.breaches] == []


def test_an_import_at_one_process_is_followed_at_the_other(
    sites: tuple[WebProcess, WebProcess],
    workers: list[CeleryWorker],
    browser_of: Callable[[], BrowserContext],
    watch: Watch,
    project: Any,
    tmp_path: Path,
) -> None:
    one, other = sites
    alice = person("Alice", project, role=Role.MANAGER)
    before = Pair.objects.count()
    file = tmp_path / "many.jsonl"
    file.write_bytes(encode(pair(f"q{n}") for n in range(LINES - QUARANTINED)) + b"{\n" * QUARANTINED)

    context = browser_of()
    here, there = context.new_page(), context.new_page()
    here.goto(at(one, "/login"))
    sign_in(here, alice.email, PASSWORD)
    here.goto(at(one, "/p/everyday/imports"))
    here.get_by_label("File", exact=True).set_input_files(file)
    here.get_by_role("button", name="Import").click()
    expect(here.get_by_role("heading", name="Did everything arrive?")).to_be_visible()
    wait_until(lambda: Import.objects.get().lines_done > 0, what="a first chunk stored")
    with transaction.atomic():
        # While its row is locked the job cannot count its next chunk: time to look at it at the other process.
        run = Import.objects.select_for_update().get()
        assert 0 < run.lines_done < LINES
        there.goto(at(other, f"/p/everyday/imports/{run.pk}"))
        expect(there.get_by_role("heading", name="Did everything arrive?")).to_be_visible()
        expect(there.locator(".answer")).to_contain_text(re.compile(rf"Reading\. [\d,]+ of {LINES:,} lines so far\."))
        expect(there.locator("#job progress")).to_have_attribute("value", str(run.lines_done))
    # Both pages follow the job by themselves.
    for page in (there, here):
        expect(page.locator(".answer")).to_contain_text(f"Almost. {QUARANTINED} of {LINES:,}", timeout=JOB_TIMEOUT)
        expect(page.locator("table.lines tbody tr")).to_have_count(QUARANTINED)

    job = Job.objects.get()
    assert (job.state, job.attempt) == ("done", 1)
    run.refresh_from_db()
    assert (run.accepted, run.unchanged, run.quarantined) == (LINES - QUARANTINED, 0, QUARANTINED)
    assert Pair.objects.count() == before + LINES - QUARANTINED
    ran = [worker for worker in workers if "annotation.tasks.run_job[" in worker.log.read_text()]
    assert len(ran) == 1, [worker.log_tail() for worker in workers]
    here.close()
    there.close()
    assert watch.wrong == []
    assert [finding for finding in integrity.check() if finding.breaches] == []
