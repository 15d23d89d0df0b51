"""What holds for every module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.js.conftest import MODULES, ROOT

ENTRIES = {"adjudication.js", "judge.js", "difference-worker.js", "ending.js", "sign-in.js", "signed-in.js"}
FILES = sorted(MODULES.glob("*.js"))


def imported(name: str) -> set[str]:
    """Return the file names of the modules that a module imports."""
    return set(re.findall(r'from "\./([^"]+)"', (MODULES / name).read_text()))


def reached(entries: set[str]) -> set[str]:
    """Return the file names of the entries and of all that they import."""
    found: set[str] = set()
    waiting = set(entries)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= imported(name) - found
    return found


class TestModules:
    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
    def test_hold_no_state_of_their_own(self, file: Path) -> None:
        """State lives in objects that an entry module makes, or one test would see what another has left."""
        text = file.read_text()
        assert re.findall(r"^(?:export )?(?:let|var) .*", text, re.MULTILINE) == []
        containers = re.findall(r"^(?:export )?const \w+ = new (?:Map|WeakMap)\b.*", text, re.MULTILINE)
        assert containers == []

    def test_are_all_reached_from_the_entries_that_pages_load(self) -> None:
        assert reached(ENTRIES) == {file.name for file in FILES}

    def test_compare_texts_in_the_worker_only(self) -> None:
        assert "common-words.js" in reached({"difference-worker.js"})
        assert "common-words.js" not in reached(ENTRIES - {"difference-worker.js"})

    def test_are_loaded_by_pages_through_the_entries_only(self) -> None:
        templates = "".join(file.read_text() for file in (ROOT / "templates").rglob("*.html"))
        assert set(re.findall(r"annotation/js/([\w-]+\.js)", templates)) == ENTRIES
