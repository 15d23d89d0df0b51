from __future__ import annotations

import datetime as dt
import itertools
import math

import pytest
from django.db import connection

from annotation.models import Annotation, Assignment, Member, Pair, Project
from annotation.selectors.judgements import COUNTING, counting, judgements, per_day
from annotation.vocabulary import AssignmentKind, AssignmentState
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


@pytest.fixture
def one_of_each(project) -> dict[int, bool]:
    """An annotation of each kind, state, surplus and verdict or none; which of them should count."""
    cases = list(itertools.product(AssignmentKind, AssignmentState, (False, True), (None, 0)))
    import_lines(project, [pair(f"p{i}", verdicts={"u": "a"}) for i in range(len(cases))])
    expected = {}
    for annotation, (kind, state, surplus, verdict) in zip(Annotation.objects.order_by("id"), cases, strict=True):
        slot = {} if kind is AssignmentKind.ORDINARY else {"slot": None}
        Assignment.objects.filter(pk=annotation.assignment_id).update(
            kind=kind.value, state=state.value, lease_until=dt.datetime(2030, 1, 1, tzinfo=dt.UTC), **slot
        )
        Annotation.objects.filter(pk=annotation.pk).update(surplus=surplus, verdict=verdict)
        expected[annotation.pk] = (
            state is AssignmentState.SUBMITTED
            and kind in (AssignmentKind.ORDINARY, AssignmentKind.GOLD)
            and not surplus
            and verdict is not None
        )
    return expected


class TestCounting:
    def test_is_a_submitted_verdict_that_is_neither_surplus_nor_of_a_probe(self, one_of_each):
        counted = set(Annotation.objects.filter(counting()).values_list("pk", flat=True))

        assert sum(one_of_each.values()) == 2
        assert counted == {pk for pk, expected in one_of_each.items() if expected}

    def test_is_the_same_in_sql(self, one_of_each):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n.id FROM annotation_annotation n JOIN annotation_assignment t ON t.id = n.assignment_id "
                f"WHERE {COUNTING}"
            )
            counted = {pk for (pk,) in cursor.fetchall()}

        assert counted == {pk for pk, expected in one_of_each.items() if expected}

    def test_is_the_same_from_assignments_and_from_pairs(self, one_of_each):
        expected = {pk for pk, counts in one_of_each.items() if counts}
        of_assignments = Assignment.objects.filter(counting(annotation="annotation__", assignment=""))
        of_pairs = Pair.objects.filter(counting(annotation="assignments__annotation__", assignment="assignments__"))

        assert set(of_assignments.values_list("annotation", flat=True)) == expected
        assert set(of_pairs.values_list("assignments__annotation", flat=True)) == expected

    def test_is_what_the_arrays_hold(self, project, one_of_each):
        assert len(judgements(project)) == sum(one_of_each.values())


class TestJudgements:
    def test_hold_each_judgement_once_in_order_of_pair_and_name(self, project):
        import_lines(project, [pair("p1", verdicts={"zoe": "a", "adam": "tie"}), pair("p2", verdicts={"adam": "b"})])

        given = judgements(project)

        assert given.names == ["adam", "zoe"]
        assert list(zip(given.pair.tolist(), given.annotator.tolist(), given.verdict.tolist(), strict=True)) == [
            (0, 0, 2),
            (0, 1, 0),
            (1, 0, 1),
        ]
        assert given.pair_ids.tolist() == list(Pair.objects.order_by("pk").values_list("pk", flat=True))

    def test_mark_what_is_not_known(self, project):
        import_lines(
            project,
            [
                pair(
                    "p1",
                    judgements=[
                        {"annotator": "a", "verdict": "a", "shown_first": "b", "confidence": 0.75, "seconds": 12.5},
                        {"annotator": "b", "verdict": "a"},
                    ],
                ),
                pair("p2", judgements=[{"annotator": "a", "verdict": "a", "shown_first": "a"}], gold="b"),
            ],
        )

        given = judgements(project)

        assert given.left.tolist() == [0, -1, 1]
        assert given.gold.tolist() == [-1, -1, 1]
        assert given.confidence[0] == 0.75
        assert math.isnan(given.confidence[1])
        assert given.seconds[0] == 12.5
        assert math.isnan(given.seconds[1])

    def test_of_nothing_are_empty(self, project):
        assert len(judgements(project)) == 0

    def test_are_of_one_project(self, project):
        other = Project.objects.create(slug="other", name="Other", state="open")
        import_lines(other, [pair("p1", verdicts={"u": "a"})])

        assert len(judgements(project)) == 0
        assert len(judgements(other)) == 1


class TestPerDay:
    def test_counts_what_a_member_gave_on_each_day_since(self, project):
        at = [f"2026-01-0{day}T23:30:00Z" for day in (1, 2, 2, 3)]
        import_lines(
            project,
            [pair(f"p{i}", judgements=[{"annotator": "u", "verdict": "a", "at": day}]) for i, day in enumerate(at)],
        )
        import_lines(project, [pair("q", judgements=[{"annotator": "v", "verdict": "a", "at": at[1]}])])

        found = per_day(
            project=project,
            member=Member.objects.get(name="u"),
            since=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        )

        assert found == {dt.date(2026, 1, 2): 2, dt.date(2026, 1, 3): 1}
