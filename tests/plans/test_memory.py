"""Large reads hold a bounded part of a project in memory, or arrays of a few bytes a judgement."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from annotation.models import Project
from annotation.selectors import imports, judgements, pairs, records
from common.db.rows import query
from reward.selectors import judged_pairs
from reward.services import exports
from tests.plans import scenes
from tests.plans.reads import newest_import

pytestmark = pytest.mark.django_db

MANY = 1_200


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(scenes, "PAIRS", MANY)
    return scenes.imported("new", judged=MANY, pairs=MANY, broken=MANY)


STREAMS: dict[str, Callable[[Project], Iterator[Any]]] = {
    "pairs": records.stream,
    "judged pairs": judged_pairs.stream,
    "raw export": lambda project: exports.open_export(project=project, format="raw").lines(),
    "export of preferences": lambda project: exports.open_export(project=project, format="trl-preference").lines(),
    "quarantined lines": lambda project: imports.every_quarantined(newest_import(project)),
    "quarantined lines to correct": lambda project: imports.raw_lines(newest_import(project)),
}


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_streamed_stays_on_the_server(name: str, project: Project) -> None:
    """A cursor of the server is open from the first row to the last."""
    rows = STREAMS[name](project)
    with transaction.atomic():
        next(rows)
        open_cursors = query("SELECT statement FROM pg_cursors", {})
        rest = sum(1 for _ in rows)

    ((statement,),) = open_cursors
    assert "annotation_pair" in statement or "annotation_importline" in statement
    assert rest > MANY // 3
    assert query("SELECT statement FROM pg_cursors", {}) == []


def test_source_models_of_pairs_come_from_a_cursor_of_the_server(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = judgements.judgements(project).pair_ids
    opened: list[str] = []
    chunked = connection.chunked_cursor

    def counted() -> Any:
        opened.append("cursor")
        return chunked()

    monkeypatch.setattr(connection, "chunked_cursor", counted)
    models, names = pairs.source_models(project, ids)

    assert opened == ["cursor"]
    assert [names[i] for i in models[0]] == ["m0", "m1"]
    assert [names[i] for i in models[6]] == ["m1", "m2"]


def test_source_models_are_those_of_the_pairs_that_are_asked_for(project: Project) -> None:
    ids = judgements.judgements(project).pair_ids
    every, names = pairs.source_models(project, ids)

    some, _ = pairs.source_models(project, ids[[3, 5, 900]])

    assert some.tolist() == every[[3, 5, 900]].tolist()
    assert pairs.source_models(project, ids[:0])[0].shape == (0, 2)


def test_judgements_take_a_few_hundred_bytes_each(project: Project) -> None:
    judgements.judgements(project)
    tracemalloc.start()
    try:
        given = judgements.judgements(project)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(given) == 3 * MANY + scenes.GOLD * scenes.ANNOTATORS
    assert peak / len(given) < 500
