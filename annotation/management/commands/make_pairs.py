"""Make pairs of imported responses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import JsonCommand
from annotation.pages.pairing import bad_pairing
from annotation.services.sampling import pairing
from annotation.vocabulary import PairingScheme


class Command(JsonCommand):
    help = (
        "Make pairs of the responses that came with prompts: all there are, K drawn for each prompt, or each against "
        "a baseline model, which is always the second. Pairs that are there already are left as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument(
            "--scheme", choices=[scheme.value for scheme in PairingScheme], default=PairingScheme.ALL.value
        )
        parser.add_argument("--k", type=int, help="random: pairs a prompt")
        parser.add_argument("--baseline", metavar="MODEL", help="baseline: the model all others meet")
        parser.add_argument("--seed", type=int, help="random: the same seed draws the same pairs")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        seed = options["seed"]
        if seed is None:
            seed = random.SystemRandom().randrange(2**31)
        wanted = {name: options[name] for name in ("scheme", "k", "baseline")} | {"seed": seed}
        try:
            plan = asdict(pairing.plan(project=project, **wanted)) | {"scheme": options["scheme"], "seed": seed}
            if options["dry_run"]:
                self.answer(plan, as_json=options["json"], lines=lambda: _lines(plan, "would be"))
                return
            for line in _lines(plan, "to be"):
                self.say(line)
            job = self.do(pairing.start(project=project, **wanted))
        except pairing.BadPairing as error:
            raise CommandError(bad_pairing(error.reason)) from None
        except pairing.UnknownBaseline:
            raise CommandError(f"No prompt has a response of the model {options['baseline']!r}.") from None
        result = {name: (job.result or {})[name] for name in plan}
        self.answer(result, as_json=options["json"], lines=lambda: _lines(result, ""))


def _lines(found: dict[str, Any], how: str) -> Iterator[str]:
    pairs = f"{found['prompts']:,} prompts: {found['pairs_new']:,} pairs {how} made".replace("  ", " ")
    yield f"{pairs}, {found['pairs_existing']:,} there already, {found['slots']:,} judgements wanted"
