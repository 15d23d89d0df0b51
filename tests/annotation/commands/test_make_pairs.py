from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.models import Job, Pair, Project
from annotation.services import projects
from tests.annotation.formats.lines import prompt
from tests.annotation.services.importing import import_lines


@pytest.fixture
def project(db: None) -> Project:
    made = projects.create(slug="sky", name="Sky", by=None)
    import_lines(made, *(prompt(n, id=f"q{n}", prompt=f"Why {n}?") for n in (2, 3, 4)))
    return made


def answer(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("make_pairs", "--project", "sky", "--json", *words, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


@pytest.mark.usefixtures("project")
class TestMakePairs:
    def test_makes_all_of_them_unless_told_otherwise(self) -> None:
        found = answer("--seed", "7")

        assert found == {
            "prompts": 3,
            "pairs_new": 10,
            "pairs_existing": 0,
            "slots": 30,
            "scheme": "all",
            "seed": 7,
        }
        assert Pair.objects.count() == 10

    def test_draws_the_same_by_the_same_seed(self) -> None:
        answer("--scheme", "random", "--k", "1", "--seed", "3")

        assert answer("--scheme", "random", "--k", "1", "--seed", "3")["pairs_new"] == 0

    def test_says_the_seed_it_drew(self) -> None:
        seed = answer("--scheme", "random", "--k", "1")["seed"]

        assert answer("--scheme", "random", "--k", "1", "--seed", str(seed))["pairs_new"] == 0

    def test_sets_all_against_a_baseline(self) -> None:
        assert answer("--scheme", "baseline", "--baseline", "m0")["pairs_new"] == 6

    def test_only_says_what_it_would_do_in_a_dry_run(self) -> None:
        told = answer("--dry-run", "--seed", "1")

        assert Pair.objects.count() == 0
        assert Job.objects.filter(kind="pairing").count() == 0
        assert told == answer("--seed", "1")

    def test_states_the_counts_before_it_begins(self) -> None:
        err = io.StringIO()
        call_command("make_pairs", "--project", "sky", stdout=io.StringIO(), stderr=err)

        assert "3 prompts: 10 pairs to be made, 0 there already, 30 judgements wanted" in err.getvalue()

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--scheme", "random"), "needs k"),
            (("--scheme", "baseline"), "needs the model"),
            (("--scheme", "baseline", "--baseline", "gpt"), "'gpt'"),
            (("--project", "sea"), "no project 'sea'"),
            (("--seed", "-1"), "seed"),
        ],
    )
    def test_refuses_with_a_sentence(self, words: tuple[str, ...], sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence):
            answer(*words)
