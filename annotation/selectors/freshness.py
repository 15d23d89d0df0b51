"""Whether a stored result is older than the judgements it rests on."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists
from django.db.models.functions import Now

from annotation.models import Annotation, Import, Project


def judged_since(project: Project, moment: datetime | None) -> bool:
    """Whether a judgement was given, changed, withdrawn or imported after a moment; ever, where there is none. One query.

    Imported judgements carry the time that their file states: long past, so that it does not tell when they were
    imported, or in the future, and then they would be newer than every result for good. The import's job knows when.
    """
    judged = Annotation.objects.filter(project_id=project.pk)
    if moment is None:
        return judged.exists()
    imported = Import.objects.filter(project_id=project.pk, judgements__gt=0, job__heartbeat__gt=moment)
    here = Project.objects.filter(pk=project.pk)
    return here.filter(Exists(judged.filter(at__gt=moment, at__lte=Now())) | Exists(imported)).exists()
