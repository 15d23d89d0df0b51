"""Plans from assumptions, and from a pilot of simulated annotators whose truth is known."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.models import Project
from annotation.selectors import simulated
from annotation.selectors.judgements import judgements
from annotation.services import jobs
from quality.services import computation
from quality.stats.planning import expected, one_coin, spread
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


def text(*options: str) -> str:
    out = io.StringIO()
    call_command("plan", *options, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def plan(*options: str) -> dict[str, Any]:
    return json.loads(text(*options, "--json"))


class TestFromAssumptions:
    GIVEN = ("--pairs", "1000", "--accuracy", "0.8", "--spread", "0.1", "--most", "5", "--target", "0.95")

    def test_is_the_kernels_table_with_its_hours_and_cost(self) -> None:
        found = plan(*self.GIVEN, "--seconds", "36", "--gold-rate", "0.1", "--hourly", "20", "--hours-each", "10")
        prior = [0.4, 0.4, 0.15, 0.05]
        outlook = expected(prior, one_coin(spread(0.8, 0.1), 4), most=5, target=0.95)

        assert [row["every_pair"]["accuracy"]["value"] for row in found["plans"]] == outlook.accuracy.tolist()
        assert [row["until_settled"]["settled"]["value"] for row in found["plans"]] == outlook.settled.tolist()
        third = found["plans"][2]["every_pair"]
        assert third["judgements"] == 3_000
        assert third["hours"] == pytest.approx(3_000 * 36 / 3600 / 0.9)
        assert third["cost"] == pytest.approx(20 * third["hours"])
        assert third["people"] == 4
        assert found["accuracy"] == pytest.approx(0.8)

    def test_recommends_the_fewest_that_leave_no_more_unsettled_than_wanted(self) -> None:
        found = plan(*self.GIVEN, "--unsettled", "0.2")
        settled = [row["until_settled"]["settled"]["value"] for row in found["plans"]]

        assert found["most"] == 1 + next(i for i, share in enumerate(settled) if share >= 0.8)
        assert found["recommended"] == found["plans"][found["most"] - 1]

    def test_says_so_where_nothing_is_enough(self) -> None:
        given = ("--pairs", "10", "--accuracy", "0.3", "--most", "3")

        assert plan(*given)["recommended"] is None
        assert "stay unsettled" in text(*given)

    def test_prints_a_table_with_a_line_for_each_maximum(self) -> None:
        lines = text(*self.GIVEN).splitlines()

        assert [line.split()[0] for line in lines[4:9]] == ["1", "2", "3", "4", "5"]
        assert any(line.startswith("Recommended: at most") for line in lines)

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (("--pairs", "5"), "--project"),
            (("--pairs", "5", "--accuracy", "1.5"), "between 0 and 1"),
            (("--pairs", "5", "--accuracy", "0.8", "--prior", "0.5,0.5"), "four shares"),
            (("--pairs", "5", "--accuracy", "0.8", "--target", "0.4"), "above 1/2"),
            (("--pairs", "5", "--accuracy", "0.8", "--seconds", "0"), "seconds"),
        ],
    )
    def test_refuses_what_no_plan_can_be_made_of(self, given: tuple[str, ...], words: str) -> None:
        with pytest.raises(CommandError, match=words):
            plan(*given)


class TestFromAPilot:
    def test_knows_how_able_its_annotators_are_and_how_long_they_take(self) -> None:
        quiet = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        call_command(
            "simulate", "--project", "pilot", "--pairs", "300", "--annotators", "careful=5,noisy=3", "--judgements",
            "1000", "--json", **quiet,
        )  # fmt: skip
        project = Project.objects.get(slug="pilot")
        jobs.run(computation.ask(project=project, by=None).pk)
        found = plan("--project", "pilot", "--pairs", "1000")
        given, truth = judgements(project), simulated.truth(project)
        true = truth.verdict[[truth.place[pk] for pk in given.pair_ids[given.pair].tolist()]]

        assert found["accuracy"] == pytest.approx((given.verdict == true).mean(), abs=0.06)
        assert found["seconds"] == pytest.approx(np.nanmean(given.seconds), rel=0.1)
        assert found["gold_rate"] == project.gold_rate
        assert found["pilot"]["annotators"] == 8

    def test_has_to_have_figures(self) -> None:
        project = Project.objects.create(slug="sky", name="Sky", state="open")
        with pytest.raises(CommandError, match="compute_quality first"):
            plan("--project", "sky", "--pairs", "10")

        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        jobs.run(computation.ask(project=project, by=None).pk)
        with pytest.raises(CommandError, match="is not known"):
            plan("--project", "sky", "--pairs", "10")
