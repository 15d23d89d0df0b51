"""Imports: upload of a file, the report on its lines, and the quarantined lines."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import Import
from annotation.notify import notify_workers
from annotation.pages import import_outcome
from annotation.pages import import_report as words
from annotation.pages.import_sentences import MEANINGS
from annotation.selectors import imports as selectors
from annotation.services.intake import imports as service
from annotation.services.intake import uploads
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from annotation.views.forms.imports import ImportForm
from common.tables import csv_lines
from common.web.admission import takes_large_bodies
from common.web.downloads import download
from common.web.parameters import choice, whole_number
from common.web.responses import see_other

PER_PAGE = 50
NDJSON = "application/x-ndjson; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
@takes_large_bodies
def imports(request: ProjectRequest) -> HttpResponse:
    """List the imports so far, with a form to upload a file."""
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and (run := _start(request, form)) is not None:
        notify_workers(run.job)
        return see_other(reverse("annotation:import_report", args=[request.project.slug, run.pk]))
    rows = list(selectors.latest(project=request.project, most=50))
    context = project_page.context(
        request, "imports", form=form, rows=[(run, import_outcome.line(run)) for run in rows]
    )
    return render(request, "annotation/manage/imports.html", context, status=400 if request.method == "POST" else 200)


def _start(request: ProjectRequest, form: ImportForm) -> Import | None:
    if not form.is_valid():
        return None
    upload = form.cleaned_data["file"]
    try:
        return service.start(
            project=request.project,
            stream=upload.file,
            format=form.cleaned_data["format"],
            file_name=upload.name or "",
            by=request.user,
            on_nul="replace" if form.cleaned_data["replace_nul"] else "refuse",
        )
    except uploads.TooLarge:
        form.add_error("file", "The file is larger than 512 MiB. Cut it into several.")
        return None


@require_safe
@project_access(*MANAGERS)
def import_report(request: ProjectRequest, number: int) -> HttpResponse:
    """Show what was stored of a file, and why lines were quarantined."""
    run = _run(request, number)
    found = selectors.detail(run)
    why = choice(request, "why", {"", *MEANINGS, *(reason.code for reason in found.reasons)}, "")
    after = whole_number(request, "after", 0)
    lines = selectors.quarantined(run, code=why, after=after, most=PER_PAGE)
    first = selectors.count_until(run, line=after, code=why) + 1
    page = words.page(found, lines, why=why, first=first, after=after)
    context = project_page.context(request, "imports", **page)
    return render(request, "annotation/manage/import_report.html", context)


@require_safe
@project_access(*MANAGERS)
def import_lines_raw(request: ProjectRequest, number: int) -> HttpResponseBase:
    """Return the quarantined lines as they were sent, to be corrected and sent again."""
    run = _run(request, number)
    lines = selectors.raw_lines(run)
    return download(request, lines, file_name=f"import-{run.pk}-lines.jsonl", content_type=NDJSON)


@require_safe
@project_access(*MANAGERS)
def import_csv(request: ProjectRequest, number: int) -> HttpResponseBase:
    """Return what is wrong with each quarantined line, as CSV."""
    run = _run(request, number)
    head: tuple[Any, ...] = ("line", "code", "what is wrong", "message", "where")
    rows = words.csv_rows(selectors.every_quarantined(run))
    return download(
        request,
        csv_lines(chain([head], rows)),
        file_name=f"import-{run.pk}-report.csv",
        content_type="text/csv; charset=utf-8",
    )


def _run(request: ProjectRequest, number: int) -> Import:
    if number >= 2**63:
        raise BadRequest("no import of that number")
    run = selectors.find(project=request.project, pk=number)
    if run is None:
        raise Http404
    return run
