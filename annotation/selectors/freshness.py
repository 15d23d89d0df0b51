"""Whether judgements are newer than a result computed from them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists
from django.db.models.functions import Now

from annotation.models import Annotation, Import, Project


def judged_since(project: Project, moment: datetime | None) -> bool:
    """Whether a judgement was given, changed, withdrawn or imported after a moment; ever, where there is none. One query.

    Imported judgements carry the time that their file states: long past, so that it is not the time of
    import, or in the future, and then every result would look outdated. The import's job has the time of import.
    """
    judged = Annotation.objects.filter(project_id=project.pk)
    if moment is None:
        return judged.exists()
    imported = Import.objects.filter(project_id=project.pk, judgements__gt=0, job__heartbeat__gt=moment)
    here = Project.objects.filter(pk=project.pk)
    return here.filter(Exists(judged.filter(at__gt=moment, at__lte=Now())) | Exists(imported)).exists()
