"""Where people agree less than elsewhere: agreement slice by slice."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.tables import file_of, wanted
from quality.pages import slices as pages
from quality.pages.measures import UNKNOWN, measures
from quality.selectors import figures


@require_safe
@project_access(*STAFF)
def slices(request: ProjectRequest) -> HttpResponseBase:
    """Where do people agree less?"""
    how, kind = wanted(request), choice(request, "kind", pages.KINDS, "language")
    stored = figures.latest(request.project)
    found = figures.part(stored.run, "slices") if stored else None
    if stored is None or found is None:
        if how:
            raise Http404
        return render(request, "quality/slices.html", project_page.context(request, "quality", section="slices"))
    overall = measures(stored)["fleiss_kappa"] if stored.figures else UNKNOWN
    board = pages.board(found, kind, overall)
    if how:
        return file_of(request, pages.as_table(board, stored.run), how)
    context = project_page.context(
        request,
        "quality",
        section="slices",
        board=board,
        head=pages.HEADS[kind],
        kinds=pages.KINDS.items(),
        overall=overall,
        rows=page_of(request, board.lines),
        run=stored.run,
    )
    return render(request, "quality/slices.html", context)
