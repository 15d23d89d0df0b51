"""The job of an import: once however often it is delivered, few queries, bounded memory."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.formats.records import BlankLine, Problem
from annotation.models import (
    Annotation,
    Import,
    ImportLine,
    Pair,
    Project,
)
from annotation.pages.jobs import message
from annotation.services import jobs
from annotation.services.intake import imports
from tests.annotation.formats.lines import judgement, pair
from tests.annotation.services.importing import codes, done, send

pytestmark = pytest.mark.usefixtures("sound_afterwards")


class TestTheJob:
    @pytest.fixture
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Chunks of two lines."""
        monkeypatch.setattr(imports.chunks, "__kwdefaults__", {"most": 2, "most_bytes": 1 << 20})

    @pytest.fixture
    def lines(self) -> list[Any]:
        rng = random.Random(4)
        made: list[Any] = []
        for n in range(9):
            given = [judgement(annotator=name, verdict=rng.choice(["a", "b"])) for name in ("ann", "ben")]
            made.append(pair(id=f"p{n}", prompt=f"Why {n}?", judgements=given))
        return [*made[:4], b"", b"{", made[2], *made[4:], pair(id="p0", prompt="Else.")]

    def test_has_one_effect_however_often_it_is_delivered(self, project: Project) -> None:
        run = send(project, pair(judgements=[judgement()]))
        for _ in range(10):
            jobs.run(run.job_id)

        run.refresh_from_db()
        assert (run.accepted, run.pairs, run.judgements, run.job.attempt) == (1, 1, 1, 1)

    @pytest.mark.parametrize("fails_at", range(1, 8))
    def test_goes_on_exactly_where_it_stopped(
        self, project: Project, small: None, lines: list[Any], monkeypatch: pytest.MonkeyPatch, fails_at: int
    ) -> None:
        beats = iter(range(1, 100))
        record_progress = jobs.record_progress

        def broken(*args: Any, **options: Any) -> None:
            if next(beats) == fails_at:
                raise RuntimeError("pulled the plug")
            record_progress(*args, **options)

        run = send(project, *lines)
        monkeypatch.setattr(jobs, "record_progress", broken)
        broke = done(run)
        assert (broke.state, message(broke)) == ("queued", "RuntimeError: pulled the plug")
        assert Import.objects.get().lines_done == 2 * (fails_at - 1)

        finished = done(run)

        assert finished.state == "done"
        assert {
            k: finished.result[k] for k in ("accepted", "unchanged", "quarantined", "blank", "pairs", "judgements")
        } == {
            "accepted": 9,
            "unchanged": 1,
            "quarantined": 2,
            "blank": 1,
            "pairs": 9,
            "judgements": 18,
        }
        assert codes(finished.result) == [(6, "not_json"), (13, "id_conflict")]
        assert (Pair.objects.count(), Annotation.objects.count(), ImportLine.objects.count()) == (9, 18, 2)

    def test_of_an_attempt_that_was_lost_writes_nothing(self, project: Project) -> None:
        run = send(project, pair())
        job = jobs.claim(run.job_id)
        assert job is not None
        job.attempt -= 1

        with pytest.raises(jobs.Lost):
            imports.perform(job)

        assert Pair.objects.count() == 0
        assert Import.objects.get().lines_done == 0

    def test_asks_few_queries_a_chunk(self, project: Project) -> None:
        def queries(count: int, offset: int) -> int:
            given = [judgement(annotator=f"ann{n}") for n in range(3)]
            lines = [pair(id=f"p{offset + n}", prompt=f"Why {offset + n}?", judgements=given) for n in range(count)]
            run = send(project, *lines)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                done(run)
            return len(seen)

        queries(1, 0)
        assert queries(400, 100) <= queries(2, 1000) + 2
        assert queries(2, 2000) < 40

    def test_holds_a_bounded_part_of_the_file(self) -> None:
        line = Problem(1, "row_too_large", "", b"x" * (1 << 20))
        found = list(imports.chunks([line] * 10 + [BlankLine(2)] * 600))

        assert [len(chunk) for chunk in found] == [4, 4, 502 - 500 + 498, 102]
