"""What a run makes of people who answer without reading; the kernels have tests of their own."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.models import Member, Project
from quality.models import Part
from quality.pages.report import report
from quality.selectors import figures, runs
from tests.lines import import_lines, pair
from tests.quality.services.test_computation import computed

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


class TestFraud:
    """Five people judge 60 pairs; Eve clicks at random."""

    @pytest.fixture
    def found(self, project) -> dict:
        rng = np.random.default_rng(1)
        lines = []
        for i in range(60):
            true = "ab"[i % 2]
            careful = {name: true if rng.random() < 0.9 else "tie" for name in ("ann", "ben", "cid", "dan")}
            clicked = str(rng.choice(["a", "b", "tie", "both_bad"]))
            lines.append(pair(f"p{i}", verdicts={**careful, "eve": clicked}))
        import_lines(project, lines)
        return computed(project)

    def test_names_who_clicks_at_random_with_the_evidence(self, found):
        of = {one["name"]: one for one in found["fraud"]["annotators"]}

        assert found["fraud"]["code"] == ""
        assert (of["eve"]["state"], of["eve"]["alternative"], of["eve"]["n"]) == ("alarm", "random", 60)
        evidence = of["eve"]["evidence"]
        assert 10 <= evidence["crossed"] <= 60
        assert evidence["log_ratio_at_crossing"] > 6.68
        assert evidence["other"] is None

    def test_clears_the_others(self, found):
        others = [one for one in found["fraud"]["annotators"] if one["name"] != "eve"]

        assert [(one["state"], one["alternative"], one["evidence"]) for one in others] == [("clear", "", None)] * 4

    def test_names_who_takes_the_left_or_the_longer_one(self, project):
        rng = np.random.default_rng(3)
        lines = []
        for i in range(60):
            true, longer = "ab"[i % 2], "ab"[rng.integers(2)]
            shown = {name: "ab"[rng.integers(2)] for name in ("ann", "ben", "cid", "dan", "lea", "lou")}
            given = {name: true if rng.random() < 0.9 else "tie" for name in shown} | {
                "lea": shown["lea"],
                "lou": longer,
            }
            judged = [{"annotator": name, "verdict": given[name], "shown_first": shown[name]} for name in shown]
            line = pair(f"p{i}", judgements=judged)
            line[f"response_{longer}"] = {"model": f"m{longer}", "text": f"{i} " + "word " * 80}
            lines.append(line)
        import_lines(project, lines)

        named = {one["name"]: one["alternative"] for one in computed(project)["fraud"]["annotators"]}

        assert named == dict.fromkeys(("ann", "ben", "cid", "dan"), "") | {"lea": "always_left", "lou": "always_longer"}

    def test_is_not_told_where_reliability_is_not(self, project):
        import_lines(project, [pair(f"p{i}", verdicts={"ann": "a", "ben": "ab"[i % 2]}) for i in range(6)])

        fraud = computed(project)["fraud"]

        assert (fraud["code"], fraud["annotators"]) == ("too_few_to_tell", [])
        assert fraud["reason"] == "too few to tell; it needs about 20"

    def test_of_two_people_who_disagree_names_neither(self, project):
        rng = np.random.default_rng(2)
        lines = [
            pair(
                f"p{i}",
                verdicts={"ann": "ab"[i % 2], "eve": str(rng.choice(["a", "b", "tie"])) if i % 3 else "ab"[i % 2]},
            )
            for i in range(90)
        ]
        import_lines(project, lines)

        assert {one["state"] for one in computed(project)["fraud"]["annotators"]} == {"too_early"}

    def test_says_whose_verdicts_are_copied(self, project, found):
        run = runs.latest_run(project)
        ann = Member.objects.get(project=project, name="ann")
        evidence = {"log_ratio": 9.0, "n": 30, "crossed": 20, "log_ratio_at_crossing": 8.5, "other": ann.pk}
        part = Part.objects.get(run=run, name="fraud")
        part.content["annotators"][-1].update(alternative="copies", evidence=evidence)
        part.save()

        again = report(figures.of_run(run), figures.reliability(run), figures.parts(run))["fraud"]

        assert again["annotators"][-1]["evidence"] == {**evidence, "other": "ann"}

    def test_is_null_of_a_run_of_before(self, project, found):
        Part.objects.all().delete()
        run = runs.latest_run(project)

        assert report(figures.of_run(run), figures.reliability(run), figures.parts(run))["fraud"] is None
