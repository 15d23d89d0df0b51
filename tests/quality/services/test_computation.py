from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from annotation.models import Job, Project
from annotation.selectors.judgements import judgements
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from quality.models import Figure, QualityRun
from quality.selectors import runs
from quality.services import analysis, computation
from tests.lines import bring, pair
from tests.programs import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


def later() -> datetime:
    """When the figures have rested."""
    return timezone.now() + timedelta(hours=1)


def computed(project: Project) -> dict:
    job = jobs.run(computation.ask(project=project, by=None).pk)
    assert job is not None
    assert job.state == "done", job.message
    return runs.report(job.quality_run)


class TestComputing:
    def test_stores_undefined_figures_with_their_reason(self, project):
        report = computed(project)

        for reading in ("strict", "direction"):
            for name in runs.STATISTICS:
                found = report["agreement"][reading][name]
                assert found["value"] is None
                assert found["reason"]
        assert report["majority"] == {"first": 0, "second": 0, "tie": 0, "both_bad": 0, "none": 0}

    def test_counts_gold_against_its_known_verdict(self, project):
        lines = [pair(f"g{i}", said={"adam": "a", "zoe": "a" if i < 3 else "b"}, gold="a") for i in range(4)]
        bring(project, lines)

        people = {p["name"]: p for p in computed(project)["annotators"]}

        assert people["adam"]["gold_accuracy"]["value"] == 1
        assert people["zoe"]["gold_accuracy"]["value"] == 0.75
        assert people["zoe"]["gold_accuracy"]["n"] == 4

    def test_names_two_annotators_in_order_of_their_names(self, project):
        bring(project, [pair(f"p{i}", said={"zoe": "ab"[i % 2], "adam": "ab"[i % 2]}) for i in range(4)])

        (found,) = computed(project)["pairs_of_annotators"]

        assert (found["a"], found["b"], found["n"]) == ("adam", "zoe", 4)
        assert found["cohen_kappa"]["value"] == 1

    def test_settles_a_pair_by_strict_plurality_once_complete(self, project):
        bring(
            project,
            [
                pair("p1", said={"u": "a", "v": "a", "w": "b"}),
                pair("p2", said={"u": "a", "v": "b"}),
                pair("p3", said={"u": "both_bad"}),
                pair("p4"),
            ],
        )

        assert computed(project)["majority"] == {"first": 1, "second": 0, "tie": 0, "both_bad": 1, "none": 1}

    def test_scores_stated_confidence_against_gold_else_the_majority(self, project):
        said = [
            {"annotator": "u", "verdict": "a", "confidence": 1.0},
            {"annotator": "v", "verdict": "a"},
            {"annotator": "w", "verdict": "b", "confidence": 1.0},
        ]
        bring(project, [pair(f"p{i}", judgements=said) for i in range(5)])

        people = {p["name"]: p for p in computed(project)["annotators"]}

        assert people["u"]["calibration_brier"]["value"] == pytest.approx(0)
        assert people["w"]["calibration_brier"]["value"] == pytest.approx(1)
        assert people["v"]["calibration_brier"]["value"] is None
        assert people["v"]["calibration_brier"]["reason"]

    def test_writes_its_rows_once_however_often_the_message_comes(self, project):
        bring(project, [pair("p1", said={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)

        for _ in range(10):
            jobs.run(job.pk)

        assert QualityRun.objects.count() == 1

    def test_writes_nothing_when_the_claim_was_lost(self, project, monkeypatch):
        bring(project, [pair("p1", said={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)
        summarise = analysis.summarise

        def meanwhile(*args):
            type(job).objects.filter(pk=job.pk).update(attempt=2)
            return summarise(*args)

        monkeypatch.setattr(analysis, "summarise", meanwhile)
        jobs.run(job.pk)

        assert not QualityRun.objects.exists()
        assert not Figure.objects.exists()

    def test_is_asked_for_once_while_it_waits(self, project):
        assert computation.ask(project=project, by=None) == computation.ask(project=project, by=None)

    def test_is_stale_after_a_later_judgement_only(self, project):
        bring(project, [pair("p1", said={"u": "a"})])
        computed(project)

        assert not runs.stale(project, runs.latest_run(project))
        assert computation.stale_projects(now=later()) == []

        bring(project, [pair("p2", judgements=[{"annotator": "u", "verdict": "a", "at": "2023-05-01T00:00:00Z"}])])

        assert runs.stale(project, runs.latest_run(project))
        assert computation.stale_projects(now=later()) == [project]

    def test_is_not_asked_for_again_at_once_where_it_took_long(self, project):
        bring(project, [pair("p1", said={"u": "a"})])
        computed(project)
        bring(project, [pair("p2", said={"u": "a"})])
        run = runs.latest_run(project)
        assert run is not None
        took = timedelta(minutes=2)
        type(run).objects.filter(pk=run.pk).update(as_of=run.computed_at - took)

        assert computation.stale_projects(now=run.computed_at + 8 * took) == []
        assert computation.stale_projects(now=run.computed_at + 10 * took) == [project]

    def test_is_not_asked_for_while_it_waits(self, project):
        bring(project, [pair("p1", said={"u": "a"})])
        assert computation.stale_projects(now=later()) == [project]

        computation.ask(project=project, by=None)

        assert computation.stale_projects(now=later()) == []

    def test_of_a_draft_that_came_with_judgements_is_asked_for_too(self, project):
        Project.objects.update(state="draft")
        bring(project, [pair("p1", said={"u": "a"})])

        assert computation.stale_projects(now=later()) == [project]

    def test_keeps_of_earlier_runs_what_is_said_of_the_project(self, project):
        bring(project, [pair(f"p{i}", said={"u": "ab"[i % 2], "v": "a"}) for i in range(4)])
        for _ in range(computation.KEPT_WHOLE + 1):
            computed(project)

        *kept, first = QualityRun.objects.order_by("-id")
        assert set(Figure.objects.filter(run=first).values_list("member", flat=True)) == {None}
        for run in kept:
            assert Figure.objects.filter(run=run, partner__isnull=False).count() == 1
            assert Figure.objects.filter(run=run, name="n").count() == 2

    def test_every_figure_reaches_the_report(self, project):
        bring(project, [pair(f"p{i}", said={"u": "ab"[i % 2], "v": "a"}) for i in range(6)])
        computed(project)
        run = runs.latest_run(project)
        assert run is not None

        report = runs.report(run)

        shown = len(report["overall"]) + sum(len(r) for r in report["agreement"].values())
        shown += len(report["pairs_of_annotators"]) + sum(len(p) - 1 for p in report["annotators"])
        assert shown == Figure.objects.filter(run=run).count()


class TestDays:
    def test_end_on_the_day_of_the_reading_in_utc_wherever_the_worker_stands(self, project, monkeypatch):
        bring(project, [pair("p1", judgements=[{"annotator": "u", "verdict": "a", "at": "2026-01-01T23:15:00Z"}])])
        given = replace(judgements(project), as_of=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Pacific/Auckland")
            time.tzset()
            summary, _ = analysis.summarise(project, given)
        time.tzset()

        assert summary["days"][-1] == ["2026-01-01", 1]


class TestTheHeart:
    @pytest.mark.django_db(transaction=True)
    def test_beats_while_a_kernel_is_silent(self, project, monkeypatch):
        bring(project, [pair("p1", said={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)
        summarise = analysis.summarise

        def silent_for_long(*args):
            Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=1))
            wait_until(lambda: job.pk not in jobs.waiting(), what="a beat")
            return summarise(*args)

        monkeypatch.setattr(heartbeat, "alive", partial(heartbeat.alive, every=0.02))
        monkeypatch.setattr(analysis, "summarise", silent_for_long)

        done = jobs.run(job.pk)

        assert done is not None
        assert (done.state, done.attempt) == ("done", 1)
