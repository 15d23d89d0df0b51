"""The disagreements queue and a pair of it: for reviewers and managers, with everybody's judgements and one decision."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Adjudication, Pair, Project, Slot
from annotation.selectors import adjudications
from annotation.services import adjudication, handout
from annotation.vocabulary import Role, Verdict
from quality.models import Consensus
from quality.selectors.disagreements import Order, Show, queue
from tests.annotation.test_adjudication import decide, line
from tests.cast import Person, person
from tests.computed import computed, imported
from tests.pages import body, opens, refuses

HERE = "/p/everyday/disagreements"
REASONED = {
    "annotator": "annotator 9",
    "verdict": "a",
    "strength": 2,
    "confidence": 0.75,
    "reason": "It names the <source>.",
    "seconds": 48,
    "shown_first": "a",
}


@pytest.fixture
def run(project: Project, alice: Person, bob: Person) -> None:
    """Pairs 1 to 3 disagree, 4 does not, 5 waits for a judgement, 6 is gold."""
    imported(
        project,
        line(1, "a", "b", "tie"),
        line(2, "a", "a", "b", "b", language="de"),
        line(3, "both_bad", "tie", "a", "b", "tie", "a"),
        line(4, "a", "a", "b"),
        line(5, "a", "b"),
        line(6, "a", "b", gold="a"),
    )
    wanted(5)
    computed(project, rated=False)


def wanted(number: int) -> None:
    """One judgement more is wanted of a pair, before all others."""
    Slot.objects.create(project=pair(number).project, pair=pair(number), key=1e-6, first_on_left=True)


def pair(number: int) -> Pair:
    return Pair.objects.get(external_id=f"pair-{number}")


def address(number: int, name: str = "disagreement") -> str:
    return reverse(f"quality:{name}", args=["everyday", pair(number).pk])


def form(verdict: str = "tie", *, read: int = 0, reason: str = "") -> dict[str, object]:
    return {"verdict": verdict, "read": read, "reason": reason, "submit_key": str(uuid.uuid4())}


def listed(html: str) -> list[str]:
    return re.findall(r'<bdi class="wrap-any">(pair-\d)</bdi>', html)


class TestTheQueue:
    def test_holds_complete_pairs_without_a_verdict_that_leads(self, run: None, project: Project) -> None:
        found = queue(project)
        assert [Pair.objects.get(pk=pk).external_id for pk in found.pair_ids] == ["pair-3", "pair-2", "pair-1"]
        assert (found.waiting, found.adjudicated) == (3, 0)

    def test_begins_with_the_least_certain(self, run: None, project: Project) -> None:
        for number, entropy in ((1, 0.4), (2, 1.9), (3, 1.1)):
            Consensus.objects.filter(pair=pair(number)).update(entropy=entropy)
        assert queue(project).pair_ids == tuple(pair(number).pk for number in (2, 3, 1))

    def test_leaves_out_what_nobody_judges_any_more(self, run: None, project: Project) -> None:
        Consensus.objects.filter(pair=pair(1)).update(n=0)
        assert pair(1).pk not in queue(project).pair_ids

    def test_begins_with_the_oldest_if_asked_to(self, run: None, project: Project) -> None:
        ordered = queue(project, order=Order.OLDEST).pair_ids
        assert list(ordered) == sorted(ordered)

    def test_keeps_a_language(self, run: None, project: Project) -> None:
        found = queue(project, language="de")
        assert found.pair_ids == (pair(2).pk,)
        assert found.waiting == 3
        assert dict(found.languages) == {"": 2, "de": 1}

    def test_loses_what_is_decided(self, run: None, project: Project, alice: Person) -> None:
        decide(project, pair(1), alice.user)
        assert pair(1).pk not in queue(project).pair_ids
        assert queue(project, show=Show.ADJUDICATED).pair_ids == (pair(1).pk,)
        adjudication.withdraw(project=project, pair_id=pair(1).pk, by=alice.user, read=1, submit_key=uuid.uuid4())
        assert pair(1).pk in queue(project).pair_ids


class TestThePageOfTheQueue:
    def test_is_for_those_who_run_the_project(
        self, run: None, project: Project, anonymous: Client, mallory: Person, bob: Person
    ) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        opens(person("Rita", project, role=Role.REVIEWER, number=9001), HERE)

    def test_lists_pairs_with_how_many_gave_each_verdict(self, run: None, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "3 pairs wait for a decision." in html
        assert listed(html) == ["pair-3", "pair-2", "pair-1"]
        assert "3 judgements: first is better 1, second is better 1, tie 1." in html
        assert "model" not in re.sub(r"<link[^>]*>|<script[^>]*>", "", html.split("<main")[1])

    def test_is_empty_where_nobody_disagrees(self, project: Project, alice: Person) -> None:
        assert "No pair waits for a decision." in opens(alice, HERE)

    def test_is_given_as_a_file_whole(self, run: None, project: Project, alice: Person) -> None:
        decide(project, pair(1), alice.user, Verdict.TIE)
        found = b"".join(alice.client.get(f"{HERE}?format=csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert found == [
            "pair,language,first,second,tie,both_bad,n,adjudicated",
            "pair-3,,2,1,2,1,6,",
            "pair-2,de,2,2,0,0,4,",
        ]
        answer = alice.client.get(f"{HERE}?format=json&show=adjudicated")
        assert json.loads(b"".join(answer.streaming_content))["rows"] == [  # type: ignore[attr-defined]
            {
                "pair": "pair-1",
                "language": "",
                "first": 1,
                "second": 1,
                "tie": 1,
                "both_bad": 0,
                "n": 3,
                "adjudicated": "tie",
            }
        ]

    def test_filters_by_links(self, run: None, project: Project, alice: Person) -> None:
        decide(project, pair(1), alice.user, Verdict.TIE)
        assert listed(opens(alice, f"{HERE}?language=de")) == ["pair-2"]
        decided = opens(alice, f"{HERE}?show=adjudicated")
        assert listed(decided) == ["pair-1"]
        assert "Decided: <b>tie</b>." in decided
        assert alice.client.get(f"{HERE}?show=everything").status_code == 400


class TestAPair:
    def test_shows_everybodys_judgement_and_no_source_model(self, project: Project, alice: Person) -> None:
        given = line(1, "b")
        given["response_a"] = {"model": "secretmodel-1", "text": "Yes 1"}
        given["judgements"].append(REASONED)  # type: ignore[attr-defined]
        imported(project, given, line(2, "a", "b"))
        computed(project, rated=False)

        html = opens(alice, address(1))

        assert "It names the &lt;source&gt;." in html
        assert "75 % sure".replace(" ", "\u00a0", 1) in html
        assert "clearly" in html
        assert html.count('<li>\n          <div class="past">') == 2
        assert "Yes 1" in html
        assert "secretmodel" not in html

    def test_shows_half_of_all_pairs_the_other_way_round(self, run: None, project: Project, alice: Person) -> None:
        sides = set()
        for number in range(1, 5):
            found = pair(number)
            html = opens(alice, address(number))
            first_on_left = html.index(f"Yes {number}</p>") < html.index(f"No {number}</p>")
            assert first_on_left is adjudication.on_left(found)
            sides.add(first_on_left)
        assert sum(adjudication.on_left(Pair(pk=pk, project_id=1)) for pk in range(1000)) == pytest.approx(500, abs=60)

    def test_takes_a_decision_about_the_sides_as_shown_and_leads_to_the_next(
        self, run: None, project: Project, alice: Person
    ) -> None:
        for number in (3, 2):
            found = pair(number)
            html = opens(alice, address(number))
            assert "secretmodel" not in html
            answer = alice.client.post(address(number), form("a", reason="The first says more."))
            stored = Adjudication.objects.get(pair=found)
            assert stored.verdict == (Verdict.FIRST if adjudication.on_left(found) else Verdict.SECOND)
            assert stored.first_on_left is adjudication.on_left(found)
            assert (stored.reason, stored.by) == ("The first says more.", alice.user)
            assert answer.status_code == 303
            assert answer["Location"].startswith(address(number - 1))

    def test_leads_to_the_queue_after_the_last(self, run: None, alice: Person) -> None:
        for number in (3, 2, 1):
            answer = alice.client.post(address(number) + "?order=oldest", form())
        assert answer["Location"] == f"{HERE}?order=oldest"
        assert "Every disagreement is decided." in opens(alice, HERE)

    def test_offers_to_undo_the_last_decision(self, run: None, alice: Person, project: Project) -> None:
        after = alice.client.post(address(3), form())["Location"]
        html = opens(alice, after)
        assert "Undo the last one" in html
        undo = alice.client.post(address(3, "adjudication_withdraw"), form(read=1))
        assert undo["Location"] == address(3)
        assert adjudications.in_force(project) == {}
        assert "Taken back" in opens(alice, address(3))

    def test_tells_the_second_of_two_and_keeps_their_words(self, run: None, project: Project, alice: Person) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        opens(rita, address(1))
        alice.client.post(address(1), form("tie"))

        answer = rita.client.post(address(1), form("both_bad", reason="Neither answers."))

        assert answer.status_code == 409
        html = body(answer)
        assert "Yours was not stored." in html
        assert "decided “Tie”" in html
        assert "Neither answers." in html
        assert adjudications.in_force(project) == {pair(1).pk: Verdict.TIE}
        assert re.search(r'name="read" value="1"', html)

    def test_is_decided_by_nobody_who_judged_it(self, run: None, project: Project) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        held = handout.lease_next(member=rita.member)
        found = Pair.objects.get(assignments__uuid=held.uuid)
        imported_before = reverse("quality:disagreement", args=["everyday", found.pk])
        html = opens(rita, imported_before)
        assert "on your judging page" in html
        assert 'name="verdict"' not in html
        handout_submit(rita, held.uuid)
        html = opens(rita, imported_before)
        assert "You judged this pair yourself" in html
        assert 'name="verdict"' not in html
        rita.client.post(imported_before, form())
        assert not Adjudication.objects.exists()

    def test_hides_what_others_answered_from_who_is_judging_it(self, project: Project) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        imported(project, line(1) | {"judgements": [REASONED]})
        wanted(1)
        held = handout.lease_next(member=rita.member)
        found = Pair.objects.get(assignments__uuid=held.uuid)
        assert found == pair(1)
        html = opens(rita, reverse("quality:disagreement", args=["everyday", found.pk]))
        assert "It names the" not in html
        assert "What people answered" not in html

    def test_of_another_project_is_not_there(self, run: None, alice: Person) -> None:
        other = Project.objects.create(slug="other", name="Other")
        imported(other, line(1, "a", "b"))
        found = Pair.objects.get(project=other)
        assert alice.client.get(reverse("quality:disagreement", args=["everyday", found.pk])).status_code == 404


def handout_submit(who: Person, held: uuid.UUID) -> None:
    path = reverse("annotation:submit", args=["everyday", held])
    assert who.client.post(path, {"verdict": "a", "submit_key": str(uuid.uuid4())}).status_code in (302, 303)
