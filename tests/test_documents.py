"""What the documents name is there: links, paths, and dotted names of the code."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
APPS = ("annotation", "common", "config", "quality", "reward")

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*")
DOTTED = re.compile(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")


def codes(document: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield what is in backticks and is, apart from call brackets, a path or a dotted name."""
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        if found := pattern.fullmatch(code.split("[")[0].split("(")[0]):
            yield found[0]


def is_tracked(path: str) -> bool:
    return bool(subprocess.run(["git", "ls-files", path], cwd=ROOT, check=True, capture_output=True).stdout)


def is_defined(name: str) -> bool:
    """Return whether a dotted name can be imported, as a module or as an attribute of one."""
    try:
        if importlib.util.find_spec(name):
            return True
    except ModuleNotFoundError:  # what comes before the last dot is no module but a class, or missing
        pass
    owner, _, attribute = name.rpartition(".")
    return bool(owner) and is_defined(owner) and hasattr(resolved(owner), attribute)


def resolved(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        owner, _, attribute = name.rpartition(".")
        return getattr(resolved(owner), attribute)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
class TestDocument:
    def test_links_to_files_that_exist(self, document):
        targets = LINK.findall(document.read_text(encoding="utf-8"))

        assert [target for target in targets if not (document.parent / target).exists()] == []

    def test_names_paths_that_exist(self, document):
        paths = {path for path in codes(document, PATH) if path.split("/")[0] in {*APPS, "docs", "tests", "templates"}}

        assert [path for path in sorted(paths) if not is_tracked(path)] == []

    def test_names_modules_functions_and_classes_that_exist(self, document):
        assert [name for name in sorted(set(codes(document, DOTTED))) if not is_defined(name)] == []
