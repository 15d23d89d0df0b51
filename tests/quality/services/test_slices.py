"""Agreement per slice as a run stores and reports it."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from annotation.models import Assignment, Project
from quality.pages.slices import KINDS
from quality.selectors import figures
from quality.services.slices import MOST_SLICES, slices
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.labels import item_counts
from tests.annotation.api.client import Api
from tests.cast import Engineer, Person
from tests.computed import computed, imported, lines
from tests.pages import opens
from tests.quality.services.worlds import AS_OF, DAY, world


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def kappa_where(given, which) -> float:
    pairs = len(given.pair_ids)
    return fleiss_kappa(item_counts(given.pair[which], given.verdict[which], pairs, 4)).value


class TestSlices:
    def test_are_of_languages_tags_weeks_and_versions(self):
        given, judged, facts, _ = world(rng(1), pairs=900)

        found = slices(given, judged, facts)["kinds"]

        assert {kind: [one["name"] for one in ones] for kind, ones in found.items() if kind != "week"} == {
            "language": facts.languages,
            "tag": sorted(facts.tags, key=lambda tag: -(facts.tag == facts.tags.index(tag)).sum()),
            "guidelines": ["1", "2"],
        }
        first = facts.language[given.pair] == 0
        assert found["language"][0]["kappa"]["value"] == kappa_where(given, first)
        assert found["language"][0]["n"] == first.sum()
        assert found["guidelines"][1]["kappa"]["value"] == kappa_where(given, given.guidelines == 2)

    def test_put_a_pair_into_the_week_of_its_last_judgement(self):
        given, judged, facts, _ = world(rng(2))
        found = slices(given, judged, facts)["kinds"]["week"]
        assert sum(one["n"] for one in found) == len(given)
        assert found[-1]["name"] == "2026-06-29"
        last = np.zeros(len(given.pair_ids))
        np.maximum.at(last, given.pair, given.at)
        monday = AS_OF.timestamp() - 2 * DAY
        assert found[-1]["n"] == (last[given.pair] >= monday).sum()

    def test_leave_gold_out(self):
        given, judged, facts, _ = world(rng(3), gold=200)
        found = slices(given, judged, facts)["kinds"]["language"]
        assert sum(one["n"] for one in found) == (given.gold < 0).sum()

    def test_call_a_slice_different_where_people_guess(self):
        given, judged, facts, _ = world(rng(4), pairs=1200)
        guessed = facts.language[given.pair] == 1
        verdict = np.where(guessed, rng(5).integers(0, 4, len(given)), given.verdict).astype(np.int8)
        given = replace(given, verdict=verdict)
        judged = replace(judged, labels=replace(judged.labels, verdict=verdict))
        found = {one["name"]: one for one in slices(given, judged, facts)["kinds"]["language"]}
        guess = found[facts.languages[1]]
        assert guess["differs"] is True
        assert guess["difference"] < -0.5

    def test_call_nothing_different_where_nothing_is(self):
        called = [
            one["differs"]
            for seed in range(12)
            for ones in slices(*world(rng(100 + seed))[:2], world(rng(100 + seed))[2])["kinds"].values()
            for one in ones
        ]
        assert sum(map(bool, called)) <= 3

    def test_are_none_where_nothing_is_known(self):
        given, judged, facts, _ = world(rng(6), pairs=60)
        facts = replace(
            facts,
            pair_ids=facts.pair_ids[:0],
            language=facts.language[:0],
            tagged=facts.tagged[:0],
            tag=facts.tag[:0],
        )
        found = slices(given, judged, facts)["kinds"]
        assert (found["language"], found["tag"]) == ([], [])
        assert len(found["week"]) <= MOST_SLICES


@pytest.fixture
def run(project: Project, alice: Person, erin: Engineer):
    given = lines(80, gold=8)
    for i, line in enumerate(given):
        line |= {"language": "de" if i % 3 == 0 else "en", "tags": ["=formula"] if i % 2 else []}
    imported(project, *given)
    Assignment.objects.filter(pair__prompt__language="de").update(guidelines_version=1)
    return computed(project, rated=False)


class TestARun:
    def test_stores_them(self, run) -> None:
        found = figures.part(run, "slices")["kinds"]
        assert [one["name"] for one in found["language"]] == ["en", "de"]
        assert [one["name"] for one in found["tag"]] == ["=formula"]
        assert [one["name"] for one in found["guidelines"]] == ["1"]

    def test_gives_them_to_the_command_and_the_api(self, run, erin: Engineer) -> None:
        by_api = Api(erin.secret).get("projects/everyday/quality").json()["slices"]
        out = StringIO()
        call_command("compute_quality", "--project", "everyday", "--json", stdout=out)
        by_command = json.loads(out.getvalue())["slices"]
        assert by_api.keys() == by_command.keys() == {"false_discoveries", *KINDS}
        assert by_api["language"] == by_command["language"]
        assert by_api["language"][0]["kappa"].keys() >= {"value", "low", "high", "n", "method", "reason", "code"}

    def test_shows_them_on_a_page_and_in_files(self, run, alice: Person) -> None:
        page = opens(alice, "/p/everyday/slices")
        assert "<bdi>de</bdi>" in page
        for kind in KINDS:
            opens(alice, f"/p/everyday/slices?kind={kind}")
        file = b"".join(alice.client.get("/p/everyday/slices?kind=tag&format=csv").streaming_content).decode()  # type: ignore[attr-defined]
        assert file.splitlines()[1].startswith("'=formula,")
        assert alice.client.get("/p/everyday/slices?kind=people").status_code == 400

    def test_is_waited_for_by_the_page(self, project: Project, alice: Person) -> None:
        assert "The figures are not ready yet." in opens(alice, "/p/everyday/slices")
