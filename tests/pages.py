"""What is asked of every page of managers and reviewers: who may open it, how many queries it makes, nothing inline."""

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
    """Assert that the page has nothing the policy would block: no inline style, handler or script."""
    assert not INLINE.search(html), INLINE.search(html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html


def opens(person: Person | Client, path: str, *, status: int = 200) -> str:
    """Open a page within its budget of queries; return its HTML."""
    client = person.client if isinstance(person, Person) else person
    with statements() as sent:
        response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    assert len(sent) <= MOST_QUERIES, (path, len(sent), sent)
    html = body(response)
    clean(html)
    return html


def refuses(path: str, *, anonymous: Client, mallory: Person, bob: Person) -> None:
    """Assert that users who are not members get a 404, and annotators a refusal."""
    response = anonymous.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login")
    assert mallory.client.get(path).status_code == 404
    assert bob.client.get(path).status_code == 403
