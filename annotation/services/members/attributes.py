"""Define attributes of annotators, and set members' values of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from django.db import transaction

from annotation.models import Attribute, AttributeValue, Member, Project, User
from annotation.services.access.audit import record

MOST = 8
LONGEST_NAME = 60
LONGEST_VALUE = 100


class BadAttribute(Exception):
    """A name, a value, or a file that cannot be used. ``reason`` and its arguments."""

    def __init__(self, reason: str, **arguments: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.arguments = arguments


@transaction.atomic
def define(*, project: Project, names: Iterable[str], by: User | None) -> list[str]:
    """Make a project's attributes those of these names; an attribute that is not among them goes, with its values.

    Raises
    ------
    BadAttribute
        ``too_many``, ``too_long``, ``unreadable``, or ``reserved``: files call their first column so.
    """
    wanted = list(dict.fromkeys(stripped for name in names if (stripped := name.strip())))
    if len(wanted) > MOST:
        raise BadAttribute("too_many", most=MOST)
    for name in wanted:
        _readable(name, LONGEST_NAME)
        if name.lower() == "annotator":
            raise BadAttribute("reserved", name=name)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = sorted(Attribute.objects.filter(project=project).values_list("name", flat=True))
    Attribute.objects.filter(project=project).exclude(name__in=wanted).delete()
    Attribute.objects.bulk_create(Attribute(project=project, name=name) for name in wanted if name not in before)
    if before != sorted(wanted):
        detail = {"before": before, "names": sorted(wanted)}
        record(project=project, actor=by, action="attributes.define", detail=detail)
    return wanted


@transaction.atomic
def set_values(*, project: Project, values: Mapping[int, Mapping[str, str]], by: User | None) -> int:
    """Set values by members' primary keys and attributes' names; an empty one is taken away. Return how many changed.

    Raises
    ------
    BadAttribute
        ``unknown_attribute``, ``too_long``, ``unreadable``.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    attributes = {attribute.name: attribute for attribute in Attribute.objects.filter(project=project)}
    own = set(Member.objects.filter(project=project, pk__in=values).values_list("pk", flat=True))
    rows = AttributeValue.objects.filter(attribute__project=project, member__in=own)
    before = {(row.member_id, row.attribute_id): row.value for row in rows}
    written: list[AttributeValue] = []
    removed, touched = [], set()
    for member, given in values.items():
        for name, raw in given.items():
            value = raw.strip()
            if name not in attributes:
                raise BadAttribute("unknown_attribute", name=name)
            if value:
                _readable(value, LONGEST_VALUE)
            attribute = attributes[name]
            if member not in own or before.get((member, attribute.pk), "") == value:
                continue
            touched.add(member)
            if value:
                written.append(AttributeValue(attribute=attribute, member_id=member, value=value))
            else:
                removed.append((member, attribute.pk))
    for member, attribute_id in removed:
        AttributeValue.objects.filter(member=member, attribute=attribute_id).delete()
    AttributeValue.objects.bulk_create(
        written, update_conflicts=True, unique_fields=["attribute", "member"], update_fields=["value"]
    )
    changed = len(written) + len(removed)
    if changed:
        # Which values: those are about people, and the log is never changed.
        record(project=project, actor=by, action="attributes.set", detail={"members": len(touched), "values": changed})
    return changed


def read_file(*, project: Project, text: str) -> dict[int, dict[str, str]]:
    """Return the values of a CSV file: a column ``annotator`` (name or pseudonym), and one for each attribute that is set.

    Raises
    ------
    BadAttribute
        ``no_annotator_column``, ``unknown_attribute``, ``unknown_annotator``, ``twice`` or ``not_csv``.
    """
    try:
        table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
        heads = [head.strip() for head in table.fieldnames or []]
        lines = [{head: cell or "" for head, cell in zip(heads, line.values(), strict=False)} for line in table]
    except csv.Error:
        raise BadAttribute("not_csv") from None
    if "annotator" not in heads:
        raise BadAttribute("no_annotator_column")
    known = set(Attribute.objects.filter(project=project).values_list("name", flat=True))
    for head in heads:
        if head != "annotator" and head not in known:
            raise BadAttribute("unknown_attribute", name=head[:LONGEST_NAME])
    people: dict[str, int] = {}
    for member in Member.objects.filter(project=project):
        people.setdefault(member.pseudonym, member.pk)
    people |= dict(Member.objects.filter(project=project).values_list("name", "pk"))
    found: dict[int, dict[str, str]] = {}
    for number, line in enumerate(lines, start=2):
        name = line.pop("annotator").strip()
        if name not in people:
            raise BadAttribute("unknown_annotator", name=name[:100], line=number)
        if people[name] in found:
            raise BadAttribute("twice", name=name[:100], line=number)
        found[people[name]] = line
    return found


def _readable(text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadAttribute("too_long", most=longest)
    if not text.isprintable():
        raise BadAttribute("unreadable")
