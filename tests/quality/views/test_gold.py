"""Gold and probes: the page of all, and that of one pair with what a manager can do."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import Pair, Project, Response
from annotation.vocabulary import Role
from quality.models import Figure, GoldProposal, ProposalState
from tests.cast import Person, person
from tests.computed import judged
from tests.pages import opens, refuses

HERE = "/p/everyday"


@pytest.fixture
def golden(project: Project, alice: Person, bob: Person) -> Pair:
    judged(project)
    return Pair.objects.filter(project=project, gold_verdict__isnull=False).order_by("pk")[0]


@pytest.fixture
def ordinary(golden: Pair) -> Pair:
    found = Pair.objects.filter(project=golden.project, gold_verdict__isnull=True).order_by("pk")[0]
    GoldProposal.objects.filter(project=golden.project).delete()
    GoldProposal.objects.create(project=golden.project, pair=found, verdict=0, probability=0.9876, n=6)
    return found


def change(someone: Person, pair: Pair, what: str, **more: str) -> int:
    return someone.client.post(f"{HERE}/gold/{pair.pk}/change", {"change": what, **more}).status_code


class TestAPair:
    def test_shows_the_known_verdict_how_many_know_it_and_who_answered_otherwise(
        self, alice: Person, golden: Pair
    ) -> None:
        html = opens(alice, f"{HERE}/gold/{golden.pk}")
        assert "Known by" in html
        assert "found it" in html
        Pair.objects.filter(pk=golden.pk).update(gold_verdict=3 if golden.gold_verdict != 3 else 2)
        assert "Who answered otherwise" in opens(alice, f"{HERE}/gold/{golden.pk}")

    def test_is_read_by_reviewers_and_changed_by_managers(
        self, golden: Pair, project: Project, mallory: Person, bob: Person, anonymous: Client
    ) -> None:
        reviewer = person("Rita", project, role=Role.REVIEWER, number=9001)
        html = opens(reviewer, f"{HERE}/gold/{golden.pk}")
        assert "<form" not in html[html.index("<main") : html.index("</main>")]
        assert change(reviewer, golden, "retire") == 403
        refuses(f"{HERE}/gold/{golden.pk}", anonymous=anonymous, mallory=mallory, bob=bob)

    def test_names_no_source_model(self, alice: Person, golden: Pair) -> None:
        Response.objects.update(source_model="secret-model")
        assert "secret-model" not in opens(alice, f"{HERE}/gold/{golden.pk}")

    def test_of_another_project_is_not_there(self, alice: Person, golden: Pair) -> None:
        assert alice.client.get(f"{HERE}/gold/999999").status_code == 404
        assert change(alice, Pair(pk=999999), "retire") == 404
        assert change(alice, golden, "nonsense") == 404

    def test_is_retired_and_handed_out_again(self, alice: Person, golden: Pair) -> None:
        assert change(alice, golden, "retire") == 303
        assert "Retired by a manager" in opens(alice, f"{HERE}/gold/{golden.pk}")
        assert "Retired by a manager" in opens(alice, f"{HERE}/gold")
        assert change(alice, golden, "restore") == 303
        golden.refresh_from_db()
        assert golden.gold_retired == ""

    def test_is_made_ordinary_again(self, alice: Person, golden: Pair) -> None:
        assert change(alice, golden, "unmark") == 303
        assert "Not gold." in opens(alice, f"{HERE}/gold/{golden.pk}")
        assert change(alice, golden, "retire") == 303
        assert "not gold any more" in opens(alice, f"{HERE}/gold")

    def test_is_marked_with_a_verdict_and_an_explanation(self, alice: Person, ordinary: Pair) -> None:
        assert change(alice, ordinary, "mark", explanation="Because.") == 400
        assert change(alice, ordinary, "mark", verdict="2", explanation="Because <b>.") == 303
        ordinary.refresh_from_db()
        assert (ordinary.gold_verdict, ordinary.gold_explanation) == (2, "Because <b>.")
        html = opens(alice, f"{HERE}/gold/{ordinary.pk}")
        assert "Because &lt;b&gt;." in html
        assert GoldProposal.objects.get(pair=ordinary).state == ProposalState.CONFIRMED


class TestProposals:
    def test_are_confirmed_and_rejected_from_the_list(self, alice: Person, ordinary: Pair) -> None:
        html = opens(alice, f"{HERE}/gold")
        assert "98.7 % likely by 6 judgements" in html
        assert change(alice, ordinary, "mark", verdict="0", back="list") == 303
        ordinary.refresh_from_db()
        assert ordinary.gold_verdict == 0
        assert "Proposed as gold" not in opens(alice, f"{HERE}/gold")

    def test_that_were_rejected_are_gone_and_once_only(self, alice: Person, ordinary: Pair) -> None:
        assert change(alice, ordinary, "reject") == 303
        assert "Proposed as gold" not in opens(alice, f"{HERE}/gold")
        assert change(alice, ordinary, "reject") == 303
        assert "Somebody has decided" in opens(alice, f"{HERE}/gold")
        ordinary.refresh_from_db()
        assert ordinary.gold_verdict is None


class TestProbes:
    def test_have_their_figures_with_what_they_rest_on(self, alice: Person, golden: Pair) -> None:
        Project.objects.update(probe_rate=0.05)
        assert "Nobody has answered one that a run has counted" in opens(alice, f"{HERE}/gold")
        Figure.objects.filter(name="self_consistency", member=None).update(
            value=0.9, low=0.85, high=0.94, n=210, reason="", method="clustered_share"
        )
        html = opens(alice, f"{HERE}/gold")
        assert "Self-consistency" in html
        assert "n = 210 probes" in html


class TestFinding:
    def test_leads_to_the_pairs_page(self, alice: Person, ordinary: Pair) -> None:
        answer = alice.client.get(f"{HERE}/gold/find", {"id": ordinary.external_id})
        assert answer["Location"] == f"{HERE}/gold/{ordinary.pk}"

    @pytest.mark.parametrize("name", ["", "nothing", "x" * 5000])
    def test_says_where_there_is_none(self, alice: Person, golden: Pair, name: str) -> None:
        answer = alice.client.get(f"{HERE}/gold/find", {"id": name})
        assert answer["Location"] == f"{HERE}/gold"
        opens(alice, f"{HERE}/gold")
