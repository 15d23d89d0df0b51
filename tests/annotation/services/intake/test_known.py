"""Lines against what is stored: the same again, another description, a contradiction."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest

from annotation.formats import native
from annotation.models import (
    ImportLine,
    Pair,
    Project,
    Prompt,
    Response,
)
from annotation.services import handout, judging, projects
from annotation.vocabulary import ProjectState
from tests.annotation.formats.lines import judgement, pair, prompt
from tests.annotation.services.importing import (
    answers,
    codes,
    counts,
    done,
    import_lines,
    send,
    warned,
    with_account,
)

pytestmark = pytest.mark.usefixtures("sound_afterwards")


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
