"""The sections of a project's tab "Quality", in order. A page of one passes ``section`` to ``project_page.context``.

A new section is one line here. Where something in it asks to be done, ``waiting`` names what
``annotation.selectors.waiting`` counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from annotation.models import Project

TAB: Final = "quality"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its name in the code, its words, its route, what waits in it, and who may open it."""

    name: str
    label: str
    route: str
    waiting: str = ""
    for_managers: bool = False


SECTIONS: Final = (
    Section("annotators", "Annotators", "quality:annotators"),
    Section("agreement", "Agreement", "quality:agreement"),
    Section("noise", "Label noise", "quality:noise"),
    Section("drift", "Drift", "quality:drift"),
    Section("slices", "Slices", "quality:slices"),
    Section("groups", "Groups", "quality:groups"),
    Section("gold", "Gold and probes", "quality:gold", waiting="gold"),
    Section("rules", "Rules and log", "quality:rules", waiting="rules"),
    Section("disagreements", "Disagreements", "quality:disagreements"),
    Section("definitions", "Definitions", "quality:definitions"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A section as the page shows it; ``waiting`` is how much asks to be done there."""

    label: str
    href: str
    current: bool
    waiting: int


def links(project: Project, current: str, waiting: Mapping[str, int], *, manages: bool) -> Iterator[Link]:
    """Yield the sections that a user may open."""
    for section in SECTIONS:
        if manages or not section.for_managers:
            href = reverse(section.route, args=[project.slug])
            yield Link(section.label, href, section.name == current, waiting.get(section.waiting, 0))
