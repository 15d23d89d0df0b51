"""How much work statements are: how many rows their plans visit and how many pages they look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction

from common.db import copy

Plan = dict[str, Any]

REMOVED = ("Filter", "Join Filter", "Index Recheck")


@dataclass(frozen=True, slots=True)
class Work:
    """A statement that was sent, and the plan by which it ran."""

    sql: str
    plan: Plan

    @property
    def rows(self) -> int:
        """Rows that all nodes of the plan gave or threw away, over all their loops."""
        return round(sum(_visited(node) for node in _nodes(self.plan)))

    @property
    def pages(self) -> int:
        """Pages that were looked at, each as often as it was."""
        return int(self.plan["Shared Hit Blocks"] + self.plan["Shared Read Blocks"])

    def __str__(self) -> str:
        return f"{self.rows:,} rows, {self.pages:,} pages\n{self.sql.strip()}\n" + "\n".join(_lines(self.plan))


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _visited(node: Plan) -> float:
    removed = sum(node.get(f"Rows Removed by {what}", 0) for what in REMOVED)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])


def _lines(plan: Plan, depth: int = 0) -> Iterator[str]:
    names = (
        plan.get(name) for name in ("Join Type", "Relation Name", "Index Name", "Index Cond", "Filter", "Join Filter")
    )
    where = " ".join(str(name) for name in names if name)
    loops = plan["Actual Loops"]
    yield f"{'  ' * depth}{plan['Node Type']} {where} ({plan['Plan Rows']} thought, {_visited(plan):,.0f} in {loops} loops)"
    for child in plan.get("Plans", ()):
        yield from _lines(child, depth + 1)


@contextmanager
def work() -> Iterator[list[Work]]:
    """Collect the statements sent inside a `with`, each with the plan by which it runs. What they change is undone.

    EXPLAIN runs as well, in a savepoint that is rolled back. COPY is seen where ``common.db.copy.read`` sends it.
    """
    seen: list[Work] = []

    def explain(sql: str, parameters: Any) -> None:
        connection.ensure_connection()
        with connection.connection.cursor() as bare:
            bare.execute("SAVEPOINT explained")
            bare.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", parameters)
            (found,) = bare.fetchone()[0]
            bare.execute("ROLLBACK TO SAVEPOINT explained")
        seen.append(Work(sql, found["Plan"]))

    def sent(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            explain(sql, parameters)
        return execute(sql, parameters, many, context)

    read = copy.read

    def copied(query: str, parameters: Any, columns: Any) -> Any:
        explain(query, dict(parameters))
        return read(query, parameters, columns)

    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        stack.enter_context(connection.execute_wrapper(sent))
        stack.enter_context(patch.object(copy, "read", copied))
        yield seen
        transaction.set_rollback(True)
