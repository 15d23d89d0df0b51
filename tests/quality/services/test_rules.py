"""Rules: probation, pause and the way back, each on judgements of its own."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from annotation.models import Annotation, AuditEvent, Member, Project, User
from annotation.selectors import waiting
from annotation.services.handout import gold
from annotation.services.members import membership
from annotation.vocabulary import MemberState
from quality.models import ActionState, Appeal, RuleAction
from quality.selectors import rules as selectors
from quality.selectors.rules import NEVER_SET, Settings
from quality.services import live, rules
from quality.stats.rules import Limit, Rule, Step
from tests.cast import Person
from tests.computed import computed, imported
from tests.factories import UserFactory

PEOPLE = ("amber", "birch", "cedar", "dune")
ON_GOLD = {rule: Limit(rule is Rule.GOLD, limit.threshold, limit.least) for rule, limit in NEVER_SET.limits.items()}


def lines(
    first: int, last: int, *, wrong: tuple[str, ...] = ("dune",), at: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """Gold pairs: those in ``wrong`` always answer with the other side, everybody else is right."""
    at = at or dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return [
        {
            "id": f"pair-{i}",
            "prompt": f"Question {i}?",
            "response_a": {"model": "m0", "text": f"One {i}"},
            "response_b": {"model": "m1", "text": f"Two {i}"},
            "gold": "a",
            "judgements": [
                {"annotator": name, "verdict": "b" if name in wrong else "a", "at": at.isoformat()} for name in PEOPLE
            ],
        }
        for i in range(first, last)
    ]


def give_accounts(project: Project) -> None:
    for member in project.members.filter(user__isnull=True):
        Member.objects.filter(pk=member.pk).update(user=UserFactory(name=member.name))


def on(project: Project, by: User | None = None, **more: Any) -> None:
    settings = Settings(**{"version": 0, "on": True, "share": 0.5, "limits": ON_GOLD} | more)
    rules.change(
        project=project, settings=settings, read=selectors.settings_of(selectors.stored(project)).version, by=by
    )


def who(name: str) -> Member:
    return Member.objects.get(name=name)


def later(project: Project, first: int, last: int, **more: Any) -> None:
    """Further gold, judged a moment after everything that was decided."""
    imported(project, *lines(first, last, at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1), **more))
    Annotation.objects.filter(at__gt=dt.datetime.now(dt.UTC)).update(at=dt.datetime.now(dt.UTC))
    computed(project, rated=False)


@pytest.fixture
def judged(project: Project, alice: Person) -> Project:
    """Four people with accounts and a run; Dune found none of 25 known answers."""
    imported(project, *lines(0, 25))
    give_accounts(project)
    computed(project, rated=False)
    return project


class TestRules:
    def test_are_off_until_somebody_turns_them_on(self, judged: Project) -> None:
        assert rules.apply(project=judged) == []
        assert selectors.settings_of(selectors.stored(judged)) == NEVER_SET
        assert not NEVER_SET.on

    def test_would_do_what_the_preview_says(self, judged: Project) -> None:
        found = selectors.proposals(judged, Settings(0, False, 0.5, ON_GOLD), now=dt.datetime.now(dt.UTC))
        (one,) = found.steps
        assert (one.known.member.name, one.decision.step, one.decision.figure.n) == ("dune", Step.PROBATION, 25)
        assert not RuleAction.objects.exists()

    def test_put_on_probation_whom_the_evidence_surely_shows(self, judged: Project, alice: Person) -> None:
        on(judged, alice.user)
        (action,) = rules.apply(project=judged)
        dune = who("dune")
        assert (dune.state, dune.probation) == (MemberState.ACTIVE, True)
        assert action.evidence["n"] == 25
        assert action.evidence["value"] == 0
        assert action.evidence["high"] == pytest.approx(0.1332, abs=1e-4)  # Wilson's upper limit of 0 of 25
        assert action.evidence["threshold"] == 0.7
        assert not who("amber").probation
        event = AuditEvent.objects.get(action="rules.probation")
        assert event.subject == dune.pseudonym
        assert event.detail["n"] == 25
        assert event.detail["rules"] == 1
        assert event.detail["run"] == action.run_id

    def test_act_after_a_run(self, judged: Project) -> None:
        on(judged)
        computed(judged, rated=False)
        assert who("dune").probation

    def test_do_nothing_more_on_the_same_judgements(self, judged: Project) -> None:
        on(judged)
        rules.apply(project=judged)
        assert rules.apply(project=judged) == []
        computed(judged, rated=False)
        assert RuleAction.objects.count() == 1

    def test_pause_on_further_evidence_alone(self, judged: Project) -> None:
        on(judged)
        rules.apply(project=judged)
        later(judged, 100, 119)
        assert who("dune").state == MemberState.ACTIVE
        later(judged, 119, 120)
        dune = who("dune")
        assert (dune.state, dune.probation) == (MemberState.PAUSED, True)
        pause = RuleAction.objects.latest("pk")
        assert (pause.step, pause.evidence["n"]) == ("pause", 20)

    def test_end_a_probation_that_was_worked_off(self, judged: Project) -> None:
        on(judged)
        rules.apply(project=judged)
        later(judged, 100, 120, wrong=())
        assert not who("dune").probation
        assert RuleAction.objects.latest("pk").ground == "above"

    def test_leave_those_who_run_the_project_alone(self, judged: Project) -> None:
        Member.objects.filter(name="dune").update(role="reviewer")
        on(judged)
        assert rules.apply(project=judged) == []

    def test_ask_a_manager_where_gold_seems_wrong_for_many(self, project: Project, alice: Person) -> None:
        imported(project, *lines(0, 25, wrong=("amber", "birch", "cedar")))
        give_accounts(project)
        computed(project, rated=False)
        on(project, alice.user)
        held = rules.apply(project=project)
        assert {action.state for action in held} == {ActionState.HELD}
        assert len(held) == 3
        assert not Member.objects.filter(probation=True).exists()
        assert rules.apply(project=project) == []
        rules.dismiss(project=project, action_id=held[0].pk, by=alice.user)
        rules.confirm(project=project, action_id=held[1].pk, by=alice.user)
        assert not Member.objects.get(pk=held[0].member_id).probation
        assert Member.objects.get(pk=held[1].member_id).probation
        assert rules.apply(project=project) == []
        with pytest.raises(rules.Overtaken):
            rules.confirm(project=project, action_id=held[0].pk, by=alice.user)


class TestALiveRound:
    def test_lets_the_rule_of_gold_act_at_once(self, judged: Project) -> None:
        on(judged)
        rules.apply(project=judged)
        imported(judged, *lines(100, 120, at=dt.datetime.now(dt.UTC)))
        assert who("dune").state == MemberState.ACTIVE
        live.take_in(judged)
        assert who("dune").state == MemberState.PAUSED


class TestUndoing:
    def test_restores_the_state_and_waits_for_new_evidence(self, judged: Project, alice: Person) -> None:
        on(judged, alice.user)
        (action,) = rules.apply(project=judged)
        rules.undo(project=judged, action_id=action.pk, by=alice.user)
        assert not who("dune").probation
        computed(judged, rated=False)
        assert rules.apply(project=judged) == []
        assert AuditEvent.objects.filter(action="rules.undo", actor=alice.user).count() == 1
        later(judged, 100, 120)
        assert who("dune").probation

    def test_of_a_pause_leads_back_to_probation(self, judged: Project, alice: Person) -> None:
        on(judged, alice.user)
        (first,) = rules.apply(project=judged)
        later(judged, 100, 120)
        pause = RuleAction.objects.latest("pk")
        with pytest.raises(rules.Overtaken):
            rules.undo(project=judged, action_id=first.pk, by=alice.user)
        rules.undo(project=judged, action_id=pause.pk, by=alice.user)
        dune = who("dune")
        assert (dune.state, dune.probation) == (MemberState.ACTIVE, True)
        with pytest.raises(rules.Overtaken):
            rules.undo(project=judged, action_id=pause.pk, by=alice.user)

    def test_leaves_a_suspension_of_a_manager(self, judged: Project, alice: Person) -> None:
        on(judged, alice.user)
        rules.apply(project=judged)
        later(judged, 100, 120)
        membership.set_state(member=who("dune"), state=MemberState.SUSPENDED, by=alice.user)
        rules.undo(project=judged, action_id=RuleAction.objects.latest("pk").pk, by=alice.user)
        assert who("dune").state == MemberState.SUSPENDED


class TestAnAppeal:
    def test_is_made_once_and_answered(self, judged: Project, alice: Person) -> None:
        on(judged, alice.user)
        (action,) = rules.apply(project=judged)
        dune = who("dune")
        rules.appeal(member=dune, action_id=action.pk, text=" The known answers are wrong. ")
        with pytest.raises(rules.AppealedBefore):
            rules.appeal(member=dune, action_id=action.pk, text="Again.")
        assert waiting.counts(judged)["rules"] == 1
        rules.answer(project=judged, action_id=action.pk, text="You are right.", undoing=True, by=alice.user)
        appeal = Appeal.objects.get()
        assert (appeal.text, appeal.answer, appeal.answered_by) == (
            "The known answers are wrong.",
            "You are right.",
            alice.user,
        )
        assert not who("dune").probation
        with pytest.raises(rules.Overtaken):
            rules.answer(project=judged, action_id=action.pk, text="Again.", undoing=False, by=alice.user)

    def test_is_for_the_person_alone(self, judged: Project) -> None:
        on(judged)
        (action,) = rules.apply(project=judged)
        with pytest.raises(rules.NotYours):
            rules.appeal(member=who("amber"), action_id=action.pk, text="Not mine.")
        with pytest.raises(rules.Empty):
            rules.appeal(member=who("dune"), action_id=action.pk, text=" ")
        with pytest.raises(rules.Empty):
            rules.appeal(member=who("dune"), action_id=action.pk, text="x" * 20_001)


class TestSettings:
    def test_are_versions_and_audited(self, project: Project, alice: Person) -> None:
        on(project, alice.user)
        on(project, alice.user)
        assert selectors.settings_of(selectors.stored(project)).version == 1
        on(project, alice.user, share=0.2)
        assert selectors.settings_of(selectors.stored(project)).version == 2
        assert AuditEvent.objects.filter(action="rules.change").count() == 2

    def test_of_an_older_page_are_refused(self, project: Project, alice: Person) -> None:
        on(project)
        with pytest.raises(rules.Overtaken):
            rules.change(project=project, settings=NEVER_SET, read=0, by=alice.user)

    @pytest.mark.parametrize("limit", [Limit(True, 1.1, 20), Limit(True, 0.7, 9)])
    def test_that_are_not_possible_are_refused(self, project: Project, limit: Limit) -> None:
        with pytest.raises(rules.OutOfRange):
            on(project, limits={**ON_GOLD, Rule.GOLD: limit})


class TestProbation:
    def test_doubles_the_share_of_gold(self, project: Project, bob: Person) -> None:
        project.gold_rate = 0.1
        bob.member.project = project
        draws = random.Random(3)
        usual = sum(gold.drawn(bob.member, draws) for _ in range(20_000))
        bob.member.probation = True
        more = sum(gold.drawn(bob.member, draws) for _ in range(20_000))
        assert usual / 20_000 == pytest.approx(1 / 9, abs=0.01)
        assert more / 20_000 == pytest.approx(1 / 4, abs=0.01)
