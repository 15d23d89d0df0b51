"""Who agrees with whom: the heat table and the list of every two annotators."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from annotation.models import Member, Project
from quality.models import AnnotatorMatrix, Figure, QualityRun
from quality.pages import heat
from quality.selectors import kappas
from tests.cast import Person
from tests.computed import ALWAYS_FIRST, CAREFUL, computed, imported, judged, lines
from tests.pages import opens

HERE = "/p/everyday/agreement"


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> QualityRun:
    return judged(project, pairs=80)


@pytest.fixture
def crowd(project: Project, alice: Person, bob: Person) -> QualityRun:
    """A run of 100 annotators: those of an even number agree with each other, the others with nobody."""
    run = judged(project, pairs=4)
    members = Member.objects.bulk_create(
        Member(project=project, number=5000 + i, name=f"more {i:03d}") for i in range(100)
    )
    a, b = np.triu_indices(100, 1)
    even = (a % 2 == 0) & (b % 2 == 0)
    value = np.where(even, 0.8, 0.1)
    AnnotatorMatrix.objects.filter(run=run).update(
        reasons=[["too_few_items", {"needed": 12}]],
        **AnnotatorMatrix.packed(
            members=np.array([member.pk for member in members]),
            a=a,
            b=b,
            n=np.where(a < 40, 50, 20) + np.where(b < 40, 50, 0),
            value=value,
            low=value - 0.05,
            high=value + 0.05,
            reason=np.full(len(a), -1),
        ),
    )
    Figure.objects.bulk_create(
        Figure(
            project=project,
            run=run,
            name="cohen_kappa",
            reading="strict",
            member=member,
            value=0.5,
            low=0.5 - i / 999,
            high=0.6 - i / 999,
            n=99,
        )
        for i, member in enumerate(members)
    )
    return run


def table(html: str) -> list[list[str]]:
    found = re.search(r'<table class="heat.*?</table>', html, re.S)
    assert found
    rows = re.findall(r"<tr>(.*?)</tr>", found[0], re.S)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows
    ]


def numbers(html: str) -> list[int]:
    return [int(row[0].removeprefix("Annotator ")) for row in table(html)[1:]]


class TestHeatTable:
    def test_has_every_two_annotators_with_interval_and_n_and_themselves_with_everybody(
        self, run: QualityRun, alice: Person, project: Project
    ) -> None:
        html = opens(alice, HERE)
        head, *rows = table(html)
        assert head[1:] == [row[0] for row in rows]
        assert len(rows) == 4
        stored = kappas.kappas(run)
        assert stored is not None
        at = {member.pseudonym: i for i, member in enumerate(stored.members)}
        for row in rows:
            for other, text in zip(head[1:], row[1:], strict=True):
                if other == row[0]:
                    own = Figure.objects.get(
                        run=run, name="cohen_kappa", reading="strict", member=stored.members[at[other]]
                    )
                    expected = own.value, own.n
                else:
                    pair = {at[other], at[row[0]]}
                    p = next(p for p in range(len(stored)) if {int(stored.a[p]), int(stored.b[p])} == pair)
                    expected = float(stored.value[p]), int(stored.n[p])
                assert text.startswith(f"{expected[0]:.2f}".replace("-", "−"))
                assert text.endswith(f"n = {expected[1]}")

    def test_puts_those_who_agree_together(self, run: QualityRun, alice: Person) -> None:
        shown = numbers(opens(alice, HERE))
        lazy = Member.objects.get(name=ALWAYS_FIRST).number
        assert shown[-1] == lazy
        assert set(shown[:-1]) == {Member.objects.get(name=name).number for name in CAREFUL}

    def test_gives_a_number_without_an_interval_no_color(self, alice: Person, project: Project) -> None:
        imported(project, *lines(4, gold=0))
        computed(project)
        found = re.search(r'<table class="heat.*?</table>', opens(alice, HERE), re.S)
        assert found
        assert not re.search(r'class="h\d', found[0])
        assert "too few pairs for an interval" in found[0]

    def test_of_many_shows_those_who_share_most_with_each_other(self, crowd: QualityRun, alice: Person) -> None:
        assert set(numbers(opens(alice, HERE))) == {5000 + i for i in range(40)}

    def test_of_many_shows_those_who_surely_agree_least(self, crowd: QualityRun, alice: Person) -> None:
        assert set(numbers(opens(alice, f"{HERE}?show=least"))) == {5000 + i for i in range(60, 100)}

    def test_of_many_shows_the_whole_order_part_by_part(self, crowd: QualityRun, alice: Person) -> None:
        parts = [numbers(opens(alice, f"{HERE}?show=order&part={part}")) for part in (1, 2, 3)]
        assert [len(part) for part in parts] == [40, 40, 20]
        assert sorted(number for part in parts for number in part) == list(range(5000, 5100))
        assert alice.client.get(f"{HERE}?show=order&part=4").status_code == 404

    def test_shows_one_annotator_with_those_who_share_most(self, crowd: QualityRun, alice: Person) -> None:
        html = opens(alice, f"{HERE}?near=5070")
        assert set(numbers(html)) == {5070, *(5000 + i for i in range(39))}
        assert "Around Annotator 5070" in html
        assert alice.client.get(f"{HERE}?near=4").status_code == 404


class TestList:
    def test_begins_with_the_surest_disagreement(self, run: QualityRun, alice: Person) -> None:
        html = opens(alice, HERE)
        first = re.search(r'<tbody role="rowgroup">.*?</tr>', html, re.S)
        assert first
        assert Member.objects.get(name=ALWAYS_FIRST).pseudonym in first[0]
        assert 'class="cell act"' in first[0]

    def test_is_paged_and_its_files_are_whole(self, crowd: QualityRun, alice: Person) -> None:
        assert opens(alice, HERE).count('role="rowheader"') == 50
        given = b"".join(alice.client.get(f"{HERE}?format=csv").streaming_content).decode()
        rows = list(csv.DictReader(io.StringIO(given)))
        assert len(rows) == 100 * 99 // 2
        found = json.loads(b"".join(alice.client.get(f"{HERE}?format=json").streaming_content))
        assert len(found["rows"]) == len(rows)
        assert {round(float(row["cohen_kappa_low"]), 9) for row in rows} == {0.05, 0.75}
        assert found["rows"][0]["cohen_kappa_method"].startswith("cohen_kappa")


class TestAnswer:
    def test_counts_those_surely_below_target_and_what_chance_gives(self, crowd: QualityRun, project: Project) -> None:
        stored = kappas.kappas(crowd)
        assert stored is not None
        found = heat.answer(stored, 0.55)
        even = 50 * 49 // 2
        assert found.answer == f"{4950 - even:,} pairs of annotators are clearly below target."
        assert "about 124 would lie below by chance alone" in found.lede
        assert f"{even:,} of 4,950 pairs" in found.lede

    def test_says_that_too_little_is_shared(self, project: Project) -> None:
        imported(project, *lines(4, gold=0))
        stored = kappas.kappas(computed(project))
        assert stored is not None
        assert heat.answer(stored, 0.55).answer == "Too early to tell."

    def test_before_anything_is_computed_says_what_is_missing(self, alice: Person, project: Project) -> None:
        assert "Nothing can be compared yet." in opens(alice, HERE)
        assert alice.client.get(f"{HERE}?format=csv").status_code == 404
