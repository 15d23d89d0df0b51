"""How the numbers are defined: every statistic of the registry, from its kernel's own documentation."""

from __future__ import annotations

import html
import re

import pytest

from annotation.models import Project
from quality.pages.definitions import COUNTED, KERNELS, OTHERS, anchor, groups
from quality.statistics import STATISTICS, Statistic
from tests.cast import Person
from tests.computed import judged
from tests.pages import opens

HERE = "/p/everyday/definitions"
DEFINED = {one.anchor: one for group in groups() for one in group.definitions}


class TestEveryStatistic:
    @pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: f"{one.scope.value} {one.name}")
    def test_is_defined_with_its_source_and_when_it_is_undefined(self, statistic: Statistic) -> None:
        found = DEFINED[anchor(statistic.scope, statistic.name)]
        assert found.label == statistic.label
        assert found.summary
        if (statistic.scope, statistic.name) not in COUNTED:
            function = KERNELS[statistic.scope, statistic.name]
            assert function.__doc__
            assert found.function == f"{function.__module__}.{function.__name__}"

    def test_is_known_by_no_other_name(self) -> None:
        assert {(one.scope, one.name) for one in STATISTICS} == {*KERNELS, *COUNTED}

    def test_of_agreement_names_a_year_of_its_source(self) -> None:
        for name in ("fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "cohen_kappa_mean"):
            assert re.search(r"\(?(19|20)\d\d\)?", " ".join(DEFINED[f"project-{name}"].sources))


class TestTheText:
    def test_is_that_of_the_docstring_without_its_marks(self) -> None:
        fleiss = DEFINED["project-fleiss_kappa"]
        assert "Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382." in fleiss.sources
        assert fleiss.result[0].startswith("n counts the items judged at least twice. Undefined with none")
        for one in DEFINED.values():
            whole = " ".join((one.summary, *one.paragraphs, *one.result, *one.notes, *one.sources))
            assert "``" not in whole
            assert ":func:" not in whole
            assert ">>>" not in whole

    def test_has_a_place_of_its_own_for_each(self) -> None:
        assert len(DEFINED) == len(STATISTICS) + sum(len(named) for _, named in OTHERS)


class TestPage:
    def test_shows_every_one(self, alice: Person, project: Project) -> None:
        page = html.unescape(opens(alice, HERE))
        for one in DEFINED.values():
            assert f'id="{one.anchor}"' in page
            assert one.summary in page

    def test_says_how_the_project_s_own_figures_were_computed(
        self, alice: Person, bob: Person, project: Project
    ) -> None:
        judged(project, pairs=30)
        page = " ".join(re.sub(r"<[^>]+>", " ", opens(alice, HERE)).split())
        assert (
            "Method and interval in this project fleiss_kappa; interval over pairs judged, for these annotators" in page
        )
        assert "Method and interval in this project wilson" in page

    def test_is_where_the_links_of_the_other_pages_lead(self, alice: Person, bob: Person, project: Project) -> None:
        judged(project, pairs=30)
        page = opens(alice, HERE)
        there = 0
        for path in ("", "annotators", "agreement", "noise", "drift"):
            for at in re.findall(rf'href="{HERE}(?:#([^"]+))?"', opens(alice, f"/p/everyday/{path}")):
                there += 1
                assert not at or f'id="{at}"' in page
        assert there >= 7
