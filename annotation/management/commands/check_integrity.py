"""``check_integrity``: whether everything that must be true of what is stored is true. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import JsonCommand
from annotation.selectors import integrity


class Command(JsonCommand):
    help = "Verify every invariant of what is stored, read-only. Exit code 1 where one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="SLUG", help="look at one project alone")
        super().add_arguments(parser)

    def handle(self, **options: Any) -> None:
        project = self.project(options["project"]) if options["project"] else None
        with integrity.snapshot():
            findings = integrity.check(project)
        broken = [finding for finding in findings if finding.breaches]
        result = {
            "ok": not broken,
            "invariants": [
                {
                    "name": finding.invariant.name,
                    "sentence": finding.invariant.sentence,
                    "breaches": finding.breaches,
                    "examples": list(finding.examples),
                }
                for finding in findings
            ],
        }

        def lines() -> Iterator[str]:
            for finding in findings:
                yield f"{finding.breaches:>8}  {finding.invariant.sentence}"
                yield from (f"{'':>10}{example}" for example in finding.examples)

        self.answer(result, as_json=options["json"], lines=lines)
        if broken:
            raise CommandError(f"{len(broken)} of {len(findings)} invariants are broken.")
        self.say(f"All {len(findings)} invariants hold.")
