"""Row triggers that several models share. django-pgtrigger puts them into migrations; they cost nothing to an INSERT."""

from __future__ import annotations

import pgtrigger
from django.db import models


class AppendOnly(pgtrigger.Trigger):
    """Refuse UPDATE and DELETE of a row."""

    name = "append_only"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';"


class KeepReferenced(pgtrigger.Trigger):
    """Refuse to DELETE a row that ``referring`` still names: the half of a foreign key that costs INSERT nothing.

    Looked at when the transaction ends, as for a foreign key, so that both rows may go in one.

    Parameters
    ----------
    referring
        The model whose rows refer to this one, by its name in the same app.
    where
        The condition on its rows, with OLD for the deleted one. It names whatever leads to an index.
    """

    when = pgtrigger.After
    operation = pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, *, name: str, referring: str, where: str) -> None:
        self.referring = referring
        self.where = where
        super().__init__(name=name, declare=[("reference", "bigint")])

    def get_func(self, model: models.Model) -> str:
        table = f"{model._meta.app_label}_{self.referring.lower()}"
        return f"""
          SELECT id INTO reference FROM {table} WHERE {self.where} LIMIT 1;
          IF FOUND THEN
            RAISE EXCEPTION '% % is still referred to by {self.referring.lower()} %', TG_TABLE_NAME, OLD.id, reference
            USING ERRCODE = 'foreign_key_violation';
          END IF;
          RETURN NULL;
        """  # noqa: S608 - names and a condition of our own
