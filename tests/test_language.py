"""Comments, docstrings, names and documents are written for a reader who has never met the authors.

The words below once were a private dialect: metaphors for parts of the code, old-fashioned adverbs, and "he" for anybody.
Strings of fewer than three words are not read here: they are data. Of templates the comments are read, and all of their
text for "he": pages are for readers too, and are worded with more freedom.
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
PRONOUN = re.compile(r"\b(he|him|his|himself)\b", re.IGNORECASE)
ALLOWED = {
    ("tests/test_language.py", ""),
    ("Makefile", "@grep -hE"),
    ("annotation/static/annotation/js/outbox.js", "deed"),  # the stored form of entries that devices still hold
    ("tests/js/test_outbox.py", "deed"),
    ("common/rendering/languages.py", "hbo he heb"),  # codes of languages and scripts
    # Texts of pages, and the tests that quote them.
    ("annotation/pages/import_sentences.py", "the models said"),
    ("reward/pages/headline.py", "Nothing can be said yet."),
    ("tests/reward/pages/test_leaderboard.py", "Nothing can be said yet."),
}
BANNED_ON_PAGES = re.compile(
    "Made, as a draft|Make the project|Make the token|Make pairs|Say what would be made|What came in|Nothing came in yet|Send a file"
    "|In, but look at it|came before with|It stands|stands below|will stand here|Mend |Bring back|Handed out pairs again|Empty: no bar"
    "|Lease, minutes|Version .{1,30} holds|As the system|How long it lives|Make projects|API’s own pages|You look after this site"
    "|do not go together|leads nowhere|does not open this page|for other people in the project|The fault is ours"
    "|It has been written down|Looking further for a pair|Pauses are yours|Your part in this project is on hold"
    "|You are taking a break|Who has an account keeps it|Pass it on by a way you trust|is in, as"
)
"""Phrases that pages once had, of the pages of people, projects, imports and errors."""
COMMENT_OF_A_TEMPLATE = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
WORDS_OF_A_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def tracked(*patterns: str) -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def texts_of_python(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the line number and the text of every comment, docstring, longer string and name of a module."""
    source = file.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
        elif token.type == tokenize.NAME:
            yield token.start[0], " ".join(WORDS_OF_A_NAME.findall(token.string))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) > 2:
            yield from enumerate(node.value.splitlines(), node.lineno)


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the line number and the text of all that is read of a file."""
    if file.suffix == ".py":
        yield from texts_of_python(file)
        return
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".html":
        yield from enumerate(source.splitlines(), 1)
        return
    for comment in COMMENT_OF_A_TEMPLATE.finditer(source):
        yield from enumerate(comment[0].splitlines(), source.count("\n", 0, comment.start()) + 1)


def found(file: Path) -> Iterator[str]:
    name = str(file.relative_to(ROOT))
    allowed = [what for where, what in ALLOWED if name == where]
    for number, text in texts_of(file):
        for word in DIALECT.finditer(text):
            if not any(what in text and (word[0] in what or not what) for what in allowed):
                yield f"{name}:{number}: {word[0]}"


class TestLanguage:
    def test_of_the_code_has_no_private_words(self):
        code = tracked(
            "*.py", "*.js", "*.css", "*.sql", "*.toml", "*.yaml", "Makefile", ".ci", "docker", ".env.example"
        )

        assert [line for file in code for line in found(file)] == []

    def test_of_the_comments_in_templates_has_no_private_words(self):
        assert [line for file in tracked("*.html") for line in found(file)] == []

    def test_of_the_pages_calls_people_they(self):
        pages = {file: PRONOUN.search(file.read_text(encoding="utf-8")) for file in tracked("*.html")}

        assert [str(file) for file, pronoun in pages.items() if pronoun] == []

    def test_of_the_pages_has_no_old_phrases(self):
        pages = [
            *tracked("templates/annotation", "templates/account", "templates/errors"),
            *tracked("annotation/pages", "annotation/views", "annotation/models", "config/*.py"),
        ]
        words = {file: BANNED_ON_PAGES.search(file.read_text(encoding="utf-8")) for file in pages}

        assert len(pages) > 100
        assert {str(file): found[0] for file, found in words.items() if found} == {}

    def test_of_a_string_is_read(self, tmp_path):
        module = tmp_path / "module.py"
        module.write_text('TEXT = "every member and his role"\nNAME = "he"\n', encoding="utf-8")

        assert [text for _, text in texts_of(module) if DIALECT.search(text)] == ["every member and his role"]

    def test_of_a_template_is_read_in_comments(self, tmp_path):
        template = tmp_path / "page.html"
        template.write_text("said\n{% comment %}Computes\nanew.{% endcomment %}{# said #}", encoding="utf-8")

        assert [number for number, text in texts_of(template) if DIALECT.search(text)] == [3, 3]

    def test_of_the_documents_has_no_private_words(self):
        documents = (file for file in tracked("*.md") if "demo" not in file.parts)

        assert [line for file in documents for line in found(file)] == []
