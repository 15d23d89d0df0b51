from __future__ import annotations

import random
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment, Member, Pair, Project, Touched
from annotation.vocabulary import Verdict
from quality.models import AnnotatorState, Consensus, HonestModel, Part, QualityRun
from quality.services import computation, live
from tests.computed import lines
from tests.lines import import_lines, pair
from tests.quality.services.test_live import computed, everything, judge

pytestmark = pytest.mark.django_db

FIGURES = ("n", "compared", "agreed", "gold", "right")


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open", slots_per_pair=3)


@pytest.fixture
def judged(project) -> Project:
    import_lines(project, [*lines(60), *(pair(f"new-{n}") for n in range(40))])
    computed(project)
    return project


def states(**which) -> dict[str, dict]:
    rows = AnnotatorState.objects.filter(**which).values("member__name", *FIGURES, "state", "alternative", "evidence")
    return {row.pop("member__name"): row for row in rows}


def evidence_n(name: str) -> int:
    """How many judgements the sums are of."""
    return int(np.frombuffer(bytes(AnnotatorState.objects.get(member__name=name).sums))[0])


def same_figures(a: dict[str, dict], b: dict[str, dict]) -> bool:
    return a.keys() == b.keys() and all(
        a[name][figure] == pytest.approx(b[name][figure], abs=1e-9) for name in a for figure in FIGURES
    )


class TestARun:
    def test_stores_figures_and_fraud_of_everybody(self, judged):
        found = states()

        assert {name: (one["n"], one["gold"], one["compared"]) for name, one in found.items()} == dict.fromkeys(
            ("amber", "birch", "cedar", "dune"), (60, 12, 48)
        )
        assert found["amber"]["agreed"] / 48 > 0.8 > 0.6 > found["dune"]["agreed"] / 48
        assert found["amber"]["right"] >= 10
        part = Part.objects.get(name="fraud").content["annotators"]
        names = dict(Member.objects.values_list("pk", "name"))
        for one in part:
            of = found[names[one["member"]]]
            assert (of["state"], of["alternative"], of["evidence"]) == (
                one["state"], one["alternative"], one["evidence"],
            )  # fmt: skip
            assert evidence_n(names[one["member"]]) == one["n"] == 60

    def test_leaves_no_evidence_where_nothing_is_known(self, project):
        import_lines(project, [pair("p", verdicts={"u": "a", "v": "a"})])
        computed(project)

        assert {one["state"] for one in states().values()} == {"too_early"}
        assert not HonestModel.objects.exists()
        judge(project, "p", "w", Verdict.FIRST)
        live.take_in(project)
        assert states()["w"]["n"] == 1
        assert bytes(AnnotatorState.objects.get(member__name="w").sums) == b""

    def test_forgets_those_who_have_no_judgement_left(self, judged):
        Annotation.objects.filter(assignment__member__name="dune").update(verdict=None)
        computed(judged)
        assert set(states()) == {"amber", "birch", "cedar"}


class TestARound:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_comes_to_the_figures_of_a_run_in_whatever_order(self, judged, seed, monkeypatch):
        """New, changed and withdrawn judgements and gold, in rounds of three."""
        monkeypatch.setattr(live, "PAIRS_AT_ONCE", 3)
        rng = random.Random(seed)
        coming = [(f"new-{n}", name) for n in range(12) for name in ("amber", "birch", "newcomer")]
        rng.shuffle(coming)
        for external_id, name in coming:
            judge(judged, external_id, name, Verdict(rng.randrange(4)))
            if rng.random() < 0.3:
                changed = Annotation.objects.filter(assignment__pair__external_id=f"pair-{rng.randrange(60):03d}")
                changed.filter(assignment__member__name=rng.choice(["amber", "dune"])).update(
                    verdict=rng.choice([0, 1, 2, 3, None])
                )
            if rng.random() < 0.1:
                Pair.objects.filter(external_id=f"new-{rng.randrange(12)}").update(gold_verdict=rng.choice([1, None]))
            if rng.random() < 0.4:
                live.take_in(judged)
        while live.take_in(judged):
            pass

        by_rounds = states()
        # The same model over everything: from nothing, each pair once.
        AnnotatorState.objects.all().delete()
        Consensus.objects.all().delete()
        everything(judged)
        assert same_figures(by_rounds, states())
        assert by_rounds["newcomer"]["n"] == 12
        assert evidence_n("newcomer") == 12

    def test_that_takes_a_pair_again_adds_nothing(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        live.take_in(judged)
        once, evidence = states(), evidence_n("amber")
        assert evidence == 61

        everything(judged)

        assert same_figures(once, states())
        assert evidence_n("amber") == evidence

    def test_that_comes_after_one_of_the_same_pair_changes_the_others_figures(self, judged):
        judge(judged, "new-0", "amber", Verdict.SECOND)
        live.take_in(judged)
        alone = states()["amber"]
        assert (alone["n"], alone["compared"]) == (61, 48)

        judge(judged, "new-0", "birch", Verdict.SECOND)
        live.take_in(judged)

        after = states()["amber"]
        assert (after["n"], after["compared"]) == (61, 49)
        assert 0.5 < after["agreed"] - alone["agreed"] < 1

    def test_counts_a_changed_judgement_as_it_is_now(self, judged):
        before = states()["amber"]
        gold = Annotation.objects.filter(assignment__pair__gold_verdict=0, assignment__member__name="amber", verdict=0)
        gold.filter(pk=gold.first().pk).update(verdict=3)
        live.take_in(judged)

        after = states()["amber"]
        assert (after["n"], after["gold"], after["right"]) == (before["n"], before["gold"], before["right"] - 1)
        assert evidence_n("amber") == 60, "what it once added stays until the next run"

    def test_names_who_clicks_at_random_within_the_round(self, judged):
        """Thirty pairs on which the careful agree, and somebody new who clicks."""
        rng = random.Random(4)
        for n in range(40):
            true = Verdict(n % 2)
            for name in ("amber", "birch"):
                judge(judged, f"new-{n}", name, true)
            judge(judged, f"new-{n}", "clicker", Verdict(rng.randrange(4)))
            live.take_in(judged)

        found = states()
        assert (found["clicker"]["state"], found["clicker"]["alternative"]) == ("alarm", "random")
        assert 10 <= found["clicker"]["evidence"]["crossed"] <= 40
        assert found["amber"]["state"] == "clear"
        assert found["birch"]["state"] == "clear"

    def test_names_who_copies_one_other_person(self, judged):
        rng = random.Random(5)
        for n in range(40):
            true = Verdict(n % 2)
            judge(judged, f"new-{n}", "amber", true)
            judge(judged, f"new-{n}", "birch", true)
            strange = Verdict(rng.randrange(4))
            judge(judged, f"new-{n}", "source", strange)
            live.take_in(judged)
            judge(judged, f"new-{n}", "copier", strange)
            live.take_in(judged)

        copied = np.frombuffer(bytes(AnnotatorState.objects.get(member__name="copier").copied), AnnotatorState.COPIED)
        of = {int(one["earlier"]): one for one in copied}
        source = Member.objects.get(name="source")
        assert of[source.pk]["n"] == 40
        assert of[source.pk]["log_ratio"] > 20
        assert of[source.pk]["crossed"] > 0
        assert states()["copier"]["state"] == "alarm"

    def test_of_what_a_run_has_not_read_is_in_its_states(self, judged, monkeypatch):
        read = computation.judgements

        def reads(project):
            found = read(project)
            judge(project, "new-1", "amber", Verdict.SECOND)
            live.take_in(project)
            return found

        monkeypatch.setattr(computation, "judgements", reads)
        computed(judged)

        assert states()["amber"]["n"] == 61
        assert evidence_n("amber") == 61
        assert QualityRun.objects.latest("pk").n_annotations == 240

    def test_of_a_judgement_without_time_adds_to_no_time(self, judged):
        member = Member.objects.get(name="amber")
        now = timezone.now()
        assignment = Assignment.objects.create(
            project=judged, member=member, pair=Pair.objects.get(external_id="new-0"), state="submitted", uuid=uuid4()
        )
        Annotation.objects.create(project=judged, assignment=assignment, verdict=0, first_at=now, at=now)
        live.take_in(judged)

        assert evidence_n("amber") == 61
        assert not Touched.objects.exists()
