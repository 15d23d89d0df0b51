"""What an annotator does on the judging page, as requests."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from annotation.models import Annotation, AnnotationRevision

HERE = "/p/everyday"
BY_SCRIPT = {"headers": {"accept": "application/json"}}


def shown_uuid(response: HttpResponse) -> str:
    """Return the id of the pair that a page, or a part of it, shows."""
    found = re.search(r'data-uuid="([0-9a-f-]{36})"', response.content.decode())
    assert found, response.content.decode()[:500]
    return found[1]


def lease(client: Client, *, holding: list[str] | None = None) -> str:
    """Open the page, or ask for a further pair; return the pair's id."""
    if holding is None:
        response = client.get(f"{HERE}/judge")
    else:
        response = client.post(f"{HERE}/judge/next", {"holding": holding}, **BY_SCRIPT)
    assert response.status_code == 200, response
    return shown_uuid(response)


def verdict(word: str = "a", **fields: Any) -> dict[str, Any]:
    return {"verdict": word, "submit_key": str(uuid.uuid4()), "seconds": "12.5", **fields}


def submit(client: Client, pair: str, fields: dict[str, Any] | None = None, *, by_script: bool = True) -> HttpResponse:
    how: dict[str, Any] = BY_SCRIPT if by_script else {}
    return client.post(f"{HERE}/a/{pair}/submit", fields or verdict(), **how)


def judge_one(client: Client, word: str = "a", **fields: Any) -> str:
    pair = lease(client)
    response = submit(client, pair, verdict(word, **fields))
    assert response.status_code == 200, response.content
    return pair


def backdate(annotation: Annotation, **back: float) -> None:
    """Make a judgement older; only a test may change append-only rows."""
    moved = timezone.now() - dt.timedelta(**back)
    Annotation.objects.filter(pk=annotation.pk).update(first_at=moved, at=moved)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE annotation_annotationrevision DISABLE TRIGGER USER")
        AnnotationRevision.objects.filter(annotation=annotation).update(at=moved)
        cursor.execute("ALTER TABLE annotation_annotationrevision ENABLE TRIGGER USER")
