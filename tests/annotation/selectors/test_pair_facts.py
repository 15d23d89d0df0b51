from __future__ import annotations

import numpy as np
import pytest

from annotation.models import Pair, Project
from annotation.selectors.pair_facts import NO_NAME, pair_facts
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="facts", name="Facts", state="open")


class TestPairFacts:
    @pytest.fixture
    def found(self, project):
        other = Project.objects.create(slug="other", name="Other", state="open")
        import_lines(other, [pair("z", models=("x", "y"), language="fr", tags=["elsewhere"])])
        import_lines(
            project,
            [
                pair("a", models=("m2", "m1"), language="en", tags=["code", "safety"]),
                pair("b", models=("m1", "m3"), language="de", tags=["code"]),
                pair("c", models=("m1", "m1"), language="en", gold="a"),
                pair("d", models=("m3", "m2")),
            ],
        )
        return pair_facts(project)

    def test_are_of_every_pair_in_order(self, project, found):
        stored = list(Pair.objects.filter(project=project).order_by("id"))

        assert found.pair_ids.tolist() == [one.pk for one in stored]
        assert found.prompt.tolist() == [one.prompt_id for one in stored]
        assert found.created == pytest.approx([one.created_at.timestamp() for one in stored], abs=1e-3)
        assert found.is_gold.tolist() == [False, False, True, False]

    def test_name_languages_and_source_models_by_their_codes(self, found):
        assert found.languages == ["en", "de"]
        assert found.language.tolist() == [0, 1, 0, NO_NAME]
        assert found.source_models == ["m1", "m2", "m3"]
        assert found.models.tolist() == [[1, 0], [0, 2], [0, 0], [2, 1]]

    def test_have_a_row_for_each_tag_of_a_pair(self, found):
        tagged = sorted((int(at), found.tags[code]) for at, code in zip(found.tagged, found.tag, strict=True))

        assert tagged == [(0, "code"), (0, "safety"), (1, "code")]

    def test_of_two_pairs_of_one_prompt_are_the_prompts(self, project):
        import_lines(project, [pair(name, prompt="One?", models=(name, "m"), tags=["t"]) for name in ("p", "q")])
        found = pair_facts(project)

        assert len(np.unique(found.prompt)) == 1
        assert sorted(found.tagged.tolist()) == [0, 1]

    def test_of_an_empty_project_are_none(self, project):
        found = pair_facts(project)

        assert len(found) == 0
        assert (found.languages, found.tags, found.source_models) == ([], [], [])
        assert found.models.shape == (0, 2)
