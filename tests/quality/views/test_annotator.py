"""One annotator's page: over time, against the others, stated confidence, what moves choices, signs of fraud and drift."""

from __future__ import annotations

import re
from typing import Any

import pytest

from annotation.models import Member, Project
from quality.models import Part, QualityRun
from tests.cast import Person
from tests.computed import ALWAYS_FIRST, CAREFUL, judged
from tests.pages import opens

HERE = "/p/everyday/annotators"


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    return judged(project, pairs=80)


def page(alice: Person, name: str) -> str:
    return opens(alice, f"{HERE}/{Member.objects.get(name=name).number}")


def detail(run: QualityRun, name: str) -> dict[str, Any]:
    return dict(Part.objects.get(run=run, name="people").content[f"m{Member.objects.get(name=name).pk}"])


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("\u00a0", " ")


def store(run: QualityRun, name: str, **content: Any) -> None:
    part = Part.objects.get(run=run, name=name)
    part.content |= content
    part.save()


class TestAgainstTheOthers:
    def test_has_every_stored_count_as_a_share_of_its_row(self, run: QualityRun, alice: Person) -> None:
        counts = detail(run, ALWAYS_FIRST)["confusion"]
        html = page(alice, ALWAYS_FIRST)
        table = re.search(r'<table class="heat by-verdict">.*?</table>', html, re.S)
        assert table
        cells = [text(cell) for cell in re.findall(r"<td.*?</td>", table[0], re.S)]
        expected = [f"{k / sum(row):.0%}".replace("%", " %") for row in counts for k in row]
        assert [cell.split(" %")[0] + " %" for cell in cells] == expected
        assert table[0].count("agree") == 4
        assert all(re.search(r"\d–\d", cell) for cell in cells)
        right = sum(counts[i][i] for i in range(4))
        assert f"Outlined: the same, {right / sum(map(sum, counts)):.0%}".replace("%", " %") in text(html)

    def test_is_left_out_of_runs_of_before_it_was_stored(self, run: QualityRun, alice: Person) -> None:
        Part.objects.filter(run=run).delete()
        html = page(alice, ALWAYS_FIRST)
        assert "by-verdict" not in html
        assert "Over time" not in html


class TestOverTime:
    def test_has_every_week_with_its_n(self, run: QualityRun, alice: Person) -> None:
        weeks = detail(run, CAREFUL[0])["weeks"]
        assert len(weeks) >= 2
        shown = text(page(alice, CAREFUL[0]))
        assert f"n = {sum(n for _, _, n in weeks)} judgements that can be compared, by week" in shown
        for _, right, n in weeks:
            assert re.search(rf"{right / n:.0%}".replace("%", r" % \(\d+–\d+\)") + rf" {n} ", shown)


class TestStatedConfidence:
    def test_has_a_point_for_each_bin_and_a_line_where_both_are_equal(self, run: QualityRun, alice: Person) -> None:
        bins = detail(run, CAREFUL[0])["bins"]
        assert [round(one[0], 9) for one in bins] == [0.8]
        html = page(alice, CAREFUL[0])
        chart = re.search(r'<svg class="chart scatter".*?</svg>', html, re.S)
        assert chart
        assert chart[0].count('class="c-dot') == 1
        assert chart[0].count('class="c-mean"') == 1
        assert f"n = {int(bins[0][-1])} judgements with a stated confidence" in text(html)


class TestSigns:
    def test_of_fraud_are_told_with_their_evidence(self, run: QualityRun, alice: Person) -> None:
        lazy, other = Member.objects.get(name=ALWAYS_FIRST), Member.objects.get(name=CAREFUL[0])
        store(
            run,
            "fraud",
            annotators=[
                {
                    "member": lazy.pk,
                    "n": 60,
                    "state": "alarm",
                    "alternative": "copies",
                    "evidence": {
                        "log_ratio": 9.0,
                        "n": 60,
                        "crossed": 20,
                        "log_ratio_at_crossing": 7.0,
                        "other": other.pk,
                    },
                }
            ],
        )
        shown = text(page(alice, ALWAYS_FIRST))
        assert f"Fraud suspected: Perhaps gives the answers that {other.pseudonym} gave before." in shown
        assert "After 20 judgements that explanation was 1,100 times likelier than honest judging" in shown
        assert "Not at the moment." in shown
        table = text(opens(alice, f"{HERE}?show=attention"))
        assert lazy.pseudonym in table
        board = text(opens(alice, "/p/everyday/"))
        assert f"Perhaps gives the answers that {other.pseudonym} gave before" in board

    def test_of_drift_are_told_with_their_dates(self, run: QualityRun, alice: Person) -> None:
        member = Member.objects.get(name=CAREFUL[0])
        alarm = {
            "member": member.pk,
            "n": 90,
            "since": 1_795_824_000.0 - 20 * 86_400,
            "alarm": 1_795_824_000.0 - 3 * 86_400,
            "sum": 7.0,
            "threshold": 6.0,
            "before": 0.0,
            "after": 0.25,
        }
        store(run, "drift", accuracy={"watched": 4, "alarms": [alarm]})
        shown = text(page(alice, CAREFUL[0]))
        assert "Errs more often since 8 Nov: 25 points of a hundred more than expected, before that as many." in shown
        assert "Seen on 25 Nov in 90 judgements" in shown
        assert "Errs more often" not in text(page(alice, CAREFUL[1]))


class TestWhatMovesChoices:
    def test_is_beside_the_project_with_n(self, run: QualityRun, alice: Person) -> None:
        html = page(alice, CAREFUL[0])
        assert "What moves the choices" in html
        assert "Chose one twice as long" in html
