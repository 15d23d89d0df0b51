"""Whether a stored result is older than what it rests on."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists
from django.db.models.functions import Now

from annotation.models import Annotation, Import, Project


def said_since(project: Project, moment: datetime | None) -> bool:
    """Whether something was judged, changed, taken back or brought in after a moment; ever, where there is none. One query.

    Judgements that are brought in carry the time their file states: long past, so that it says nothing of when they came,
    or still to come, and then they would be news for ever. When they came is what their import's job knows.
    """
    said = Annotation.objects.filter(project_id=project.pk)
    if moment is None:
        return said.exists()
    came = Import.objects.filter(project_id=project.pk, judgements__gt=0, job__heartbeat__gt=moment)
    here = Project.objects.filter(pk=project.pk)
    return here.filter(Exists(said.filter(at__gt=moment, at__lte=Now())) | Exists(came)).exists()
