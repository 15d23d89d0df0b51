"""What holds for every module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.js.conftest import MODULES, ROOT

ENTRIES = {"judge.js", "ending.js", "sign-in.js", "signed-in.js"}
FILES = sorted(MODULES.glob("*.js"))


def imported(name: str) -> set[str]:
    """Return the file names of the modules that a module imports."""
    return set(re.findall(r'from "\./([^"]+)"', (MODULES / name).read_text()))


class TestModules:
    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
    def test_hold_no_state_of_their_own(self, file: Path) -> None:
        """State lives in objects that an entry module makes, or one test would see what another has left."""
        text = file.read_text()
        assert re.findall(r"^(?:export )?(?:let|var) .*", text, re.MULTILINE) == []
        containers = re.findall(r"^(?:export )?const \w+ = new (?:Map|WeakMap)\b.*", text, re.MULTILINE)
        assert containers == []

    def test_are_all_reached_from_the_entries_that_pages_load(self) -> None:
        reached: set[str] = set()
        waiting = set(ENTRIES)
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= imported(name) - reached
        assert reached == {file.name for file in FILES}

    def test_are_loaded_by_pages_through_the_entries_only(self) -> None:
        templates = "".join(file.read_text() for file in (ROOT / "templates").rglob("*.html"))
        assert set(re.findall(r"annotation/js/([\w-]+\.js)", templates)) == ENTRIES
