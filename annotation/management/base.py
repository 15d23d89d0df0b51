"""What all commands share: progress on stderr, the answer on stdout, plain exit codes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from annotation.models import Job, Project
from annotation.pages.jobs import message, worded
from annotation.services import jobs
from annotation.vocabulary import JobStage, JobState

UNREADABLE = 2
POLL = 0.3


class JsonCommand(BaseCommand):
    """A command whose answer is a dict: JSON with ``--json``, else lines for people. Progress goes to stderr."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the answer as JSON, and nothing else on stdout")

    def say(self, text: str) -> None:
        """Write to the terminal; never part of the answer."""
        self.stderr.write(text, style_func=str, ending="\n")  # Django's own style for it is that of an error

    def answer(
        self, result: dict[str, Any], *, as_json: bool, lines: Callable[[], Iterator[str]] | None = None
    ) -> None:
        """Print the answer: the whole of it as JSON, or in ``lines`` for people."""
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
            return
        for line in lines() if lines else (f"{key}: {value}" for key, value in result.items()):
            self.stdout.write(line)

    def project(self, slug: str) -> Project:
        """The project of that slug; a sentence and exit code 1 where there is none."""
        found = Project.objects.filter(slug=slug).first()
        if found is None:
            known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:10]) or "none yet"
            raise CommandError(f"There is no project {slug!r}. Projects: {known}.")
        return found

    def do(self, job: Job, *, refused: int = 1) -> Job:
        """Claim a job as a worker would and do it here, with its progress shown.

        Waits while another job of its kind runs in the project, or a worker was quicker to claim this one; a failed
        attempt is repeated as often as a worker would.

        Raises
        ------
        CommandError
            It could not be done (exit code ``refused`` where trying again would not help, else 1).
        """
        with progress_shown(job) as show:

            def watch(
                done: int | None, total: int | None, stage: JobStage | None, arguments: Mapping[str, Any]
            ) -> None:
                show(done, total, worded(stage, arguments) if stage else "")

            while True:
                after = jobs.run(job.pk, watch=watch) or Job.objects.get(pk=job.pk)
                if after.is_over:
                    break
                if not after.code:
                    show(None, None, "Another process is at work on this project; waiting for it.")
                time.sleep(POLL)
        if after.state == JobState.DONE:
            return after
        raise CommandError(message(after), returncode=refused if after.state == JobState.FAILED else 1)


Show = Callable[[int | None, int | None, str], None]
"""Shows how far a job is (done, total) and what it does; what is None or empty did not change."""


@contextmanager
def progress_shown(job: Job) -> Iterator[Show]:
    """Show a bar at a terminal; elsewhere one line a stage, so that logs stay short."""
    if not sys.stderr.isatty():
        written: set[str] = set()

        def write(done: int | None, total: int | None, text: str) -> None:
            if text and text not in written and len(written) < 20:
                written.add(text)
                sys.stderr.write(f"{text}\n")

        yield write
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(job.kind, total=None)

        def show(done: int | None, total: int | None, text: str) -> None:
            values: dict[str, Any] = {"completed": done, "total": total, "description": text or None}
            bar.update(task, **{key: value for key, value in values.items() if value is not None})

        yield show
