"""Which judgements are probably wrong: the list, why, and the files."""

from __future__ import annotations

import csv
import io
import re

import pytest

from annotation.models import Annotation, Member, Pair, Project
from annotation.vocabulary import Verdict
from quality.models import Part, QualityRun
from tests.cast import Person
from tests.computed import computed
from tests.lines import import_lines, pair
from tests.pages import opens

HERE = "/p/everyday/noise"


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    """Three agree on forty pairs, but for the third on the first five."""
    lines = [
        pair(
            f"p{i}",
            verdicts={"ann": "ab"[i % 2], "ben": "ab"[i % 2], "cid": "ab"[(i + (i < 5)) % 2]},
            language="en",
        )
        for i in range(40)
    ]
    import_lines(project, lines)
    return computed(project)


def listed(html: str) -> list[str]:
    found = re.search(r'<ul class="rows suspects">(.*?)</ul>', html, re.S)
    assert found
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in re.findall(r"<li>(.*?)</li>", found[1], re.S)]


class TestList:
    def test_names_the_judgements_with_what_speaks_against_them(self, run: QualityRun, alice: Person) -> None:
        cid = Member.objects.get(name="cid")
        rows = listed(opens(alice, HERE))
        assert len(rows) == 5
        for row in rows:
            assert re.search(r"\bp[0-4]\b", row)
            assert f"{cid.pseudonym} answered" in row
            assert "The others: 2 ×" in row
            assert "likely wrong" in row

    def test_links_each_to_its_pair_in_the_queue(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, HERE)
        for name in ("p0", "p4"):
            assert f"/p/everyday/disagreements/{Pair.objects.get(external_id=name).pk}" in html

    def test_says_where_the_judgement_has_changed_since(self, run: QualityRun, alice: Person) -> None:
        Annotation.objects.filter(assignment__member__name="cid", assignment__pair__external_id="p0").update(
            verdict=Verdict.TIE
        )
        changed = [row for row in listed(opens(alice, HERE)) if "Changed to tie since." in row]
        assert len(changed) == 1
        assert re.search(r"\bp0\b", changed[0])

    def test_leaves_out_what_is_gone(self, run: QualityRun, alice: Person) -> None:
        part = Part.objects.get(run=run, name="noise")
        part.content["suspects"][0]["pair"] = 2**40
        part.save()
        assert len(listed(opens(alice, HERE))) == 4

    def test_is_paged(self, run: QualityRun, alice: Person) -> None:
        part = Part.objects.get(run=run, name="noise")
        part.content["suspects"] = part.content["suspects"][:1] * 60
        part.save()
        assert len(listed(opens(alice, HERE))) == 50
        assert len(listed(opens(alice, f"{HERE}?page=2"))) == 10

    def test_shows_no_source_model(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, HERE)
        for model in set(Pair.objects.values_list("first__source_model", flat=True)):
            assert not model or model not in html


class TestAnswer:
    def test_has_the_share_its_n_and_the_least(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "About 4 % are." in html.replace("\u00a0", " ")
        assert "At least 5 judgements must be wrong" in html
        assert "n = 120 judgements" in html

    def test_shows_given_against_true_verdicts(self, run: QualityRun, alice: Person) -> None:
        stored = Part.objects.get(run=run, name="noise").content["joint"]
        table = re.search(r'<table class="heat by-verdict">.*?</table>', opens(alice, HERE), re.S)
        assert table
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", table[0])]
        assert cells == [f"{value * 100:.1f}" for row in stored for value in row]
        assert table[0].count("agree") == 4

    def test_before_anything_is_judged_says_so(self, alice: Person, project: Project) -> None:
        assert "Nothing is known yet." in opens(alice, HERE)
        computed(project)
        assert "Nothing is known yet." in opens(alice, HERE)
        assert alice.client.get(f"{HERE}?format=csv").status_code == 404


class TestFiles:
    def test_have_every_stored_judgement(self, run: QualityRun, alice: Person) -> None:
        given = b"".join(alice.client.get(f"{HERE}?format=csv").streaming_content).decode()
        rows = list(csv.DictReader(io.StringIO(given)))
        stored = Part.objects.get(run=run, name="noise").content["suspects"]
        assert [float(row["wrong"]) for row in rows] == [one["wrong"] for one in stored]
        assert {row["pair"] for row in rows[:5]} == {f"p{i}" for i in range(5)}
