"""May this body be sent? The server asks before it receives a large one (``config.server``): with the request, less its body.

The question goes the way of every request, so that hosts, sessions, tokens, roles and limits are judged by what judges them
anyway, and a refusal is the answer that the request itself would have had. A view that takes large bodies answers it where it
would begin to read; no other view ever sees one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase

KEY: Final = "concord.admission"
"""In the environment of a request that is a question; no header can set it."""

View = Callable[..., HttpResponseBase]


@dataclass(slots=True)
class Admission:
    """The answer. ``person``: a key of the account that may send the body; empty until a view has named it."""

    person: str = ""


def asked(request: HttpRequest) -> bool:
    """Return whether the server only asks whether the body may come: there is none to read, and nothing is to be done."""
    return KEY in request.META


def admit(request: HttpRequest, *, person: Any) -> HttpResponse:
    """Answer that this account, by its primary key, may send the body."""
    request.META[KEY].person = str(person)
    return HttpResponse(status=204)


def takes_large_bodies(view: View) -> View:
    """Let whoever reaches a view send it a large body. Stands inside all that decides who reaches it."""

    @wraps(view)
    def answers_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return admit(request, person=request.user.pk) if asked(request) else view(request, *args, **kwargs)

    return answers_first
