"""The questions every managing page is asked: works, anonymous, stranger, annotator, wrong method, queries, style."""

from __future__ import annotations

import re

from django.test import Client

from tests.annotation.services.counting import statements
from tests.cast import Person

MOST_QUERIES = 12
INLINE = re.compile(r"<[^>]+\s(?:style|on\w+)\s*=", re.I)


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def clean(html: str) -> None:
    """Nothing the policy would stop: no inline style, handler or script."""
    assert not INLINE.search(html), INLINE.search(html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html


def opens(person: Person | Client, path: str, *, status: int = 200) -> str:
    """The page, within its queries and without anything inline."""
    client = person.client if isinstance(person, Person) else person
    with statements() as sent:
        response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    assert len(sent) <= MOST_QUERIES, (path, len(sent), sent)
    html = body(response)
    clean(html)
    return html


def refuses(path: str, *, anonymous: Client, mallory: Person, bob: Person) -> None:
    """Nobody but the project's own people learns of it, and annotators may not open it."""
    response = anonymous.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login")
    assert mallory.client.get(path).status_code == 404
    assert bob.client.get(path).status_code == 403
