"""Which pairs have judgements that live figures have not taken in yet."""

from __future__ import annotations

import pgtrigger
from django.db import models

from annotation.models.project import hot_project


class Touched(models.Model):
    """A pair whose counting judgements, or known verdict, have changed: figures have not taken that in while the row is here.

    Triggers write it in the transaction that makes the change, so both are seen together, in whatever order transactions
    commit. Who takes the change in deletes the row in the transaction that stores the result. A pair may have several.
    """

    project = hot_project(related_name="+")
    pair_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["project", "id"], name="touched_in_order")]

    def __str__(self) -> str:
        return f"pair {self.pair_id} touched"


class NoteTouched(pgtrigger.Trigger):
    """Note that a pair was touched, see :class:`Touched`, where a row of the table changes so that it matters.

    Parameters
    ----------
    pair
        The pair's key in the changed row, with NEW for it; empty where the rows are new annotations: then theirs, of all
        that one statement inserts at once.
    condition
        Of an UPDATE, when it matters.
    """

    when = pgtrigger.After

    def __init__(self, *, name: str, pair: str = "", condition: pgtrigger.Condition | None = None) -> None:
        self.pair = pair
        if pair:
            super().__init__(name=name, operation=pgtrigger.Update, condition=condition)
        else:
            super().__init__(
                name=name,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="made"),
            )

    def get_func(self, model: models.Model) -> str:
        if self.pair:
            rows = f"VALUES (NEW.project_id, {self.pair})"
        else:
            rows = "SELECT m.project_id, t.pair_id FROM made m JOIN annotation_assignment t ON t.id = m.assignment_id"
        return f"INSERT INTO annotation_touched (project_id, pair_id) {rows}; RETURN NULL;"
