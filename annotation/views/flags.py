"""What annotators flagged: each pair with the reason."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.pages.flags import flagged_pair
from annotation.selectors import flags as selectors
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.paging import page_of

PER_PAGE = 20


@require_safe
@project_access(*STAFF)
def flags(request: ProjectRequest) -> HttpResponse:
    """Show the newest flags with their pairs."""
    rows = page_of(request, selectors.newest(project=request.project), per_page=PER_PAGE)
    context = project_page.context(request, "flags", rows=rows, flagged=[flagged_pair(row) for row in rows])
    return render(request, "annotation/manage/flags.html", context)
