"""Make the demo: accounts, a project to judge at once, and one that simulated annotators have filled."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from annotation.management.base import JsonCommand
from config import demo


class Command(JsonCommand):
    help = "Make the demo accounts and projects, or what of them is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        made = demo.make(now=timezone.now(), say=self.say)
        path = settings.VAR / "first-passwords.txt"
        demo.keep_passwords(path, made.passwords)
        result = {
            "projects": [made.judge.slug, made.simulated.slug],
            "accounts": made.passwords,
            "passwords_file": str(path),
        }
        if options["json"]:
            self.answer(result, as_json=True)
            return
        for email, password in made.passwords.items():
            self.stdout.write(f"{email}  {password}")
        self.say(f"Passwords are kept in {path}, readable by you alone.")
