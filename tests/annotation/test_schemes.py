"""The table of verdict schemes, and everything that is made from it."""

from __future__ import annotations

import dataclasses
import re

import pytest
from django.db import IntegrityError, transaction

from annotation import schemes
from annotation.models import Annotation, Project
from annotation.schemes import SCHEMES, Choice, Scheme
from annotation.selectors import own_work
from annotation.vocabulary import Verdict
from tests.annotation.views.actions import HERE, lease, submit, verdict
from tests.cast import Person


class TestTheTable:
    @pytest.mark.parametrize("name", sorted(SCHEMES))
    def test_gives_each_choice_its_own_key_and_word(self, name: str) -> None:
        choices = SCHEMES[name].choices

        assert len({choice.key for choice in choices}) == len(choices)
        assert len({choice.word for choice in choices}) == len(choices)

    @pytest.mark.parametrize("name", sorted(SCHEMES))
    def test_names_a_side_where_the_verdict_does(self, name: str) -> None:
        sides = {Verdict.FIRST: "a", Verdict.SECOND: "b"}

        assert all(choice.side == sides.get(choice.verdict, "") for choice in SCHEMES[name].choices)

    @pytest.mark.parametrize("name", sorted(SCHEMES))
    def test_can_be_listed_by_key(self, name: str) -> None:
        assert len(SCHEMES[name].by_key) == len(SCHEMES[name].choices)

    def test_names_the_judgements_of_a_project_by_its_own_scheme(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = Scheme((Choice(Verdict.TIE, "No difference", "1", "="),))
        monkeypatch.setattr(schemes, "SCHEMES", {**SCHEMES, "plain": plain})
        monkeypatch.setattr(own_work, "SCHEMES", schemes.SCHEMES)
        values = {field.name: None for field in dataclasses.fields(own_work.Past)}

        named = {
            scheme: own_work.Past(**{**values, "verdict_scheme": scheme, "answer": "tie"}).choice.label
            for scheme in ("four", "plain")
        }

        assert named == {"four": "Tie", "plain": "No difference"}

    def test_holds_the_default(self) -> None:
        assert Project().verdict_scheme == schemes.DEFAULT
        assert schemes.DEFAULT in SCHEMES

    def test_is_what_a_project_can_be_stored_with(self, project: Project) -> None:
        for name in SCHEMES:
            Project.objects.update(verdict_scheme=name)

        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.update(verdict_scheme="unheard")


class TestASchemeOfTwoChoices:
    @pytest.fixture(autouse=True)
    def _two(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sided = tuple(choice for choice in SCHEMES["four"].choices if choice.side)
        monkeypatch.setitem(SCHEMES, "four", Scheme(sided))  # type: ignore[arg-type]

    def test_has_two_buttons_and_two_keys_on_the_page(self, bob: Person) -> None:
        page = bob.client.get(f"{HERE}/judge").content.decode()

        buttons = re.findall(r'name="verdict" value="(\w+)" aria-keyshortcuts="(\w)" data-label="([^"]+)"', page)
        assert buttons == [("a", "1", "A is better"), ("b", "2", "B is better")]
        assert re.findall(r"<dt><kbd>(\d)</kbd></dt><dd>([^<]+)</dd>", page) == [
            ("1", "A is better"),
            ("2", "B is better"),
        ]

    def test_takes_its_own_choices_and_no_other(self, bob: Person) -> None:
        pair = lease(bob.client)

        assert submit(bob.client, pair, verdict("tie")).status_code == 400
        assert submit(bob.client, pair, verdict("b")).status_code == 200
        assert Annotation.objects.count() == 1
