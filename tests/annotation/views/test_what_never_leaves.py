"""Nothing that an annotator's browser receives tells what a judgement must not know.

Fifty pairs, gold among them, are judged by two people; every byte of every answer (page, piece, JSON, headers) is
searched for the source models, gold and probe, others' verdicts, consensus, external ids and numbers of rows.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse

from annotation.models import Assignment, Project, Response
from annotation.vocabulary import AssignmentKind, Verdict
from tests.annotation.views.actions import BY_SCRIPT, HERE, lease, shown_uuid, verdict
from tests.cast import Person
from tests.factories import PairFactory, PromptFactory

WORDS = re.compile(
    r"\b(gold|probe|consensus|surplus_?reason|majority|kappa|agree\w*|first_on_left|source.?model|external.?id|"
    r"canonical|slot|queue|route|kind|ordinary|priority|unsettled)\b",
    re.IGNORECASE,
)
# What is drawn at random holds any digits once in a while: ids, form tokens, the name of a person's drafts.
RANDOM = re.compile(
    r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"'
    r'|csrftoken=\w+|"token": "\w+"|data-person="\w+"|"person": "\w+"'
)


class Attributes(HTMLParser):
    """Names and values of every attribute, and the names of elements: what is not text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(f"{name}={value}" for name, value in attrs)]


def everything(response: HttpResponse) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = "\n".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
    return f"{headers}\n{cookies}\n{response.content.decode()}"


@pytest.fixture
def fifty(project: Project, django_db_reset_sequences: None) -> Project:
    from django.db import connection

    with connection.cursor() as cursor:  # numbers that can be told from any other number on a page
        for table in ("pair", "response", "prompt", "assignment", "annotation", "slot", "member", "project"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('annotation_{table}', 'id'), 4711000)")
    project.pairs.all().delete()
    Response.objects.all().delete()
    project.prompts.all().delete()
    for n in range(50):
        PairFactory(
            prompt=PromptFactory(project=project),
            external_id=f"zebra-{n}-ext",
            first__source_model="umbra-large",
            second__source_model="quill-mini",
            gold_verdict=n % 4 if n % 3 == 0 else None,
        )
    project.gold_rate = 0.4
    project.save()
    return project


@pytest.mark.django_db(transaction=True)
def test_no_forbidden_fact_in_any_byte(fifty: Project, bob: Person, carol: Person) -> None:
    answers: list[tuple[str, HttpResponse]] = []

    def keep(what: str, response: HttpResponse) -> HttpResponse:
        answers.append((what, response))
        return response

    for who in (carol, bob):
        for n in range(90):
            page = keep("page", who.client.get(f"{HERE}/judge"))
            if b"data-uuid" not in page.content:
                break
            pair = shown_uuid(page)
            keep("next", who.client.post(f"{HERE}/judge/next", {"holding": [pair]}, **BY_SCRIPT))
            at = f"{HERE}/a/{pair}"
            keep("draft", who.client.post(f"{at}/draft", {"version": n + 1, "reason": "so far"}, **BY_SCRIPT))
            keep("renew", who.client.post(f"{at}/renew", **BY_SCRIPT))
            if n % 9 == 4:
                keep("flag", who.client.post(f"{at}/flag", {"reason": "other"}, **BY_SCRIPT))
                keep("skip", who.client.post(f"{at}/skip", {"reason": "other"}, **BY_SCRIPT))
                continue
            form = verdict(["a", "b", "tie"][n % 3]) | ({"next": "1", "holding": [pair]} if n % 2 else {})
            keep("submit and next" if n % 2 else "submit", who.client.post(f"{at}/submit", form, **BY_SCRIPT))
            if n % 7 == 3:
                keep("undo", who.client.post(f"{HERE}/undo", {"submit_key": verdict()["submit_key"]}, **BY_SCRIPT))
            keep("change", who.client.get(f"{at}/change"))
        for address in (f"{HERE}/history", f"{HERE}/guidelines", "/", "/account", "/account/session"):
            keep(address, who.client.get(address))

    kinds = set(Assignment.objects.values_list("kind", flat=True))
    assert kinds == {AssignmentKind.ORDINARY, AssignmentKind.GOLD}
    assert Assignment.objects.values("pair").distinct().count() == 50
    assert len({what for what, _ in answers}) == 15
    for what, response in answers:
        assert response.status_code in {200, 302}, what
        text = everything(response)
        for fact in ("umbra", "quill", "zebra", "secretmodel"):
            assert fact not in text, (what, fact)
        assert not WORDS.search(text), (what, WORDS.search(text))
        shown = RANDOM.sub("", text)
        assert "4711" not in shown, (what, shown[max(0, shown.find("4711") - 80) :][:160])


def skeleton(page: str, uuid: str) -> list[str]:
    """What is left of a page when its texts and its own ids are taken out."""
    parser = Attributes()
    parser.feed(re.sub(r'value="[\w-]{30,}"|X-CSRFToken[^}]*', "", page.replace(uuid, "")))
    return parser.found


def test_a_gold_pair_looks_like_any_other(project: Project, bob: Person) -> None:
    for _ in range(6):
        PairFactory(prompt=PromptFactory(project=project), gold_verdict=Verdict.FIRST.value)
    Project.objects.update(gold_rate=0.5)
    seen: dict[str, Any] = {}
    for _ in range(12):
        piece = bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT)
        uuid = shown_uuid(piece)
        page = bob.client.get(f"{HERE}/judge")
        assignment = Assignment.objects.get(uuid=uuid)
        seen[assignment.kind] = (
            skeleton(page.content.decode(), uuid),
            skeleton(piece.content.decode(), uuid),
            sorted(piece.headers),
            round((assignment.lease_until - assignment.leased_at).total_seconds(), 0),
        )
        answer = bob.client.post(f"{HERE}/a/{uuid}/submit", verdict(), **BY_SCRIPT)
        assert set(answer.json()) == {"saved", "uuid", "revision", "surplus"}
        assert answer.json()["surplus"] is False
    assert set(seen) == {AssignmentKind.ORDINARY, AssignmentKind.GOLD}
    assert seen[AssignmentKind.ORDINARY] == seen[AssignmentKind.GOLD]


def test_lease_helper_reads_the_pair(bob: Person) -> None:
    assert Assignment.objects.filter(uuid=lease(bob.client)).exists()
