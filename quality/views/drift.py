"""What has changed, and who errs more than before."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.selectors import members
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.tables import file_of, wanted
from quality.pages import drift as pages
from quality.selectors import figures, runs
from quality.stats.shift.cusum import FALSE_ALARMS


@require_safe
@project_access(*STAFF)
def drift(request: ProjectRequest) -> HttpResponseBase:
    """Has anything changed?"""
    how, which = wanted(request), choice(request, "table", {"tests", "annotators"}, "tests")
    run = runs.latest_run(request.project)
    stored = figures.part(run, "drift") if run is not None else None
    if run is None or stored is None:
        if how:
            raise Http404
        return render(request, "quality/drift.html", project_page.context(request, "quality", section="drift"))
    keys = [one["member"] for one in stored["accuracy"]["alarms"]]
    named = {member.pk: member for member in members.of_keys(project_id=request.project.pk, keys=keys)}
    found = pages.drift(stored, named, each=FALSE_ALARMS)
    if how and which == "annotators":
        return file_of(request, pages.alarms_table(stored, named, run), how)
    if how:
        return file_of(request, pages.tests_table(found, run, stored), how)
    page = page_of(request, found.alarms)
    context = project_page.context(request, "quality", section="drift", run=run, found=found, page=page)
    return render(request, "quality/drift.html", context)
