"""``render``: prints the HTML that pages show for a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.rendering.markdown import render

MAX_BYTES: Final = 16 << 20


class Command(BaseCommand):
    help = "Print the HTML that pages show for the text in FILE, which is UTF-8."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--language",
            metavar="L",
            default="",
            help="the language stated with the text: a tag, a code of ISO 639 or a name, as fa-IR, ara or Hebrew",
        )

    def handle(self, *, file: Path, language: str, **options: Any) -> None:
        self.stdout.write(render(_read(file), language), ending="")


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise CommandError(f"{file} is longer than {MAX_BYTES:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8: byte {error.start} does not fit.") from error
