"""Adjudications: decided by somebody who did not judge, kept apart, never overwritten."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from annotation.models import Adjudication, Annotation, AuditEvent, Pair, Project, User
from annotation.selectors import adjudications
from annotation.selectors.judgements import judgements
from annotation.services import adjudication, handout, judging
from annotation.services.adjudication import Decided
from annotation.vocabulary import Role, Verdict
from tests.cast import Person, person
from tests.computed import imported


def line(number: int, *words: str, **more: object) -> dict[str, object]:
    return {
        "id": f"pair-{number}",
        "prompt": f"Question {number}?",
        "response_a": {"model": "m", "text": f"Yes {number}"},
        "response_b": {"model": "n", "text": f"No {number}"},
        "judgements": [{"annotator": f"annotator {i}", "verdict": word} for i, word in enumerate(words)],
        **more,
    }


@pytest.fixture
def pair(project: Project, alice: Person) -> Pair:
    imported(project, line(1, "a", "b", "tie"))
    return Pair.objects.get(external_id="pair-1")


def decide(project: Project, pair: Pair, by: User, verdict: Verdict = Verdict.FIRST, **more: object) -> Decided:
    given = {"reason": "", "read": 0, "submit_key": uuid.uuid4(), "first_on_left": True} | more
    return adjudication.adjudicate(project=project, pair_id=pair.pk, by=by, verdict=verdict, **given)  # type: ignore[arg-type]


def take_back(project: Project, pair: Pair, by: User, *, read: int) -> Decided:
    return adjudication.withdraw(project=project, pair_id=pair.pk, by=by, read=read, submit_key=uuid.uuid4())


class TestADecision:
    def test_is_in_force_and_no_annotation(self, project: Project, pair: Pair, alice: Person) -> None:
        before = Annotation.objects.count(), len(judgements(project))

        decide(project, pair, alice.user, Verdict.SECOND, reason="Only the second one is true.")

        assert adjudications.in_force(project) == {pair.pk: Verdict.SECOND}
        assert (Annotation.objects.count(), len(judgements(project))) == before

    def test_is_followed_by_a_revision_and_stays(self, project: Project, pair: Pair, alice: Person) -> None:
        decide(project, pair, alice.user, Verdict.FIRST)
        decide(project, pair, alice.user, Verdict.TIE, read=1, reason="Alike after all.")

        assert adjudications.in_force(project) == {pair.pk: Verdict.TIE}
        assert [(one.n, one.verdict) for one in adjudications.history(project, pair.pk)] == [
            (2, Verdict.TIE),
            (1, Verdict.FIRST),
        ]
        assert [one.kind for one in Adjudication.objects.order_by("n")] == ["submit", "edit"]

    def test_can_be_taken_back_and_made_again(self, project: Project, pair: Pair, alice: Person) -> None:
        decide(project, pair, alice.user)
        take_back(project, pair, alice.user, read=1)
        assert adjudications.in_force(project) == {}
        decide(project, pair, alice.user, Verdict.BOTH_BAD, read=2)

        assert adjudications.in_force(project) == {pair.pk: Verdict.BOTH_BAD}
        assert [one.kind for one in Adjudication.objects.order_by("n")] == ["submit", "withdraw", "submit"]

    def test_is_taken_back_once(self, project: Project, pair: Pair, alice: Person) -> None:
        decide(project, pair, alice.user)
        take_back(project, pair, alice.user, read=1)
        with pytest.raises(adjudication.NothingToWithdraw):
            take_back(project, pair, alice.user, read=2)

    def test_cannot_be_changed_or_deleted(self, project: Project, pair: Pair, alice: Person) -> None:
        decide(project, pair, alice.user)
        for change in (lambda rows: rows.update(verdict=1), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change(Adjudication.objects.all())

    def test_is_stored_once_for_a_key(self, project: Project, pair: Pair, alice: Person) -> None:
        key = uuid.uuid4()
        first = decide(project, pair, alice.user, submit_key=key)
        assert decide(project, pair, alice.user, submit_key=key) == first
        assert Adjudication.objects.count() == 1
        with pytest.raises(adjudication.KeyReused):
            decide(project, pair, alice.user, Verdict.TIE, submit_key=key)

    def test_is_in_the_audit_log(self, project: Project, pair: Pair, alice: Person) -> None:
        decide(project, pair, alice.user, Verdict.FIRST)
        take_back(project, pair, alice.user, read=1)
        events = AuditEvent.objects.filter(action__startswith="pair.adjudic").order_by("pk")
        assert [(one.action, one.subject, one.actor, one.detail) for one in events] == [
            ("pair.adjudicate", "pair-1", alice.user, {"revision": 1, "before": None, "verdict": "a"}),
            ("pair.adjudication_withdraw", "pair-1", alice.user, {"revision": 2, "before": "a", "verdict": None}),
        ]


class TestWhoMayDecide:
    def test_is_nobody_who_judged_the_pair_or_is_judging_it(self, project: Project, bob: Person) -> None:
        held = handout.lease_next(member=bob.member)
        pair = Pair.objects.get(assignments__uuid=held.uuid)
        with pytest.raises(adjudication.OwnWork):
            decide(project, pair, bob.user)
        judging.submit(
            member=bob.member, assignment_uuid=held.uuid, submit_key=uuid.uuid4(), judgement=judging.Judgement("a")
        )
        with pytest.raises(adjudication.OwnWork):
            decide(project, pair, bob.user)

    def test_is_nobody_where_nobody_judged(self, project: Project, pair: Pair, alice: Person) -> None:
        unjudged = Pair.objects.exclude(pk=pair.pk)[0]
        with pytest.raises(adjudication.NotJudged):
            decide(project, unjudged, alice.user)

    def test_is_nobody_where_the_verdict_is_known(self, project: Project, alice: Person) -> None:
        imported(project, line(2, "a", "b", gold="a"))
        with pytest.raises(adjudication.KnownVerdict):
            decide(project, Pair.objects.get(external_id="pair-2"), alice.user)

    def test_is_nobody_in_another_project(self, project: Project, pair: Pair, alice: Person) -> None:
        other = Project.objects.create(slug="other", name="Other")
        with pytest.raises(adjudication.UnknownPair):
            decide(other, pair, alice.user)


class TestTwoAtOnce:
    def test_the_second_is_told(self, project: Project, pair: Pair, alice: Person) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        decide(project, pair, alice.user, Verdict.FIRST)
        with pytest.raises(adjudication.Overtaken) as told:
            decide(project, pair, rita.user, Verdict.SECOND)
        assert told.value.latest == 1
        assert adjudications.in_force(project) == {pair.pk: Verdict.FIRST}

    @pytest.mark.django_db(transaction=True)
    def test_on_two_connections_one_is_stored(self, project: Project, pair: Pair, alice: Person) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        start, told = threading.Barrier(2), []

        def one(user: User, verdict: Verdict) -> None:
            start.wait(10)
            try:
                decide(project, pair, user, verdict)
            except adjudication.Overtaken:
                told.append(user)
            finally:
                connection.close()

        both = [
            threading.Thread(target=one, args=given)
            for given in ((alice.user, Verdict.FIRST), (rita.user, Verdict.SECOND))
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(20)
        assert len(told) == 1
        assert Adjudication.objects.count() == 1
