"""``migrate``, one at a time on a database: hosts that start together may all run it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from common.db import locks

WAIT = 600.0
"""Seconds to wait for another ``migrate``."""


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait",
            type=float,
            default=WAIT,
            metavar="SECONDS",
            help=f"How long to wait for another migrate of this database that is running. Default: {WAIT:.0f}.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
            return
        wait = options.pop("wait", WAIT)
        try:
            with locks.held(
                locks.Namespace.MIGRATIONS,
                on=connections[options["database"]],
                wait=wait,
                waiting=lambda: self.stderr.write("Another migrate of this database is running: waiting for it."),
            ):
                super().handle(*args, **options)
        except locks.Held:
            raise CommandError(
                f"Another migrate of this database has not ended within {wait:.0f} s. Nothing was changed. "
                "Wait for it or end it, then run migrate again."
            ) from None
