"""Compute a project's agreement, gold accuracy and calibration, and store them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.base import JsonCommand
from quality.selectors import runs
from quality.services import computation


class Command(JsonCommand):
    help = "Compute agreement, gold accuracy and calibration of a project, store them, and print them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        job = self.do(computation.ask(project=project, by=None))
        report = runs.report(job.quality_run)
        self.answer(report, as_json=options["json"], lines=lambda: _lines(report))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['n_annotations']:,} judgements of {report['n_pairs']:,} pairs"
    for reading, statistics in report["agreement"].items():
        for name, found in statistics.items():
            yield f"{reading:<10}{name:<22}{_words(found)}"
    yield "gold_accuracy".ljust(32) + _words(report["overall"]["gold_accuracy"])
    yield "majority: " + ", ".join(f"{name} {count:,}" for name, count in report["majority"].items())
    for person in report["annotators"]:
        kappa, gold = _words(person["cohen_kappa"]), _words(person["gold_accuracy"])
        yield f"{person['name']:<24}n {person['n']:<7,}kappa {kappa}   gold {gold}"


def _words(found: dict[str, Any]) -> str:
    if found["value"] is None:
        return f"not defined: {found['reason']}"
    if found["low"] is None:
        return f"{found['value']:.3f} (n = {found['n']:,})"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f}, n = {found['n']:,})"
