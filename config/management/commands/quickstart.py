"""Create the demo: accounts, a project that is ready to judge, and one with simulated judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from annotation.management.base import JsonCommand
from config import demo


class Command(JsonCommand):
    help = "Make the demo accounts and projects, or what of them is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--passwords",
            default=str(settings.VAR / "first-passwords.txt"),
            metavar="FILE",
            help="where freshly made passwords are kept, or - for nowhere (default: var/first-passwords.txt)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["passwords"]
        made = demo.make(now=timezone.now(), say=self.say, kept=None if path == "-" else Path(path))
        result = {
            "projects": [made.judge.slug, made.simulated.slug],
            "accounts": made.passwords,
            "passwords_file": path,
        }
        if options["json"]:
            self.answer(result, as_json=True)
            return
        for email, password in made.passwords.items():
            self.stdout.write(f"{email}  {password}")
        if path != "-":
            self.say(f"Passwords are kept in {path}, readable by you alone.")
