"""Every function of the selectors is called by the test of large reads, or known to read a few rows or none."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any

import annotation.selectors
import quality.selectors
import reward.selectors
from tests.plans import reads

# One row by its key, rows of one person or one page, settings of a project; or no query at all.
SMALL = {
    "annotation.selectors.adjudications": {"of_pair", "pair_of"},
    "annotation.selectors.attributes": {"names"},
    "annotation.selectors.conversation": {"opening", "replies", "turns"},
    "annotation.selectors.flags": {"of_project"},
    "annotation.selectors.gold": {"answers", "by_pair", "key_of", "known_by", "with_prompts", "with_texts"},
    "annotation.selectors.guidelines": {"newest", "versions"},
    "annotation.selectors.imports": {"as_json", "find", "of_job"},
    "annotation.selectors.integrity": {"check", "snapshot"},
    "annotation.selectors.integrity.schema": {"parameters"},
    "annotation.selectors.jobs": {"anywhere", "find", "has_unfinished", "latest"},
    "annotation.selectors.judgements": {"counting", "in_force", "per_day", "surplus"},
    "annotation.selectors.members": {"by_number", "of_keys"},
    "annotation.selectors.metrics": {"oldest_waiting_job"},
    "annotation.selectors.notices": {"tells", "told"},
    "annotation.selectors.pairs": {"complete", "external_ids", "key_of", "source_models"},
    "annotation.selectors.projects": {"every", "may_create"},
    "annotation.selectors.shown_pair": {"on_page"},
    "annotation.selectors.tokens": {"find", "of_user"},
    "annotation.selectors.users": {"from_rows", "membership", "with_memberships"},
    "annotation.selectors.waiting": {"counts", "waits"},
    "quality.selectors.days": {"first_of"},
    "quality.selectors.figures": {"figure_rows", "names_in", "some_parts"},
    "quality.selectors.gold": {"every", "one", "probes", "proposals", "waiting_proposals"},
    "quality.selectors.rules": {
        "about",
        "latest_steps",
        "log_of",
        "log_ratio",
        "of_key",
        "proposals",
        "settings_of",
        "stored",
        "told",
        "undoable",
        "waiting",
    },
    "quality.selectors.runs": {"kept_run", "stale"},
    "reward.selectors.ratings": {"is_stale", "of_run", "run_of_job"},
}


def selectors() -> dict[str, set[str]]:
    """Return the public functions of every module of selectors."""
    found: dict[str, set[str]] = {}
    for package in (annotation.selectors, quality.selectors, reward.selectors):
        modules = [info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
        for name in modules:
            functions = inspect.getmembers(import_module(name), inspect.isfunction)
            found[name] = {
                inner for inner, function in functions if function.__module__ == name and not inner.startswith("_")
            }
    return found


def read() -> set[tuple[str, str]]:
    """Return module and name of what the table of reads names as an attribute of a module."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(reads))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module: Any = getattr(reads, node.value.id, None)
            if isinstance(module, ModuleType):
                found.add((module.__name__, node.attr))
    return found


def test_each_selector_is_read_or_small() -> None:
    tested = read()
    missing = {
        f"{module}.{name}"
        for module, names in selectors().items()
        for name in names - SMALL.get(module, set())
        if (module, name) not in tested
    }
    assert missing == set(), "call them in tests/plans/reads.py, or name them in SMALL where they read a few rows"


def test_names_no_small_one_that_does_not_exist() -> None:
    there = selectors()
    assert {module: names - there.get(module, set()) for module, names in SMALL.items()} == {
        module: set() for module in SMALL
    }
