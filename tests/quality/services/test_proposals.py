"""Proposals of gold: kept up by runs, decided once by a manager."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation.models import AuditEvent, Pair, Project
from annotation.selectors import integrity, waiting
from annotation.vocabulary import Verdict
from quality.models import GoldProposal, ProposalState
from quality.services import proposals
from tests.lines import import_lines, pair
from tests.quality.services.test_computation import computed

pytestmark = pytest.mark.django_db

PEOPLE = [f"person {n}" for n in range(6)]


@pytest.fixture
def judged(project: Project) -> Project:
    """Forty pairs on which six people agree, ten on which they do not."""
    import_lines(
        project,
        [
            *(pair(f"clear {n}", verdicts=dict.fromkeys(PEOPLE, "ab"[n % 2])) for n in range(40)),
            *(pair(f"open {n}", verdicts={who: "ab"[(i + n) % 2] for i, who in enumerate(PEOPLE)}) for n in range(10)),
        ],
    )
    computed(project)
    return project


def proposed(project: Project) -> set[str]:
    rows = GoldProposal.objects.filter(project=project, state=ProposalState.PROPOSED)
    return set(rows.values_list("pair__external_id", flat=True))


def decide(project: Project, name: str, what: str, **more) -> None:
    known = Pair.objects.get(project=project, external_id=name).pk
    getattr(proposals, what)(project=project, pair_id=known, by=None, now=timezone.now(), **more)


def test_are_the_pairs_that_a_run_finds_evident(judged):
    assert proposed(judged) == {f"clear {n}" for n in range(40)}
    one = GoldProposal.objects.get(pair__external_id="clear 1")
    assert (one.verdict, one.n) == (Verdict.SECOND, 6)
    assert one.probability >= 0.98
    assert waiting.counts(judged)["gold"] == 40


def test_confirmed_are_gold_with_an_explanation_and_an_event(judged):
    decide(judged, "clear 1", "confirm", verdict=Verdict.SECOND, explanation="Only it answers.")
    stored = Pair.objects.get(external_id="clear 1")
    assert (stored.gold_verdict, stored.gold_explanation) == (1, "Only it answers.")
    assert AuditEvent.objects.get(action="gold.mark").subject == "clear 1"
    computed(judged)
    assert "clear 1" not in proposed(judged)
    assert integrity.sound()


def test_rejected_are_never_proposed_again(judged):
    decide(judged, "clear 2", "reject")
    assert AuditEvent.objects.get(action="gold.reject").detail["verdict"] == "a"
    computed(judged)
    assert proposed(judged) == {f"clear {n}" for n in range(40)} - {"clear 2"}
    with pytest.raises(proposals.NotProposed):
        decide(judged, "clear 2", "reject")


def test_that_were_gold_and_are_no_longer_are_not_proposed_either(judged):
    decide(judged, "clear 3", "confirm", verdict=Verdict.SECOND, explanation="")
    decide(judged, "clear 3", "unmark")
    computed(judged)
    assert "clear 3" not in proposed(judged)
    assert Pair.objects.get(external_id="clear 3").gold_verdict is None
    assert integrity.sound()


def test_that_are_no_longer_evident_go_and_no_more_than_so_many_wait(judged, monkeypatch):
    monkeypatch.setattr(proposals, "MOST", 7)
    computed(judged)
    assert len(proposed(judged)) == 7
    import_lines(judged, [pair("clear 0", verdicts={f"late {n}": "b" for n in range(12)})])
    monkeypatch.setattr(proposals, "MOST", 200)
    computed(judged)
    assert "clear 0" not in proposed(judged)
