"""Values of the query string, read strictly: given at most once, and of the kind that is asked for."""

from __future__ import annotations

from collections.abc import Container

from django.core.exceptions import BadRequest
from django.http import HttpRequest


def choice(request: HttpRequest, name: str, known: Container[str], default: str) -> str:
    """Return the parameter's value, one of ``known``; ``default`` where it is absent.

    Raises
    ------
    BadRequest
        It has another value, or is given twice.
    """
    given = request.GET.getlist(name) or [default]
    if len(given) > 1 or given[0] not in known:
        raise BadRequest(f"{name}: no such choice")
    return given[0]


def whole_number(request: HttpRequest, name: str, default: int) -> int:
    """Return the parameter as a whole number of at most nine digits; ``default`` where it is absent.

    Raises
    ------
    BadRequest
        It is anything else, or is given twice.
    """
    given = request.GET.getlist(name) or [str(default)]
    if len(given) > 1 or not (given[0].isascii() and given[0].isdigit() and len(given[0]) < 10):
        raise BadRequest(f"{name}: not a number")
    return int(given[0])
