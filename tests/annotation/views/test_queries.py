"""The number of queries of the most used pages, so that no N+1 query is introduced unnoticed."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from annotation.models import Project
from annotation.vocabulary import Verdict
from tests.annotation.services.counting import statements
from tests.annotation.views.actions import BY_SCRIPT, HERE, judge_one, lease, submit, verdict
from tests.cast import Person
from tests.factories import PairFactory, PromptFactory

NEXT, SUBMIT, PAGE = 8, 10, 12


def test_the_judging_page(bob: Person) -> None:
    for _ in range(3):
        with statements() as fresh:
            lease(bob.client)
        with statements() as again:
            lease(bob.client)
        assert len(fresh) <= NEXT, fresh
        assert len(again) <= NEXT, again
        judge_one(bob.client)


def test_the_judging_page_with_gold(bob: Person, project: Project) -> None:
    for _ in range(6):
        PairFactory(prompt=PromptFactory(project=project), gold_verdict=Verdict.FIRST.value)
    Project.objects.update(gold_rate=0.5)
    for _ in range(10):
        with statements() as sent:
            pair = lease(bob.client)
        assert len(sent) <= NEXT, sent
        submit(bob.client, pair)


def test_the_next_pair(bob: Person) -> None:
    first = lease(bob.client)
    with statements() as sent:
        lease(bob.client, holding=[first])
    assert len(sent) <= NEXT, sent


def test_submit_first_again_and_late(bob: Person) -> None:
    pair, fields = lease(bob.client), verdict()
    for _ in range(2):
        with statements() as sent:
            assert submit(bob.client, pair, fields).status_code == 200
        assert len(sent) <= SUBMIT, sent
    late = lease(bob.client)
    from annotation.models import Assignment

    Assignment.objects.filter(uuid=late).update(state="expired")
    with statements() as sent:
        assert submit(bob.client, late).status_code == 200
    assert len(sent) <= SUBMIT + 3, sent


def test_draft_heartbeat_and_leaving(bob: Person) -> None:
    pair = lease(bob.client)
    for operation, fields in (("draft", {"version": "1", "reason": "x"}), ("renew", {}), ("leave", {})):
        with statements() as sent:
            bob.client.post(f"{HERE}/a/{pair}/{operation}", fields, **BY_SCRIPT)
        assert len(sent) <= 6, (operation, sent)


def test_undo(bob: Person) -> None:
    judge_one(bob.client)
    with statements() as sent:
        bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())}, **BY_SCRIPT)
    assert len(sent) <= 18, sent


@pytest.mark.parametrize("name", ["home", "history", "guidelines", "account"])
def test_other_pages_do_not_grow(bob: Person, name: str) -> None:
    address = reverse(f"annotation:{name}", args=["everyday"] if name in {"history", "guidelines"} else [])
    judge_one(bob.client)
    with statements() as few:
        assert bob.client.get(address).status_code == 200
    for _ in range(8):
        judge_one(bob.client)
    with statements() as many:
        assert bob.client.get(address).status_code == 200
    assert len(few) == len(many) <= PAGE, many
