"""Groups of annotators, by the attributes that the project names."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.selectors import attributes
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.parameters import choice
from common.web.tables import file_of, wanted
from quality.pages import groups as pages
from quality.selectors import figures, runs


@require_safe
@project_access(*STAFF)
def groups(request: ProjectRequest) -> HttpResponseBase:
    """Do groups prefer differently?"""
    how = wanted(request)
    named = attributes.names(request.project)
    run = runs.latest_run(request.project)
    found = figures.part(run, "groups") if run is not None else None
    known = [name for name in named if found is not None and name in found["attributes"]]
    attribute = choice(request, "attribute", {*known, ""}, "") or next(iter(known), "")
    if run is None or found is None or not attribute:
        if how:
            raise Http404
        context = project_page.context(request, "quality", section="groups", named=named)
        return render(request, "quality/groups.html", context)
    board = pages.board(found, attribute)
    if how:
        return file_of(request, pages.as_table(board, run), how)
    context = project_page.context(
        request, "quality", section="groups", board=board, attributes=known, named=named, run=run
    )
    return render(request, "quality/groups.html", context)
