from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment, Pair, Project, Slot
from annotation.selectors import judgements
from annotation.services import jobs
from annotation.vocabulary import AssignmentState, Verdict
from quality.models import Consensus, QualityRun
from quality.services import computation, consensus
from quality.stats.consensus import Consensus as Found
from quality.stats.consensus import likeliest
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db

CASES = {
    "settled": {"u": "a", "v": "a", "w": "b"},
    "split": {"u": "a", "v": "b"},
    "alone": {"u": "both_bad"},
    "open": {"u": "b"},
    "leased": {"u": "tie", "v": "tie"},
    "unjudged": {},
}


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


@pytest.fixture
def judged(project) -> Project:
    """A pair in every state."""
    import_lines(
        project,
        [pair(name, verdicts=words) for name, words in CASES.items()] + [pair("gold", verdicts={"u": "a"}, gold="b")],
    )
    Slot.objects.create(project=project, pair=Pair.objects.get(external_id="open"), key=1.0, first_on_left=True)
    held = Assignment.objects.get(pair__external_id="leased", member__name="v")
    Annotation.objects.filter(assignment=held).update(verdict=None)
    Assignment.objects.filter(pk=held.pk).update(
        state=AssignmentState.LEASED.value, lease_until=timezone.now() + timedelta(days=1)
    )
    return project


def computed(project: Project) -> QualityRun:
    job = jobs.run(computation.ask(project=project, by=None).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    return job.quality_run


def stored() -> dict[str, list]:
    rows = Consensus.objects.values_list("pair__external_id", "verdict", "settled", "n")
    return {name: list(rest) for name, *rest in rows}


def by_hand(project: Project) -> dict[str, list]:
    """The plurality of counting judgements, settled where no slot is open or leased, in loops."""
    found = {}
    for one in Pair.objects.filter(project=project):
        verdicts = Counter(
            Annotation.objects.filter(
                assignment__pair=one, assignment__state="submitted", verdict__isnull=False, surplus=False
            )
            .exclude(assignment__kind="probe")
            .values_list("verdict", flat=True)
        )
        if not verdicts:
            continue
        leading = [verdict for verdict, n in verdicts.items() if n == max(verdicts.values())]
        waits = (
            one.slots.filter(open=True).exists() or one.assignments.filter(state="leased", slot__isnull=False).exists()
        )
        verdict = leading[0] if len(leading) == 1 else None
        found[one.external_id] = [verdict, verdict is not None and not waits, sum(verdicts.values())]
    return found


class TestStoredConsensus:
    def test_is_of_each_judged_pair(self, judged):
        computed(judged)

        assert stored() == {
            "settled": [Verdict.FIRST, True, 3],
            "split": [None, False, 2],
            "alone": [Verdict.BOTH_BAD, True, 1],
            "open": [Verdict.SECOND, False, 1],
            "leased": [Verdict.TIE, False, 1],
            "gold": [Verdict.FIRST, True, 1],
        }

    def test_is_what_the_definition_says(self, judged):
        computed(judged)

        assert stored() == by_hand(judged)

    def test_follows_what_changes_and_leaves_the_rest(self, judged):
        first = computed(judged)
        Annotation.objects.filter(assignment__pair__external_id="split", assignment__member__name="v").update(verdict=0)
        Annotation.objects.filter(assignment__pair__external_id="alone").update(surplus=True)
        second = computed(judged)

        assert stored() == by_hand(judged)
        assert stored()["split"] == [Verdict.FIRST, True, 2]
        assert "alone" not in stored()
        as_of = dict(Consensus.objects.values_list("pair__external_id", "as_of"))
        assert as_of.pop("split") == second.as_of
        assert set(as_of.values()) == {first.as_of}

    def test_of_another_project_stays(self, judged):
        other = Project.objects.create(slug="other", name="Other", state="open")
        import_lines(other, [pair("elsewhere", verdicts={"u": "a"})])
        computed(other)
        computed(judged)

        assert Consensus.objects.filter(project=other).count() == 1


def found(project: Project, n: int, judged: int) -> consensus.Found:
    """All of FIRST by as many judgements of pairs in order, and nothing known of the annotators."""
    ids = np.array(Pair.objects.order_by("pk").values_list("pk", flat=True))[:n]
    given = judgements.of_pairs(project, ids[:0])
    number = np.full(n, judged)
    return consensus.Found(
        ids,
        np.ones(n, dtype=bool),
        Found(np.zeros(n, dtype=np.int8), np.ones(n, dtype=bool), number),
        likeliest(np.full((n, 4), np.nan), number),
        np.full(n, -1, dtype=np.int8),
        replace(
            given,
            pair=np.repeat(np.arange(n), judged),
            annotator=np.tile(np.arange(judged), n).astype(np.int32),
            verdict=np.zeros(n * judged, dtype=np.int8),
            pair_ids=ids,
            member_ids=[10 + who for who in range(judged)],
        ),
    )


class TestStore:
    def test_writes_many_rows_in_few_statements(self, judged, django_assert_max_num_queries):
        of_all = found(judged, Pair.objects.count(), 3)

        with django_assert_max_num_queries(10):
            consensus.store(project=judged, found=of_all, as_of=timezone.now())

        assert Consensus.objects.filter(verdict=0, settled=True, n=3).count() == len(of_all.pair_ids)
        given = np.frombuffer(Consensus.objects.all()[1].given, Consensus.GIVEN)
        assert given["member"].tolist() == [10, 11, 12]
        assert given["verdict"].tolist() == [0, 0, 0]

    def test_can_be_done_twice_in_one_transaction(self, judged):
        for _ in range(2):
            consensus.store(project=judged, found=found(judged, 0, 0), as_of=timezone.now())

        assert not Consensus.objects.exists()

    def test_of_some_pairs_leaves_the_others(self, judged):
        consensus.store(project=judged, found=found(judged, 4, 3), as_of=timezone.now())
        consensus.store(project=judged, found=found(judged, 2, 1), as_of=timezone.now(), round=7, all_pairs=False)

        assert list(Consensus.objects.order_by("pair").values_list("n", "round")) == [(1, 7), (1, 7), (3, 0), (3, 0)]
