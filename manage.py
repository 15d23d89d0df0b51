#!/usr/bin/env python3
"""Run a command of Concord. Commands that need a database use the embedded one when DATABASE_URL is not set."""

from __future__ import annotations

import os
import sys
import time

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}
WITHOUT_MIGRATING = {
    "migrate",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
    "optimizemigration",
    "dbshell",
}


def needs_database(arguments: list[str]) -> bool:
    if not arguments or arguments[0].startswith("-") or {"--help", "-h", "--version"} & set(arguments):
        return False
    if arguments[0] == "check":
        return any(word.startswith("--database") for word in arguments)
    return arguments[0] not in WITHOUT_DATABASE


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.stderr.write("Django is not installed for this Python: run `make setup`, then use .venv/bin/python.\n")
        return 1
    from config.env import EXIT, start

    start()
    if not needs_database(sys.argv[1:]):
        execute_from_command_line(sys.argv)
        return 0

    from django.db import OperationalError

    from common.db.faults import not_connected
    from common.db.postgresql.pooler import REFUSAL
    from config.embedded.binaries import BinaryMissing
    from config.embedded.locks import LockTimeout
    from config.embedded.paths import UnsafeDirectory
    from config.embedded.servers import ServerFailed
    from config.embedded.session import use_embedded

    began = time.monotonic()

    def report(step: str) -> None:
        if sys.stderr.isatty() or not step.startswith("starting"):
            sys.stderr.write(f"concord: {time.monotonic() - began:.1f} s  {step}\n")

    try:
        with use_embedded(migrate=sys.argv[1] not in WITHOUT_MIGRATING, report=report):
            execute_from_command_line(sys.argv)
    except (BinaryMissing, LockTimeout, ServerFailed, UnsafeDirectory) as problem:
        sys.stderr.write(f"concord: {problem}\n")
        return 1
    except OperationalError as error:
        sentence = REFUSAL if REFUSAL in str(error) else not_connected(error)
        if not sentence:
            raise
        sys.stderr.write(f"concord: {sentence}\n")
        return EXIT
    return 0


if __name__ == "__main__":
    sys.exit(main())
