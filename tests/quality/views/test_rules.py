"""Rules and log for those who run the project, and a person's own standing."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from annotation.models import AuditEvent, Member, Project
from annotation.vocabulary import MemberState, Role
from quality.models import ActionState, Appeal, RuleAction, RuleSet
from quality.selectors import rules as selectors
from quality.services import rules
from quality.stats.rules import Rule
from tests.cast import Person, person
from tests.computed import computed, imported
from tests.pages import body, opens, refuses
from tests.quality.rules import acted_on
from tests.quality.services.test_rules import give_accounts, lines

HERE = "/p/everyday/rules"
OWN = "/p/everyday/standing"


def typed(**more: object) -> dict[str, object]:
    fields: dict[str, object] = {"read": 0, "on": "on", "share": "50", "do": "save"}
    for rule, limit in selectors.NEVER_SET.limits.items():
        scale = 100 if rule in (Rule.GOLD, Rule.FRAUD) else 1
        fields |= {f"{rule}_threshold": limit.threshold * scale, f"{rule}_least": limit.least}
    return fields | {"gold_on": "on"} | more


@pytest.fixture
def action(project: Project, alice: Person, bob: Person) -> RuleAction:
    """Bob is on probation by the rule of gold."""
    Member.objects.filter(pk=bob.member.pk).update(probation=True)
    return acted_on(bob.member)


class TestThePage:
    def test_is_for_those_who_run_the_project(
        self, action: RuleAction, project: Project, anonymous: Client, mallory: Person, bob: Person
    ) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        html = opens(rita, HERE)
        assert "Set the rules" not in html
        assert "Undo" not in html
        assert rita.client.post(f"{HERE}/change", typed()).status_code == 403

    def test_says_that_rules_are_off_at_first(self, project: Project, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "The rules are off. Nothing happens by itself." in html
        assert "Surely below 70\xa0%; from 20 gold judgements." in html

    def test_stores_what_is_entered(self, project: Project, alice: Person) -> None:
        assert alice.client.post(f"{HERE}/change", typed(gold_threshold="65.5")).status_code == 303
        found = selectors.settings_of(selectors.stored(project))
        assert (found.version, found.on, found.share) == (1, True, 0.5)
        assert found.limits[Rule.GOLD].threshold == pytest.approx(0.655)
        assert not found.limits[Rule.PACE].on
        assert "One rule acts by itself." in opens(alice, HERE)

    def test_refuses_what_is_not_possible_and_what_is_overtaken(self, project: Project, alice: Person) -> None:
        answer = alice.client.post(f"{HERE}/change", typed(gold_threshold="101"))
        assert answer.status_code == 400
        assert "Known answers must be a number from 0 to 100" in body(answer)
        alice.client.post(f"{HERE}/change", typed())
        assert alice.client.post(f"{HERE}/change", typed(share="20")).status_code == 409
        assert RuleSet.objects.count() == 1

    def test_shows_what_the_rules_would_do_before_they_do_it(self, project: Project, alice: Person) -> None:
        imported(project, *lines(0, 25))
        give_accounts(project)
        computed(project, rated=False)
        html = body(alice.client.post(f"{HERE}/change", typed(do="preview")))
        assert "1 step, of 4 annotators who judge." in html
        assert "Known answers right: 0\xa0% (0–13), surely below 70\xa0%, over 25 gold judgements." in html
        assert not RuleSet.objects.exists()
        assert not RuleAction.objects.exists()

    def test_lists_actions_with_their_evidence(self, action: RuleAction, alice: Person) -> None:
        html = opens(alice, HERE)
        assert "Known answers right: 40\xa0% (22–61), surely below 70\xa0%, over 20 gold judgements." in html
        listed = json.loads(b"".join(alice.client.get(f"{HERE}?format=json").streaming_content))["rows"]  # type: ignore[attr-defined]
        assert [(one["step"], one["rule"], one["n"], one["high"]) for one in listed] == [
            ("probation", "gold", 20, 0.6134)
        ]

    def test_counts_what_waits_beside_its_link(self, action: RuleAction, alice: Person, bob: Person) -> None:
        rules.appeal(member=bob.member, action_id=action.pk, text="The known answers are wrong.")
        assert '<data value="1">1<span class="vh"> to do</span></data>' in opens(alice, "/p/everyday/annotators")
        html = opens(alice, HERE)
        assert "1 thing waits for you." in html
        assert f"Answer of {bob.member.pseudonym} to: probation" in html


class TestAnAction:
    def test_is_undone_with_one_press(self, action: RuleAction, alice: Person, bob: Person) -> None:
        answer = alice.client.post(f"{HERE}/{action.pk}/decide", {"do": "undo"})
        assert answer.status_code == 303
        bob.member.refresh_from_db()
        assert not bob.member.probation
        again = alice.client.post(f"{HERE}/{action.pk}/decide", {"do": "undo"}, follow=True)
        assert "Somebody else did something about it since." in body(again)
        assert AuditEvent.objects.filter(action="rules.undo").count() == 1

    def test_that_is_held_is_confirmed_or_refused(
        self, project: Project, alice: Person, bob: Person, carol: Person
    ) -> None:
        first = acted_on(bob.member, state=ActionState.HELD)
        second = acted_on(carol.member, state=ActionState.HELD)
        html = opens(alice, HERE)
        assert "2 things wait for you." in html
        assert "Held, because so many people at once were concerned" in html
        alice.client.post(f"{HERE}/{first.pk}/decide", {"do": "confirm"})
        alice.client.post(f"{HERE}/{second.pk}/decide", {"do": "dismiss"})
        assert [Member.objects.get(pk=one.member.pk).probation for one in (bob, carol)] == [True, False]

    def test_of_another_project_is_not_there(self, action: RuleAction, mallory: Person, alice: Person) -> None:
        assert alice.client.get(f"{HERE}/{action.pk + 1}").status_code == 404
        assert alice.client.post(f"{HERE}/{action.pk + 1}/decide", {"do": "undo"}).status_code == 404

    def test_is_on_the_page_of_the_annotator(self, action: RuleAction, alice: Person, bob: Person) -> None:
        html = opens(alice, f"/p/everyday/annotators/{bob.member.number}")
        assert "What rules did" in html
        assert "On probation now." in html
        assert "Undo" in html


class TestOnesOwnStanding:
    def test_tells_what_was_measured_and_how_to_answer(self, action: RuleAction, bob: Person) -> None:
        html = opens(bob, OWN)
        assert "You are on probation." in html
        assert (
            "Of 20 of your answers that could be checked, 40\xa0% were right (between 22 and 61 %, allowing for chance). "
            "The project asks for 70\xa0%." in html
        )
        assert "Your answer" in html
        assert "gold" not in html.split("<main")[1].lower()

    def test_takes_an_answer_once_and_shows_the_managers(self, action: RuleAction, alice: Person, bob: Person) -> None:
        path = f"{OWN}/{action.pk}/appeal"
        assert bob.client.post(path, {"text": "The <answers> are wrong."}).status_code == 303
        bob.client.post(path, {"text": "Again."})
        assert Appeal.objects.get().text == "The <answers> are wrong."
        shown = opens(alice, f"{HERE}/{action.pk}")
        assert "The &lt;answers&gt; are wrong." in shown
        alice.client.post(f"{HERE}/{action.pk}/decide", {"do": "answer_and_undo", "text": "Right you are."})
        html = opens(bob, OWN)
        assert "Right you are." in html
        assert "A manager has taken this back." in html
        assert "You judge as before." in html
        bob.member.refresh_from_db()
        assert not bob.member.probation

    def test_is_nobody_elses(self, action: RuleAction, carol: Person, mallory: Person) -> None:
        assert "40" not in opens(carol, OWN).split("<main")[1]
        assert carol.client.post(f"{OWN}/{action.pk}/appeal", {"text": "Mine?"}).status_code == 303
        assert not Appeal.objects.exists()
        assert mallory.client.get(OWN).status_code == 404

    def test_does_not_show_what_waits_or_was_refused(self, project: Project, bob: Person) -> None:
        acted_on(bob.member, state=ActionState.HELD)
        acted_on(bob.member, state=ActionState.DISMISSED)
        assert "Nothing was measured that needs an answer." in opens(bob, OWN)

    def test_names_no_other_person(self, project: Project, bob: Person, carol: Person) -> None:
        copied = {"value": 14.0, "low": None, "high": None, "n": 60, "threshold": 0.001, "least": 20, "since": None}
        acted_on(bob.member, rule="fraud", evidence=copied | {"alternative": "copies"})
        html = opens(bob, OWN)
        assert "look as answers look that do not depend on the pair" in html
        assert "cop" not in html.split("<main")[1].split("</main>")[0].lower()

    def test_is_told_at_home_and_while_judging(self, action: RuleAction, bob: Person) -> None:
        assert f'href="{OWN}"' in body(bob.client.get("/"))
        assert f'href="{OWN}"' in body(bob.client.get("/p/everyday/judge"))

    def test_is_told_where_a_rule_has_paused_the_work(self, project: Project, alice: Person, bob: Person) -> None:
        Member.objects.filter(pk=bob.member.pk).update(state=MemberState.PAUSED.value)
        assert "A manager of the project paused it." in body(bob.client.get("/p/everyday/judge"))
        acted_on(bob.member, step="pause")
        ending = body(bob.client.get("/p/everyday/judge"))
        assert "A rule of the project paused it" in ending
        assert f'href="{OWN}"' in ending
        assert "A rule of the project has paused your work." in body(bob.client.get("/"))
        assert "Your work on this project is paused." in opens(bob, OWN)
