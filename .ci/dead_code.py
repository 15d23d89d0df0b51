"""List the names that nothing uses, by vulture; the exit status is 1 if there are any. Called by ``.ci/check``.

Vulture reads Python only and counts a name as used where it occurs. Added here, because they are uses too:

- a word of the templates, of the SQL files, or of a string literal that is not a docstring (a column, a key, a setting);
- a part of a Django lookup (``member__user__email=…``);
- an attribute or a parameter of a method that overrides one of a library's class: the library calls it;
- the members of an enumeration: they are values.

What is left and still in use is listed with its reason under ``[tool.vulture]`` in pyproject.toml. Tests do not count:
what only a test uses is dead.
"""

from __future__ import annotations

import ast
import enum
import importlib
import keyword
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import django
from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
PACKAGES: list[str] = TOOLS["importlinter"]["root_packages"]
WORD = re.compile(r"[A-Za-z_]\w+")
# Django reads every name of a settings module, gunicorn every name of its configuration.
READ_BY_NAME = ("config/settings/*.py", "config/gunicorn.conf.py")


def modules() -> Iterator[Path]:
    """Yield the modules to look at. Migrations are left out."""
    apart = {file for pattern in READ_BY_NAME for file in ROOT.glob(pattern)}
    for package in PACKAGES:
        for file in sorted(set((ROOT / package).rglob("*.py")) - apart):
            if file.parent.name != "migrations":
                yield file.relative_to(ROOT)
    yield Path("manage.py")


def words_of_other_files() -> Iterator[str]:
    patterns = [*READ_BY_NAME, "templates/**/*.html", *(f"{package}/**/*.sql" for package in PACKAGES)]
    for pattern in patterns:
        for file in ROOT.glob(pattern):
            yield from WORD.findall(file.read_text(encoding="utf-8"))


def words_in_code(tree: ast.Module) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        node.body[0].value for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield from WORD.findall(node.value)
        elif isinstance(node, ast.keyword) and node.arg and "__" in node.arg:
            yield from node.arg.split("__")


def names_of_a_library(scope: object, body: list[ast.stmt]) -> Iterator[str]:
    """Yield what the classes of a module, or of a class, override, with the parameters of overriding methods."""
    for node in body:
        kind = getattr(scope, node.name, None) if isinstance(node, ast.ClassDef) else None
        if not isinstance(node, ast.ClassDef) or kind is None:
            continue
        foreign = [base for base in kind.__mro__[1:-1] if base.__module__.split(".")[0] not in PACKAGES]
        for name in kind.__dict__:
            if issubclass(kind, enum.Enum) or any(hasattr(base, name) for base in foreign):
                yield name
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and any(hasattr(base, method.name) for base in foreign):
                yield from (argument.arg for argument in ast.walk(method.args) if isinstance(argument, ast.arg))
        yield from names_of_a_library(kind, node.body)


def main() -> int:
    sys.path.insert(0, str(ROOT))
    django.setup()
    vulture = Vulture(**TOOLS["vulture"])
    used = set(words_of_other_files())
    for file in modules():
        source = (ROOT / file).read_text(encoding="utf-8")
        tree = ast.parse(source)
        vulture.scan(source, filename=file)
        module = importlib.import_module(".".join(file.with_suffix("").parts))
        used.update(words_in_code(tree), names_of_a_library(module, tree.body))
    names = (word for word in used if word.isidentifier() and not keyword.iskeyword(word))  # `w²` is a word and no name
    vulture.scan("\n".join(sorted(names)))
    dead = vulture.get_unused_code()
    for item in dead:
        sys.stdout.write(f"{item.filename}:{item.first_lineno}: nothing uses the {item.typ} {item.name}\n")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
