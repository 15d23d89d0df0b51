"""What annotators flagged."""

from __future__ import annotations

from django.db.models import QuerySet

from annotation.models import Flag, Project
from annotation.selectors.waiting import waits


def newest(*, project: Project) -> QuerySet[Flag]:
    """Return every flag of a project with its pair and the member who raised it, newest first."""
    pair = "assignment__pair"
    texts = (pair, f"{pair}__prompt", f"{pair}__first", f"{pair}__second", "assignment__member")
    return Flag.objects.filter(project=project).select_related(*texts).order_by("-at", "-pk")


@waits("flags")
def of_project(project: Project) -> QuerySet[Flag]:
    """Return every flag of a project, in no order."""
    return Flag.objects.filter(project=project)
