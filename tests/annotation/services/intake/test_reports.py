"""What an import says it did, line by line and in numbers."""

from __future__ import annotations

import pytest

from annotation.models import (
    Import,
    ImportLine,
    Project,
)
from annotation.selectors import imports as selectors
from annotation.services import projects
from tests.annotation.formats.lines import judgement, pair
from tests.annotation.services.importing import answers, codes, done, import_lines, send

pytestmark = pytest.mark.usefixtures("sound_afterwards")


class TestTheReport:
    def test_counts_every_line_once(self, project: Project) -> None:
        report = import_lines(
            project, pair(), b"", pair(), b"{", pair(prompt="Else."), b"  ", pair(id="p2", **answers())
        )

        assert {key: report[key] for key in ("accepted", "unchanged", "quarantined", "blank")} == {
            "accepted": 2,
            "unchanged": 1,
            "quarantined": 2,
            "blank": 2,
        }
        assert codes(report) == [(4, "not_json"), (5, "id_conflict")]
        assert Import.objects.get().lines_done == 7

    def test_names_the_first_thousand_lines_and_counts_all(self, project: Project) -> None:
        report = import_lines(project, *[b"{"] * 1_203)

        assert (len(report["errors"]), report["errors_total"], report["quarantined"]) == (1000, 1203, 1203)
        assert ImportLine.objects.count() == 1203

    def test_counts_warnings(self, project: Project) -> None:
        report = import_lines(project, pair(**answers("", "")), pair(id="p2", prompt="", **answers("x", "y")))

        assert report["warnings"] == [
            {"code": "blank_text", "lines": 2, "first_lines": [1, 2]},
            {"code": "identical_pair", "lines": 1, "first_lines": [1]},
        ]

    def test_names_the_first_twenty_lines_of_a_warning_over_two_chunks(self, project: Project) -> None:
        lines = [pair(id=f"p{n}", prompt=f"{n}?", **answers("x", "y" if n < 491 else "")) for n in range(1, 521)]
        (warned,) = import_lines(project, *lines)["warnings"]

        assert (warned["lines"], warned["first_lines"]) == (30, list(range(491, 511)))

    def test_names_the_lines_of_what_is_decided_against_what_is_stored(self, project: Project) -> None:
        judged = judgement(verdict="a", strength=1)
        report = import_lines(
            project,
            pair(judgements=[judged]),
            pair(id="P1", prompt="Else?"),
            pair(judgements=[judged | {"strength": 2}], language="en"),
            pair(judgements=[judged, judged | {"annotator": "Bo", "verdict": "b"}, judged | {"annotator": "Bo"}]),
        )

        assert {warned["code"]: warned["first_lines"] for warned in report["warnings"]} == {
            "similar_id": [2],
            "judgement_differs": [3],
            "prompt_differs": [3],
            "judgement_revised": [4],
        }

    def test_is_the_jobs_result(self, project: Project) -> None:
        run = send(project, pair())
        job = done(run)

        assert job.result == selectors.report(Import.objects.get(pk=run.pk))
        assert (job.done, job.total) == (1, 1)

    def test_is_read_by_reason_for_the_page(self, project: Project) -> None:
        run = send(project, b"{", b"[1", pair(id=""), pair(**answers("", "x")))
        done(run)

        detail = selectors.detail(selectors.find(project=project, pk=run.pk))
        assert [(r.code, r.count) for r in detail.reasons] == [("not_json", 2), ("bad_id", 1)]
        assert [(r.code, r.count) for r in detail.warnings] == [("blank_text", 1)]
        assert [line.line for line in selectors.quarantined(run, after=1)] == [2, 3]
        assert [line.line for line in selectors.quarantined(run, code="not_json", most=1)] == [1]
        assert list(selectors.raw_lines(run))[:2] == [b"{\n", b"[1\n"]
        assert [found.pk for found in selectors.latest(project=project)] == [run.pk]

    def test_belongs_to_its_project(self, project: Project) -> None:
        other = projects.create(slug="other", name="Other", by=None)

        assert selectors.find(project=other, pk=send(project, pair()).pk) is None
