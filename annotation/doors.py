"""What the managing pages of every floor share: their context, their paging, what an address may ask for."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect

from annotation.access import MANAGERS, ProjectRequest
from annotation.models import Job
from annotation.selectors import flags, jobs
from annotation.vocabulary import JobKind, JobState

PER_PAGE = 50


def page(request: ProjectRequest, tab: str, **more: Any) -> dict[str, Any]:
    """The context of a project's page: its tab, the person's role, whether he manages the project, how many flags wait."""
    role = request.member.role if request.member else ""
    manages = role in MANAGERS or request.user.is_superuser
    shared = {"project": request.project, "tab": tab, "role": role, "manages": manages}
    return {**shared, "flags": flags.count(request.project), **more}


def see_other(to: str) -> HttpResponseRedirect:
    """303: the browser reads the next page with GET, and a reload does not send the form again."""
    response = HttpResponseRedirect(to)
    response.status_code = 303
    return response


def chosen(request: HttpRequest, name: str, known: Container[str], default: str) -> str:
    """What the address asks for by that name, once, and one of those there are.

    Raises
    ------
    BadRequest
        It asks for something else.
    """
    asked = request.GET.getlist(name) or [default]
    if len(asked) > 1 or asked[0] not in known:
        raise BadRequest(f"{name}: no such choice")
    return asked[0]


def whole(request: HttpRequest, name: str, default: int) -> int:
    """A whole number of the address, of at most nine digits.

    Raises
    ------
    BadRequest
        It is none.
    """
    asked = request.GET.getlist(name) or [str(default)]
    if len(asked) > 1 or not (asked[0].isascii() and asked[0].isdigit() and len(asked[0]) < 10):
        raise BadRequest(f"{name}: not a number")
    return int(asked[0])


def numbered(request: HttpRequest, rows: Sequence[Any] | QuerySet[Any], *, per_page: int = PER_PAGE) -> Page[Any]:
    """The page of rows that the address asks for; one beyond the last is not there.

    Raises
    ------
    BadRequest
        What it asks for is no number.
    Http404
        There is no page of that number.
    """
    number = whole(request, "page", 1)
    pages: Paginator[Any] = Paginator(rows, per_page)
    if not 1 <= number <= pages.num_pages:
        raise Http404
    return pages.page(number)


def unfinished(request: ProjectRequest, kind: JobKind) -> Job | None:
    """The newest job of a kind while a page should speak of it: it waits, it runs, or it came to nothing."""
    job = jobs.latest(project=request.project, kind=kind)
    return job if job is not None and job.state != JobState.DONE else None
