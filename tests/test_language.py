"""Comments, docstrings, names and documents are written for a reader who has never met the authors.

The words below once were a private dialect: metaphors for parts of the code, old-fashioned adverbs, and "he" for anybody.
Text in strings is not read here: it may be data or the text of a page.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DIALECT = re.compile(
    r"\b(he|him|his|himself|anew|deeds?|doors?|roofs?|mend(s|ed|ing)?|said|courier|shelf|heart"
    r"|(this|that|each|the|its|numeric|upper|lower) (room|floor)s?|map of the rooms"
    r"|(sends?|sent|sending) word|word to the workers|holds? (it |them )?against|stands? beside)\b",
    re.IGNORECASE,
)
ALLOWED = {
    ("tests/test_language.py", ""),
    ("Makefile", "@grep -hE"),
    ("annotation/static/annotation/js/outbox.js", "deed"),  # the stored form of entries that devices still hold
    ("tests/js/test_outbox.py", "deed"),
}
WORDS_OF_A_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def tracked(*patterns: str) -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def texts_of_python(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the line number and the text of every comment, docstring and name of a module."""
    source = file.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
        elif token.type == tokenize.NAME:
            yield token.start[0], " ".join(WORDS_OF_A_NAME.findall(token.string))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (text := ast.get_docstring(node)):
            start = node.body[0].lineno
            yield from enumerate(text.splitlines(), start)


def found(file: Path) -> Iterator[str]:
    if file.suffix == ".py":
        texts = texts_of_python(file)
    else:
        texts = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    name = str(file.relative_to(ROOT))
    for number, text in texts:
        allowed = any(name == where and what in text for where, what in ALLOWED)
        if (word := DIALECT.search(text)) and not allowed:
            yield f"{name}:{number}: {word[0]}"


class TestLanguage:
    def test_of_the_code_has_no_private_words(self):
        code = tracked(
            "*.py", "*.js", "*.css", "*.sql", "*.toml", "*.yaml", "Makefile", ".ci", "docker", ".env.example"
        )

        assert [line for file in code for line in found(file)] == []

    def test_of_the_documents_has_no_private_words(self):
        documents = (file for file in tracked("*.md") if "demo" not in file.parts)

        assert [line for file in documents for line in found(file)] == []
