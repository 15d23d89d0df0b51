"""Let simulated annotators of given kinds judge a project's waiting pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from annotation.management.base import JsonCommand
from annotation.models import Project
from annotation.sampling.simulated import Kind
from annotation.services import projects
from annotation.services.sampling import simulated_pairs, simulation
from annotation.vocabulary import ProjectState

DEFAULT = "careful=6,noisy=4,random=2,always-left=1"


class Command(JsonCommand):
    help = (
        "Let simulated annotators judge a project's waiting pairs, by a truth that is known, through the services that "
        "people's judgements take. The project is marked as simulated for good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--annotators", default=DEFAULT, metavar="KIND=N,…", help=f"default: {DEFAULT}")
        parser.add_argument("--judgements", type=int, default=1000, metavar="N", help="at most so many (default 1000)")
        parser.add_argument("--strengths", default="", metavar="MODEL=X,…", help="true log-strengths of source models")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same judgements")
        parser.add_argument(
            "--pairs",
            type=int,
            default=0,
            metavar="N",
            help="make so many pairs first, 5 per cent of them gold; and the project, if there is none of that name",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            annotators = {Kind(kind): int(count) for kind, count in _pairs(options["annotators"])}
            strengths = {name: float(value) for name, value in _pairs(options["strengths"])}
        except ValueError as error:
            kinds = ", ".join(Kind)
            raise CommandError(f"--annotators and --strengths are NAME=NUMBER,…; kinds are {kinds}. {error}") from error
        made = options["pairs"] > 0
        project = self._made(options["project"]) if made else self.project(options["project"])
        try:
            if made:
                pairs = simulated_pairs.start(project=project, count=options["pairs"], seed=options["seed"], by=None)
                self.do(pairs.job)
            job = simulation.simulate(
                project=project,
                annotators=annotators,
                judgements=options["judgements"],
                strengths=strengths,
                seed=options["seed"],
                now=timezone.now(),
                by=None,
            )
        except simulation.PeopleJudgeHere:
            raise CommandError("People have judged in this project; simulated judgements stay apart.") from None
        except simulation.NotOpen:
            raise CommandError("The project is not open, so that it hands no pairs out. Open it first.") from None
        except simulation.NothingWaits:
            raise CommandError("No pair waits for a judgement these annotators could give; nothing was done.") from None
        result = self.do(job).result or {}
        self.answer(result, as_json=options["json"], lines=lambda: _lines(result))

    def _made(self, slug: str) -> Project:
        found = Project.objects.filter(slug=slug).first()
        if found is not None:
            return found
        project = projects.create(slug=slug, name=slug, by=None, simulated=True)
        return projects.move(project=project, to=ProjectState.OPEN, by=None)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['judgements']:,} judgements by {found['annotators']:,} simulated annotators on {found['days']} working "
        f"days, {found['gold']:,} of them on gold and {found['probes']:,} on probes"
    )
    yield f"{found['left_lying']:,} pairs were left lying until their lease lapsed, {found['surplus']:,} judgements came too late to count"


def _pairs(text: str) -> list[tuple[str, str]]:
    """``a=1,b=2`` as pairs; a part without ``=`` is a ``ValueError``."""
    found = [part.rpartition("=") for part in text.split(",") if part]
    for name, _, value in found:
        if not name:
            raise ValueError(f"{value!r} lacks its name")
    return [(name, value) for name, _, value in found]
