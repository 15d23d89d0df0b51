"""Tables as files: a page that shows a table answers ``?format=csv`` and ``?format=json`` with all of its rows."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase

from common.tables import Table, as_csv, as_json
from common.web.downloads import download
from common.web.parameters import choice

_WRITERS: Final = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
}


def wanted(request: HttpRequest) -> str:
    """Return in which format the page's table is asked for as a file; empty where the page itself is.

    Raises
    ------
    BadRequest
        ``?format=`` is unknown, or given twice.
    """
    return choice(request, "format", {*_WRITERS, ""}, "")


def file_of(request: HttpRequest, table: Table[Any], how: str) -> HttpResponseBase:
    """Send a table as a file in a format that ``wanted`` returned; the same people may have it who see the page."""
    write, content_type = _WRITERS[how]
    return download(request, write(table), file_name=f"{table.name}.{how}", content_type=content_type)
