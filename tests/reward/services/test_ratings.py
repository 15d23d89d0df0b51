from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from annotation.models import Job, Project
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from quality.services import computation
from reward.models import RatingRun
from reward.pages.report import report
from reward.selectors import comparisons
from reward.selectors.ratings import of_run
from reward.services import ratings
from reward.services.ratings import FitParameters
from reward.vocabulary import ComparisonUnit
from tests.lines import import_lines, pair
from tests.programs import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


def fitted(project: Project, **chosen: str) -> dict:
    job = jobs.run(ratings.ask(project=project, by=None, parameters=FitParameters(**chosen)).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    return report(job.rating_run, of_run(job.rating_run))


class TestFitting:
    def test_rates_models_by_their_judgements(self, project):
        words = ["a", "a", "a", "b"]
        import_lines(project, [pair(f"p{i}", ("fox", "owl"), verdicts={"u": word}) for i, word in enumerate(words)])

        found = fitted(project, ties="half", intervals="independent")

        assert [m["name"] for m in found["models"]] == ["fox", "owl"]
        assert found["models"][0]["theta"] == pytest.approx(0.5493061, abs=1e-6)  # half of log 3
        assert found["models"][0]["rating"] == pytest.approx(1000 + 400 / 2.302585093 * 0.5493061, abs=1e-3)

    def test_names_the_method_and_its_choices_as_stored(self, project):
        import_lines(project, [pair("p1", ("fox", "owl"), verdicts={"u": "a"})])

        assert fitted(project, ties="half", intervals="bootstrap")["method"] == (
            "bradley-terry ties=half both_bad=leave_out intervals=bootstrap level=0.95 ranks=holm seed=20250101 replicates=1000"
        )

    def test_leaves_gold_out(self, project):
        import_lines(project, [pair("p1", ("fox", "owl"), verdicts={"u": "a"}, gold="a"), pair("p2", ("fox", "owl"))])

        assert fitted(project)["n_comparisons"] == 0

    def test_leaves_a_model_against_itself_out_and_counts_it(self, project):
        import_lines(project, [pair("p1", ("fox", "fox"), verdicts={"u": "a"})])

        found = fitted(project)

        assert found["left_out"]["self"] == 1
        assert found["models"][0]["theta"] is None

    def test_tells_why_a_model_has_no_rating(self, project):
        import_lines(project, [pair(f"p{i}", ("fox", "owl"), verdicts={"u": "a"}) for i in range(5)])

        models = fitted(project, ties="half")["models"]

        assert [(m["name"], m["theta"], m["rating"], m["code"], m["reason"]) for m in models] == [
            ("fox", None, None, "undefeated", "undefeated: won every comparison"),
            ("owl", None, None, "winless", "winless: lost every comparison"),
        ]

    def test_stores_codes_with_arguments_and_no_sentence(self, project):
        won = [("fox", "owl"), ("owl", "fox"), ("owl", "elk"), ("elk", "eel"), ("eel", "ant"), ("ant", "eel")]
        import_lines(project, [pair(f"p{i}", models, verdicts={"u": "a"}) for i, models in enumerate(won)])

        fitted(project, ties="half")

        run = RatingRun.objects.get()
        assert run.matrix["names"] == ["ant", "eel", "elk", "fox", "owl"]
        assert run.method == "bradley_terry"
        assert run.notes == [{"code": "separated_groups", "arguments": {"groups": [[0, 1], [3, 4]]}}]
        few = ("too_few_units", {"n": 2, "unit": "pairs", "models": 2})
        assert sorted(run.ratings.values_list("name", "reason", "arguments")) == [
            ("ant", *few),
            ("eel", *few),
            ("elk", "separated", {"never_lost_to": [1], "never_beat": [4]}),
            ("fox", *few),
            ("owl", *few),
        ]

    def test_keeps_models_apart_that_never_met(self, project):
        lines = [pair(f"p{i}", ("fox", "owl"), verdicts={"u": "ab"[i % 2]}) for i in range(4)]
        lines += [pair(f"q{i}", ("elk", "eel"), verdicts={"u": "ab"[i % 2]}) for i in range(4)]
        import_lines(project, lines)

        found = fitted(project, ties="half", intervals="independent")

        assert found["components"] == 2
        components = {m["name"]: m["component"] for m in found["models"]}
        assert components["fox"] == components["owl"] != components["elk"] == components["eel"]

    def test_by_majority_counts_each_settled_pair_once(self, project):
        lines = [pair(f"p{i}", ("fox", "owl"), verdicts={"u": "a", "v": "a", "w": "b"}) for i in range(3)]
        lines += [pair("split", ("fox", "owl"), verdicts={"u": "a", "v": "b"})]
        lines += [pair("other", ("fox", "owl"), verdicts={"u": "b"})]
        lines += [pair("gold", ("fox", "owl"), gold="a", verdicts={"u": "a", "v": "b"})]
        import_lines(project, lines)

        found = fitted(project, unit="majority", ties="half")

        assert found["n_comparisons"] == 4
        assert found["left_out"]["unsettled"] == 1

    @pytest.mark.django_db(transaction=True)
    def test_keeps_its_heartbeat_while_it_reads(self, project, monkeypatch):
        import_lines(project, [pair("p1", ("fox", "owl"), verdicts={"u": "a"})])
        job = ratings.ask(project=project, by=None)
        of_project = comparisons.of_project

        def silent_for_long(*args, **chosen):
            Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=1))
            wait_until(lambda: job.pk not in jobs.waiting(), what="a beat")
            return of_project(*args, **chosen)

        monkeypatch.setattr(heartbeat, "alive", partial(heartbeat.alive, every=0.02))
        monkeypatch.setattr(comparisons, "of_project", silent_for_long)

        done = jobs.run(job.pk)

        assert done is not None
        assert (done.state, done.attempt) == ("done", 1)

    def test_refuses_a_choice_that_does_not_exist(self, project):
        with pytest.raises(ratings.BadChoice) as refused:
            FitParameters(ties="coin")

        assert (refused.value.choice, refused.value.value, refused.value.known) == (
            "ties",
            "coin",
            ["davidson", "half"],
        )

    def test_refuses_intervals_by_annotator_of_majorities(self):
        with pytest.raises(ratings.NoAnnotators):
            FitParameters(unit="majority", intervals="annotator")

    def test_reads_no_annotators_of_majorities(self, project):
        import_lines(project, [pair(f"p{i}", ("fox", "owl"), verdicts={"u": "ab"[i % 2]}) for i in range(4)])

        found = {unit: comparisons.of_project(project, unit=unit) for unit in ComparisonUnit}

        assert found[ComparisonUnit.MAJORITY].comparisons.annotator is None
        assert found[ComparisonUnit.JUDGEMENT].comparisons.annotator is not None


class TestFittingAgain:
    @pytest.fixture
    def judged(self, project: Project) -> Project:
        import_lines(project, [pair(f"p{i}", ("fox", "owl"), verdicts={"u": "ab"[i % 2]}) for i in range(4)])
        return project

    def test_is_due_where_the_figures_are_newer_than_the_ratings(self, judged):
        assert ratings.stale_projects() == []

        jobs.run(computation.ask(project=judged, by=None).pk)
        assert ratings.stale_projects() == [judged]

        fitted(judged)
        assert ratings.stale_projects() == []

    def test_keeps_what_was_chosen_before(self, judged):
        fitted(judged, ties="half", unit="majority", intervals="independent")

        job = jobs.run(ratings.ask_again(project=judged).pk)

        assert job is not None
        run = job.rating_run
        assert (run.ties, run.unit, run.intervals) == ("half", "majority", "independent")

    def test_keeps_intervals_by_pair_only_where_somebody_chose_them(self, judged):
        fitted(judged, intervals="pair")
        run = RatingRun.objects.get()
        assert ratings.ask_again(project=judged).parameters["intervals"] == "pair"

        # As fits were stored when this was the default.
        run.method_arguments.pop("ranks")
        run.save()
        assert ratings.ask_again(project=judged).parameters["intervals"] == "clustered"

    def test_no_longer_clusters_majorities_by_annotator(self, judged):
        fitted(judged, unit="majority")
        run = RatingRun.objects.get()
        run.intervals = "annotator"
        run.save()

        assert ratings.ask_again(project=judged).parameters == {
            "ties": "davidson",
            "unit": "majority",
            "intervals": "clustered",
        }

    def test_begins_with_each_judgement_and_ties_after_davidson(self, judged):
        assert ratings.ask_again(project=judged).parameters == {
            "ties": "davidson",
            "unit": "judgement",
            "intervals": "clustered",
        }
