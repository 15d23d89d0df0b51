from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from annotation.models import Job, Pair, Project, Response, Slot
from annotation.services import jobs
from annotation.services.sampling import pairing
from tests.annotation.formats.lines import pair, prompt
from tests.annotation.services.importing import import_lines

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def run(project: Project, scheme: str, **options: Any) -> dict[str, Any]:
    job = jobs.run(pairing.start(project=project, scheme=scheme, **options).pk)
    assert job is not None
    assert job.state == "done", job.arguments
    assert job.result is not None
    return job.result


def models(**wanted: Any) -> list[tuple[str, str]]:
    found = Pair.objects.filter(**wanted).order_by("id")
    return list(found.values_list("first__source_model", "second__source_model"))


@pytest.fixture
def prompts(project: Project) -> None:
    """Three prompts with 2, 3 and 4 responses, of models m0, m1, …"""
    import_lines(project, *(prompt(n, id=f"q{n}", prompt=f"Why {n}?") for n in (2, 3, 4)))


@pytest.mark.usefixtures("prompts")
class TestAll:
    def test_pairs_each_with_each_in_the_order_of_the_line(self, project: Project) -> None:
        result = run(project, "all")

        assert (result["prompts"], result["pairs_new"], result["pairs_existing"], result["slots"]) == (3, 10, 0, 30)
        assert models(prompt__content="Why 4?") == list(combinations(["m0", "m1", "m2", "m3"], 2))

    def test_makes_pairs_of_one_prompt_only(self, project: Project) -> None:
        run(project, "all")

        assert all(p.first.prompt_id == p.second.prompt_id == p.prompt_id for p in Pair.objects.all())

    def test_opens_the_projects_number_of_slots(self, project: Project) -> None:
        run(project, "all")

        made = Pair.objects.first()
        sides = list(Slot.objects.filter(pair=made, open=True).order_by("id").values_list("first_on_left", flat=True))
        assert sides in ([True, False, True], [False, True, False])
        (key,) = set(Slot.objects.filter(pair=made).values_list("key", flat=True))
        assert made is not None
        assert made.batch <= key < made.batch + 1

    def test_leaves_the_pairs_that_are_there(self, project: Project) -> None:
        answers = [{"model": f"m{n}", "text": f"answer {n}"} for n in (1, 0)]
        import_lines(project, pair(id="mine", prompt="Why 3?", response_a=answers[0], response_b=answers[1]))

        result = run(project, "all")

        assert (result["pairs_new"], result["pairs_existing"]) == (9, 1)
        assert models(external_id="mine") == [("m1", "m0")]

    def test_twice_makes_nothing_more(self, project: Project) -> None:
        run(project, "all")
        result = run(project, "all")

        assert (result["pairs_new"], result["pairs_existing"], result["slots"]) == (0, 10, 0)
        assert Slot.objects.count() == 30

    def test_gives_ids_that_nobody_has(self, project: Project) -> None:
        first, second = Response.objects.filter(prompt__content="Why 2?").order_by("id").values_list("id", flat=True)
        import_lines(project, pair(id=f"pair-{first}-{second}"))

        run(project, "all")

        assert Pair.objects.filter(external_id__startswith=f"pair-{first}-{second}-").count() == 1

    def test_leaves_prompts_that_came_with_ready_pairs_alone(self, project: Project) -> None:
        import_lines(project, pair(id="r1"), pair(id="r2", response_b={"model": "gamma", "text": "?"}))

        assert run(project, "all")["prompts"] == 3

    def test_makes_pairs_that_come_back_unchanged(self, project: Project) -> None:
        talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]
        import_lines(project, prompt(2, id="talk", prompt=talk))
        run(project, "all")
        lines = [
            pair(
                id=p.external_id,
                prompt=p.prompt.content,
                response_a={"model": p.first.source_model, "text": p.first.content},
                response_b={"model": p.second.source_model, "text": p.second.content},
            )
            for p in Pair.objects.select_related("prompt", "first", "second")
        ]

        assert import_lines(project, *lines)["unchanged"] == 11


@pytest.mark.usefixtures("prompts")
class TestRandom:
    def test_draws_k_a_prompt_and_all_where_there_are_fewer(self, project: Project) -> None:
        result = run(project, "random", k=2, seed=1)

        assert result["pairs_new"] == 1 + 2 + 2
        assert Pair.objects.filter(prompt__content="Why 4?").count() == 2

    def test_draws_the_same_by_the_same_seed(self, project: Project) -> None:
        run(project, "random", k=1, seed=5)
        result = run(project, "random", k=1, seed=5)

        assert (result["pairs_new"], result["pairs_existing"]) == (0, 3)

    def test_keeps_the_seed_it_drew(self, project: Project) -> None:
        job = pairing.start(project=project, scheme="random", k=1)

        assert 0 <= job.parameters["seed"] < 2**53
        assert jobs.run(job.pk).result["seed"] == job.parameters["seed"]

    @pytest.mark.parametrize("k", [None, 0, -1])
    def test_wants_a_number(self, project: Project, k: int | None) -> None:
        with pytest.raises(pairing.BadPairing, match="no_k"):
            pairing.start(project=project, scheme="random", k=k)


@pytest.mark.usefixtures("prompts")
class TestBaseline:
    def test_sets_every_other_model_before_the_baseline(self, project: Project) -> None:
        result = run(project, "baseline", baseline="m1")

        assert result["pairs_new"] == 1 + 2 + 3
        assert {second for _, second in models()} == {"m1"}
        assert models(prompt__content="Why 4?") == [("m0", "m1"), ("m2", "m1"), ("m3", "m1")]

    def test_passes_prompts_the_baseline_did_not_answer(self, project: Project) -> None:
        assert run(project, "baseline", baseline="m3")["pairs_new"] == 3

    def test_of_a_model_nobody_knows_is_refused(self, project: Project) -> None:
        with pytest.raises(pairing.UnknownBaseline):
            pairing.start(project=project, scheme="baseline", baseline="gpt")
        with pytest.raises(pairing.BadPairing):
            pairing.start(project=project, scheme="baseline")


@pytest.mark.usefixtures("prompts")
class TestAPlan:
    @pytest.mark.parametrize(
        "options",
        [{"scheme": "all"}, {"scheme": "random", "k": 2, "seed": 3}, {"scheme": "baseline", "baseline": "m1"}],
    )
    @pytest.mark.parametrize("before", [False, True])
    def test_says_what_will_be_done(self, project: Project, options: dict[str, Any], before: bool) -> None:
        if before:
            run(project, "random", k=1, seed=9)
        plan = pairing.plan(project=project, **options)
        count = Pair.objects.count()

        assert Pair.objects.count() == count
        result = run(project, **options)
        assert (plan.prompts, plan.pairs_new, plan.pairs_existing, plan.slots) == (
            result["prompts"],
            result["pairs_new"],
            result["pairs_existing"],
            result["slots"],
        )
        assert Pair.objects.count() == count + plan.pairs_new


@pytest.mark.usefixtures("prompts")
class TestTheJob:
    @pytest.mark.parametrize("fails_at", range(2, 6))
    def test_begun_again_after_it_broke_off_says_and_does_the_same(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, fails_at: int
    ) -> None:
        monkeypatch.setattr(pairing, "PAIRS_AT_ONCE", 3)
        beats = iter(range(1, 100))
        record_progress = jobs.record_progress

        def broken(*args: Any, **options: Any) -> None:
            if next(beats) == fails_at:
                raise RuntimeError("pulled the plug")
            record_progress(*args, **options)

        job = pairing.start(project=project, scheme="all")
        monkeypatch.setattr(jobs, "record_progress", broken)
        assert jobs.run(job.pk).state == "queued"
        assert Pair.objects.count() == 3 * (fails_at - 2)

        result = jobs.run(job.pk).result

        assert (result["pairs_new"], result["pairs_existing"], result["slots"]) == (10, 0, 30)
        assert Pair.objects.count() == 10

    def test_has_one_effect_however_often_it_is_delivered(self, project: Project) -> None:
        job = pairing.start(project=project, scheme="all")
        for _ in range(10):
            jobs.run(job.pk)

        assert (Pair.objects.count(), Slot.objects.count()) == (10, 30)
        assert Job.objects.get(pk=job.pk).attempt == 1

    def test_of_an_attempt_that_was_lost_writes_nothing(self, project: Project) -> None:
        job = jobs.claim(pairing.start(project=project, scheme="all").pk)
        assert job is not None
        job.attempt -= 1

        with pytest.raises(jobs.Lost):
            pairing.perform(job)

        assert Pair.objects.count() == 0


class TestAProjectWithoutPrompts:
    def test_comes_to_nothing(self, project: Project) -> None:
        assert pairing.plan(project=project, scheme="all") == pairing.Plan(0, 0, 0, 0)
        assert run(project, "all")["pairs_new"] == 0

    def test_refuses_a_scheme_there_is_not(self, project: Project) -> None:
        with pytest.raises(pairing.BadPairing):
            pairing.plan(project=project, scheme="some")
