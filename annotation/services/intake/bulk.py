"""Many rows at once: ids drawn first, rows sent by COPY, and pairs with the slots they want.

Callers hold the project's row (``hold``), so that nobody else makes prompts, responses, pairs or members in that project
meanwhile: what was looked up stays true until the transaction ends.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models

from annotation.formats.id_folding import folded_hash
from annotation.models import Pair, Project, Slot
from annotation.sampling import presentation
from common.db.rows import query, query_value

# What ``Project.slots_of_a_new_pair`` says of the row as it is once it is locked.
HOLD = """
SELECT CASE WHEN target_probability IS NULL THEN slots_per_pair ELSE least_judgements END
FROM annotation_project WHERE id = %(project)s FOR NO KEY UPDATE
"""

NEW_IDS = (
    "SELECT nextval((SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass)) FROM generate_series(1, %(count)s)"
)

# Look-ups of an import probe an index once for each thing asked, and keep the planner from anything else in two ways.
# OFFSET 0 keeps the probes from being turned into a join. (SELECT project) hides the project's id from the planner:
# in a project's first big import statistics do not know the project yet, so the planner takes it for empty and reads
# all of it for each probe (100,000 lines: 76 s instead of 35).
PAIRS_OF = """
SELECT w.low, w.high FROM unnest(%(low)s::bigint[], %(high)s::bigint[]) AS w(low, high)
CROSS JOIN LATERAL (
  SELECT true FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint)
  AND LEAST(p.first_id, p.second_id) = w.low AND GREATEST(p.first_id, p.second_id) = w.high OFFSET 0) found
"""

IDS_TAKEN = """
SELECT w.id FROM unnest(%(ids)s::text[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT true FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint) AND p.external_id = w.id OFFSET 0) found
"""


@dataclass(slots=True)
class NewSlot:
    """A slot to be made; one that is not open is filled from the start."""

    first_on_left: bool
    open: bool = True
    id: int = 0


@dataclass(slots=True)
class NewPair:
    """A pair to be made, in canonical order."""

    id: int
    external_id: str
    prompt: int
    first: int
    second: int
    content_hash: bytes
    gold: int | None = None
    slots: list[NewSlot] = field(default_factory=list)


def hold(project: Project) -> int:
    """Lock the project's row until the transaction ends; return how many slots a pair of it gets.

    Others who add pairs, members or guidelines wait; judging does not.
    """
    return int(query_value(HOLD, {"project": project.pk}))


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Return new ids of a table's own sequence, ascending."""
    if not count:
        return []
    return [pk for (pk,) in query(NEW_IDS, {"table": model._meta.db_table, "count": count})]


def copy_in(model: type[models.Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Send rows by COPY. Constraints and triggers hold as for any INSERT.

    In binary, which costs a third of what text does on both sides; each value has its column's very type.
    """
    statement = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_type_of(model, column) for column in columns])
        for row in values:
            copy.write_row(row)


@cache
def _type_of(model: type[models.Model], column: str) -> str:
    """The column's type by its plain name: ``varchar``, not ``varchar(200)``."""
    (field,) = (field for field in model._meta.concrete_fields if field.column == column)
    return re.sub(r"\(\d+\)", "", field.db_type(connection) or "")


def existing_pairs(project: Project, wanted: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    """Return which of these pairs of responses are pairs already, in either order."""
    ordered = [(min(two), max(two)) for two in wanted]
    if not ordered:
        return set()
    at = {"project": project.pk, "low": [low for low, _ in ordered], "high": [high for _, high in ordered]}
    return {frozenset(two) for two in query(PAIRS_OF, at)}


def ids_taken(project: Project, wanted: Sequence[str]) -> set[str]:
    """Return which of these external ids a pair of the project has."""
    return {taken for (taken,) in query(IDS_TAKEN, {"project": project.pk, "ids": list(wanted)})} if wanted else set()


def sides(pair: int, count: int) -> list[bool]:
    """Return whether the first response is on the left in each slot of a pair: alternating, starting by a hash of the pair."""
    start = presentation.first_on_left_start(str(pair).encode())
    return [bool(left) for left in presentation.sides(start, count)]


def queue_key(batch: int, rng: random.Random) -> float:
    """Return a pair's place in the queue: mixed inside its batch, batch after batch."""
    return batch + rng.random()


def make_pairs(
    *, project: Project, pairs: Sequence[NewPair], origin: Pair.Origin, batch: int, now: datetime, rng: random.Random
) -> None:
    """Store pairs with their slots; the slots of a pair share one key. Gives every slot its id."""
    columns = (
        *("id", "project_id", "prompt_id", "first_id", "second_id", "external_id"),
        *("origin", "batch", "gold_verdict", "content_hash", "folded_hash", "created_at"),
    )
    copy_in(
        Pair,
        columns,
        (
            (
                *(p.id, project.pk, p.prompt, p.first, p.second, p.external_id),
                *(origin.value, batch, p.gold, p.content_hash, folded_hash(p.external_id), now),
            )
            for p in pairs
        ),
    )
    make_slots(project=project, slots=[(p.id, queue_key(batch, rng), p.slots) for p in pairs if p.slots])


def make_slots(*, project: Project, slots: Sequence[tuple[int, float, list[NewSlot]]]) -> None:
    """Store slots, given as (pair, key, its slots), and give each its id."""
    ids = iter(new_ids(Slot, sum(len(some) for _, _, some in slots)))
    for _, _, some in slots:
        for slot in some:
            slot.id = next(ids)
    copy_in(
        Slot,
        ("id", "project_id", "pair_id", "route", "key", "open", "first_on_left"),
        (
            (slot.id, project.pk, pair, 0, key, slot.open, slot.first_on_left)
            for pair, key, some in slots
            for slot in some
        ),
    )
