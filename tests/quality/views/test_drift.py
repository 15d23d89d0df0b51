"""What has changed, and who errs more than before, as a run stored it."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from annotation.models import Member, Project
from quality.models import Part, QualityRun
from quality.pages.drift import NAMES, PARTS
from quality.pages.parts import TESTS
from tests.cast import Person
from tests.computed import CAREFUL, judged
from tests.pages import opens

HERE = "/p/everyday/drift"
DAY = 86_400.0
END = 1_795_824_000.0  # 28 November 2026


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    return judged(project, pairs=60)


def change(run: QualityRun, **more: Any) -> dict[str, Any]:
    """Store what a run found where verdicts changed and an annotator errs more."""
    part = Part.objects.get(run=run, name="drift")
    part.content |= {"before": [END - 35 * DAY, END - 7 * DAY], "after": [END - 7 * DAY, END]}
    part.content["tests"]["verdicts"] |= {
        "changed": True,
        "value": 0.0312,
        "p": 0.0004,
        "before": 2000,
        "after": 700,
        "reason": "",
        "change": {"first": -0.081, "second": 0.02, "tie": 0.062, "both_bad": -0.001},
    }
    part.content["accuracy"] = {
        "watched": 240,
        "alarms": [
            {
                "member": Member.objects.get(name=name).pk,
                "n": 100 + i,
                "since": END - 12 * DAY,
                "alarm": END - 5 * DAY,
                "sum": 7.0 + i,
                "threshold": 6.0,
                "before": None if i else 0.01,
                "after": 0.21,
            }
            for i, name in enumerate(CAREFUL[:2])
        ],
    } | more
    part.save()
    return part.content


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", "", html, flags=re.S)).split())


class TestPage:
    def test_says_what_changed_between_which_days_and_how_often_by_chance(self, run: QualityRun, alice: Person) -> None:
        change(run)
        shown = text(opens(alice, HERE)).replace("\u00a0", " ")
        assert "Yes: the data and some annotators." in shown
        assert "Other than in the four weeks before: verdicts given." in shown
        assert "21 Nov to 28 Nov 2026 against 24 Oct to 21 Nov 2026" in shown
        assert "at most 5 % of runs" in shown
        assert "first is better −8.1 points, tie +6.2 points, second is better +2.0 points" in shown
        assert "0.031 – &lt; 0.001 2,000 700" in shown

    def test_names_who_errs_more_since_when_the_clearest_first(self, run: QualityRun, alice: Person) -> None:
        change(run)
        shown = text(opens(alice, HERE))
        second, first = (Member.objects.get(name=name).pseudonym for name in CAREFUL[:2])
        assert f"{first} 16 Nov 23 Nov 21 points more not known 8.0 (6.0) 101" in shown
        assert f"{second} 16 Nov 23 Nov 21 points more 1 point more 7.0 (6.0) 100" in shown
        assert shown.index(f"{first} 16") < shown.index(f"{second} 16")
        assert "240 annotators watched" in shown
        assert "about 1 in 100 is named: 2 here" in shown

    def test_of_too_little_says_why(self, run: QualityRun, alice: Person) -> None:
        shown = text(opens(alice, HERE))
        assert "Too few to tell; it needs about" in shown

    def test_leaves_out_annotators_who_are_gone(self, run: QualityRun, alice: Person) -> None:
        stored = change(run)
        Part.objects.filter(run=run, name="drift").update(
            content=stored
            | {"accuracy": stored["accuracy"] | {"alarms": [{**stored["accuracy"]["alarms"][0], "member": 2**40}]}}
        )
        shown = text(opens(alice, HERE))
        assert "The data have." in shown

    def test_before_anything_is_computed_says_so(self, alice: Person, project: Project) -> None:
        assert "Nothing is known yet." in opens(alice, HERE)
        assert alice.client.get(f"{HERE}?format=json").status_code == 404


class TestFiles:
    def test_have_the_stored_numbers_of_every_test(self, run: QualityRun, alice: Person) -> None:
        stored = change(run)
        found = json.loads(b"".join(alice.client.get(f"{HERE}?format=json").streaming_content))
        assert [row["test"] for row in found["rows"]] == list(TESTS)
        for row in found["rows"]:
            assert (row["value"], row["p"], row["changed"]) == tuple(
                stored["tests"][row["test"]][key] for key in ("value", "p", "changed")
            )

    def test_have_the_annotators_who_err_more(self, run: QualityRun, alice: Person) -> None:
        change(run)
        given = b"".join(alice.client.get(f"{HERE}?format=csv&table=annotators").streaming_content).decode()
        rows = list(csv.DictReader(io.StringIO(given)))
        assert [(row["errors_after"], row["since"][:10]) for row in rows] == [("0.21", "2026-11-16")] * 2


class TestWords:
    def test_are_there_for_every_test_and_every_part_that_a_run_stores(self, run: QualityRun) -> None:
        assert set(NAMES) == set(TESTS)
        for test in Part.objects.get(run=run, name="drift").content["tests"].values():
            assert {key for key in test["change"] if ":" not in key} <= set(PARTS)
