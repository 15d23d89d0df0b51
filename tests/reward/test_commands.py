from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from annotation.models import Project
from reward.api.shapes import FitIn
from reward.models import RatingRun
from reward.services.ratings import DEFAULTS
from reward.vocabulary import Intervals
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = Project.objects.create(slug="words", name="Words", state="open")
    won = ["a", "a", "a", "b"] * 5
    import_lines(project, [pair(f"p{i}", ("fox", "owl"), verdicts={"u": word}) for i, word in enumerate(won)])
    return project


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("fit_ratings", "--project", "words", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


class TestFitRatings:
    def test_fits_as_every_other_way_of_asking_unless_told_otherwise(self, project):
        asked = FitIn(data={})
        assert asked.is_valid()
        assert dict(asked.validated_data) == {
            "ties": DEFAULTS.ties,
            "unit": DEFAULTS.unit,
            "intervals": DEFAULTS.intervals,
        }
        found = json.loads(printed("--json"))

        assert found["intervals"] == DEFAULTS.intervals == Intervals.CLUSTERED
        assert "clusters=pair" in found["method"]

    def test_keeps_the_intervals_that_were_asked_for(self, project):
        assert json.loads(printed("--json", "--intervals", "pair"))["intervals"] == "pair"

    def test_refuses_intervals_by_annotator_of_majorities(self, project):
        with pytest.raises(CommandError, match="no single annotator’s"):
            printed("--unit", "majority", "--intervals", "annotator")

    def test_prints_a_true_minus_sign_for_people(self, project):
        lines = printed("--ties", "half").splitlines()

        assert [line.split("theta ")[1].split()[0] for line in lines[1:]] == ["+0.5493", "\u22120.5493"]
        assert not any("-" in line for line in lines[1:])

    def test_numbers_as_many_components_as_it_counts(self, project):
        met = [pair(f"q{i}", ("elk", "eel"), verdicts={"u": "ab"[i % 2]}) for i in range(4)]
        import_lines(project, [*met, pair("lone", ("ant", "ant"), verdicts={"u": "a"})])

        found = json.loads(printed("--json", "--ties", "half"))

        assert found["components"] == len({model["component"] for model in found["models"]}) == 3


class TestRatingRun:
    @pytest.mark.parametrize("column", ["ties", "unit", "intervals"])
    def test_holds_no_choice_that_does_not_exist(self, project, column):
        printed()

        with pytest.raises(IntegrityError, match=f"rating_run_{column}_known"):
            RatingRun.objects.update(**{column: "none"})
