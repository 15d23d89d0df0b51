"""State of a job, polled by the page that started it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.selectors import jobs
from annotation.views.access import STAFF, ProjectRequest, project_access
from annotation.vocabulary import JobKind
from common.web.responses import see_other

PAGES = {
    JobKind.IMPORT: "annotation:imports",
    JobKind.SIMULATION: "annotation:imports",
    JobKind.PAIRING: "annotation:pairing",
    JobKind.QUALITY: "quality:dashboard",
    JobKind.RATINGS: "reward:ratings",
}


@require_safe
@project_access(*STAFF)
def job(request: ProjectRequest, uuid: UUID) -> HttpResponse:
    """How far a job is: the part that a page polls. Once it has ended the page reloads; without a script, redirect to that page."""
    found = jobs.find(project=request.project, uuid=uuid)
    if found is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return see_other(reverse(PAGES[JobKind(found.kind)], args=[request.project.slug]))
    response = render(request, "components/job.html", {"job": found, "project": request.project})
    if found.is_over:
        response["HX-Refresh"] = "true"
    return response
