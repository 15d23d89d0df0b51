"""Triggers, constraints and indexes: what keeps the rest true from one statement to the next."""

from __future__ import annotations

import pgtrigger
from django.apps import apps
from django.db import models

from annotation.selectors.integrity.invariant import Invariant
from common.db.triggers import AppendOnly, KeepReferenced

TRIGGERS = Invariant(
    "append_only_is_enforced",
    "Row triggers refuse UPDATE and DELETE on revisions and audit events.",
    # tgtype 27: for each row (1), before (2), on delete (8) or update (16).
    """
SELECT t.on_table || ' has no trigger' FROM unnest(%(append_only_tables)s::text[], %(append_only)s::text[]) AS t (on_table, name)
WHERE NOT EXISTS (
  SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid
  WHERE g.tgrelid = to_regclass(t.on_table) AND g.tgname = t.name AND f.proname = t.name AND g.tgenabled IN ('O', 'A')
    AND g.tgtype & 27 = 27 AND g.tgqual IS NULL AND g.tgattr = '')""",
)

CONSTRAINTS = Invariant(
    "constraints_stand",
    "Every constraint and index that is meant exists and is valid.",
    """
SELECT c.on_table || ': ' || c.name FROM unnest(%(constraint_tables)s::text[], %(constraints)s::text[]) AS c (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_constraint p
  WHERE p.conrelid = to_regclass(c.on_table) AND p.conname = c.name AND p.convalidated)
  AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
  WHERE i.indrelid = to_regclass(c.on_table) AND k.relname = c.name AND i.indisvalid AND i.indisready)
UNION ALL
SELECT f.on_table || '.' || f.name || ' points anywhere' FROM unnest(%(key_tables)s::text[], %(keys)s::text[]) AS f (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_constraint p
  JOIN pg_attribute a ON a.attrelid = p.conrelid AND a.attnum = p.conkey[1]
  WHERE p.conrelid = to_regclass(f.on_table) AND p.contype = 'f' AND p.convalidated AND array_length(p.conkey, 1) = 1
    AND a.attname = f.name)
UNION ALL
SELECT u.on_table || '.' || u.name || ' may repeat' FROM unnest(%(unique_tables)s::text[], %(unique)s::text[]) AS u (on_table, name)
WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = to_regclass(u.on_table) AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND a.attname = u.name)
UNION ALL
SELECT p.conrelid::regclass || ': ' || p.conname || ' is not valid' FROM pg_constraint p
WHERE p.conrelid::regclass::text LIKE 'annotation\\_%%' AND NOT p.convalidated
UNION ALL
SELECT i.indrelid::regclass || ': ' || i.indexrelid::regclass || ' is not valid' FROM pg_index i
WHERE i.indrelid::regclass::text LIKE 'annotation\\_%%' AND NOT (i.indisvalid AND i.indisready)""",
)

INVARIANTS = (TRIGGERS, CONSTRAINTS)

# Foreign keys of two columns, which a migration adds and no model can say.
COMPOSITE_KEYS = {
    ("annotation_pair", "pair_first_answers_its_prompt"),
    ("annotation_pair", "pair_second_answers_its_prompt"),
}


def parameters() -> dict[str, list[str]]:
    """What the models say should be there, as parameters of the queries above."""
    constraints = sorted(_constraints() | _triggers(KeepReferenced) | COMPOSITE_KEYS)
    append_only = sorted(_triggers(AppendOnly))
    keys = sorted(_foreign_keys())
    unique = sorted(_unique_columns())
    return {
        "append_only_tables": [table for table, _ in append_only],
        "append_only": [name for _, name in append_only],
        "constraint_tables": [table for table, _ in constraints],
        "constraints": [name for _, name in constraints],
        "key_tables": [table for table, _ in keys],
        "keys": [column for _, column in keys],
        "unique_tables": [table for table, _ in unique],
        "unique": [column for _, column in unique],
    }


def _triggers(kind: type[pgtrigger.Trigger]) -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, trigger.get_pgid(model))  # type: ignore[arg-type]
        for model in _models()
        for trigger in getattr(model._meta, "triggers", [])
        if isinstance(trigger, kind)
    }


def _models() -> list[type[models.Model]]:
    return list(apps.get_app_config("annotation").get_models(include_auto_created=True))


def _constraints() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, named.name)
        for model in _models()
        for named in [*model._meta.constraints, *model._meta.indexes]
    }


def _unique_columns() -> set[tuple[str, str]]:
    """Primary keys, one-to-one keys, and other unique columns."""
    return {
        (model._meta.db_table, field.column)
        for model in _models()
        for field in model._meta.local_fields
        if field.unique and field.column
    }


def _foreign_keys() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, field.column)
        for model in _models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and getattr(field, "db_constraint", False) and field.column
    }
