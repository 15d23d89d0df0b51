"""Attributes of annotators: named by managers, with each member's values, in a table or from a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.pages import attributes as pages
from annotation.selectors import attributes as selectors
from annotation.selectors import members
from annotation.services.members import attributes as service
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from common.web.paging import page_of
from common.web.responses import see_other
from common.web.tables import file_of, wanted

LARGEST_FILE = 1 << 20  # bytes
PREFIX = "value"


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def attributes(request: ProjectRequest) -> HttpResponseBase:
    """Show the attributes with everybody's values; change either."""
    if request.method != "POST":
        return _page(request)
    try:
        _change(request)
    except service.BadAttribute as error:
        return _page(request, refused=pages.refused(error.reason, error.arguments))
    return see_other(f"{reverse('annotation:attributes', args=[request.project.slug])}{_place(request)}")


def _change(request: ProjectRequest) -> None:
    if "names" in request.POST:
        service.define(project=request.project, names=request.POST["names"].splitlines(), by=request.user)
        messages.success(request, "Saved.")
        return
    file: Any = request.FILES.get("file")
    if file is not None:
        text = file.read(LARGEST_FILE).decode("utf-8", errors="replace")
        values = service.read_file(project=request.project, text=text)
    else:
        values = _typed(request)
    changed = service.set_values(project=request.project, values=values, by=request.user)
    messages.success(request, f"{changed:,} {'value' if changed == 1 else 'values'} changed.")


def _typed(request: ProjectRequest) -> dict[int, dict[str, str]]:
    """The values of the table's fields, each named by its member's key and its attribute."""
    found: dict[int, dict[str, str]] = {}
    for field, value in request.POST.items():
        kind, _, rest = field.partition(":")
        key, _, name = rest.partition(":")
        if kind == PREFIX and key.isascii() and key.isdigit() and len(key) < 16 and isinstance(value, str):
            found.setdefault(int(key), {})[name] = value
    return found


def _page(request: ProjectRequest, *, refused: str = "") -> HttpResponseBase:
    values = selectors.values(request.project)
    listed = members.listed(project=request.project)
    if how := wanted(request):
        return file_of(request, pages.as_table(pages.rows(listed, values), values), how)
    page = page_of(request, listed)
    context = project_page.context(
        request,
        "members",
        names=list(values),
        rows=pages.rows(page, values),
        page=page,
        refused=refused,
        most=service.MOST,
        longest=service.LONGEST_VALUE,
    )
    return render(request, "annotation/manage/attributes.html", context, status=400 if refused else 200)


def _place(request: ProjectRequest) -> str:
    page = request.GET.get("page", "")
    return f"?page={page}" if page.isascii() and page.isdigit() else ""
