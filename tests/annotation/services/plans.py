"""How statements reach their rows: the plans of those that are sent, and what those inside functions did.

A statement inside a function cannot be explained from outside, but PostgreSQL counts as it goes: for each table and each
index, how often it was scanned and how many rows it gave, in this transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

Plan = dict
BIG = ("slot", "pair", "prompt", "response", "assignment", "annotation", "annotationrevision")

GROWN = "SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 5 * 8192"

COUNTED = r"""
SELECT c.relname, c.relname, pg_stat_get_xact_numscans(c.oid), 0 FROM pg_class c
WHERE c.relname LIKE 'annotation\_%' AND c.relkind = 'r'
UNION ALL
SELECT c.relname, t.relname, pg_stat_get_xact_numscans(c.oid),
  pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relname LIKE 'annotation\_%'
"""


def grown() -> set[str]:
    """The tables that hold more than a page or two by now: smaller ones may be read as they are."""
    with connection.cursor() as cursor:
        cursor.execute(GROWN)
        return {name.removeprefix("annotation_") for (name,) in cursor.fetchall()} & set(BIG)


@contextmanager
def plans() -> Iterator[list[tuple[str, Plan]]]:
    """Each statement sent meanwhile with the plan it ran by; EXPLAIN runs as well, in a savepoint that is rolled back."""
    seen: list[tuple[str, Plan]] = []

    def explain(execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", sql):
            with context["connection"].connection.cursor() as bare:
                bare.execute("SAVEPOINT plan")
                bare.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql, params)
                (plan,) = bare.fetchone()[0]
                bare.execute("ROLLBACK TO SAVEPOINT plan")
            seen.append((sql, plan["Plan"]))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(explain):
        yield seen


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def indexes(plan: Plan) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def assert_uses(plan: Plan, table: str, *names: str) -> None:
    """One of these indexes leads to the table's rows, where the table has grown."""
    if table in grown():
        assert indexes(plan) & set(names), indexes(plan)


def assert_sparing(sql: str, plan: Plan, *, rows: int = 200) -> None:
    """No table that has grown is read from end to end, none is anti joined, and no node touches more than a few rows."""
    big = grown()
    for node in nodes(plan):
        where = f"{node['Node Type']} on {node.get('Relation Name', node.get('Index Name', ''))}\n{sql}"
        table = node.get("Relation Name", "").removeprefix("annotation_")
        assert not (node["Node Type"] == "Seq Scan" and table in big), where
        assert node.get("Join Type") != "Anti", where
        touched = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert touched <= rows, f"{touched} rows: {where}"


def the_one(seen: list[tuple[str, Plan]], sql: str) -> Plan:
    (plan,) = (plan for sent, plan in seen if sent == sql)
    return plan


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a table, or through an index of it: scans, and entries and rows."""

    table: str
    scans: int
    entries: int


class Reads(dict[str, Read]):
    """What happened meanwhile, by the name of the table or index. Tables of a page or two may be read as they are."""

    def assert_uses(self, table: str, *names: str) -> None:
        """One of these indexes was scanned, where the table has grown."""
        if table in grown():
            assert any(self[name].scans for name in names), {name: read for name, read in self.items() if read.scans}

    def assert_sparing(self, *, rows: int = 200) -> None:
        """No table that has grown was read from end to end, and no index of it gave more than a few rows."""
        big = {f"annotation_{table}" for table in grown()}
        whole = {name: read for name, read in self.items() if name in big and read.scans}
        assert not whole, f"read from end to end: {whole}"
        much = {name: read for name, read in self.items() if read.table in big and read.entries > rows}
        assert not much, f"more than {rows} entries and rows: {much}"


@contextmanager
def reads(*, undo: bool = False) -> Iterator[Reads]:
    """Count what a block reads, in a transaction that is rolled back if asked; for use after the block."""
    found = Reads()
    with transaction.atomic():
        before = _counted()
        yield found
        after = _counted()
        transaction.set_rollback(undo)
    for name, now in after.items():
        then = before.get(name, Read(now.table, 0, 0))
        found[name] = Read(now.table, now.scans - then.scans, now.entries - then.entries)


def _counted() -> dict[str, Read]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        return {name: Read(*counts) for name, *counts in cursor.fetchall()}
