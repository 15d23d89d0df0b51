"""Reads for the pages: stored figures as measures, and what is counted beside them. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q

from annotation.models import Member, Project
from annotation.selectors import gold, judgements
from common.formatting import Measure
from quality.models import Figure, QualityRun
from quality.selectors.runs import latest_run
from quality.stats.intervals import wilson

UNKNOWN = Measure(None, reason="not computed")
_COLUMNS = ("name", "reading", "member_id", "value", "low", "high", "n", "reason", "method")


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """One annotator's stored figures, by name; the direction reading under ``name_direction``."""

    member: Member
    measures: Mapping[str, Measure]

    def __getitem__(self, name: str) -> Measure:
        return self.measures.get(name, UNKNOWN)

    @property
    def n(self) -> int:
        return self["n"].n


@dataclass(frozen=True, slots=True)
class Figures:
    """A run with its figures, those of pairs of annotators apart. ``people`` in the order of their numbers."""

    run: QualityRun
    overall: Mapping[str, Measure]
    people: tuple[PersonFigures, ...]

    def __getitem__(self, name: str) -> Measure:
        return self.overall.get(name, UNKNOWN)


def latest(project: Project) -> Figures | None:
    """The newest run with all its figures; three queries."""
    run = latest_run(project)
    if run is None:
        return None
    overall: dict[str, Measure] = {}
    of_people: dict[int, dict[str, Measure]] = {}
    for member_id, key, measure in _stored(run):
        (overall if member_id is None else of_people.setdefault(member_id, {}))[key] = measure
    members = Member.objects.filter(project_id=project.pk, pk__in=of_people).order_by("number")
    people = tuple(PersonFigures(member, of_people[member.pk]) for member in members)
    return Figures(run, overall, people)


def of_member(run: QualityRun, member: Member) -> tuple[PersonFigures, Mapping[str, Measure]]:
    """One annotator's figures in a run, and the project's beside them; one query."""
    mine: dict[str, Measure] = {}
    overall: dict[str, Measure] = {}
    for member_id, key, measure in _stored(run, Q(member=member) | Q(member__isnull=True)):
        (overall if member_id is None else mine)[key] = measure
    return PersonFigures(member, mine), overall


def _stored(run: QualityRun, which: Q | None = None) -> Iterator[tuple[int | None, str, Measure]]:
    rows = Figure.objects.filter(which or Q(), project_id=run.project_id, run=run, partner__isnull=True)
    for name, reading, member_id, *values in rows.order_by("id").values_list(*_COLUMNS):
        yield member_id, f"{name}_direction" if reading == Figure.Reading.DIRECTION else name, Measure(*values)


def partners(run: QualityRun, member: Member, *, most: int = 100) -> list[tuple[Member, Measure]]:
    """Cohen's kappa of an annotator with each he shares pairs with, most shared pairs first."""
    rows = (
        Figure.objects.filter(project_id=run.project_id, run=run, name="cohen_kappa", partner__isnull=False)
        .filter(Q(member=member) | Q(partner=member))
        .select_related("member", "partner")
        .order_by("-n", "id")[:most]
    )
    found = []
    for row in rows:
        other = row.partner if row.member_id == member.pk else row.member
        if other is not None:
            found.append((other, Measure(row.value, row.low, row.high, row.n, row.reason, row.method)))
    return found


def judged_a_day(project: Project, member: Member, *, now: datetime, days: int = 28) -> list[tuple[date, int]]:
    """Counting judgements of one person on each of the last days, in UTC; days without any are in it."""
    since = _midnight(now) - timedelta(days=days - 1)
    counts = judgements.per_day(project=project, member=member, since=since)
    shown = [since.date() + timedelta(days=i) for i in range(days)]
    return [(day, counts.get(day, 0)) for day in shown]


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class GoldDay:
    """Gold judged on one day and how much of it was right."""

    day: date
    right: Measure


def gold_days(project: Project, *, now: datetime, days: int = 28) -> list[GoldDay]:
    """The share of gold judgements that were right, day by day, with Wilson's interval; only days that had any."""
    since = _midnight(now) - timedelta(days=days - 1)
    return [GoldDay(day.day, of(day.right, day.n)) for day in gold.days(project, since=since)]


def gold_overall(project: Project) -> Measure:
    """The share of all gold judgements that are right, counted now."""
    return of(*gold.overall(project))


def of(part: int, whole: int) -> Measure:
    """A share that was counted, with Wilson's interval."""
    if whole == 0:
        return Measure(None, reason="nothing was judged")
    found = wilson(part, whole)
    return Measure(found.value, found.low, found.high, whole, method=found.method)
