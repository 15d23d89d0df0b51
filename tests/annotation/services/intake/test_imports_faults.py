"""Imports whose process is killed, and imports that run side by side."""

from __future__ import annotations

import io
import random
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    Import,
    ImportLine,
    Job,
    Member,
    Pair,
    Project,
    Prompt,
    PromptSet,
    Response,
    Slot,
)
from annotation.services import jobs, projects
from annotation.services.intake import imports
from tests.annotation.formats.lines import judgement, pair, prompt
from tests.annotation.services.importing import done, file_of
from tests.programs import Program, wait_until
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sound_afterwards")]

WORKER = """
import sys, django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from annotation.services import jobs
jobs.run(int(sys.argv[1]))
"""


def lines(count: int) -> bytes:
    """Pairs with and without judgements and gold, prompts, and every tenth line something that cannot be taken."""
    rng = random.Random(11)
    made: list[Any] = []
    for n in range(count):
        given = [
            judgement(annotator=f"ann{m}", verdict=rng.choice(["a", "b", "tie"])) for m in rng.sample(range(20), 3)
        ]
        line = pair(id=f"p{n}", prompt=f"Why {n // 3}?", response_a={"model": "m", "text": f"answer {n}"})
        kind = n % 10
        if kind < 4:
            line["judgements"] = given
        elif kind == 4:
            line |= {"gold": "a", "judgements": given}
        elif kind == 5:
            line = prompt(3, id=f"q{n}", prompt=f"What {n}?")
        elif kind == 6:
            line["id"] = f"p{n - 1 - n % 5}"  # an id that came before with other content
        elif kind == 7:
            made.append(rng.choice([b"", b"{"]))
        made.append(line)
    return file_of(*made)


def stored(project: Project) -> dict[str, int]:
    tables = (Prompt, PromptSet, Response, Pair, Slot, Member, Assignment, Annotation, AnnotationRevision, ImportLine)
    return {table.__name__: table.objects.filter(project=project).count() for table in tables}


def make(slug: str) -> Project:
    return projects.create(slug=slug, name=slug, by=None)


def start(project: Project, raw: bytes) -> Import:
    return imports.start(project=project, stream=io.BytesIO(raw), format="native")


def fall_silent(job: int) -> None:
    """As if half a minute had passed."""
    Job.objects.filter(pk=job).update(heartbeat=timezone.now() - timedelta(minutes=1))


@pytest.mark.faults
class TestKillMinus9:
    @pytest.fixture
    def worker(self, tmp_path: Path, uploads: Path) -> Iterator[Any]:
        started: list[Program] = []

        def run(job: int) -> Program:
            command = [sys.executable, "-c", WORKER, str(job), str(uploads)]
            started.append(Program(command, tmp_path / "worker.log", {"DATABASE_URL": database_url_of_tests()}))
            started[-1].start()
            return started[-1]

        yield run
        for program in started:
            program.kill()

    @staticmethod
    def is_beyond(run: Import, line: int) -> bool:
        return Import.objects.get(pk=run.pk).lines_done >= line

    def test_in_mid_import_loses_and_doubles_nothing(self, worker: Any) -> None:
        raw = lines(6_000)
        whole = make("whole")
        expected = done(start(whole, raw)).result
        assert expected is not None
        assert expected["quarantined"] > 800

        project = make("killed")
        run = start(project, raw)
        for beyond in (1_000, 3_500):
            process = worker(run.job_id)
            wait_until(partial(self.is_beyond, run, beyond), what=f"{beyond} lines stored")
            process.kill()
            half = Import.objects.get(pk=run.pk)
            assert beyond <= half.lines_done < 6_300, process.log_tail()
            assert half.pairs == Pair.objects.filter(project=project).count()
            assert half.judgements == Annotation.objects.filter(project=project).count()
            assert half.quarantined == ImportLine.objects.filter(project=project).count()
            fall_silent(run.job_id)

        job = done(run)

        assert (job.state, job.attempt) == ("done", 3)
        assert job.result == expected
        assert stored(project) == stored(whole)

    def test_leaves_a_job_that_another_process_takes_up(self, worker: Any) -> None:
        run = start(make("sky"), lines(3_000))
        process = worker(run.job_id)
        wait_until(lambda: Import.objects.get(pk=run.pk).lines_done > 0, what="a chunk stored")
        assert run.job_id not in jobs.waiting()
        process.kill()

        assert run.job_id in jobs.waiting()
        worker(run.job_id)
        wait_until(lambda: Job.objects.get(pk=run.job_id).is_over, what="the import done")

        assert Job.objects.get(pk=run.job_id).state == "done"


class TestSideBySide:
    def test_two_imports_of_one_file_make_one_set_of_rows(self) -> None:
        raw = lines(1_200)
        whole = make("whole")
        done(start(whole, raw))
        project = make("sky")
        both = []
        for _ in range(2):  # jobs of a kind take turns; here both have been claimed, as when one had fallen silent
            run = start(project, raw)
            both.append(jobs.claim(run.job_id))
            fall_silent(run.job_id)
        errors: list[BaseException] = []

        def work(job: Job) -> None:
            try:
                imports.perform(job)
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=[job]) for job in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        runs = Import.objects.filter(project=project)
        assert sum(run.pairs for run in runs) == Pair.objects.filter(project=project).count()
        assert sum(run.judgements for run in runs) == Annotation.objects.filter(project=project).count()
        once = stored(whole)
        twice = stored(project)
        assert {k: v for k, v in twice.items() if k != "ImportLine"} == {
            k: v for k, v in once.items() if k != "ImportLine"
        }

    def test_an_attempt_that_was_overtaken_stops_without_a_trace(self) -> None:
        project = make("sky")
        run = start(project, lines(1_200))
        first = jobs.claim(run.job_id)
        fall_silent(run.job_id)
        second = jobs.claim(run.job_id)
        assert first is not None
        assert second is not None

        with pytest.raises(jobs.Lost):
            imports.perform(first)

        assert stored(project)["Pair"] == 0
        imports.perform(second)
        assert Import.objects.get().pairs == stored(project)["Pair"]
