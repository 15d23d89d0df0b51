"""Which kinds of jobs a process can do."""

from __future__ import annotations

import subprocess
import sys

from annotation.vocabulary import JobKind

LIST_KINDS = """
import django
django.setup()
from annotation.services.jobs import performers
from annotation.vocabulary import JobKind
print(*(kind.value for kind in JobKind if performers.of_kind(kind)))
"""


class TestPerformers:
    def test_are_known_to_every_process_as_soon_as_django_is_set_up(self) -> None:
        process = subprocess.run(  # noqa: S603 - the interpreter that runs the tests
            [sys.executable, "-c", LIST_KINDS], capture_output=True, text=True, check=True
        )

        assert set(process.stdout.split()) == {kind.value for kind in JobKind}
