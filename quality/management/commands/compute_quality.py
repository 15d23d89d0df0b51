"""Compute a project's agreement, gold accuracy and calibration, and store them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.base import JsonCommand
from quality.pages.groups import described
from quality.pages.parts import SLICES
from quality.pages.report import whole_report
from quality.selectors import figures
from quality.services import computation


class Command(JsonCommand):
    help = (
        "Compute agreement, reliability, label noise, drift and other figures of a project, store them, and print them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument(
            "--groups", action="store_true", help="in JSON also groups of annotators, where there are any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        job = self.do(computation.ask(project=project, by=None))
        run = job.quality_run
        found = whole_report(figures.of_run(run), figures.matrices(run), figures.reliability(run), figures.parts(run))
        if options["groups"]:
            part = figures.part(run, "groups")
            found["groups"] = None if part is None else described(part)
        self.answer(found, as_json=options["json"], lines=lambda: _lines(found))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['n_annotations']:,} judgements of {found['n_pairs']:,} pairs"
    for reading, statistics in found["agreement"].items():
        for name, figure in statistics.items():
            yield f"{reading:<10}{name:<22}{_words(figure)}"
    yield "gold_accuracy".ljust(32) + _words(found["overall"]["gold_accuracy"])
    yield "reliability".ljust(32) + _words(found["overall"]["reliability"])
    settled = found["consensus"]
    if settled["settled"] is not None:
        yield (
            f"consensus, likely to {settled['target']:.0%}: settled {settled['settled']:,}, "
            f"unsettled {settled['unsettled']:,}, open {settled['open']:,}"
        )
    for one in found["fraud"]["annotators"]:
        if one["evidence"]:
            yield f"fraud: {one['name']} {one['state']}, {one['alternative']}, {one['evidence']['log_ratio']:.1f} nats"
    noise, drift = found["noise"], found["drift"]
    yield "label_noise".ljust(32) + _words(noise["share_wrong"]) + f"; {noise['least_wrong']:,} or more are wrong"
    changed = [name for name, test in drift["tests"].items() if test["changed"]]
    yield "drift: " + (", ".join(changed) or "nothing has changed, or too little is known")
    for annotator in drift["annotators"]:
        yield f"drift: {annotator['name']} errs more often since {annotator['since']}"
    yield "dimensions: " + ", ".join(f"{name} {one['state']}" for name, one in found["dimensions"].items())
    for kind in SLICES:
        for one in found["slices"][kind]:
            if one["differs"]:
                yield f"slices: {kind} {one['name']} differs, kappa {_words(one['kappa'])}"
    yield "majority: " + ", ".join(f"{name} {count:,}" for name, count in found["majority"].items())
    for annotator in found["annotators"]:
        kappa, gold = _words(annotator["cohen_kappa"]), _words(annotator["gold_accuracy"])
        yield f"{annotator['name']:<24}n {annotator['n']:<7,}kappa {kappa}   gold {gold}"


def _words(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"not defined: {figure['reason']}"
    if figure["low"] is None:
        return f"{figure['value']:.3f} (n = {figure['n']:,})"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}, n = {figure['n']:,})"
