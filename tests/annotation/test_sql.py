"""The database functions: what they are called, what they lock by, and the stored words they use."""

from __future__ import annotations

import ast
import re
from enum import Enum
from pathlib import Path

import pytest
from django.db import connection

from annotation import sql, vocabulary
from annotation.apps import FUNCTIONS, install_functions
from annotation.selectors import integrity
from common.db import functions
from common.db.locks import Namespace
from tests.test_tables import PACKAGES, ROOT, sources

STATEMENTS = functions.read(sql.FOLDER, FUNCTIONS)
WORDS = {
    str(member.value)
    for kind in vars(vocabulary).values()
    if isinstance(kind, type) and issubclass(kind, Enum)
    for member in kind
}
COLUMN = r"\b(?:state|kind|role)\b"
"""The columns that hold a stored word."""


def code(statement: str) -> str:
    """A statement without its comments."""
    return re.sub(r"--.*", "", statement)


def stored_words(statement: str) -> set[str]:
    """The literals that are compared with a column of stored words, set to one, or inserted."""
    text = code(statement)
    found = set(re.findall(rf"{COLUMN}\s*(?:=|<>)\s*'(\w+)'", text))
    for several in re.findall(rf"{COLUMN}\s+IN\s*\(([^)]*)\)", text):
        found |= set(re.findall(r"'(\w+)'", several))
    return found


def quoted(statement: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", code(statement)))


@pytest.mark.parametrize("name", STATEMENTS)
class TestAFile:
    def test_creates_the_function_that_it_is_named_after(self, name):
        assert re.findall(r"CREATE OR REPLACE FUNCTION (\w+)\(", STATEMENTS[name]) == [name]

    def test_locks_by_a_number_that_is_listed(self, name):
        numbers = re.findall(r"pg_(?:try_)?advisory\w*lock\((\d+),", code(STATEMENTS[name]))

        assert len(numbers) == code(STATEMENTS[name]).count("advisory")
        assert {int(number) for number in numbers} <= {namespace.value for namespace in Namespace}

    def test_quotes_stored_words_and_nothing_else(self, name):
        assert quoted(STATEMENTS[name]) - {"Infinity"} <= WORDS

    def test_begins_with_what_the_function_is_for(self, name):
        assert STATEMENTS[name].startswith("-- ")


class TestTheFiles:
    def test_lock_a_member_before_they_lease_or_submit(self):
        lock = f"pg_advisory_xact_lock({Namespace.MEMBER.value}, "

        assert {name for name, statement in STATEMENTS.items() if lock in statement} == {
            "concord_lease_next",
            "concord_submit",
        }

    def test_name_the_stored_words_that_they_compare(self):
        assert {"leased", "submitted", "expired"} <= {
            word for text in STATEMENTS.values() for word in stored_words(text)
        }


def literals(path: Path) -> set[str]:
    """The stored words that the strings of a Python module write out, as those of an f-string do not."""
    strings = (
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return set().union(*(stored_words(text) for text in strings))


class TestAModule:
    QUOTED = {
        path.relative_to(ROOT).as_posix(): words
        for package in PACKAGES
        for path in sources(package)
        if path.suffix == ".py"
        for words in [literals(path)]
        if words
    }

    def test_writes_stored_words_out_in_an_invariant_alone(self):
        assert {path.rpartition("/")[0] for path in self.QUOTED} == {"annotation/selectors/integrity"}

    def test_writes_out_no_word_that_is_not_stored(self):
        assert set().union(*self.QUOTED.values()) <= WORDS


@pytest.mark.parametrize("invariant", integrity.INVARIANTS, ids=lambda invariant: invariant.name)
def test_an_invariant_compares_with_stored_words_alone(invariant):
    assert stored_words(invariant.sql) <= WORDS


@pytest.mark.django_db
class TestTheDatabase:
    def functions(self) -> dict[str, tuple[str, list[str] | None]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT proname, provolatile, proconfig FROM pg_proc WHERE proname LIKE %s",
                [FUNCTIONS.replace("_", r"\_") + "%"],
            )
            return {name: (volatile, settings) for name, volatile, settings in cursor.fetchall()}

    def test_has_a_function_for_each_file_after_migrations(self):
        assert set(self.functions()) == set(STATEMENTS)

    def test_lets_each_statement_of_a_function_see_what_was_committed_before_it(self):
        assert {volatile for volatile, _ in self.functions().values()} == {"v"}

    def test_never_reads_a_table_from_end_to_end_in_a_function(self):
        functions = self.functions()
        # It reads no table, and with a setting it could not become part of the expression that calls it.
        _, settings_of_clock = functions.pop("concord_clock")

        assert settings_of_clock is None
        assert {tuple(settings or ()) for _, settings in functions.values()} == {("enable_seqscan=off",)}

    def test_has_none_of_them_where_the_tables_are_gone(self):
        class WithoutTables:
            all_models = {"annotation": {}}

        install_functions(using="default", apps=WithoutTables())

        assert self.functions() == {}
