"""The page of ratings, and its form to fit them again."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import Job, Project
from annotation.vocabulary import Role
from reward.models import Rating, RatingRun
from tests.cast import Person, person
from tests.computed import judged
from tests.pages import body, opens, refuses

HERE = "/p/everyday/ratings"


class TestThePage:
    @pytest.fixture
    def run(self, project: Project, alice: Person, bob: Person) -> RatingRun:
        judged(project)
        return RatingRun.objects.latest("id")

    def test_shows_board_matrix_and_fit(self, run: RatingRun, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "Which source model do people prefer?" in html
        for name in ("dpo-r2", "ppo-r1", "sft-base"):
            assert html.count(name) >= 3
        assert "The fit converged" in html
        assert f"n = {run.n_comparisons:,} comparisons" in html

    def test_escapes_source_models(self, run: RatingRun, alice: Person) -> None:
        hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}"
        ratings = Rating.objects.filter(run=run)
        ratings.filter(name="dpo-r2").update(name=hostile)
        separated = {"never_lost_to": [0], "never_beat": [0]}
        ratings.filter(name="ppo-r1").update(theta=None, reason="separated", arguments=separated)
        run.matrix["names"][0] = hostile
        run.save()

        html = opens(alice, HERE)

        assert "<img src=x" not in html
        assert "never lost to &lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}, never beat" in html

    def test_fits_again_as_a_job(self, run: RatingRun, alice: Person) -> None:
        before = Job.objects.count()
        for _ in range(2):
            assert alice.client.post(HERE, {"ties": "half", "unit": "majority"}).status_code == 303
        assert Job.objects.count() == before + 1
        job = Job.objects.latest("id")
        assert (job.kind, job.parameters["ties"], job.parameters["unit"]) == ("ratings", "half", "majority")
        assert "Waiting for a worker." in opens(alice, HERE)

    @pytest.mark.parametrize("given", [{}, {"ties": "x", "unit": "judgement"}, {"ties": "half", "unit": "\x00"}])
    def test_refuses_what_it_cannot_fit(self, given: dict[str, str], run: RatingRun, alice: Person) -> None:
        before = Job.objects.count()
        response = alice.client.post(HERE, given)
        assert response.status_code == 400
        assert "Fit the ratings" in body(response)
        assert Job.objects.count() == before

    def test_opens_before_anything_was_judged_and_before_anything_was_fitted(
        self, alice: Person, project: Project
    ) -> None:
        assert "Nobody has judged this yet." in opens(alice, HERE)
        judged(project)
        RatingRun.objects.all().delete()
        assert "No ratings were fitted yet." in opens(alice, HERE)

    def test_is_for_those_who_run_the_project(
        self, run: RatingRun, anonymous: Client, mallory: Person, bob: Person, project: Project
    ) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        assert bob.client.post(HERE, {"ties": "half", "unit": "judgement"}).status_code == 403
        opens(person("Rita", project, role=Role.REVIEWER, number=9001), HERE)
        assert bob.client.delete(HERE).status_code == 405
