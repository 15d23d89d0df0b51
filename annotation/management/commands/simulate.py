"""Judge a project's waiting pairs by simulated annotators of given kinds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from annotation.management.base import JsonCommand
from annotation.pages import import_report
from annotation.sampling.simulated import Kind
from annotation.services.sampling import simulation

DEFAULT = "careful=6,noisy=4,random=2,always-left=1"


class Command(JsonCommand):
    help = "Judge a project's waiting pairs by simulated annotators; the project is marked as simulated for good."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--annotators", default=DEFAULT, metavar="KIND=N,…", help=f"default: {DEFAULT}")
        parser.add_argument("--judgements", type=int, default=1000, metavar="N", help="at most so many (default 1000)")
        parser.add_argument("--strengths", default="", metavar="MODEL=X,…", help="true log-strengths of source models")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        try:
            run = simulation.simulate(
                project=project,
                annotators={Kind(k): int(v) for k, v in _pairs(options["annotators"])},
                judgements=options["judgements"],
                strengths={name: float(value) for name, value in _pairs(options["strengths"])},
                seed=options["seed"],
                now=timezone.now(),
                by=None,
            )
        except ValueError as error:
            kinds = ", ".join(Kind)
            raise CommandError(f"--annotators and --strengths are NAME=NUMBER,…; kinds are {kinds}. {error}") from error
        except simulation.PeopleJudgeHere:
            raise CommandError("People have judged in this project; simulated judgements stay apart.") from None
        except simulation.NothingWaits:
            raise CommandError("No pair waits for a judgement these annotators could give; nothing was done.") from None
        job = self.do(run.job)
        self.answer(import_report.worded(job.result or {}), as_json=options["json"])


def _pairs(text: str) -> list[tuple[str, str]]:
    """``a=1,b=2`` as pairs; a part without ``=`` is a ``ValueError``."""
    found = [part.rpartition("=") for part in text.split(",") if part]
    for name, _, value in found:
        if not name:
            raise ValueError(f"{value!r} lacks its name")
    return [(name, value) for name, _, value in found]
