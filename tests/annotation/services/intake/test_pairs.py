"""Pairs and prompts that lines bring for the first time, and ids that read alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import (
    Assignment,
    Member,
    Pair,
    Project,
    Prompt,
    Response,
    Slot,
    User,
)
from annotation.services import handout, projects
from annotation.services.intake import imports
from annotation.services.members import membership
from annotation.vocabulary import ProjectState, Role, Verdict
from tests.annotation.formats.lines import judgement, pair, prompt
from tests.annotation.services.importing import counts, done, import_lines, send, warned

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def numbered(*ids: str) -> list[dict[str, Any]]:
    """A pair for each id, every one of another prompt."""
    return [pair(id=one, prompt=f"Why {one}?") for one in ids]


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

    def test_stores_how_long_its_responses_are_and_what_markup_they_use(self, project: Project) -> None:
        import_lines(project, pair(response_a={"model": "alpha", "text": "# Sky\n\n- **blue**\n- `#00f`"}))

        first = Response.objects.get(source_model="alpha")
        assert (first.characters, first.headings, first.list_items, first.bold, first.code) == (26, 1, 2, 1, 1)

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


class TestPromptLines:
    def test_store_a_prompt_its_responses_and_no_pairs(self, project: Project) -> None:
        report = import_lines(project, prompt(4))

        assert (report["accepted"], report["prompts"], report["pairs"]) == (1, 1, 0)
        assert counts() == counts() | {"Prompt": 1, "PromptSet": 1, "Response": 4, "Pair": 0, "Slot": 0}
        assert list(Response.objects.order_by("id").values_list("source_model", flat=True)) == ["m0", "m1", "m2", "m3"]

    def test_keep_equal_responses_apart(self, project: Project) -> None:
        import_lines(project, {**prompt(), "responses": [{"model": "m", "text": "x"}] * 3})

        assert sorted(Response.objects.values_list("copy", flat=True)) == [0, 1, 2]


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
