"""Simulated annotators at work, through hand-out and submit."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection

import annotation
from annotation.models import Annotation, AnnotationRevision, Assignment, Job, Member, Pair, Project, Slot, User
from annotation.sampling.simulated import Kind, known
from annotation.selectors import simulated as selectors
from annotation.services import jobs, projects
from annotation.services.sampling import simulated_pairs, simulation
from annotation.vocabulary import MemberState, ProjectState
from tests.annotation.formats.lines import judgement, pair
from tests.annotation.services.importing import import_lines

NOW = dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC)
WHO = {Kind.CAREFUL: 6, Kind.RANDOM: 1, Kind.ALWAYS_LEFT: 1, Kind.ALWAYS_LONGER: 1, Kind.COPIER: 1}


@pytest.fixture
def project(project: Project) -> Project:
    project = projects.change_settings(project=project, by=None, gold_rate=0.1, slots_per_pair=3)
    return projects.move(project=project, to=ProjectState.OPEN, by=None)


def ask(project: Project, *, seed: int = 1, judgements: int = 1_000, **more: Any) -> Job:
    given: dict[str, Any] = {"annotators": {Kind.CAREFUL: 4}, "strengths": {}, "now": NOW, "by": None} | more
    return simulation.simulate(project=project, judgements=judgements, seed=seed, **given)


def do(job: Job) -> dict[str, Any]:
    after = jobs.run(job.pk)
    assert after is not None
    assert after.state == "done", after.arguments
    assert after.result is not None
    return after.result


def made(project: Project, pairs: int = 60, **more: Any) -> dict[str, Any]:
    run = simulated_pairs.start(project=project, count=pairs, seed=1, by=None)
    done = jobs.run(run.job_id)
    assert done is not None
    assert done.state == "done", done.arguments
    return do(ask(project, annotators=WHO, **more))


def given(project: Project) -> list[tuple[Any, ...]]:
    judgements = Annotation.objects.filter(project=project).order_by("at", "assignment__member__name")
    return list(
        judgements.values_list(
            *("assignment__pair__external_id", "assignment__member__name", "assignment__first_on_left"),
            *("assignment__kind", "verdict", "confidence", "seconds", "at"),
        )
    )


@pytest.mark.usefixtures("sound_afterwards")
class TestSimulatedAnnotators:
    def test_fill_every_slot_through_leases_and_submits(self, project: Project) -> None:
        result = made(project)
        ordinary = Annotation.objects.filter(project=project, assignment__kind="ordinary", surplus=False)

        assert not Slot.objects.filter(project=project, open=True).exists()
        assert ordinary.count() == 57 * 3
        assert all(
            (lease, until, slot) and lease < until
            for lease, until, slot in Assignment.objects.filter(
                project=project, state="submitted", kind="ordinary"
            ).values_list("leased_at", "lease_until", "slot_id")
        )
        assert result["judgements"] == AnnotationRevision.objects.filter(project=project, kind="submit").count()

    def test_are_shown_each_pair_from_both_sides(self, project: Project) -> None:
        made(project)
        left = Slot.objects.filter(project=project).values_list("pair_id", "first_on_left")

        assert {len({side for pair, side in left if pair == one}) for one, _ in left} == {2}
        shown = Assignment.objects.filter(project=project, kind="ordinary", state="submitted")
        assert all(a == b for a, b in shown.values_list("first_on_left", "slot__first_on_left"))

    def test_meet_gold_at_the_projects_rate_and_never_among_their_first_three(self, project: Project) -> None:
        result = made(project, pairs=300)
        latest: dict[str, list[str]] = {}
        for _, name, _, kind, *_ in given(project):
            latest.setdefault(name, []).append(kind)

        assert result["gold"] / result["judgements"] == pytest.approx(0.1, abs=0.03)
        assert all("gold" not in kinds[:3] for kinds in latest.values())

    def test_work_before_now_by_day_and_on_no_weekend(self, project: Project) -> None:
        made(project)
        moments = list(Annotation.objects.filter(project=project).values_list("first_at", flat=True))

        assert max(moments) <= NOW
        assert len({at.date() for at in moments}) > 10
        assert {at.weekday() for at in moments} <= set(range(5))
        assert {at.hour for at in moments} <= set(range(4, 13))

    def test_take_the_seconds_that_they_were_drawn(self, project: Project) -> None:
        made(project)
        by_kind: dict[str, list[float]] = {}
        for _, name, _, _, _, _, seconds, _ in given(project):
            by_kind.setdefault(name.rpartition(" ")[0], []).append(seconds)

        assert np.median(by_kind["careful"]) > 4 * np.median(by_kind["random"])
        assert min(by_kind["random"]) > 1

    def test_judge_as_their_kind_does(self, project: Project) -> None:
        made(project, pairs=200)
        truth = selectors.truth(project)
        kinds = selectors.kinds(project)
        rows = Annotation.objects.filter(project=project).values_list(
            "assignment__member_id", "assignment__pair_id", "verdict", "assignment__first_on_left"
        )
        right: Counter[Kind] = Counter()
        total: Counter[Kind] = Counter()
        for member, of_pair, verdict, left in rows:
            kind, place = kinds[member], truth.place[of_pair]
            lengths = truth.lengths[place]
            expected = {
                Kind.ALWAYS_LEFT: 0 if left else 1,
                Kind.ALWAYS_LONGER: int(lengths[1] > lengths[0]),
            }.get(kind, truth.verdict[place])
            if kind is not Kind.ALWAYS_LONGER or lengths[0] != lengths[1]:
                total[kind] += 1
                right[kind] += verdict == expected
        share = {kind: right[kind] / total[kind] for kind in total}

        assert share[Kind.CAREFUL] > 0.85
        assert share[Kind.ALWAYS_LEFT] == share[Kind.ALWAYS_LONGER] == 1
        assert share[Kind.RANDOM] == pytest.approx(0.25, abs=0.15)

    def test_copy_who_they_work_beside(self, project: Project) -> None:
        made(project, pairs=200)
        verdicts: dict[str, dict[str, int]] = {}
        for external_id, name, _, _, verdict, *_ in given(project):
            verdicts.setdefault(name, {})[external_id] = verdict
        copier = verdicts["copier 01"]
        alike = {
            name: np.mean([copier[one] == theirs[one] for one in copier.keys() & theirs.keys()])
            for name, theirs in verdicts.items()
            if len(copier.keys() & theirs.keys()) >= 15
        }

        assert alike["careful 01"] > 0.75
        assert alike["careful 01"] == max(value for name, value in alike.items() if name != "copier 01")

    def test_leave_a_pair_lying_now_and_then_and_others_take_it(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(simulation, "LEFT_LYING", 0.1)
        result = made(project)

        assert result["left_lying"] > 5
        assert Assignment.objects.filter(project=project, state="expired").exists()
        assert not Slot.objects.filter(project=project, open=True).exists()

    def test_renew_their_lease_where_they_take_long(self, project: Project) -> None:
        projects.change_settings(project=project, by=None, lease_seconds=20)
        made(project)
        long = Annotation.objects.filter(project=project, seconds__gt=21)

        assert long.exists()
        assert not long.filter(surplus=True).exists()
        assert not Assignment.objects.filter(
            project=project, state="expired", pk__in=long.values("assignment")
        ).exists()

    def test_stop_when_they_are_paused(self, project: Project) -> None:
        made(project, judgements=20)
        before = Annotation.objects.filter(project=project, assignment__member__name="careful 01").count()
        Member.objects.filter(project=project, name="careful 01").update(state=MemberState.PAUSED.value)

        do(ask(project, annotators=WHO))

        assert Annotation.objects.filter(project=project, assignment__member__name="careful 01").count() == before

    @pytest.mark.django_db(transaction=True)
    def test_leave_no_simulated_time_behind(self, project: Project) -> None:
        made(project, judgements=10)

        with connection.cursor() as cursor:
            cursor.execute("SELECT abs(extract(epoch FROM clock_timestamp() - concord_clock())) < 1")
            assert cursor.fetchone() == (True,)


class TestTheSeed:
    def test_gives_the_same_judgements_at_the_same_moments_of_the_same_pairs(self, project: Project) -> None:
        projects.change_settings(project=project, by=None, gold_rate=0)
        again = projects.create(slug="again", name="Again", by=None, gold_rate=0)
        another = projects.create(slug="another", name="Another", by=None, gold_rate=0)
        for one, seed in ((project, 1), (again, 1), (another, 2)):
            made(projects.move(project=one, to=ProjectState.OPEN, by=None) if one != project else one, seed=seed)

        assert len(given(project)) == 57 * 3
        assert given(project) == given(again)
        assert given(project) != given(another)


class TestAJob:
    def test_that_broke_off_goes_on_to_the_number_that_was_asked_for(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(simulation, "AT_ONCE", 10)
        import_lines(project, *(pair(id=f"p{n}", prompt=f"Why {n}?") for n in range(40)))
        job = ask(project, judgements=100)
        submit, calls = simulation.judging.submit, iter(range(1_000))

        def breaks_off(**given: Any) -> Any:
            if next(calls) == 45:
                raise ConnectionError
            return submit(**given)

        monkeypatch.setattr(simulation.judging, "submit", breaks_off)
        broken = jobs.run(job.pk)
        kept = Annotation.objects.filter(project=project).count()
        assert broken is not None
        assert (broken.state, broken.done) == ("queued", kept)
        assert 20 < kept < 46

        assert do(job)["judgements"] == 100
        assert Annotation.objects.filter(project=project).count() == 100


class TestTheTruth:
    def test_is_that_of_the_first_simulation(self, project: Project) -> None:
        made(project, judgements=10, strengths={"model-a": 3.0})
        first = selectors.truth(project)
        do(ask(project, annotators=WHO, seed=9, strengths={"model-a": -3.0}))
        later = selectors.truth(project)

        assert later.verdict.tolist() == first.verdict.tolist()
        assert later.difficulty.tolist() == first.difficulty.tolist()

    def test_is_the_kernels_by_the_strengths_that_were_given(self, project: Project) -> None:
        import_lines(project, *(pair(id=f"p{n}", prompt=f"Why {n}?") for n in range(20)))
        do(ask(project, strengths={"alpha": 9.0, "beta": -9.0}, seed=4))
        found = selectors.truth(project)
        ids = dict(Pair.objects.filter(project=project).values_list("pk", "external_id"))
        expected = known(
            [ids[pk] for pk in found.pair_ids.tolist()],
            [("alpha", "beta")] * len(ids),
            np.full(len(ids), -1, np.int8),
            {"alpha": 9.0, "beta": -9.0},
            4,
        )

        assert found.difficulty.tolist() == expected.difficulty.tolist()
        assert set(found.verdict.tolist()) == {0}

    def test_is_read_by_no_page_api_operation_or_export(self) -> None:
        root = Path(annotation.__file__).parent.parent
        reading = {
            path.relative_to(root).as_posix()
            for app in ("annotation", "quality", "reward", "config", "templates")
            for path in (root / app).rglob("*.py")
            if re.search(r"selectors import .*\bsimulated\b|selectors\.simulated\b", path.read_text())
        }

        assert reading == {"annotation/services/sampling/simulation.py"}

    def test_is_unknown_where_nothing_was_simulated(self, project: Project) -> None:
        import_lines(project, pair())

        with pytest.raises(selectors.NotSimulated):
            selectors.truth(project)


class TestAProject:
    def test_is_marked_before_its_first_simulated_judgement(self, project: Project) -> None:
        import_lines(project, pair())
        assert not Project.objects.get(pk=project.pk).simulated

        ask(project)

        assert Project.objects.get(pk=project.pk).simulated
        assert not Annotation.objects.filter(project=project).exists()

    def test_of_people_stays_unmarked(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement()]), pair(id="p2", prompt="And now?"))

        with pytest.raises(simulation.PeopleJudgeHere):
            ask(project)
        with pytest.raises(simulation.PeopleJudgeHere):
            simulated_pairs.start(project=project, count=5, seed=1, by=None)

        assert not Project.objects.get(pk=project.pk).simulated
        assert Annotation.objects.filter(project=project).count() == 1

    def test_is_left_alone_once_a_member_with_an_account_has_judged(self, project: Project) -> None:
        made(project, judgements=20)
        account = User.objects.create(email="bob@x.example", name="Bob")
        worked = Annotation.objects.filter(project=project).values("assignment__member")[:1]
        waiting = ask(project)
        Member.objects.filter(pk=worked).update(user=account)

        with pytest.raises(simulation.PeopleJudgeHere):
            ask(project)
        after = jobs.run(waiting.pk)  # asked for before they had

        assert after is not None
        assert after.state != "done"
        assert Annotation.objects.filter(project=project).count() == 20

    def test_has_to_be_open(self, project: Project) -> None:
        import_lines(project, pair())
        project = projects.move(project=project, to=ProjectState.PAUSED, by=None)

        with pytest.raises(simulation.NotOpen):
            ask(project)

        assert not Project.objects.get(pk=project.pk).simulated
