"""Exports can take an adjudicator's verdict for its pair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotation.formats.registry import READERS
from annotation.models import Pair, Project
from annotation.selectors.progress import progress
from annotation.vocabulary import Verdict
from tests.annotation.api.client import Api
from tests.annotation.test_adjudication import decide, line
from tests.cast import Engineer, Person
from tests.computed import imported


@pytest.fixture(autouse=True)
def decided(project: Project, alice: Person, erin: Engineer) -> None:
    """Pair 1 is undecided by people and decided by Alice, pair 2 as well the other way than people did, pair 3 only by people."""
    imported(project, line(1, "a", "b"), line(2, "a", "a"), line(3, "b", "b"))
    for number, verdict in ((1, Verdict.SECOND), (2, Verdict.TIE)):
        decide(project, Pair.objects.get(external_id=f"pair-{number}"), alice.user, verdict, reason="Read it again.")


def written(tmp_path: Path, format: str, *options: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    file = tmp_path / "out.jsonl"
    call_command("export_dataset", "--project", "everyday", "--format", format, "--output", str(file), *options)
    manifest = json.loads(file.with_name("out.jsonl.manifest.json").read_text())
    return [json.loads(row) for row in file.read_text().splitlines()], manifest


class TestPreferences:
    def test_are_those_of_people_unless_asked_otherwise(self, tmp_path: Path) -> None:
        rows, manifest = written(tmp_path, "trl-preference")
        assert [(row["chosen"], row["rejected"]) for row in rows] == [("Yes 2", "No 2"), ("No 3", "Yes 3")]
        assert manifest["adjudication_policy"] == "ignore"
        assert (manifest["counts"]["adjudicated"], manifest["counts"]["settled_by_adjudication"]) == (2, 0)

    def test_are_an_adjudicators_where_there_is_one(self, tmp_path: Path) -> None:
        rows, manifest = written(tmp_path, "trl-preference", "--adjudicated", "prefer")
        assert [(row["chosen"], row["rejected"]) for row in rows] == [("No 1", "Yes 1"), ("No 3", "Yes 3")]
        assert manifest["adjudication_policy"] == "prefer"
        counts = manifest["counts"]
        assert (counts["adjudicated"], counts["settled_by_adjudication"], counts["ties"]) == (2, 2, 1)

    def test_are_so_through_the_api_too(self, erin: Engineer) -> None:
        api = Api(erin.secret)
        query = "format=trl-preference&adjudicated=prefer"
        answer = api.get(f"projects/everyday/export?{query}")
        assert b"No 1" in b"".join(answer.streaming_content)
        assert "adjudicated=prefer" in answer["Concord-Manifest"]
        manifest = api.get(f"projects/everyday/export/manifest?{query}").json()
        assert manifest["counts"]["settled_by_adjudication"] == 2


class TestRaw:
    def test_lists_the_decision_as_its_own_kind(self, tmp_path: Path, alice: Person) -> None:
        rows, _ = written(tmp_path, "raw")
        found = {row["id"]: row for row in rows}["pair-1"]
        assert len(found["judgements"]) == 2
        assert found["adjudication"].pop("at")
        assert found["adjudication"] == {"verdict": "b", "by": alice.member.name, "reason": "Read it again."}  # type: ignore[union-attr]

    def test_is_read_back_with_a_warning_that_no_decision_is_stored(self, tmp_path: Path) -> None:
        written(tmp_path, "raw")
        with (tmp_path / "out.jsonl").open("rb") as file:
            items = {item.record.external_id: item for item in READERS["native"](file)}  # type: ignore[union-attr]
        assert "adjudication_left_out" in items["pair-1"].warnings  # type: ignore[union-attr]
        assert items["pair-1"].record.adjudication.verdict is Verdict.SECOND  # type: ignore[union-attr]


class TestProgress:
    def test_counts_adjudicated_pairs_apart(self, project: Project) -> None:
        found = progress(project)
        assert (found["adjudicated"], found["complete"]) == (2, 3)
