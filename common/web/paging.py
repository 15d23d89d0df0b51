"""Numbered pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from common.web.parameters import whole_number

PER_PAGE = 50


def page_of(
    request: HttpRequest, rows: Sequence[Any] | QuerySet[Any], *, per_page: int = PER_PAGE, most: int | None = None
) -> Page[Any]:
    """Return the page of rows that ``?page=`` asks for; of at most ``most`` pages, where that is given.

    Raises
    ------
    BadRequest
        The parameter is not a number.
    Http404
        There is no page of that number.
    """
    number = whole_number(request, "page", 1)
    pages: Paginator[Any] = Paginator(rows, per_page)
    last = pages.num_pages if most is None else min(pages.num_pages, most)
    if not 1 <= number <= last:
        raise Http404
    return pages.page(number)
