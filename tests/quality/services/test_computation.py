from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from annotation.models import Annotation, Import, Job, Member, Pair, Project, Slot
from annotation.selectors.judgements import judgements
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from quality.models import AnnotatorMatrix, Consensus, Figure, QualityRun, Reliability
from quality.pages.report import pairs_of_annotators, whole_report
from quality.pages.wording import reason
from quality.selectors import figures, runs
from quality.selectors.figures import StoredParts
from quality.services import analysis, computation
from quality.statistics import AGREEMENT, BOTH, Scope, Statistic
from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.pooled_pairs import LEAST_SHARED
from quality.stats.consensus import evaluate
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels
from quality.stats.reasons import Reason
from tests.lines import import_lines, pair
from tests.programs import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


NIGHT = datetime(2026, 3, 4, 2, tzinfo=UTC)


def later() -> datetime:
    """When the figures have rested."""
    return timezone.now() + timedelta(hours=1)


def computed(project: Project) -> dict:
    job = jobs.run(computation.ask(project=project, by=None).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    run = job.quality_run
    return whole_report(figures.of_run(run), figures.matrices(run), figures.reliability(run), figures.parts(run))


class TestComputing:
    def test_stores_undefined_figures_with_their_reason(self, project):
        found = computed(project)

        for reading in ("strict", "direction"):
            for statistic in AGREEMENT:
                figure = found["agreement"][reading][statistic.name]
                assert figure["value"] is None
                assert figure["reason"] == reason(figure["code"], {"needed": LEAST_SHARED})
        assert found["majority"] == {"first": 0, "second": 0, "tie": 0, "both_bad": 0, "none": 0}

    def test_finds_agreement_on_strengths_where_there_are_any_on_ordinary_pairs(self, project):
        def line(name, one, other, **more):
            given = [{"annotator": who, "verdict": "a", "strength": by} for who, by in (("adam", one), ("zoe", other))]
            return pair(name, judgements=given, **more)

        names = ("krippendorff_alpha_ordinal", "weighted_kappa_linear", "weighted_kappa_quadratic")
        import_lines(project, [pair(f"n{i}", verdicts={"adam": "a", "zoe": "b"}) for i in range(30)])
        without = computed(project)["overall"]
        import_lines(project, [line(f"g{i}", 1 + i % 3, 3 - i % 3, gold="a") for i in range(60)])
        import_lines(project, [line(f"p{i}", 1 + i % 3, 1 + i % 3) for i in range(60)])
        found = computed(project)["overall"]

        for name in names:
            assert (without[name]["value"], without[name]["code"]) == (None, "no_strength")
            assert (found[name]["value"], found[name]["n"]) == (pytest.approx(1), 60)

    def test_leaves_gold_out_of_agreement_and_tells_it_apart(self, project):
        ordinary = [pair(f"p{i}", verdicts={"adam": "ab"[i % 2], "zoe": "ba"[i % 2]}) for i in range(30)]
        gold = [pair(f"g{i}", verdicts={"adam": "ab"[i % 2], "zoe": "ab"[i % 2]}, gold="ab"[i % 2]) for i in range(40)]
        import_lines(project, [*ordinary, *gold])

        found = computed(project)

        for reading in ("strict", "direction"):
            assert found["agreement"][reading]["fleiss_kappa"]["value"] == -1
            assert found["agreement"][reading]["fleiss_kappa"]["n"] == 30
            assert found["agreement_gold"][reading]["fleiss_kappa"]["value"] == 1
            assert found["agreement_gold"][reading]["percent_agreement"]["n"] == 40
        for annotator in found["annotators"]:
            assert annotator["n"] == 70
            assert (annotator["cohen_kappa"]["value"], annotator["cohen_kappa"]["n"]) == (-1, 30)
            assert (annotator["cohen_kappa_consensus"]["value"], annotator["cohen_kappa_consensus"]["n"]) == (-1, 30)
        assert [p["n"] for p in found["pairs_of_annotators"]] == [30]

    def test_counts_gold_against_its_known_verdict(self, project):
        lines = [pair(f"g{i}", verdicts={"adam": "a", "zoe": "a" if i < 3 else "b"}, gold="a") for i in range(4)]
        import_lines(project, lines)

        annotators = {p["name"]: p for p in computed(project)["annotators"]}

        assert annotators["adam"]["gold_accuracy"]["value"] == 1
        assert annotators["zoe"]["gold_accuracy"]["value"] == 0.75
        assert annotators["zoe"]["gold_accuracy"]["n"] == 4

    def test_names_two_annotators_in_order_of_their_names(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"zoe": "ab"[i % 2], "adam": "ab"[i % 2]}) for i in range(4)])

        (found,) = computed(project)["pairs_of_annotators"]

        assert (found["a"], found["b"], found["n"]) == ("adam", "zoe", 4)
        assert found["cohen_kappa"]["value"] == 1

    def test_settles_a_pair_by_strict_plurality_once_complete(self, project):
        import_lines(
            project,
            [
                pair("p1", verdicts={"u": "a", "v": "a", "w": "b"}),
                pair("p2", verdicts={"u": "a", "v": "b"}),
                pair("p3", verdicts={"u": "both_bad"}),
                pair("p4"),
            ],
        )

        assert computed(project)["majority"] == {"first": 1, "second": 0, "tie": 0, "both_bad": 1, "none": 1}

    def test_scores_stated_confidence_against_gold_else_the_majority_of_the_others(self, project):
        judgements = [
            {"annotator": "u", "verdict": "a", "confidence": 1.0},
            {"annotator": "v", "verdict": "a"},
            {"annotator": "w", "verdict": "b", "confidence": 1.0},
            {"annotator": "x", "verdict": "a"},
        ]
        # Judged by nobody else, a pair has no consensus to compare with.
        alone = [{"annotator": "u", "verdict": "a", "confidence": 1.0}]
        import_lines(
            project,
            [
                *(pair(f"p{i}", judgements=judgements) for i in range(5)),
                *(pair(f"q{i}", judgements=alone) for i in range(5)),
                pair("g", judgements=alone, gold="b"),
            ],
        )

        annotators = {p["name"]: p for p in computed(project)["annotators"]}

        assert annotators["u"]["calibration_brier"]["n"] == 6
        assert annotators["u"]["calibration_brier"]["value"] == pytest.approx(1 / 6)
        assert annotators["w"]["calibration_brier"]["value"] == pytest.approx(1)
        assert annotators["v"]["calibration_brier"]["value"] is None
        assert annotators["v"]["calibration_brier"]["reason"]

    def test_writes_its_rows_once_however_often_the_message_comes(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)

        for _ in range(10):
            jobs.run(job.pk)

        assert QualityRun.objects.count() == 1

    def test_writes_nothing_when_the_claim_was_lost(self, project, monkeypatch):
        import_lines(project, [pair("p1", verdicts={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)
        analyze = analysis.analyze

        def meanwhile(*args, **options):
            type(job).objects.filter(pk=job.pk).update(attempt=2)
            return analyze(*args, **options)

        monkeypatch.setattr(analysis, "analyze", meanwhile)
        jobs.run(job.pk)

        for model in (QualityRun, Figure, AnnotatorMatrix, Reliability, Consensus):
            assert not model.objects.exists()

    def test_is_asked_for_once_while_it_waits(self, project):
        assert computation.ask(project=project, by=None) == computation.ask(project=project, by=None)

    def test_is_stale_after_a_later_judgement_only(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        computed(project)
        Project.objects.update(state="closed")  # where it is night in between, an open one is computed then

        assert not runs.stale(project, runs.latest_run(project))
        assert computation.stale_projects(now=later()) == []

        import_lines(
            project, [pair("p2", judgements=[{"annotator": "u", "verdict": "a", "at": "2023-05-01T00:00:00Z"}])]
        )

        assert runs.stale(project, runs.latest_run(project))
        assert computation.stale_projects(now=later()) == [project]

    @pytest.mark.parametrize(("took", "rests"), [(timedelta(seconds=10), 10 * 59), (timedelta(minutes=20), 3600)])
    def test_is_not_asked_for_again_at_once_where_it_took_long(self, project, took, rests):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        computed(project)
        import_lines(project, [pair("p2", verdicts={"u": "a"})])
        run = runs.latest_run(project)
        assert run is not None
        type(run).objects.filter(pk=run.pk).update(as_of=run.computed_at - took)

        assert computation.stale_projects(now=run.computed_at + timedelta(seconds=rests - 1)) == []
        assert computation.stale_projects(now=run.computed_at + timedelta(seconds=rests + 1)) == [project]

    @pytest.mark.parametrize(("state", "again"), [("open", True), ("paused", True), ("closed", False)])
    def test_is_asked_for_each_night_unless_it_is_closed(self, project, state, again):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        computed(project)
        Project.objects.update(state=state)
        QualityRun.objects.update(as_of=NIGHT - timedelta(hours=3), computed_at=NIGHT - timedelta(hours=3))
        Annotation.objects.update(at=NIGHT - timedelta(days=2))
        Import.objects.update(judgements=0)

        assert computation.stale_projects(now=NIGHT - timedelta(seconds=1)) == []
        assert computation.stale_projects(now=NIGHT) == ([project] if again else [])
        QualityRun.objects.update(as_of=NIGHT, computed_at=NIGHT)
        assert computation.stale_projects(now=NIGHT + timedelta(hours=20)) == []

    def test_is_not_asked_for_while_it_waits(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        assert computation.stale_projects(now=later()) == [project]

        computation.ask(project=project, by=None)

        assert computation.stale_projects(now=later()) == []

    def test_of_a_draft_that_came_with_judgements_is_asked_for_too(self, project):
        Project.objects.update(state="draft")
        import_lines(project, [pair("p1", verdicts={"u": "a"})])

        assert computation.stale_projects(now=later()) == [project]

    def test_keeps_of_earlier_runs_what_is_about_the_project(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"u": "ab"[i % 2], "v": "a"}) for i in range(4)])
        for _ in range(computation.KEPT_WHOLE + 1):
            computed(project)

        *kept, first = QualityRun.objects.order_by("-id")
        assert set(Figure.objects.filter(run=first).values_list("member", flat=True)) == {None}
        assert not AnnotatorMatrix.objects.filter(run=first).exists()
        for run in kept:
            assert AnnotatorMatrix.objects.filter(run=run).count() == 1
            assert Figure.objects.filter(run=run, name="n").count() == 2

    def test_every_figure_reaches_the_report(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"u": "ab"[i % 2], "v": "a", "w": "b"}) for i in range(6)])

        found = computed(project)

        shown = len(found["overall"])
        shown += sum(len(r) for which in ("agreement", "agreement_gold") for r in found[which].values())
        shown += sum(len(annotator) - 1 for annotator in found["annotators"])
        assert shown == Figure.objects.count()
        assert len(found["pairs_of_annotators"]) == 3


class TestTheReport:
    def test_has_each_of_its_parts_described(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"u": "ab"[i % 2], "v": "a"}) for i in range(4)])
        found = computed(project)
        described = (settings.BASE_DIR / "docs" / "quality.md").read_text()

        parts = [*found, *found["reliability"], *found["fraud"], *found["consensus"], *found["overall"]["reliability"]]
        assert [part for part in parts if not re.search(rf'[`"]{part}[`"]', described)] == []


class TestReliability:
    """Ann and Ben are right on every pair, Cid on half of them; each sees all 40 ordinary pairs."""

    @pytest.fixture
    def found(self, project) -> dict:
        lines = [
            pair(f"p{i}", verdicts={"ann": "ab"[i % 2], "ben": "ab"[i % 2], "cid": "ab"[(i + (i // 2) % 2) % 2]})
            for i in range(40)
        ]
        import_lines(project, lines)
        return computed(project)

    def test_tells_who_is_right_from_who_is_not(self, found):
        reliable = {one["name"]: one["reliability"] for one in found["annotators"]}

        assert reliable["ann"]["value"] == pytest.approx(reliable["ben"]["value"])
        assert reliable["ann"]["value"] > 0.9
        assert 0.45 < reliable["cid"]["value"] < 0.65
        assert {one["n"] for one in reliable.values()} == {40}
        assert {(one["low"], one["code"]) for one in reliable.values()} == {(None, "truth_inferred")}
        assert reliable["ann"]["reason"] == "no interval, because the truth is inferred"

    def test_has_everybodys_confusions_and_how_frequent_each_verdict_is(self, found):
        assert found["reliability"]["converged"] is True
        assert found["reliability"]["code"] == ""
        assert found["reliability"]["true_verdicts"]["first"] == pytest.approx(0.5, abs=0.02)
        tables = {one["name"]: one["confusion"] for one in found["reliability"]["annotators"]}
        assert list(tables) == ["ann", "ben", "cid"]
        for name, table in tables.items():
            assert table["first"]["first"] > (0.9 if name != "cid" else 0.4)
            assert sum(table["first"].values()) == pytest.approx(1)
            # No pair is truly a tie, so nothing is known of what they make of one.
            assert table["tie"] is None

    def test_settles_what_two_reliable_people_agree_on(self, found):
        consensus = found["consensus"]

        assert (consensus["settled"], consensus["unsettled"], consensus["open"]) == (40, 0, 0)
        assert consensus["target"] == 0.9
        assert consensus["mean_posterior"]["value"] > 0.95
        assert consensus["mean_posterior"] == found["overall"]["consensus_posterior"]

    def test_leaves_gold_out_of_what_is_settled_and_goes_by_it(self, project):
        gold = [pair(f"g{i}", verdicts={"ann": "ab"[i % 2], "cid": "a"}, gold="ab"[i % 2]) for i in range(30)]
        import_lines(project, [*gold, pair("p", verdicts={"ann": "a", "cid": "a"}), pair("q", verdicts={"ann": "b"})])

        found = computed(project)

        consensus, reliable = found["consensus"], {one["name"]: one["reliability"] for one in found["annotators"]}
        assert sum(consensus[state] for state in ("settled", "unsettled", "open")) == 2
        assert consensus["mean_posterior"]["n"] == 2
        assert reliable["ann"]["value"] > 0.9
        assert reliable["cid"]["value"] < 0.7

    def test_settles_pairs_that_wait_and_calls_those_unsettled_that_wait_for_nobody(self, project):
        # They disagree on every fifth.
        lines = [pair(f"p{i}", verdicts={"ann": "ab"[i % 2], "ben": "ab"[(i + (i % 5 == 0)) % 2]}) for i in range(40)]
        import_lines(project, lines)
        for waiting in Pair.objects.filter(external_id__in=["p0", "p1", "p2", "p5"]):
            Slot.objects.create(project=project, pair=waiting, key=1.0, open=True, first_on_left=True)

        consensus = computed(project)["consensus"]

        assert (consensus["settled"], consensus["unsettled"], consensus["open"]) == (32, 6, 2)

    def test_is_not_told_of_a_handful_of_pairs(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"ann": "a", "ben": "ab"[i % 2]}) for i in range(6)])

        found = computed(project)

        assert found["reliability"]["code"] == "too_few_to_tell"
        assert found["reliability"]["reason"] == "too few to tell; it needs about 20"
        assert found["reliability"]["annotators"] == []
        assert set(found["reliability"]["true_verdicts"].values()) == {None}
        assert {found["consensus"][state] for state in ("settled", "unsettled", "open")} == {None}
        assert found["overall"]["reliability"]["value"] is None

    def test_gives_posteriors_from_what_is_stored(self, project, found):
        run = runs.latest_run(project)
        stored = figures.reliability(run)
        given = judgements(project)

        again = evaluate(Labels(given.pair, given.annotator, given.verdict), stored.column("prior"), stored.confusions)

        assert stored.column("members").tolist() == given.member_ids
        assert float(again.probability.mean()) == pytest.approx(
            found["consensus"]["mean_posterior"]["value"], abs=1e-12
        )
        assert int(again.settled.sum()) == found["consensus"]["settled"]

    def test_is_kept_as_long_as_what_else_a_run_holds_of_annotators(self, project, found):
        for _ in range(computation.KEPT_WHOLE):
            computed(project)

        assert Reliability.objects.count() == computation.KEPT_WHOLE
        assert figures.reliability(QualityRun.objects.earliest("id")) is None

    def test_of_a_run_from_before_it_was_stored_is_null(self, project, found):
        run = runs.latest_run(project)
        run.summary.pop("consensus")

        old = whole_report(replace(figures.of_run(run), run=run), figures.matrices(run), None, StoredParts({}, {}))

        assert [old[part] for part in ("reliability", "consensus", "noise", "drift", "dimensions")] == [None] * 5


class TestMatrix:
    @pytest.fixture
    def run(self, project) -> QualityRun:
        lines = [pair(f"p{i}", verdicts={"zoe": "ab"[i % 2], "adam": "ab"[i % 3 == 0], "mia": "a"}) for i in range(6)]
        import_lines(
            project,
            [*lines, pair("q", verdicts={"adam": "a", "lou": "a"}), pair("r", verdicts={"adam": "a", "zoe": "a"})],
        )
        computed(project)
        run = runs.latest_run(project)
        assert run is not None
        return run

    def test_gives_an_annotators_partners_most_shared_pairs_first(self, run):
        adam = Member.objects.get(name="adam")

        found = [(member.name, figure.n) for member, figure in figures.partners(run, adam)]

        assert found == [("zoe", 7), ("mia", 6)]

    def test_gives_both_partners_one_figure(self, run):
        adam, zoe = (Member.objects.get(name=name) for name in ("adam", "zoe"))

        of_adam = {member.name: figure for member, figure in figures.partners(run, adam)}
        of_zoe = {member.name: figure for member, figure in figures.partners(run, zoe)}

        assert of_adam["zoe"] == of_zoe["adam"]
        assert of_adam["zoe"].value == pytest.approx(
            next(
                row["cohen_kappa"]["value"]
                for row in whole_report(figures.of_run(run), figures.matrices(run), None, StoredParts({}, {}))[
                    "pairs_of_annotators"
                ]
                if (row["a"], row["b"]) == ("adam", "zoe")
            )
        )

    def test_holds_nothing_of_two_who_share_one_pair(self, run):
        assert figures.partners(run, Member.objects.get(name="lou")) == []
        (matrix,) = figures.matrices(run)
        assert sorted(matrix.column("n").tolist()) == [6, 6, 7]

    def test_keeps_the_reason_of_what_is_undefined(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"adam": "a", "lou": "a"}) for i in range(2)])
        computed(project)
        run = runs.latest_run(project)

        ((_, figure),) = figures.partners(run, Member.objects.get(name="lou"))

        assert (figure.value, figure.reason, figure.arguments) == (None, "both_one_category", {"category": 0})

    def test_of_a_stranger_to_the_run_is_empty(self, run, project):
        stranger = Member.objects.create(project=project, name="stranger", number=999)

        assert figures.partners(run, stranger) == []


class TestAMatrixOfFiveHundredAnnotators:
    @pytest.fixture
    def run(self, project) -> QualityRun:
        import_lines(project, [pair(f"p{i}", verdicts={"adam": "a", "zoe": "b"}) for i in range(2)])
        computed(project)
        run = runs.latest_run(project)
        new = [Member(project=project, name=f"m{n:03}", number=1_000 + n) for n in range(500)]
        made = Member.objects.bulk_create(new)
        a, b = np.triu_indices(500, k=1)
        same = dict.fromkeys(("value", "low", "high"), np.full(len(a), 0.5))
        AnnotatorMatrix.objects.filter(run=run).update(
            reasons=[],
            **AnnotatorMatrix.packed(
                members=np.array([member.pk for member in made]),
                a=a,
                b=b,
                n=a + b + 2,
                reason=np.full(len(a), -1),
                **same,
            ),
        )
        return run

    def test_gives_an_annotator_all_partners_in_two_queries(self, run, django_assert_num_queries):
        first = Member.objects.get(name="m000")

        with django_assert_num_queries(2):
            found = figures.partners(run, first)

        assert [(member.name, figure.n) for member, figure in found] == [(f"m{n:03}", n + 2) for n in range(499, 0, -1)]

    def test_is_read_a_page_at_a_time(self, run):
        matrices = figures.matrices(run)

        rows = slice(124_700, 124_900)
        found = pairs_of_annotators(matrices, figures.names_in(run, matrices, rows=rows), rows=rows)

        assert len(found) == 500 * 499 // 2 - 124_700
        assert (found[-1]["a"], found[-1]["b"], found[-1]["n"]) == ("m498", "m499", 999)

    def test_is_stored_in_few_bytes_for_each_two(self, run):
        (matrix,) = figures.matrices(run)

        stored = sum(len(getattr(matrix, name)) for name in AnnotatorMatrix.DTYPES)
        assert stored < 50 * 500 * 499 // 2


class TestANewStatistic:
    def test_is_stored_and_reported_from_its_entry_alone(self, project, monkeypatch):
        import_lines(project, [pair(f"p{i}", verdicts={"u": "ab"[i % 2], "v": "a"}) for i in range(4)])
        toys = [
            Statistic("toy", Scope.PROJECT, lambda i: Estimate(float(len(i.labels)), 0.0, 9.0, 4, "toy"), "Toy"),
            Statistic(
                "toy", Scope.ANNOTATOR, lambda i: [undefined("toy", Reason.NO_TIME)] * i.judged.n_annotators, "Toy"
            ),
            Statistic("toy", Scope.PAIR_OF_ANNOTATORS, lambda i: pairwise_kappas(i.tables), "Toy", readings=BOTH[:1]),
        ]
        monkeypatch.setattr(analysis, "STATISTICS", (*analysis.STATISTICS, *toys))

        found = computed(project)

        assert found["overall"]["toy"]["value"] == 8
        assert [a["toy"]["reason"] for a in found["annotators"]] == ["no time on a pair is known"] * 2
        assert found["pairs_of_annotators"][0]["toy"] == found["pairs_of_annotators"][0]["cohen_kappa"]


class TestDays:
    def test_end_on_the_day_of_the_reading_in_utc_wherever_the_worker_stands(self, project, monkeypatch):
        import_lines(
            project, [pair("p1", judgements=[{"annotator": "u", "verdict": "a", "at": "2026-01-01T23:15:00Z"}])]
        )
        given = replace(judgements(project), as_of=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Pacific/Auckland")
            time.tzset()
            complete = np.ones(len(given.pair_ids), dtype=bool)
            alike = np.zeros((len(complete), 2))
            found = analysis.analyze(given, complete=complete, differences=alike, progress={})
        time.tzset()

        assert found.summary["days"][-1] == ["2026-01-01", 1]


class TestSides:
    def test_are_counted_by_where_the_first_response_stood_and_by_which_side_was_chosen(self, project):
        import_lines(
            project,
            [
                pair("p1", judgements=[{"annotator": "u", "verdict": "a", "at": "2026-01-01T10:00:00Z"}]),
                pair("p2", judgements=[{"annotator": "u", "verdict": "b", "at": "2026-01-01T10:01:00Z"}]),
                pair("p3", judgements=[{"annotator": "u", "verdict": "b", "at": "2026-01-01T10:02:00Z"}]),
            ],
        )
        given = replace(judgements(project), left=np.array([1, 1, 0], dtype=np.int8))
        found = analysis.analyze(given, complete=np.ones(3, dtype=bool), differences=np.zeros((3, 2)), progress={})
        (own,) = (c.estimate for c in found.figures if c.statistic.name == "left_share")

        assert found.summary["first_on_left"] == {"left": 2, "n": 3}
        assert found.summary["chose_left"] == {"left": 2, "n": 3}
        assert (own.value, own.n) == (pytest.approx(2 / 3), 3)
        assert "left_share" not in found.summary


class TestHeartbeat:
    @pytest.mark.django_db(transaction=True)
    def test_beats_while_a_kernel_is_silent(self, project, monkeypatch):
        import_lines(project, [pair("p1", verdicts={"u": "a", "v": "b"})])
        job = computation.ask(project=project, by=None)
        analyze = analysis.analyze

        def silent_for_long(*args, **options):
            Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=1))
            wait_until(lambda: job.pk not in jobs.waiting(), what="a beat")
            return analyze(*args, **options)

        monkeypatch.setattr(heartbeat, "alive", partial(heartbeat.alive, every=0.02))
        monkeypatch.setattr(analysis, "analyze", silent_for_long)

        done = jobs.run(job.pk)

        assert done is not None
        assert (done.state, done.attempt) == ("done", 1)


class TestBias:
    """What the run makes of sides, lengths and others' judgements; the kernel has tests of its own."""

    @pytest.fixture
    def lines(self):
        rng = np.random.default_rng(5)
        found = []
        for number in range(120):
            longer = bool(rng.random() < 0.5)
            lengths = (400, 100) if longer else (100, 400)
            judged = []
            for r in rng.permutation(8)[:4]:
                first = bool(rng.random() < 0.5) if r else longer  # the first person takes the longer one, always
                shown = "a" if rng.random() < 0.5 else "b"
                if r == 1:
                    first = shown == "a"  # the second takes what is on the left
                judged.append({"annotator": f"u{r}", "verdict": "a" if first else "b", "shown_first": shown})
            line = pair(f"p{number}", judgements=judged)
            for side, length in zip("ab", lengths, strict=True):
                line[f"response_{side}"] = {"model": f"m{side}", "text": f"{number} " + "word " * (length // 5)}
            found.append(line)
        return found

    def test_is_found_of_the_people_who_do_not_read(self, project, lines):
        import_lines(project, lines)
        found = computed(project)
        people = {one["name"]: one for one in found["annotators"]}

        assert people["u0"]["bias_length"]["low"] > 0.6
        assert people["u1"]["bias_side"]["low"] > 0.6
        for name in ("u2", "u3", "u4", "u5", "u6", "u7"):
            assert people[name]["bias_length"]["low"] < 0.55
            assert people[name]["bias_side"]["low"] < 0.55
        assert found["bias"]["side"] == found["overall"]["bias_side"]
        assert found["bias"]["markup"]["code"] == "nothing_counted"
