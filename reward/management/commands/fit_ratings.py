"""Fit Bradley-Terry ratings of a project's source models, and store them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import JsonCommand
from common.formatting import Unit, between, number
from reward.pages.report import report
from reward.pages.wording import NO_ANNOTATORS
from reward.selectors.ratings import of_run, run_of_job
from reward.services import ratings
from reward.vocabulary import ComparisonUnit, Intervals, Ties


class Command(JsonCommand):
    help = "Fit Bradley-Terry ratings of a project's source models, store them, and print them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument(
            "--ties", choices=list(map(str, Ties)), default=str(ratings.DEFAULTS.ties), help="default: %(default)s"
        )
        parser.add_argument(
            "--unit",
            choices=list(map(str, ComparisonUnit)),
            default=str(ratings.DEFAULTS.unit),
            help="what counts once (default: %(default)s)",
        )
        parser.add_argument(
            "--intervals",
            choices=list(map(str, Intervals)),
            default=str(ratings.DEFAULTS.intervals),
            help="what varies independently (default: %(default)s, by pair and from 30 annotators on by annotator too)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        try:
            how = ratings.FitParameters(**{key: options[key] for key in ("ties", "unit", "intervals")})
        except ratings.NoAnnotators:
            raise CommandError(NO_ANNOTATORS) from None
        run = run_of_job(self.do(ratings.ask(project=project, by=None, parameters=how)))
        answer = report(run, of_run(run))
        self.answer(answer, as_json=options["json"], lines=lambda: _lines(answer))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['n_comparisons']:,} comparisons, {report['method']}"
    for model in report["models"]:
        if model["theta"] is None:
            yield f"{model['name']:<32}no rating: {model['reason']}"
            continue
        spread = "" if model["low"] is None else f" ({between(model['low'], model['high'], 1, Unit.RATIO)})"
        theta = number(model["theta"], 4, signed=True)
        yield f"{model['name']:<32}{number(model['rating'], 1):>7}{spread}   theta {theta}   n {model['n']:,}"
