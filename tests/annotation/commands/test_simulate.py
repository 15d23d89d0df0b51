from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.models import Annotation, Project, Slot
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="sky", name="Sky", state="open", slots_per_pair=2)


def simulate(*options: str, project: str = "sky") -> dict[str, Any]:
    out = io.StringIO()
    call_command("simulate", "--project", project, "--json", *options, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


class TestSimulate:
    def test_judges_what_waits_and_marks_the_project(self, project: Project) -> None:
        import_lines(project, [*(pair(f"p{n}") for n in range(30)), *(pair(f"gold{n}", gold="a") for n in range(9))])

        found = simulate("--annotators", "careful=2,random=1", "--seed", "7")

        assert found["judgements"] == 60 + found["gold"]
        assert (found["annotators"], found["surplus"], found["errors"]) == (3, 0, [])
        assert not Slot.objects.filter(open=True).exists()
        project.refresh_from_db()
        assert project.simulated

    def test_goes_on_in_a_project_that_is_simulated(self, project: Project) -> None:
        import_lines(project, [pair(f"p{n}") for n in range(5)])

        assert simulate("--judgements", "4")["judgements"] == 4
        assert simulate("--judgements", "100")["judgements"] == 6

    def test_gives_the_same_judgements_for_the_same_seed_and_others_for_another(self) -> None:
        found = {}
        for slug, seed in (("seven", "7"), ("seven-again", "7"), ("eight", "8")):
            one = Project.objects.create(slug=slug, name=slug, state="open", slots_per_pair=2)
            import_lines(one, [pair(f"p{n}") for n in range(10)])
            simulate("--seed", seed, project=slug)
            judgements = Annotation.objects.filter(project=one).order_by(
                "assignment__pair__external_id", "assignment__member__name"
            )
            found[slug] = list(
                judgements.values_list(
                    *("assignment__pair__external_id", "assignment__member__name", "assignment__first_on_left"),
                    *("verdict", "confidence", "seconds"),
                )
            )

        assert len(found["seven"]) == 20
        assert found["seven"] == found["seven-again"]
        assert found["seven"] != found["eight"]

    def test_makes_pairs_and_the_project_where_it_is_asked_to(self) -> None:
        found = simulate("--pairs", "40", "--judgements", "30", project="made")
        made = Project.objects.get(slug="made")

        assert found["judgements"] == 30
        assert (made.simulated, made.state) == (True, "open")
        assert made.pairs.count() == 40
        assert made.pairs.filter(gold_verdict__isnull=False).count() == 2

    def test_says_so_where_the_project_is_not_open(self, project: Project) -> None:
        import_lines(project, [pair("p1")])
        Project.objects.update(state="paused")

        with pytest.raises(CommandError, match="not open"):
            simulate()

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            ([], "No pair waits"),
            ([pair("p1", verdicts={"ann": "a"}), pair("p2")], "People have judged"),
        ],
    )
    def test_leaves_a_project_alone_where_it_must(self, project: Project, lines: list[Any], words: str) -> None:
        if lines:
            import_lines(project, lines)

        with pytest.raises(CommandError, match=words) as refused:
            simulate()

        assert refused.value.returncode == 1
        project.refresh_from_db()
        assert not project.simulated

    def test_names_the_kinds_there_are(self, project: Project) -> None:
        with pytest.raises(CommandError, match="always-left"):
            simulate("--annotators", "sleepy=3")
