"""From answers to probes in the database to the stored figures."""

from __future__ import annotations

import uuid

import pytest

from annotation.models import Annotation, Assignment
from annotation.selectors.probes import probes
from annotation.services import judging
from quality.models import Consensus, Figure, Part, QualityRun
from tests.annotation.services.builders import Always, Scene, judge, lease, scene, submit
from tests.quality.services.test_computation import computed

pytestmark = pytest.mark.django_db


@pytest.fixture
def the() -> Scene:
    """Two people; one answered three probes: alike, the same side again, and a tie."""
    made = scene(pairs=60, members=2, probe_rate=0.5)
    for _ in range(53):
        judge(made[0])
        judge(made[1])
    for shown in ("other side", "same side", "tie"):
        again = lease(made[0], rng=Always())
        assert again.kind == "probe"
        submit(made[0], again, {"other side": "b", "same side": "a"}.get(shown, shown))
    return made


def test_pairs_each_verdict_with_the_one_it_repeats(the):
    found = probes(the.project)
    assert (found.pair.tolist(), set(found.member.tolist())) == ([pair.pk for pair in _probed(the)], {the[0].pk})
    first = dict(
        Annotation.objects.filter(assignment__kind="ordinary", assignment__member=the[0]).values_list(
            "assignment__pair", "verdict"
        )
    )
    again = dict(Annotation.objects.filter(assignment__kind="probe").values_list("assignment__pair", "verdict"))
    assert found.first.tolist() == [first[pair] for pair in found.pair.tolist()]
    assert found.again.tolist() == [again[pair] for pair in found.pair.tolist()]


def test_leaves_out_probes_that_are_leased_or_taken_back_and_judgements_that_do_not_count(the):
    judge(the[0])
    open_one = lease(the[0], rng=Always())
    assert (open_one.kind, len(probes(the.project))) == ("probe", 3)
    submit(the[0], open_one)
    judging.undo(member=the[0], submit_key=uuid.uuid4())
    assert len(probes(the.project)) == 3
    first = Annotation.objects.get(
        assignment__kind="ordinary", assignment__member=the[0], assignment__pair=_probed(the)[0]
    )
    Annotation.objects.filter(pk=first.pk).update(surplus=True)
    assert len(probes(the.project)) == 2


def test_is_stored_of_the_project_and_of_each_annotator_and_counts_as_no_judgement(the):
    computed(the.project)
    run = QualityRun.objects.get()
    assert run.n_annotations == 106
    of = {(figure.name, figure.member_id): figure for figure in Figure.objects.filter(run=run)}
    whole = of["self_consistency", None]
    assert (whole.value, whole.n, whole.reason) == (pytest.approx(1 / 3), 3, "too_few_items")
    assert of["self_consistency", the[0].pk].value == pytest.approx(1 / 3)
    assert of["self_consistency", the[1].pk].reason == "no_probes"
    assert (of["same_side_twice", the[0].pk].value, of["same_side_twice", the[0].pk].n) == (0.5, 2)
    measures = Part.objects.get(run=run, name="dimensions").content["measures"]
    (one,) = (one for one in measures if one["name"] == "self_consistency")
    assert (one["dimension"], one["state"], one["n"]) == ("consistency", "no_target", 3)
    for pair in _probed(the):
        assert Consensus.objects.get(pair=pair).n == 2


def _probed(the: Scene) -> list:
    pairs = set(Assignment.objects.filter(kind="probe", state="submitted").values_list("pair", flat=True))
    return [pair for pair in the.pairs if pair.pk in pairs]
