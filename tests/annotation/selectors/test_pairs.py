from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from annotation.models import Assignment, Pair, Project, Response, Slot
from annotation.selectors import pairs, records
from annotation.selectors.progress import progress
from annotation.vocabulary import AssignmentState
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open", slots_per_pair=2)


@pytest.fixture
def incomplete(project) -> set[str]:
    """A project with pairs in every state, and which of them are not complete."""
    names = ("open", "half", "leased", "complete", "released", "gold")
    import_lines(
        project,
        [
            pair("open"),
            pair("half", verdicts={"u": "a"}),
            pair("leased", verdicts={"u": "a", "v": "a"}),
            pair("complete", verdicts={"u": "a", "v": "b"}),
            pair("released", verdicts={"u": "a", "v": "b"}),
            pair("gold", gold="a"),
        ],
    )
    assert set(Pair.objects.values_list("external_id", flat=True)) == set(names)
    Slot.objects.filter(pair__external_id="half").exclude(open=False).update(open=False)
    Slot.objects.create(project=project, pair=Pair.objects.get(external_id="half"), key=1.0, first_on_left=True)
    held = Assignment.objects.filter(member__name="v")
    held.filter(pair__external_id="leased").update(
        state=AssignmentState.LEASED.value, lease_until=dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    )
    held.filter(pair__external_id="released").update(state=AssignmentState.RELEASED.value)
    return {"open", "half", "leased"}


class TestComplete:
    def test_is_a_pair_without_an_open_or_a_leased_slot(self, project, incomplete):
        names = dict(Pair.objects.values_list("pk", "external_id"))

        assert [names[pk] for pk in pairs.incomplete(project).tolist()] == ["open", "half", "leased"]
        ids = np.array(sorted(names), dtype=np.int64)
        assert [names[pk] in incomplete for pk in ids.tolist()] == (~pairs.complete(project, ids)).tolist()

    def test_is_the_same_where_pairs_are_streamed(self, project, incomplete):
        streamed = {found.record.external_id for found in records.stream(project) if not found.complete}

        assert streamed == incomplete

    def test_is_the_same_where_progress_is_counted(self, project, incomplete):
        with_slots = Pair.objects.filter(slots__isnull=False).distinct().count()

        assert progress(project)["complete"] == with_slots - len(incomplete)

    def test_asks_this_project_alone(self, project, incomplete):
        other = Project.objects.create(slug="other", name="Other", state="open")

        assert pairs.incomplete(other).tolist() == []


class TestDifferences:
    def test_are_binary_logarithms_of_the_ratios_of_length_and_of_markup(self, project):
        import_lines(project, [pair("p1"), pair("p2"), pair("p3")])
        p1, p2, p3 = Pair.objects.order_by("pk")
        Response.objects.filter(pk=p1.first_id).update(characters=7, headings=1, list_items=1, bold=1, code=0)
        Response.objects.filter(pk=p1.second_id).update(characters=1, headings=0, list_items=0, bold=0, code=0)
        Response.objects.filter(pk__in=(p3.first_id, p3.second_id)).update(characters=9, headings=5)

        found = pairs.differences(project, np.array([p1.pk, p3.pk], dtype=np.int64))

        assert found.tolist() == [[2.0, 2.0], [0.0, 0.0]]

    def test_are_none_of_nothing(self, project):
        import_lines(project, [pair("p1")])

        assert pairs.differences(project, np.zeros(0, dtype=np.int64)).shape == (0, 2)


class TestSourceModels:
    def test_names_those_of_both_responses_in_order(self, project):
        import_lines(project, [pair("p1", ("zeta", "alpha")), pair("p2", ("alpha", "mid"))])
        ids = np.array(Pair.objects.order_by("pk").values_list("pk", flat=True))

        of_pair, names = pairs.source_models(project, ids)

        assert names == ["alpha", "mid", "zeta"]
        assert of_pair.tolist() == [[2, 0], [0, 1]]


class TestProgress:
    def test_counts_pairs_with_slots_by_how_far_they_are(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a", "v": "a"}), pair("p2"), pair("g", gold="a")])

        assert progress(project) == {
            "pairs": 2,
            "complete": 1,
            "started": 1,
            "untouched": 1,
            "judgements": 2,
            "wanted": 4,
            "being_judged": 0,
            "adjudicated": 0,
        }
