"""Attributes of annotators, for managers and reviewers."""

from __future__ import annotations

from annotation.models import Attribute, AttributeValue, Project


def names(project: Project) -> list[str]:
    """Return the names of a project's attributes, in alphabetical order. One query."""
    return list(Attribute.objects.filter(project=project).order_by("name").values_list("name", flat=True))


def values(project: Project) -> dict[str, dict[int, str]]:
    """Return the values of each attribute by members' primary keys; an attribute that nobody has a value of is there. Two queries."""
    found: dict[str, dict[int, str]] = {name: {} for name in names(project)}
    rows = AttributeValue.objects.filter(attribute__project=project).values_list("attribute__name", "member", "value")
    for name, member, value in rows:
        found.setdefault(name, {})[member] = value
    return found
