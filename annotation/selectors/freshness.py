"""Whether judgements are newer than a result computed from them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, Q, Subquery
from django.db.models.functions import Now
from django.db.models.lookups import IsNull

from annotation.models import Annotation, Import, Project


def judged_since(project: Project, moment: datetime | None) -> bool:
    """Whether a judgement was given, changed, withdrawn or imported after a moment; ever, where there is none. One query.

    Imported judgements carry the time that their file states: long past, so that it is not the time of
    import, or in the future, and then every result would look outdated. The import's job has the time of import.
    """
    # In the order of an index: without one, a large table may be read up to the project's first row (decision 0009).
    judged = Annotation.objects.filter(project_id=project.pk).order_by("at").values("pk")
    if moment is None:
        return judged.first() is not None
    imported = Import.objects.filter(project_id=project.pk, judgements__gt=0, job__heartbeat__gt=moment)
    here = Project.objects.filter(pk=project.pk)
    since = Subquery(judged.filter(at__gt=moment, at__lte=Now())[:1])
    return here.filter(Q(IsNull(since, False)) | Exists(imported)).exists()
