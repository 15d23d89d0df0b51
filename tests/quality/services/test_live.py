from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from annotation.models import Annotation, Assignment, Member, Pair, Project, Slot, Touched
from annotation.selectors.judgements import judgements
from annotation.services import jobs
from annotation.vocabulary import AssignmentState, Verdict
from common.db import locks
from quality.models import Consensus, LiveState, QualityRun, Reliability
from quality.services import computation, live
from quality.stats.consensus import evaluate
from quality.stats.labels import Labels
from tests.computed import lines
from tests.lines import import_lines, pair
from tests.services import database_url_of_tests

pytestmark = pytest.mark.django_db

STATED = (
    "pair__external_id", "verdict", "settled", "n", "likeliest", "probability", "entropy",
    "p_first", "p_second", "p_tie", "p_both_bad", "known",
)  # fmt: skip


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open", slots_per_pair=3)


def computed(project: Project) -> QualityRun:
    job = jobs.run(computation.ask(project=project, by=None).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    return job.quality_run


def stored(**which) -> dict[str, dict]:
    rows = Consensus.objects.filter(**which).values_list(*STATED, "given")
    return {row[0]: dict(zip(STATED[1:], row[1:], strict=False)) | {"given": bytes(row[-1])} for row in rows}


def same(a: dict[str, dict], b: dict[str, dict]) -> bool:
    """Whether two states of the consensus are equal, probabilities to 1e-12."""
    return a.keys() == b.keys() and all(
        other[name] == value if not isinstance(value, float) else other[name] == pytest.approx(value, abs=1e-12)
        for pair_id, row in a.items()
        for other in [b[pair_id]]
        for name, value in row.items()
    )


def judge(project: Project, external_id: str, name: str, verdict: Verdict) -> Annotation:
    """Store a counting judgement, of somebody new where no member has the name."""
    member, _ = Member.objects.get_or_create(
        project=project, name=name, defaults={"number": 1_000 + Member.objects.count()}
    )
    of = Pair.objects.get(project=project, external_id=external_id)
    assignment = Assignment.objects.create(
        project=project, member=member, pair=of, state="submitted", first_on_left=True, uuid=uuid4()
    )
    now = timezone.now()
    return Annotation.objects.create(
        project=project, assignment=assignment, verdict=verdict, first_at=now, at=now, seconds=20.0
    )


@pytest.fixture
def judged(project) -> Project:
    """Sixty pairs of four judgements and ten that nobody judged, with a run; nothing waits."""
    import_lines(project, [*lines(60), *(pair(f"new-{n}") for n in range(10))])
    computed(project)
    assert not Touched.objects.exists()
    return project


class TestARun:
    def test_stores_what_the_model_says_of_each_pair(self, judged):
        given, known = judgements(judged), Reliability.objects.get()
        found = evaluate(Labels(given.pair, given.annotator, given.verdict), known.column("prior"), known.confusions)

        rows = list(Consensus.objects.order_by("pair").values_list("pair", *STATED[4:]))
        assert [row[0] for row in rows] == given.pair_ids.tolist()
        assert np.array([row[4:8] for row in rows]) == pytest.approx(found.posterior, abs=1e-15)
        assert [row[1] for row in rows] == found.verdict.tolist()
        assert [row[2] for row in rows] == pytest.approx(found.probability)
        assert [row[3] for row in rows] == pytest.approx(found.entropy)

    def test_stores_nothing_of_the_model_where_nothing_is_known_of_the_annotators(self, project):
        import_lines(project, [pair("p", verdicts={"u": "a", "v": "a"})])
        computed(project)

        row = stored()["p"]
        assert (row["verdict"], row["settled"], row["n"]) == (Verdict.FIRST, True, 2)
        assert {row[name] for name in STATED[4:11]} == {None}

    def test_takes_the_rows_that_it_has_read_away_and_no_others(self, judged, monkeypatch):
        def reads(project):
            found = judgements(project)
            judge(project, "new-1", "amber", Verdict.SECOND)
            return found

        judge(judged, "new-0", "amber", Verdict.FIRST)
        monkeypatch.setattr(computation, "judgements", reads)
        monkeypatch.setattr(live, "_round", lambda project: 0)
        computed(judged)

        assert [Pair.objects.get(pk=row.pair_id).external_id for row in Touched.objects.all()] == ["new-1"]

    def test_keeps_what_rounds_took_in_while_it_computed(self, judged, monkeypatch):
        def reads(project):
            found = judgements(project)
            judge(project, "new-1", "amber", Verdict.SECOND)
            Annotation.objects.filter(assignment__pair__external_id="pair-003").update(verdict=None)
            live.take_in(project)
            return found

        monkeypatch.setattr(computation, "judgements", reads)
        computed(judged)
        meanwhile = stored()
        monkeypatch.undo()

        assert meanwhile["new-1"]["n"] == 1
        assert meanwhile["pair-003"]["n"] == 0
        assert not Touched.objects.exists()
        everything(judged)
        assert same(stored(), meanwhile)


def everything(project: Project) -> None:
    """Let live take in every pair of a project again."""
    Touched.objects.bulk_create(
        Touched(project=project, pair_id=pk) for pk in Pair.objects.filter(project=project).values_list("pk", flat=True)
    )
    while live.take_in(project):
        pass


class TestARound:
    def test_of_all_pairs_stores_what_the_run_stored(self, judged):
        by_run = stored()
        Consensus.objects.all().delete()

        everything(judged)

        assert len(by_run) == 60
        assert same(stored(), by_run)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_stores_the_same_in_whatever_order_judgements_come(self, judged, seed, monkeypatch):
        monkeypatch.setattr(live, "PAIRS_AT_ONCE", 3)
        rng = random.Random(seed)
        coming = [
            (f"new-{n}", name, Verdict((n + len(name)) % 4)) for n in range(10) for name in ("amber", "birch", "new")
        ]
        rng.shuffle(coming)
        for external_id, name, verdict in coming:
            judge(judged, external_id, name, verdict)
            if rng.random() < 0.3:
                live.take_in(judged)
        while live.take_in(judged):
            pass

        by_rounds = stored()
        Consensus.objects.all().delete()
        everything(judged)
        assert same(stored(), by_rounds)
        assert {row["n"] for key, row in by_rounds.items() if key.startswith("new")} == {3}

    def test_knows_somebody_new_as_the_model_does(self, judged):
        known = Reliability.objects.get()
        prior, mean = known.column("prior"), known.column("mean").reshape(4, 4)
        judge(judged, "new-0", "newcomer", Verdict.SECOND)
        judge(judged, "new-0", "another newcomer", Verdict.TIE)

        live.take_in(judged)

        expected = prior * mean[:, Verdict.SECOND] * mean[:, Verdict.TIE]
        row = stored()["new-0"]
        found = [row[name] for name in ("p_first", "p_second", "p_tie", "p_both_bad")]
        assert found == pytest.approx((expected / expected.sum()).tolist(), abs=1e-12)
        assert np.trace(mean) > 2, "those of the project are mostly right"

    def test_changes_only_the_pairs_that_were_touched(self, judged):
        before = dict(Consensus.objects.values_list("pair__external_id", "as_of"))
        judge(judged, "pair-020", "newcomer", Verdict.TIE)

        live.take_in(judged)

        after = dict(Consensus.objects.values_list("pair__external_id", "as_of"))
        assert {name for name in after if after[name] != before.get(name)} == {"pair-020"}
        assert LiveState.objects.get().as_of == after["pair-020"]

    def test_before_the_first_run_tells_the_plurality(self, project):
        import_lines(project, [pair("p", verdicts={"u": "a", "v": "a", "w": "b"})])

        live.take_in(project)

        row = stored()["p"]
        assert (row["verdict"], row["settled"], row["n"], row["probability"]) == (Verdict.FIRST, True, 3, None)

    def test_of_a_run_that_says_nothing_of_others_leaves_the_model_out(self, judged):
        Reliability.objects.update(mean=b"")
        judge(judged, "new-0", "amber", Verdict.SECOND)

        live.take_in(judged)

        assert stored()["new-0"]["probability"] is None

    def test_settles_no_pair_that_waits(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        live.take_in(judged)
        assert not stored()["new-0"]["settled"]

        Slot.objects.filter(pair__external_id="new-0").update(open=False)
        judge(judged, "new-0", "birch", Verdict.SECOND)
        held = judge(judged, "new-0", "cedar", Verdict.SECOND).assignment
        Annotation.objects.filter(assignment=held).update(verdict=None)
        slot = Slot.objects.filter(pair__external_id="new-0").first()
        Assignment.objects.filter(pk=held.pk).update(
            state="leased", slot=slot, lease_until=timezone.now() + timedelta(days=1)
        )
        live.take_in(judged)
        assert not stored()["new-0"]["settled"]

        Assignment.objects.filter(pk=held.pk).update(state="expired", lease_until=None)
        judge(judged, "new-0", "dune", Verdict.SECOND)
        live.take_in(judged)
        assert stored()["new-0"]["settled"]

    def test_is_repeated_without_a_change(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        live.take_in(judged)
        once = stored(), Consensus.objects.get(pair__external_id="new-0").as_of

        everything(judged)

        assert (stored(), Consensus.objects.get(pair__external_id="new-0").as_of) == once

    def test_takes_the_newest_first_and_a_bounded_number(self, judged, monkeypatch):
        monkeypatch.setattr(live, "PAIRS_AT_ONCE", 2)
        for n in range(3):
            judge(judged, f"new-{n}", "amber", Verdict.SECOND)

        assert live.take_in(judged) == 2
        assert {name for name in stored() if name.startswith("new")} == {"new-1", "new-2"}
        assert live.take_in(judged) == 1
        assert "new-0" in stored()
        assert live.take_in(judged) == 0

    def test_that_fails_has_done_nothing(self, judged, monkeypatch):
        def fails(*_):
            raise ZeroDivisionError

        judge(judged, "new-0", "amber", Verdict.SECOND)
        monkeypatch.setattr(live, "act", fails)
        with pytest.raises(ZeroDivisionError):
            live.take_in(judged)
        assert "new-0" not in stored()
        assert Touched.objects.count() == 1

        monkeypatch.undo()
        live.take_in(judged)
        assert "new-0" in stored()

    def test_that_fails_in_one_project_does_not_keep_others_waiting(self, judged, monkeypatch):
        other = Project.objects.create(slug="other", name="Other", state="open")
        import_lines(other, [pair("elsewhere", verdicts={"u": "a"})])
        judge(judged, "new-0", "amber", Verdict.SECOND)

        def fails(project, found):
            if project == judged:
                raise ZeroDivisionError

        monkeypatch.setattr(live, "act", fails)
        live.take_in_all()

        assert "elsewhere" in stored()
        assert list(Touched.objects.values_list("project", flat=True)) == [judged.pk]


class TestTouched:
    """Whatever changes a pair's judgements is noted."""

    def names(self) -> list[str]:
        names = dict(Pair.objects.values_list("pk", "external_id"))
        return [names[pk] for pk in Touched.objects.order_by("pk").values_list("pair_id", flat=True)]

    def test_by_a_new_judgement(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        assert self.names() == ["new-0"]

    @pytest.mark.parametrize("values", [{"verdict": 2}, {"verdict": None}, {"surplus": True}])
    def test_by_one_that_is_changed_withdrawn_or_no_longer_counts(self, judged, values):
        Annotation.objects.filter(assignment__pair__external_id="pair-020", assignment__member__name="dune").update(
            **values
        )
        assert self.names() == ["pair-020"]
        live.take_in(judged)
        assert stored()["pair-020"]["n"] == (4 if values.get("verdict") else 3)

    def test_not_by_what_changes_nothing_that_counts(self, judged):
        Annotation.objects.update(reason="Because", seconds=3.0)
        Assignment.objects.update(guidelines_version=2)
        Pair.objects.update(batch=4)
        assert self.names() == []

    def test_by_one_whose_assignment_is_no_longer_submitted(self, judged):
        Assignment.objects.filter(pair__external_id="pair-020", member__name="dune").update(
            state=AssignmentState.RELEASED.value
        )
        assert self.names() == ["pair-020"]
        live.take_in(judged)
        assert stored()["pair-020"]["n"] == 3

    def test_by_gold(self, judged):
        Pair.objects.filter(external_id="pair-020").update(gold_verdict=Verdict.TIE)
        assert self.names() == ["pair-020"]
        live.take_in(judged)
        assert stored()["pair-020"]["known"] == Verdict.TIE

    def test_by_gold_that_nobody_judged_stores_nothing(self, judged):
        Pair.objects.filter(external_id="new-0").update(gold_verdict=Verdict.TIE)
        live.take_in(judged)
        assert "new-0" not in stored()

    def test_by_an_import(self, judged):
        import_lines(judged, [pair("more", verdicts={"amber": "a", "birch": "b"}), pair("unjudged")])
        assert set(self.names()) == {"more"}


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_a_transaction_that_commits_after_a_later_one_is_not_missed(self, judged):
        """The first has the lower keys and the earlier time, and commits when the second was taken in already."""
        ids = dict(Pair.objects.values_list("external_id", "pk"))
        member = Member.objects.get(name="amber")

        def submitted(session, external_id):
            (assignment,) = session.execute(
                "INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, kind, state, first_on_left)"
                " VALUES (%s, %s, %s, %s, 'ordinary', 'submitted', true) RETURNING id",
                [uuid4(), judged.pk, member.pk, ids[external_id]],
            ).fetchone()
            session.execute(
                "INSERT INTO annotation_annotation (project_id, assignment_id, verdict, reason, surplus, first_at, at)"
                " VALUES (%s, %s, 1, '', false, now(), now())",
                [judged.pk, assignment],
            )

        with psycopg.connect(database_url_of_tests()) as first, psycopg.connect(database_url_of_tests()) as second:
            submitted(first, "new-0")
            submitted(second, "new-1")
            second.commit()
            live.take_in(judged)
            assert {name for name in stored() if name.startswith("new")} == {"new-1"}
            first.commit()
        live.take_in(judged)

        assert {name for name in stored() if name.startswith("new")} == {"new-0", "new-1"}
        assert live.take_in(judged) == 0

    def test_one_process_works_on_a_project(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        with psycopg.connect(database_url_of_tests()) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.Namespace.LIVE.value, locks.number(judged.pk)])
            assert live.take_in(judged) == 0
            assert "new-0" not in stored()
        assert live.take_in(judged) == 1

    def test_a_session_that_is_cut_off_in_a_round_has_done_nothing(self, judged, monkeypatch):
        def cut(*_):
            with psycopg.connect(database_url_of_tests(), autocommit=True) as other:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    (pid,) = cursor.fetchone()
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        judge(judged, "new-0", "amber", Verdict.SECOND)
        monkeypatch.setattr(live, "act", cut)
        live.take_in_all()
        monkeypatch.undo()
        connection.close()
        assert "new-0" not in stored()

        live.take_in_all()

        assert stored()["new-0"]["n"] == 1
        assert not Touched.objects.exists()
