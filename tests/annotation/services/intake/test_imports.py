from __future__ import annotations

import hashlib
import io
import json
import random
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.formats import native
from annotation.formats.records import BlankLine, Problem
from annotation.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    Import,
    ImportLine,
    Member,
    Pair,
    Project,
    Prompt,
    PromptSet,
    Response,
    Slot,
    User,
)
from annotation.pages.jobs import message
from annotation.selectors import imports as selectors
from annotation.services import handout, jobs, judging, projects
from annotation.services.intake import imports
from annotation.services.intake.uploads import TooLarge
from annotation.services.members import membership
from annotation.vocabulary import MemberState, ProjectState, Role, Verdict
from reward.services import exports
from tests.annotation.formats.lines import judgement, pair, prompt
from tests.annotation.services.importing import codes, done, file_of, import_lines, send

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def answers(a: str = "Blue.", b: str = "Green.") -> dict[str, Any]:
    return {"response_a": {"model": "alpha", "text": a}, "response_b": {"model": "beta", "text": b}}


def with_account(project: Project, name: str) -> Member:
    """A member with an account, whose name in the project is ``name``."""
    user = User.objects.create(email=f"{name}@x.example", name=name)
    member = membership.add(project=project, user=user, role=Role.ANNOTATOR, by=None)
    Member.objects.filter(pk=member.pk).update(name=name)
    return Member.objects.select_related("project").get(pk=member.pk)


def counts() -> dict[str, int]:
    tables = (Prompt, PromptSet, Response, Pair, Slot, Member, Assignment, Annotation, AnnotationRevision)
    return {table.__name__: table.objects.count() for table in tables}


class TestANewPair:
    def test_is_stored_in_the_lines_own_order(self, project: Project) -> None:
        report = import_lines(project, pair())

        (made,) = Pair.objects.select_related("first", "second", "prompt")
        assert (report["accepted"], report["pairs"], report["judgements"]) == (1, 1, 0)
        assert (made.first.source_model, made.second.source_model) == ("alpha", "beta")
        assert made.first.content == "Rayleigh scattering."
        assert made.prompt.content == "Why is the sky blue?"
        assert made.first_id < made.second_id

    def test_wants_the_projects_number_of_judgements(self, project: Project) -> None:
        import_lines(project, pair())

        slots = list(Slot.objects.order_by("id"))
        assert [slot.open for slot in slots] == [True] * 3
        assert [slot.first_on_left for slot in slots] in ([True, False, True], [False, True, False])

    def test_has_its_own_place_in_the_queue_of_its_batch(self, project: Project) -> None:
        import_lines(project, *(pair(id=f"p{n}", prompt=f"Why {n}?") for n in range(20)))
        import_lines(project, *(pair(id=f"r{n}", prompt=f"Where {n}?") for n in range(20)))

        keys = {(slot.pair.batch, slot.pair_id, slot.key) for slot in Slot.objects.select_related("pair")}
        assert len(keys) == 40  # one key a pair
        assert len({key for _, _, key in keys}) == 40
        assert all(batch <= key < batch + 1 for batch, _, key in keys)
        assert {batch for batch, _, _ in keys} == {1, 2}

    def test_keeps_a_conversation_as_one(self, project: Project) -> None:
        talk = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
        import_lines(project, pair(prompt=talk), pair(id="p2", prompt="Why?"))

        assert sorted(str(p.content) for p in Prompt.objects.all()) == sorted([str(talk), "Why?"])

    def test_shares_prompts_and_responses_with_others(self, project: Project) -> None:
        import_lines(project, pair(), pair(id="p2", response_b={"model": "gamma", "text": "Magic."}))

        assert counts() | {"Slot": 0} == counts() | {"Prompt": 1, "Response": 3, "Pair": 2, "Slot": 0}

    def test_may_have_two_equal_responses(self, project: Project) -> None:
        same = {"model": "alpha", "text": "Blue."}
        report = import_lines(project, pair(response_a=same, response_b=same))

        assert report["accepted"] == 1
        assert [warned["code"] for warned in report["warnings"]] == ["identical_pair"]
        assert sorted(Response.objects.values_list("copy", flat=True)) == [0, 1]
        assert import_lines(project, pair(response_a=same, response_b=same))["unchanged"] == 1

    def test_is_linked_to_the_member_who_wrote_the_prompt(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="ann")]))
        import_lines(
            project, pair(id="p2", prompt="And now?", author="ann"), pair(id="p3", prompt="So?", author="nobody")
        )

        assert [p.author and p.author.name for p in Prompt.objects.order_by("id")] == [None, "ann", None]
        assert [p.author_name for p in Prompt.objects.order_by("id")] == ["", "ann", "nobody"]

    @pytest.mark.parametrize("author", ["Annotator 001", "Ann@x.example", "Ann"])
    @pytest.mark.parametrize("joins", ["before", "after"])
    def test_is_never_handed_to_the_account_that_wrote_its_prompt(
        self, project: Project, author: str, joins: str
    ) -> None:
        account = User.objects.create(email="ann@x.example", name="Ann")
        lines = [pair(author=author), pair(id="p2", prompt="And now?", author="somebody else")]
        if joins == "after":
            import_lines(project, *lines)
        member = membership.add(project=project, user=account, role=Role.ANNOTATOR, by=None)
        if joins == "before":
            import_lines(project, *lines)
        projects.move(project=project, to=ProjectState.OPEN, by=None)

        assert [p.author for p in Prompt.objects.order_by("id")] == [member, None]
        offer = handout.lease_next(member=Member.objects.select_related("project").get(pk=member.pk))
        assert Assignment.objects.get(pk=offer.assignment).pair.external_id == "p2"

    def test_of_namesakes_is_the_first_ones(self, project: Project) -> None:
        accounts = [User.objects.create(email=f"ann{n}@x.example", name="Ann") for n in range(2)]
        first, _ = (membership.add(project=project, user=one, role=Role.ANNOTATOR, by=None) for one in accounts)
        import_lines(project, pair(author="Ann"))

        assert Prompt.objects.get().author == first

    def test_with_gold_has_no_slots(self, project: Project) -> None:
        import_lines(project, pair(gold="b", judgements=[judgement(annotator="ann"), judgement(annotator="ben")]))

        assert Pair.objects.get().gold_verdict == Verdict.SECOND
        assert Slot.objects.count() == 0
        assert {(a.kind, a.state, a.slot_id) for a in Assignment.objects.all()} == {("gold", "submitted", None)}


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


class TestTheSameAgain:
    lines = (
        pair(judgements=[judgement(annotator="ann"), judgement(annotator="ben", verdict="tie")]),
        pair(id="p2", prompt="Why else?"),
        pair(id="p3", prompt="Gold?", gold="a", judgements=[judgement(annotator="ann")]),
        prompt(3, id="q1"),
    )

    def test_is_unchanged(self, project: Project) -> None:
        import_lines(project, *self.lines)
        before = counts()

        report = import_lines(project, *self.lines)

        assert (report["accepted"], report["unchanged"], report["quarantined"]) == (0, 4, 0)
        assert (report["pairs"], report["judgements"], report["prompts"]) == (0, 0, 0)
        assert counts() == before

    def test_is_unchanged_inside_one_file(self, project: Project) -> None:
        report = import_lines(project, *self.lines, *self.lines)

        assert (report["accepted"], report["unchanged"]) == (4, 4)

    def test_is_unchanged_where_only_language_tags_or_author_differ(self, project: Project) -> None:
        import_lines(project, pair())

        assert import_lines(project, pair(language="en", tags=["sky"], author="ann"))["unchanged"] == 1

    def test_is_stored_once_where_two_files_wait_whichever_comes_first(self, project: Project) -> None:
        first, second = send(project, *self.lines), send(project, *self.lines)

        later = done(second).result
        stored = counts()
        earlier = done(first).result

        assert later is not None
        assert earlier is not None
        assert (later["accepted"], later["pairs"], later["judgements"]) == (4, 3, 3)
        assert (earlier["accepted"], earlier["unchanged"], earlier["quarantined"]) == (0, 4, 0)
        assert counts() == stored

    def test_of_an_annotator_who_changed_a_verdict_is_unchanged(self, project: Project) -> None:
        twice = [judgement(annotator="ann", verdict="a"), judgement(annotator="ann", verdict="b")]
        import_lines(project, pair(judgements=twice))

        assert import_lines(project, pair(judgements=twice))["unchanged"] == 1
        assert import_lines(project, pair(judgements=twice[1:]))["unchanged"] == 1


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


class TestAContradiction:
    def test_of_an_id_is_quarantined(self, project: Project) -> None:
        import_lines(project, pair())
        report = import_lines(project, pair(prompt="Why is it dark?"))

        assert codes(report) == [(1, "id_conflict")]
        assert Prompt.objects.count() == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"gold": "a"},
            {"response_a": pair()["response_b"], "response_b": pair()["response_a"]},
            {"response_a": {"model": "gamma", "text": "Rayleigh scattering."}},
        ],
        ids=["gold", "order", "model"],
    )
    def test_of_an_id_is_found_in_everything_that_is_judged(self, project: Project, other: dict[str, Any]) -> None:
        import_lines(project, pair())

        assert codes(import_lines(project, pair(**other))) == [(1, "id_conflict")]

    def test_of_an_id_inside_one_file_is_quarantined(self, project: Project) -> None:
        report = import_lines(project, pair(), pair(prompt="Why is it dark?"), pair(id="p2", prompt="Other."))

        assert (report["accepted"], codes(report)) == (2, [(2, "id_conflict")])

    def test_between_a_pair_and_a_prompt_of_one_id_is_quarantined(self, project: Project) -> None:
        report = import_lines(project, pair(id="x"), prompt(id="x"), prompt(id="y"), pair(id="y", prompt="Else."))

        assert codes(report) == [(2, "id_conflict"), (4, "id_conflict")]
        assert codes(import_lines(project, prompt(id="x"), pair(id="y", prompt="Else."))) == [
            (1, "id_conflict"),
            (2, "id_conflict"),
        ]

    @pytest.mark.parametrize("turned", [False, True])
    @pytest.mark.parametrize("apart", [False, True])
    def test_of_two_ids_for_one_pair_is_quarantined(self, project: Project, turned: bool, apart: bool) -> None:
        line = pair()
        other = pair(id="p2")
        if turned:
            other |= {"response_a": line["response_b"], "response_b": line["response_a"]}
        report = (
            [import_lines(project, line), import_lines(project, other)][1]
            if apart
            else import_lines(project, line, other)
        )

        assert codes(report) == [(1 if apart else 2, "pair_exists")]
        assert Pair.objects.get().external_id == "p1"

    def test_of_a_prompt_lines_id_is_quarantined(self, project: Project) -> None:
        import_lines(project, prompt(2))

        assert codes(import_lines(project, prompt(3))) == [(1, "id_conflict")]
        assert Response.objects.count() == 2

    def test_of_a_verdict_quarantines_the_whole_line(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="ann", verdict="a")]))
        before = counts()

        line = pair(judgements=[judgement(annotator="ben"), judgement(annotator="ann", verdict="b")])
        report = import_lines(project, line)

        assert codes(report) == [(1, "judgement_conflict")]
        assert report["errors"][0]["arguments"]["annotator"] == '"ann"'
        assert counts() == before

    def test_of_a_verdict_inside_one_file_is_quarantined(self, project: Project) -> None:
        lines = [pair(judgements=[judgement(annotator="ann", verdict=verdict)]) for verdict in ("a", "tie", "a")]

        assert codes(import_lines(project, *lines)) == [(2, "judgement_conflict")]

    def test_of_what_somebody_is_just_judging_is_quarantined(self, project: Project) -> None:
        import_lines(project, pair())
        projects.move(project=project, to=ProjectState.OPEN, by=None)
        bob = with_account(project, "bob")
        handout.lease_next(member=bob)

        report = import_lines(project, pair(judgements=[judgement(annotator="bob")]))

        assert codes(report) == [(1, "judgement_conflict")]
        assert report["errors"][0]["arguments"]["reason"] == "leased"

    def test_of_what_somebody_took_back_is_quarantined(self, project: Project) -> None:
        import_lines(project, pair())
        projects.move(project=project, to=ProjectState.OPEN, by=None)
        bob = with_account(project, "bob")
        offer = handout.lease_next(member=bob)
        key = uuid.uuid4
        judging.submit(member=bob, assignment_uuid=offer.uuid, submit_key=key(), judgement=judging.Judgement("a"))
        judging.undo(member=bob, submit_key=key())
        handout.release(member=bob, assignment_uuid=offer.uuid)

        report = import_lines(project, pair(judgements=[judgement(annotator="bob")]))

        assert report["errors"][0]["arguments"]["reason"] == "withdrawn"

    def test_stores_no_member_and_nothing_else(self, project: Project) -> None:
        import_lines(project, pair())
        before = counts()

        import_lines(project, pair(prompt="New.", **answers("x", "y"), judgements=[judgement(annotator="zoe")]))

        assert counts() == before

    @pytest.mark.parametrize("format", ["native", "pandalm"])
    def test_is_kept_as_the_line_it_was(self, project: Project, format: str) -> None:
        spaced = json.dumps(pair(prompt="Käse?"), ensure_ascii=False, indent=None).replace(":", " :").encode()
        if format == "native":
            import_lines(project, pair(), b"", b"{", spaced)
            assert bytes(ImportLine.objects.get(code="id_conflict").raw) == spaced
            return
        element = {"idx": 1, "cmp_key": "alpha_beta", "instruction": "Why?", "input": "", "motivation_app": "Gmail"}
        element |= {"response1": "x", "response2": True} | {f"annotator{n}": 1 for n in (1, 2, 3)}
        array = json.dumps([element, element | {"instruction": "Who?"}]).encode()
        report = import_lines(project, array, format="pandalm")
        assert codes(report) == [(2, "id_conflict")]
        raw = bytes(ImportLine.objects.get().raw)
        (item,) = native.read(io.BytesIO(raw))
        line = item.record
        assert (line.prompt, line.second.content, len(line.judgements)) == ("Who?", "true", 3)


class TestPromptLines:
    def test_store_a_prompt_its_responses_and_no_pairs(self, project: Project) -> None:
        report = import_lines(project, prompt(4))

        assert (report["accepted"], report["prompts"], report["pairs"]) == (1, 1, 0)
        assert counts() == counts() | {"Prompt": 1, "PromptSet": 1, "Response": 4, "Pair": 0, "Slot": 0}
        assert list(Response.objects.order_by("id").values_list("source_model", flat=True)) == ["m0", "m1", "m2", "m3"]

    def test_keep_equal_responses_apart(self, project: Project) -> None:
        import_lines(project, {**prompt(), "responses": [{"model": "m", "text": "x"}] * 3})

        assert sorted(Response.objects.values_list("copy", flat=True)) == [0, 1, 2]


def warned(report: dict[str, Any]) -> dict[str, int]:
    return {warning["code"]: warning["lines"] for warning in report["warnings"]}


def numbered(*ids: str) -> list[dict[str, Any]]:
    """A pair for each id, every one of another prompt."""
    return [pair(id=one, prompt=f"Why {one}?") for one in ids]


class TestIdsThatReadAlike:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("q-7", "Q-7"),
            ("Q-7", "q-7"),
            ("Q-7a", "q-7A"),
            ("q-7", "q-7 "),
            (" q-7", "q-7"),
            ("caf\u00e9", "cafe\u0301"),
            ("cafe\u0301", "CAF\u00c9"),
            ("Stra\u00dfe", "STRASSE"),
        ],
    )
    def test_are_two_and_the_second_is_named(self, project: Project, first: str, second: str) -> None:
        one_file = import_lines(project, *numbered(first, second))

        assert (one_file["accepted"], warned(one_file)) == (2, {"similar_id": 1})
        assert set(Pair.objects.values_list("external_id", flat=True)) == {first, second}
        other = projects.create(slug="other", name="Other", by=None)
        assert warned(import_lines(other, *numbered(first))) == {}
        assert warned(import_lines(other, *numbered(second))) == {"similar_id": 1}

    def test_are_found_among_pairs_and_prompts_to_pair(self, project: Project) -> None:
        import_lines(project, *numbered("Q-7"), prompt(id="P-1"))

        assert warned(import_lines(project, prompt(id="q-7"), *numbered("p-1"))) == {"similar_id": 2}

    def test_are_none_where_it_is_the_same_id_or_another_project(self, project: Project) -> None:
        import_lines(project, *numbered("Q-7", "r"))
        other = projects.create(slug="other", name="Other", by=None)

        assert warned(import_lines(project, *numbered("Q-7", "Q-7", "r", "Q-8"))) == {}
        assert warned(import_lines(other, *numbered("q-7", "R"))) == {}

    def test_are_found_after_the_first_chunk(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(imports.chunks, "__kwdefaults__", {"most": 2, "most_bytes": 1 << 20})

        assert warned(import_lines(project, *numbered("A", "b", "c", "a", "B", "d"))) == {"similar_id": 2}

    def test_cost_no_query_where_all_ids_are_in_folded_form(self, project: Project) -> None:
        import_lines(project, *numbered("q-1"))
        run = send(project, *numbered("q-2"))
        with CaptureQueriesContext(connection) as seen:
            done(run)

        assert not [query for query in seen if "w.mark" in query["sql"]]


class TestAKnownPrompt:
    def test_keeps_its_first_description_with_a_warning(self, project: Project) -> None:
        import_lines(project, pair(language="en", tags=["physics"], author="ann"))
        report = import_lines(
            project,
            pair(id="p2", language="fr", **answers("x", "y")),
            pair(id="p3", tags=["sky"], **answers("x", "z")),
            pair(id="p4", author="ben", **answers("y", "z")),
            pair(tags=["sky"]),
            pair(id="p5", language="en", tags=["physics"], author="ann", **answers("v", "w")),
            pair(id="p6", **answers("t", "u")),
        )

        assert (report["accepted"], report["unchanged"], warned(report)) == (5, 1, {"prompt_differs": 4})
        assert Prompt.objects.values_list("language", "tags", "author_name").get() == ("en", ["physics"], "ann")

    def test_is_known_within_the_file(self, project: Project) -> None:
        report = import_lines(project, pair(tags=["physics"]), pair(id="p2", tags=["sky"], **answers()))

        assert warned(report) == {"prompt_differs": 1}


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


class TestTheReport:
    def test_counts_every_line_once(self, project: Project) -> None:
        report = import_lines(
            project, pair(), b"", pair(), b"{", pair(prompt="Else."), b"  ", pair(id="p2", **answers())
        )

        assert {key: report[key] for key in ("accepted", "unchanged", "quarantined", "blank")} == {
            "accepted": 2,
            "unchanged": 1,
            "quarantined": 2,
            "blank": 2,
        }
        assert codes(report) == [(4, "not_json"), (5, "id_conflict")]
        assert Import.objects.get().lines_done == 7

    def test_names_the_first_thousand_lines_and_counts_all(self, project: Project) -> None:
        report = import_lines(project, *[b"{"] * 1_203)

        assert (len(report["errors"]), report["errors_total"], report["quarantined"]) == (1000, 1203, 1203)
        assert ImportLine.objects.count() == 1203

    def test_counts_warnings(self, project: Project) -> None:
        report = import_lines(project, pair(**answers("", "")), pair(id="p2", prompt="", **answers("x", "y")))

        assert report["warnings"] == [
            {"code": "blank_text", "lines": 2, "first_lines": [1, 2]},
            {"code": "identical_pair", "lines": 1, "first_lines": [1]},
        ]

    def test_names_the_first_twenty_lines_of_a_warning_over_two_chunks(self, project: Project) -> None:
        lines = [pair(id=f"p{n}", prompt=f"{n}?", **answers("x", "y" if n < 491 else "")) for n in range(1, 521)]
        (warned,) = import_lines(project, *lines)["warnings"]

        assert (warned["lines"], warned["first_lines"]) == (30, list(range(491, 511)))

    def test_names_the_lines_of_what_is_decided_against_what_is_stored(self, project: Project) -> None:
        judged = judgement(verdict="a", strength=1)
        report = import_lines(
            project,
            pair(judgements=[judged]),
            pair(id="P1", prompt="Else?"),
            pair(judgements=[judged | {"strength": 2}], language="en"),
            pair(judgements=[judged, judged | {"annotator": "Bo", "verdict": "b"}, judged | {"annotator": "Bo"}]),
        )

        assert {warned["code"]: warned["first_lines"] for warned in report["warnings"]} == {
            "similar_id": [2],
            "judgement_differs": [3],
            "prompt_differs": [3],
            "judgement_revised": [4],
        }

    def test_is_the_jobs_result(self, project: Project) -> None:
        run = send(project, pair())
        job = done(run)

        assert job.result == selectors.report(Import.objects.get(pk=run.pk))
        assert (job.done, job.total) == (1, 1)

    def test_is_read_by_reason_for_the_page(self, project: Project) -> None:
        run = send(project, b"{", b"[1", pair(id=""), pair(**answers("", "x")))
        done(run)

        detail = selectors.detail(selectors.find(project=project, pk=run.pk))
        assert [(r.code, r.count) for r in detail.reasons] == [("not_json", 2), ("bad_id", 1)]
        assert [(r.code, r.count) for r in detail.warnings] == [("blank_text", 1)]
        assert [line.line for line in selectors.quarantined(run, after=1)] == [2, 3]
        assert [line.line for line in selectors.quarantined(run, code="not_json", most=1)] == [1]
        assert list(selectors.raw_lines(run))[:2] == [b"{\n", b"[1\n"]
        assert [found.pk for found in selectors.latest(project=project)] == [run.pk]

    def test_belongs_to_its_project(self, project: Project) -> None:
        other = projects.create(slug="other", name="Other", by=None)

        assert selectors.find(project=other, pk=send(project, pair()).pk) is None


class TestStart:
    def test_keeps_the_file_under_a_new_name(self, project: Project, uploads: Path) -> None:
        run = send(project, pair(), file_name="../../etc/pass\x00wd\r\n.jsonl")

        (stored,) = (path for path in uploads.rglob("*") if path.is_file())
        assert stored.read_bytes() == file_of(pair())
        assert uploads / run.stored_as == stored
        assert run.file_name == "pass\ufffdwd\ufffd\ufffd.jsonl"
        assert run.size == stored.stat().st_size
        assert run.sha256 == hashlib.sha256(stored.read_bytes()).hexdigest()
        assert stored.stat().st_mode & 0o077 == 0

    def test_refuses_a_file_above_the_limit_and_keeps_nothing(
        self, project: Project, uploads: Path, settings: Any
    ) -> None:
        settings.IMPORT_MAX_BYTES = 100

        with pytest.raises(TooLarge):
            send(project, pair(), pair(id="p2"))

        assert not [path for path in uploads.rglob("*") if path.is_file()]
        assert Import.objects.count() == 0

    def test_keeps_nothing_of_an_upload_that_was_cut(self, project: Project, uploads: Path) -> None:
        class Cut(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell():
                    raise ConnectionResetError
                return super().read(10)

        with pytest.raises(ConnectionResetError):
            imports.start(project=project, stream=Cut(file_of(pair())), format="native")

        assert not [path for path in uploads.rglob("*") if path.is_file()]

    def test_refuses_a_format_it_does_not_know(self, project: Project) -> None:
        with pytest.raises(imports.UnknownFormat):
            send(project, pair(), format="csv")

    @pytest.mark.parametrize(("raw", "lines"), [(b"{}\n{}", 2), (b"{}\n{}\n", 2), (b"{}", 1)])
    def test_counts_the_lines_for_the_bar(self, project: Project, raw: bytes, lines: int) -> None:
        run = imports.start(project=project, stream=io.BytesIO(raw), format="native")

        run.job.refresh_from_db()
        assert run.job.total == lines


class TestAFileThatCannotBeRead:
    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "empty"),
            (b" \n\n \n", "blank"),
            (b"[]\n", "array"),
            (b"PAR1xxxx", "Parquet"),
            (b"\xff\xfe{\x00", "UTF-8"),
        ],
    )
    def test_fails_the_job_with_a_reason(self, project: Project, raw: bytes, words: str) -> None:
        job = done(imports.start(project=project, stream=io.BytesIO(raw), format="native"))

        assert job.state == "failed"
        assert words in message(job)

    @pytest.mark.parametrize(
        "name", ["lines.csv", "folder.jsonl/LINES.CSV", "lines.jsonl.gz", "lines.parquet", "a.xlsx"]
    )
    def test_by_its_name_fails_the_job(self, project: Project, name: str) -> None:
        job = done(send(project, pair(), file_name=name))

        assert (job.state, Pair.objects.count()) == ("failed", 0)
        assert "name ends in" in message(job)

    @pytest.mark.parametrize(
        "name", ["", "lines", "lines.json", "lines.jsonl", "lines.ndjson", "lines.txt", "csv", ".csv"]
    )
    def test_is_none_by_other_names(self, project: Project, name: str) -> None:
        assert import_lines(project, pair(), file_name=name)["accepted"] == 1

    def test_because_it_is_gone_fails_the_job(self, project: Project) -> None:
        run = send(project, pair())
        default_storage.delete(run.stored_as)

        assert "send it again" in message(done(run))


class TestNul:
    line = json.dumps(pair(prompt="a\0b")).encode()

    def test_quarantines_the_line(self, project: Project) -> None:
        assert codes(import_lines(project, self.line)) == [(1, "nul_character")]

    def test_is_replaced_where_asked_for(self, project: Project) -> None:
        report = import_lines(project, self.line, on_nul="replace")

        assert [warned["code"] for warned in report["warnings"]] == ["nul_replaced"]
        assert Prompt.objects.get().content == "a\ufffdb"


class TestTheJob:
    @pytest.fixture
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Chunks of two lines."""
        monkeypatch.setattr(imports.chunks, "__kwdefaults__", {"most": 2, "most_bytes": 1 << 20})

    @pytest.fixture
    def lines(self) -> list[Any]:
        rng = random.Random(4)
        made: list[Any] = []
        for n in range(9):
            given = [judgement(annotator=name, verdict=rng.choice(["a", "b"])) for name in ("ann", "ben")]
            made.append(pair(id=f"p{n}", prompt=f"Why {n}?", judgements=given))
        return [*made[:4], b"", b"{", made[2], *made[4:], pair(id="p0", prompt="Else.")]

    def test_has_one_effect_however_often_it_is_delivered(self, project: Project) -> None:
        run = send(project, pair(judgements=[judgement()]))
        for _ in range(10):
            jobs.run(run.job_id)

        run.refresh_from_db()
        assert (run.accepted, run.pairs, run.judgements, run.job.attempt) == (1, 1, 1, 1)

    @pytest.mark.parametrize("fails_at", range(1, 8))
    def test_goes_on_exactly_where_it_stopped(
        self, project: Project, small: None, lines: list[Any], monkeypatch: pytest.MonkeyPatch, fails_at: int
    ) -> None:
        beats = iter(range(1, 100))
        record_progress = jobs.record_progress

        def broken(*args: Any, **options: Any) -> None:
            if next(beats) == fails_at:
                raise RuntimeError("pulled the plug")
            record_progress(*args, **options)

        run = send(project, *lines)
        monkeypatch.setattr(jobs, "record_progress", broken)
        broke = done(run)
        assert (broke.state, message(broke)) == ("queued", "RuntimeError: pulled the plug")
        assert Import.objects.get().lines_done == 2 * (fails_at - 1)

        finished = done(run)

        assert finished.state == "done"
        assert {
            k: finished.result[k] for k in ("accepted", "unchanged", "quarantined", "blank", "pairs", "judgements")
        } == {
            "accepted": 9,
            "unchanged": 1,
            "quarantined": 2,
            "blank": 1,
            "pairs": 9,
            "judgements": 18,
        }
        assert codes(finished.result) == [(6, "not_json"), (13, "id_conflict")]
        assert (Pair.objects.count(), Annotation.objects.count(), ImportLine.objects.count()) == (9, 18, 2)

    def test_of_an_attempt_that_was_lost_writes_nothing(self, project: Project) -> None:
        run = send(project, pair())
        job = jobs.claim(run.job_id)
        assert job is not None
        job.attempt -= 1

        with pytest.raises(jobs.Lost):
            imports.perform(job)

        assert Pair.objects.count() == 0
        assert Import.objects.get().lines_done == 0

    def test_asks_few_queries_a_chunk(self, project: Project) -> None:
        def queries(count: int, offset: int) -> int:
            given = [judgement(annotator=f"ann{n}") for n in range(3)]
            lines = [pair(id=f"p{offset + n}", prompt=f"Why {offset + n}?", judgements=given) for n in range(count)]
            run = send(project, *lines)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                done(run)
            return len(seen)

        queries(1, 0)
        assert queries(400, 100) <= queries(2, 1000) + 2
        assert queries(2, 2000) < 40

    def test_holds_a_bounded_part_of_the_file(self) -> None:
        line = Problem(1, "row_too_large", "", b"x" * (1 << 20))
        found = list(imports.chunks([line] * 10 + [BlankLine(2)] * 600))

        assert [len(chunk) for chunk in found] == [4, 4, 502 - 500 + 498, 102]


class TestASuspendedPerson:
    def test_keeps_their_judgements(self, project: Project) -> None:
        import_lines(project, pair(judgements=[judgement(annotator="ann")]))
        member = Member.objects.get(name="ann")
        membership.set_state(member=member, state=MemberState.SUSPENDED, by=None)

        report = import_lines(project, pair(id="p2", prompt="Else.", judgements=[judgement(annotator="ann")]))

        assert report["judgements"] == 1
        assert Member.objects.get(name="ann").state == "suspended"
