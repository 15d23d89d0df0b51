"""Simulated judgements, as the demo has them."""

from __future__ import annotations

import datetime as dt

import pytest

from annotation.models import Annotation, Import, Member, Project, User
from annotation.sampling.simulated import Kind
from annotation.services import jobs
from annotation.services.sampling import simulation
from tests.annotation.formats.lines import judgement, pair
from tests.annotation.services.importing import import_lines

NOW = dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC)


def simulate(project: Project, *, seed: int = 1) -> Import:
    return simulation.simulate(
        project=project, annotators={Kind.CAREFUL: 4}, judgements=1_000, strengths={}, seed=seed, now=NOW, by=None
    )


@pytest.fixture
def simulated(project: Project) -> Project:
    project.pairs.all().delete()
    import_lines(project, *(pair(id=f"p{n}", prompt=f"Why {n}?") for n in range(20)))
    import_lines(project, *(pair(id=f"g{n}", prompt=f"Is {n} even?", gold="ab"[n % 2]) for n in range(6)))
    jobs.run(simulate(project).job_id)
    return project


class TestSimulatedAnnotators:
    def test_meet_gold_now_and_then_and_not_on_the_first_day(self, simulated: Project) -> None:
        gold = Annotation.objects.filter(project=simulated, assignment__pair__gold_verdict__isnull=False)
        days = {at.date() for at in gold.values_list("first_at", flat=True)}

        assert gold.count() == 24
        assert len(days) > 5

    def test_work_before_now_and_on_no_weekend(self, simulated: Project) -> None:
        moments = list(Annotation.objects.filter(project=simulated).values_list("first_at", flat=True))

        assert max(moments) <= NOW
        assert {at.weekday() for at in moments} <= set(range(5))

    def test_mark_the_project_before_their_first_judgement_is_stored(self, project: Project) -> None:
        import_lines(project, pair())
        assert not Project.objects.get(pk=project.pk).simulated

        simulate(project)

        assert Project.objects.get(pk=project.pk).simulated
        assert not Annotation.objects.filter(project=project).exists()

    def test_leave_a_project_of_people_unmarked(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement()]), pair(id="p2", prompt="And now?"))

        with pytest.raises(simulation.PeopleJudgeHere):
            simulate(project)

        assert not Project.objects.get(pk=project.pk).simulated
        assert Annotation.objects.filter(project=project).count() == 1

    def test_stop_once_a_member_with_an_account_has_judged(self, simulated: Project) -> None:
        account = User.objects.create(email="bob@x.example", name="Bob")
        Member.objects.filter(pk=Member.objects.filter(project=simulated).latest("pk").pk).update(user=account)
        import_lines(simulated, pair(id="new", prompt="And now?"))

        with pytest.raises(simulation.PeopleJudgeHere):
            simulate(simulated)
