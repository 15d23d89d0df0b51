"""The tabs of a project, the sections of Quality, and the numbers beside them."""

from __future__ import annotations

import re

from django.urls import reverse

from annotation.models import Flag, Project
from annotation.selectors import waiting
from annotation.services import handout, judging
from annotation.views.sections import SECTIONS
from annotation.vocabulary import FlagReason, Role
from tests.annotation.services.counting import statements
from tests.cast import Person, person
from tests.pages import opens

HERE = "/p/everyday"


def flagged(bob: Person) -> None:
    held = handout.lease_next(member=bob.member)
    judging.flag(member=bob.member, assignment_uuid=held.uuid, reason=FlagReason.BROKEN, note="Unreadable.")


class TestTabs:
    def test_do_not_grow_with_what_quality_shows(self, alice: Person, project: Project) -> None:
        tabs = re.search(r'<nav class="tabs".*?</nav>', opens(alice, f"{HERE}/annotators"), re.S)
        assert tabs
        assert re.findall(r">([A-Z][a-z]+)", tabs[0]) == [
            *("Dashboard", "Quality", "Ratings", "Flags", "Imports", "Members", "Settings")
        ]

    def test_name_the_one_that_is_open(self, alice: Person, project: Project) -> None:
        assert 'aria-current="page">Dashboard' in opens(alice, f"{HERE}/")
        assert 'aria-current="true">Quality' in opens(alice, f"{HERE}/gold")


class TestSections:
    def test_lead_to_every_page_of_quality_and_name_the_one_that_is_open(self, alice: Person, project: Project) -> None:
        for section in SECTIONS:
            html = opens(alice, reverse(section.route, args=[project.slug]))
            row, menu = re.findall(r"<ul.*?</ul>", re.search(r'<nav class="sections".*?</nav>', html, re.S)[0], re.S)  # type: ignore[index]
            for links in (row, menu):
                assert re.findall(r'href="([^"]+)"', links) == [
                    reverse(each.route, args=[project.slug]) for each in SECTIONS
                ]
                assert f'aria-current="page">{section.label}' in links
                assert links.count("aria-current") == 1

    def test_are_on_no_other_tab(self, alice: Person, project: Project) -> None:
        assert 'class="sections"' not in opens(alice, f"{HERE}/")

    def test_hide_from_reviewers_what_is_for_managers(self, project: Project) -> None:
        rita = person("Rita", project, role=Role.REVIEWER, number=9001)
        html = opens(rita, f"{HERE}/annotators")
        for section in SECTIONS:
            assert (f">{section.label}" in html) is not section.for_managers


class TestWhatWaits:
    def test_is_counted_for_every_name_in_one_query(self, bob: Person, project: Project) -> None:
        assert waiting.counts(project)["flags"] == 0
        flagged(bob)
        with statements() as sent:
            found = waiting.counts(project)
        assert found["flags"] == 1
        assert len(sent) == 1

    def test_is_that_of_the_project_alone(self, bob: Person, project: Project) -> None:
        flagged(bob)
        other = Project.objects.create(slug="other", name="Other")
        assert waiting.counts(other)["flags"] == 0
        assert Flag.objects.count() == 1

    def test_is_shown_with_its_tab(self, alice: Person, bob: Person, project: Project) -> None:
        flagged(bob)
        assert 'Flags <data value="1">1</data>' in opens(alice, f"{HERE}/gold")

    def test_is_shown_with_its_section(self, alice: Person, bob: Person, project: Project, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        monkeypatch.setattr(
            "annotation.views.sections.SECTIONS", (SECTIONS[0].__class__("a", "A", "quality:gold", "flags"),)
        )
        flagged(bob)
        assert 'A <data value="1">1<span class="vh"> to do</span></data>' in opens(alice, f"{HERE}/gold")
