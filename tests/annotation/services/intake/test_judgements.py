"""Judgements that come with a pair: their slots, members, revisions and what is known of them already."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    Member,
    Project,
    Slot,
)
from annotation.services import handout, judging, projects
from annotation.services.members import membership
from annotation.vocabulary import MemberState, ProjectState, Verdict
from reward.services import exports
from tests.annotation.formats.lines import judgement, pair
from tests.annotation.services.importing import codes, import_lines, warned, with_account

pytestmark = pytest.mark.usefixtures("sound_afterwards")


class TestJudgementsThatCome:
    def test_fill_as_many_closed_slots_as_there_are(self, project: Project) -> None:
        given = [judgement(annotator=name, verdict=verdict) for name, verdict in (("ann", "a"), ("ben", "tie"))]
        report = import_lines(project, pair(judgements=given))

        assert report["judgements"] == 2
        assert [slot.open for slot in Slot.objects.all()] == [False, False]
        assert Assignment.objects.filter(slot__isnull=False, state="submitted", kind="ordinary").count() == 2
        assert {a.assignment.member.name: a.verdict for a in Annotation.objects.all()} == {
            "ann": Verdict.FIRST,
            "ben": Verdict.TIE,
        }
        assert not Annotation.objects.filter(surplus=True).exists()

    def test_may_be_of_clocks_up_to_an_hour_ahead_and_no_more(self, project: Project) -> None:
        def at(minutes: int) -> str:
            return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

        late = at(62)
        report = import_lines(
            project,
            pair(id="p1", prompt="One?", judgements=[judgement(at=at(-5)), judgement(annotator="ann", at=at(58))]),
            pair(id="p2", prompt="Two?", judgements=[judgement(at=at(-5)), judgement(annotator="ann", at=late)]),
            pair(id="p3", prompt="Three?", judgements=[judgement(at="2400-01-01T00:00:00Z")]),
        )

        assert (report["accepted"], report["quarantined"]) == (1, 2)
        assert [(error["line"], error["code"], error["path"]) for error in report["errors"]] == [
            (2, "bad_value", "$.judgements[1].at"),
            (3, "bad_value", "$.judgements[0].at"),
        ]
        assert report["errors"][0]["arguments"]["reason"] == "in_future"
        assert Annotation.objects.count() == 2

    def test_make_members_of_their_annotators(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="zoe"), judgement(annotator="ann")]))

        assert [(m.name, m.number, m.user_id, m.role) for m in Member.objects.order_by("number")] == [
            ("ann", 1, None, "annotator"),
            ("zoe", 2, None, "annotator"),
        ]

    def test_keep_the_side_that_was_shown_where_it_is_known(self, project: Project) -> None:
        given = [judgement(annotator="ann", shown_first="b"), judgement(annotator="ben")]
        given += [judgement(annotator="cat", shown_first="b"), judgement(annotator="dan", shown_first="a")]
        import_lines(project, pair(judgements=given))

        shown = {a.member.name: (a.first_on_left, a.slot and a.slot.first_on_left) for a in Assignment.objects.all()}
        assert shown["ann"] == shown["cat"] == (False, False)
        assert shown["dan"] == (True, True)
        assert shown["ben"][0] is None

    def test_keep_what_comes_with_the_verdict(self, project: Project) -> None:
        at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
        more = {"strength": 2, "confidence": 0.75, "reason": "Short.", "seconds": 12.5, "at": at.isoformat()}
        import_lines(project, pair(judgements=[judgement(annotator="ann", verdict="b", **more)]))

        for stored in (Annotation.objects.get(), AnnotationRevision.objects.get()):
            given = (stored.verdict, stored.strength, stored.confidence, stored.reason, stored.seconds, stored.at)
            assert given == (Verdict.SECOND, 2, 0.75, "Short.", 12.5, at)

    def test_of_one_annotator_are_revisions_by_time(self, project: Project) -> None:
        given = [
            judgement(annotator="ann", verdict="b", at="2026-03-02T00:00:00Z"),
            judgement(annotator="ann", verdict="a", at="2026-03-01T00:00:00Z"),
        ]
        report = import_lines(project, pair(judgements=given))

        assert (report["judgements"], Slot.objects.count()) == (1, 1)
        revisions = AnnotationRevision.objects.order_by("n")
        assert [(r.n, r.kind, r.verdict) for r in revisions] == [(1, "submit", 0), (2, "edit", 1)]
        stored = Annotation.objects.get()
        assert (stored.verdict, stored.at, stored.first_at) == (1, revisions[1].at, revisions[0].at)

    def test_of_one_annotator_stand_as_in_the_file_where_a_time_is_missing(self, project: Project) -> None:
        given = [
            judgement(annotator="ann", verdict="b", at="2026-03-02T00:00:00Z"),
            judgement(annotator="ann", verdict="a"),
        ]
        import_lines(project, pair(judgements=given))

        assert list(AnnotationRevision.objects.order_by("n").values_list("verdict", flat=True)) == [1, 0]

    def test_of_one_annotator_are_counted_as_revised(self, project: Project) -> None:
        twice = [judgement(annotator="ann", verdict="b"), judgement(annotator="ben"), judgement(annotator="ann")]
        once = [judgement(annotator="ann"), judgement(annotator="ben")]
        lines = [pair(judgements=twice), pair(id="p2", prompt="Why not?", judgements=once)]
        report = import_lines(project, *lines, pair(id="p3", prompt="Gold?", gold="a", judgements=twice))

        assert (report["accepted"], report["judgements"]) == (3, 6)
        assert warned(report) == {"judgement_revised": 2}
        assert [
            (r.n, r.kind, r.verdict)
            for r in AnnotationRevision.objects.filter(member__name="ann").order_by("annotation__id", "n")
        ] == [(1, "submit", 1), (2, "edit", 0), (1, "submit", 0), (1, "submit", 1), (2, "edit", 0)]

    def test_that_are_the_same_twice_are_two_revisions(self, project: Project) -> None:
        report = import_lines(project, pair(judgements=[judgement(annotator="ann"), judgement(annotator="ann")]))

        assert (report["judgements"], warned(report)) == (1, {"judgement_revised": 1})
        assert list(AnnotationRevision.objects.order_by("n").values_list("kind", "verdict")) == [
            ("submit", 0),
            ("edit", 0),
        ]

    def test_fill_open_slots_of_a_pair_that_waits(self, project: Project) -> None:
        import_lines(project, pair())
        import_lines(project, pair(judgements=[judgement(annotator="ann", shown_first="a")]))

        assert sorted(slot.open for slot in Slot.objects.all()) == [False, True, True]
        taken = Assignment.objects.get()
        assert taken.slot is not None
        assert (taken.slot.open, taken.slot.first_on_left) == (False, True)

    def test_beyond_the_open_slots_have_slots_of_their_own(self, project: Project) -> None:
        import_lines(project, pair())
        import_lines(project, pair(judgements=[judgement(annotator=name) for name in "abcde"]))

        assert [slot.open for slot in Slot.objects.all()] == [False] * 5
        assert Assignment.objects.values("slot").distinct().count() == 5

    def test_of_more_annotators_later_have_slots_of_their_own(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="ann")]))
        report = import_lines(
            project, pair(judgements=[judgement(annotator="ann"), judgement(annotator="ben", verdict="b")])
        )

        assert (report["accepted"], report["pairs"], report["judgements"]) == (1, 0, 1)
        assert [slot.open for slot in Slot.objects.all()] == [False, False]

    def test_may_come_on_two_lines_of_one_file(self, project: Project) -> None:
        lines = [pair(), pair(judgements=[judgement(annotator="ann")]), pair(judgements=[judgement(annotator="ben")])]
        report = import_lines(project, *lines)

        assert (report["accepted"], report["pairs"], report["judgements"]) == (3, 1, 2)
        assert sorted(slot.open for slot in Slot.objects.all()) == [False, False, True]

    def test_leave_the_rest_of_the_queue_to_others(self, project: Project) -> None:
        import_lines(project, pair())
        projects.move(project=project, to=ProjectState.OPEN, by=None)
        bob = with_account(project, "bob")
        held = handout.lease_next(member=bob)
        import_lines(project, pair(judgements=[judgement(annotator=name) for name in ("ann", "ben", "cat")]))

        assert Slot.objects.filter(open=True).count() == 0
        assert Slot.objects.count() == 4
        assert Assignment.objects.get(pk=held.assignment).state == "leased"


class TestAnAnnotatorWhoJudgedTwiceOfAKnownPair:
    twice = (judgement(annotator="ann", verdict="a"), judgement(annotator="ann", verdict="b"))

    def again(self, project: Project, *verdicts: str) -> dict[str, Any]:
        return import_lines(project, pair(judgements=[judgement(annotator="ann", verdict=one) for one in verdicts]))

    def test_is_unchanged_where_both_verdicts_are_stored(self, project: Project) -> None:
        import_lines(project, pair(judgements=[*self.twice]))

        for verdicts, warnings in {("a", "b"): {"judgement_revised": 1}, ("b",): {}}.items():
            report = self.again(project, *verdicts)
            assert (report["unchanged"], warned(report)) == (1, warnings)
        assert AnnotationRevision.objects.count() == 2

    @pytest.mark.parametrize("verdicts", [("tie", "b"), ("a", "a", "b"), ("b", "b")])
    def test_is_warned_of_an_earlier_verdict_that_is_not_stored(
        self, project: Project, verdicts: tuple[str, ...]
    ) -> None:
        import_lines(project, pair(judgements=[*self.twice]))

        report = self.again(project, *verdicts)

        assert (report["unchanged"], warned(report)) == (1, {"judgement_differs": 1, "judgement_revised": 1})
        assert AnnotationRevision.objects.count() == 2

    def test_is_warned_within_the_file(self, project: Project) -> None:
        once, twice = pair(judgements=[*self.twice[1:]]), pair(judgements=[*self.twice])

        assert warned(import_lines(project, once, twice)) == {"judgement_differs": 1, "judgement_revised": 1}
        other = projects.create(slug="other", name="Other", by=None)
        assert warned(import_lines(other, twice, once, twice)) == {"judgement_revised": 2}

    @pytest.mark.parametrize("verdicts", [("a",), ("b", "a"), ("a", "b", "tie")])
    def test_is_refused_with_another_last_verdict(self, project: Project, verdicts: tuple[str, ...]) -> None:
        import_lines(project, pair(judgements=[*self.twice]))

        report = self.again(project, *verdicts)

        assert codes(report) == [(1, "judgement_conflict")]
        assert report["errors"][0]["arguments"]["verdict"] == "b"
        assert (warned(report), AnnotationRevision.objects.count()) == ({}, 2)

    def test_is_compared_with_what_they_judged_here(self, project: Project) -> None:
        import_lines(project, pair())
        projects.move(project=project, to=ProjectState.OPEN, by=None)
        bob = with_account(project, "bob")
        for shown in ("tie", "both_bad"):
            offer = handout.lease_next(member=bob)
            answer = judging.Judgement(shown)
            judging.submit(member=bob, assignment_uuid=offer.uuid, submit_key=uuid.uuid4(), judgement=answer)
            if shown == "tie":
                judging.undo(member=bob, submit_key=uuid.uuid4())

        given = [judgement(annotator="bob", verdict=verdict) for verdict in ("tie", "both_bad")]
        assert warned(import_lines(project, pair(judgements=given))) == {"judgement_revised": 1}
        assert warned(import_lines(project, pair(judgements=given[:1] + given))) == {
            "judgement_differs": 1,
            "judgement_revised": 1,
        }

    def test_of_an_array_comes_with_its_pair_again(self, project: Project) -> None:
        element = {"idx": 1, "cmp_key": "alpha_beta", "instruction": "Why?", "input": "", "motivation_app": "Gmail"}
        element |= {"response1": "x", "response2": "y"} | {f"annotator{n}": 1 for n in (1, 2, 3)}
        array = json.dumps([element, element | {"annotator2": 2}, element]).encode()

        report = import_lines(project, array, format="pandalm")

        assert (report["accepted"], report["unchanged"], codes(report)) == (1, 1, [(2, "judgement_conflict")])

    def test_is_exported_as_they_judged_last(self, project: Project) -> None:
        import_lines(project, pair(judgements=[*self.twice]))
        written = b"".join(exports.open_export(project=project, format="raw").lines())

        report = import_lines(project, written.rstrip())

        assert [one["verdict"] for one in json.loads(written)["judgements"]] == ["b"]
        assert (report["unchanged"], warned(report)) == (1, {})


class TestAKnownVerdict:
    def test_keeps_its_first_details_with_a_warning(self, project: Project) -> None:
        told = judgement(strength=2, confidence=0.1 + 0.6, reason="So.", seconds=0.3)
        import_lines(project, pair(judgements=[told]))

        for other in ({"strength": 3}, {"confidence": 1}, {"reason": "No."}, {"seconds": 4}):
            report = import_lines(project, pair(judgements=[told | other]))
            assert (report["unchanged"], warned(report)) == (1, {"judgement_differs": 1})
        for same in (told, judgement(), told | {"at": "2026-01-01T00:00:00Z"}):
            assert warned(import_lines(project, pair(judgements=[same]))) == {}
        assert Annotation.objects.values_list("strength", "confidence", "reason", "seconds").get() == (
            *(2, 0.1 + 0.6, "So.", 0.3),
        )

    def test_is_known_within_the_file(self, project: Project) -> None:
        lines = [pair(judgements=[judgement(reason=reason)]) for reason in ("So.", "So.", "No.", "")]

        assert warned(import_lines(project, *lines)) == {"judgement_differs": 1}


class TestASuspendedPerson:
    def test_keeps_their_judgements(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="ann")]))
        member = Member.objects.get(name="ann")
        membership.set_state(member=member, state=MemberState.SUSPENDED, by=None)

        report = import_lines(project, pair(id="p2", prompt="Else.", judgements=[judgement(annotator="ann")]))

        assert report["judgements"] == 1
        assert Member.objects.get(name="ann").state == "suspended"
