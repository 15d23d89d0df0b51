"""The dimensions of data quality on the dashboard, with what to do about each missed target."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from annotation.models import Project
from annotation.vocabulary import Role
from quality.models import Part, QualityRun
from quality.pages.dimensions import ACTIONS, NAMES, WORDS
from quality.stats.dimensions import State
from tests.cast import Person, person
from tests.computed import computed, judged
from tests.pages import opens

HERE = "/p/everyday/"


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    return judged(project, pairs=40)


def store(run: QualityRun, **measures: dict[str, Any]) -> None:
    part = Part.objects.get(run=run, name="dimensions")
    for one in part.content["measures"]:
        one |= measures.get(one["name"], {})
    part.save()


def rows(html: str) -> dict[str, str]:
    """Each measure's line as text."""
    section = re.search(r'<h2 id="dimensions">.*?</section>', html, re.S)
    assert section
    found = {}
    for row in re.findall(r'<tr role="row".*?</tr>', section[0], re.S)[1:]:
        text = " ".join(re.sub(r"<[^>]+>", " ", row).split()).replace("\u00a0", " ")
        found[next(name for name, (label, _) in NAMES.items() if label.replace("’", "’") in text)] = text
    return found


class TestDimensions:
    def test_are_in_one_table_each_measure_with_value_target_state_and_n(self, run: QualityRun, alice: Person) -> None:
        store(
            run,
            gold_accuracy={
                "value": 0.95,
                "low": 0.92,
                "high": 0.97,
                "n": 300,
                "target": 0.9,
                "state": "met",
                "reason": "",
            },
            open_age={
                "value": 9000.0,
                "low": 3600.0,
                "high": 18000.0,
                "n": 40,
                "target": 86400.0,
                "state": "met",
                "reason": "",
            },
            judgements={
                "value": 0.5,
                "low": 0.5,
                "high": 0.5,
                "n": 120,
                "target": None,
                "state": "no_target",
                "reason": "",
            },
        )
        found = rows(opens(alice, HERE))
        assert set(found) == set(NAMES)
        assert "Accuracy" in found["gold_accuracy"]
        assert "95 % 92–97 at least 90 % Met 300 gold judgements" in found["gold_accuracy"]
        assert "2.5 hours 1 hour to 5 hours at most 1 day Met 40 pairs that wait" in found["open_age"]
        assert "50 % counted – No target 120 wanted judgements" in found["judgements"]

    def test_that_miss_a_target_have_their_action_on_the_line(self, run: QualityRun, alice: Person) -> None:
        store(run, **{name: {"state": "missed", "target": 0.5} for name in NAMES})
        html = opens(alice, HERE)
        for name, text in rows(html).items():
            assert f"Missed {text.split('Missed ')[1].split(ACTIONS[name][0])[0]}{ACTIONS[name][0]}" in text
        assert "11 targets are missed." in html

    def test_offer_reviewers_only_what_they_may_do(self, run: QualityRun, project: Project) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        store(run, **{name: {"state": "missed", "target": 0.5} for name in NAMES})
        found = rows(opens(rita, HERE))
        assert "Look at the gold" in found["gold_accuracy"]
        assert "Add annotators" not in found["judgements"]

    def test_are_left_out_of_runs_of_before_they_were_stored(self, run: QualityRun, alice: Person) -> None:
        Part.objects.filter(run=run).delete()
        assert 'id="dimensions"' not in opens(alice, HERE)
        assert alice.client.get(f"{HERE}?format=csv").status_code == 404

    def test_come_as_files(self, run: QualityRun, alice: Person) -> None:
        given = b"".join(alice.client.get(f"{HERE}?format=csv").streaming_content).decode()
        found = list(csv.DictReader(io.StringIO(given)))
        stored = Part.objects.get(run=run, name="dimensions").content["measures"]
        assert {row["measure"]: row["value"] for row in found} == {
            one["name"]: "" if one["value"] is None else str(one["value"]) for one in stored
        }
        assert all(row["value_method"] for row in found)

    def test_have_words_for_everything_that_a_run_stores(self, run: QualityRun) -> None:
        assert {one["name"] for one in Part.objects.get(run=run, name="dimensions").content["measures"]} == set(NAMES)
        assert set(WORDS) == set(State)
        assert set(ACTIONS) == set(NAMES)


class TestTargets:
    FIELDS = {"target_present": "95", "target_reasons": "50", "target_coverage": "100", "target_open_hours": "24"}

    def test_are_set_on_the_settings_page_and_decide_the_states(
        self, run: QualityRun, alice: Person, project: Project
    ) -> None:
        page = opens(alice, "/p/everyday/settings")
        given = dict(re.findall(r'<input type="(?:number|text)" name="([^"]+)" value="([^"]*)"', page))
        answer = alice.client.post("/p/everyday/settings", {**given, "name": "Everyday help", **self.FIELDS})
        assert answer.status_code == 303, answer.content.decode()
        project.refresh_from_db()
        assert (project.target_present, project.target_reasons, project.target_coverage) == (0.95, 0.5, 1.0)
        assert (project.target_open_seconds, project.target_settle_seconds) == (86_400, None)
        computed(project)
        found = rows(opens(alice, HERE))
        assert "at least 50 % Missed" in found["reasons"]
        assert "at most 1 day" in found["open_age"]
        assert "No target" in found["time_to_settle"] or "Not defined" in found["time_to_settle"]

    def test_are_none_unless_set(self, run: QualityRun, alice: Person) -> None:
        stored = {
            one["name"]: one["target"] for one in Part.objects.get(run=run, name="dimensions").content["measures"]
        }
        assert {name for name, target in stored.items() if target is not None} == {
            *("gold_accuracy", "fleiss_kappa", "unsettled")
        }
