"""How the numbers are defined."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from quality.pages.definitions import groups, here
from quality.selectors import figures, runs
from quality.statistics import Scope


@require_safe
@project_access(*STAFF)
def definitions(request: ProjectRequest) -> HttpResponse:
    """How are the numbers defined?"""
    run = runs.latest_run(request.project)
    methods = (
        {}
        if run is None
        else {
            scope: figures.methods(run, of_annotators=scope is Scope.ANNOTATOR)
            for scope in (Scope.PROJECT, Scope.ANNOTATOR)
        }
    )
    found = here(methods)
    context = project_page.context(
        request,
        "quality",
        section="definitions",
        run=run,
        groups=[(group.label, [(one, found.get(one.anchor, "")) for one in group.definitions]) for group in groups()],
    )
    return render(request, "quality/definitions.html", context)
