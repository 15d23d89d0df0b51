"""Which judgements are probably wrong."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.paging import page_of
from common.web.tables import file_of, wanted
from quality.pages import noise as page_of_noise
from quality.selectors import runs, suspects


@require_safe
@project_access(*STAFF)
def noise(request: ProjectRequest) -> HttpResponseBase:
    """Which judgements are probably wrong?"""
    how = wanted(request)
    run = runs.latest_run(request.project)
    found = suspects.noise(run) if run is not None else None
    if run is None or found is None or not found.content["n"]:
        if how:
            raise Http404
        return render(request, "quality/noise.html", project_page.context(request, "quality", section="noise"))
    listed = found.content["suspects"]
    if how:
        return file_of(request, page_of_noise.table(suspects.suspects(run, listed), run), how)
    page = page_of(request, page_of_noise.likelier_wrong(listed))
    context = project_page.context(
        request,
        "quality",
        section="noise",
        run=run,
        found=page_of_noise.answer(found),
        page=page,
        rows=[page_of_noise.suspect(one) for one in suspects.suspects(run, list(page))],
        joint=page_of_noise.joint(found.content),
        n=found.content["n"],
    )
    return render(request, "quality/noise.html", context)
