from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from annotation.sampling.simulated import (
    HASTE,
    HONEST,
    MANNERS,
    MISTAKES,
    TIES,
    Annotator,
    Given,
    Kind,
    Moment,
    Task,
    known,
)
from annotation.sampling.texts import drafted
from annotation.vocabulary import Verdict

N = 4_000
MORNING, EVENING = Moment(0.0, 0.0), Moment(0.0, 1.0)
TASK = Task(Verdict.FIRST, 0.0, "law", first_on_left=True, first_length=300, second_length=500)


def judged(kind: Kind, task: Task = TASK, at: Moment = MORNING, *, skill: str = "law") -> list[Given]:
    """The judgements of forty annotators of a kind, a hundred each."""
    people = [Annotator(kind, f"{kind} {i}", seed=1, skill=skill) for i in range(40)]
    return [person.judge(task, at) for person in people for _ in range(N // 40)]


def right(given: list[Given], task: Task = TASK) -> float:
    return sum(one.verdict is task.truth for one in given) / len(given)


def median_seconds(given: list[Given]) -> float:
    return float(np.median([one.seconds for one in given]))


class TestWhoReads:
    @pytest.mark.parametrize("difficulty", [-1.5, 0.0, 2.0])
    @pytest.mark.parametrize("kind", [Kind.CAREFUL, Kind.NOISY])
    def test_is_right_as_often_as_ability_and_difficulty_say(self, kind: Kind, difficulty: float) -> None:
        task = replace(TASK, difficulty=difficulty)
        expected = 1 / (1 + exp(difficulty - MANNERS[kind].ability))

        assert right(judged(kind, task), task) == pytest.approx(expected, abs=0.03)

    def test_takes_other_verdicts_by_mistake_as_often_as_stated(self) -> None:
        wrong = Counter(one.verdict for one in judged(Kind.NOISY) if one.verdict is not Verdict.FIRST)

        for verdict, share in MISTAKES[Verdict.FIRST]:
            assert wrong[verdict] / wrong.total() == pytest.approx(share, abs=0.05)

    @pytest.mark.parametrize("kind", sorted(HONEST))
    def test_judges_by_the_responses_and_not_by_their_sides_or_lengths(self, kind: Kind) -> None:
        person, other = (Annotator(kind, "same", seed=3, skill="law") for _ in range(2))
        swapped = replace(TASK, first_on_left=False, first_length=500, second_length=300)

        assert [person.judge(TASK, MORNING) for _ in range(50)] == [other.judge(swapped, MORNING) for _ in range(50)]

    def test_says_the_same_from_the_same_seed_and_other_things_from_another(self) -> None:
        first, again, another = (Annotator(Kind.NOISY, "noisy 01", seed=seed) for seed in (1, 1, 2))
        given = [[who.judge(TASK, MORNING) for _ in range(50)] for who in (first, again, another)]

        assert given[0] == given[1]
        assert given[0] != given[2]


class TestKinds:
    def test_random_takes_every_verdict_alike(self) -> None:
        shares = Counter(one.verdict for one in judged(Kind.RANDOM))

        assert [shares[verdict] / N for verdict in Verdict] == pytest.approx([0.25] * 4, abs=0.03)

    @pytest.mark.parametrize(("left", "verdict"), [(True, Verdict.FIRST), (False, Verdict.SECOND)])
    def test_always_left_takes_the_left(self, left: bool, verdict: Verdict) -> None:
        given = judged(Kind.ALWAYS_LEFT, replace(TASK, first_on_left=left))

        assert {one.verdict for one in given} == {verdict}

    @pytest.mark.parametrize(("length", "verdict"), [(499, Verdict.SECOND), (501, Verdict.FIRST)])
    def test_always_longer_takes_the_longer_wherever_it_stands(self, length: int, verdict: Verdict) -> None:
        for left in (True, False):
            given = judged(Kind.ALWAYS_LONGER, replace(TASK, first_length=length, first_on_left=left))
            assert {one.verdict for one in given} == {verdict}

    def test_tie_lover_says_tie_much_too_often(self) -> None:
        ties = sum(one.verdict is Verdict.TIE for one in judged(Kind.TIE_LOVER)) / N

        assert TIES < ties < TIES + 0.15

    def test_drifting_begins_careful_and_ends_at_little_more_than_chance(self) -> None:
        given = [right(judged(Kind.DRIFTING, at=Moment(passed, 0.5))) for passed in (0.0, 0.5, 1.0)]

        assert given[0] > 0.9 > given[1] > given[2]
        assert given[2] < 0.5

    def test_tired_is_worse_and_slower_late_in_the_day_and_as_before_on_the_next(self) -> None:
        morning, evening = judged(Kind.TIRED, at=MORNING), judged(Kind.TIRED, at=EVENING)

        assert right(morning) > 0.9
        assert right(evening) < 0.7
        assert median_seconds(evening) / median_seconds(morning) == pytest.approx(1.8, abs=0.1)
        assert right(judged(Kind.TIRED, at=Moment(0.5, 0.0))) > 0.9

    def test_copier_takes_over_what_they_see_right_or_wrong(self) -> None:
        given = judged(Kind.COPIER, replace(TASK, copied=Verdict.BOTH_BAD))

        assert sum(one.verdict is Verdict.BOTH_BAD for one in given) / N > 0.94
        assert right(judged(Kind.COPIER)) < 0.65

    def test_expert_is_careful_in_their_skill_alone(self) -> None:
        assert right(judged(Kind.EXPERT, skill="law")) > 0.9
        assert right(judged(Kind.EXPERT, skill="medicine")) < 0.7


class TestSeconds:
    @pytest.mark.parametrize("kind", [Kind.CAREFUL, Kind.RANDOM])
    def test_are_log_normal_given_the_length(self, kind: Kind) -> None:
        person = Annotator(kind, "one", seed=1)
        logs = np.log([person.judge(TASK, MORNING).seconds for _ in range(N)])

        assert logs.mean() == pytest.approx(log(person.pace), abs=0.03)
        assert logs.std() == pytest.approx(HASTE, abs=0.03)
        assert abs(((logs - logs.mean()) ** 3).mean() / logs.std() ** 3) < 0.15

    def test_grow_with_the_length_for_who_reads(self) -> None:
        longer = replace(TASK, first_length=1_200, second_length=2_000)

        assert median_seconds(judged(Kind.CAREFUL, longer)) / median_seconds(judged(Kind.CAREFUL)) == pytest.approx(
            4**0.5, abs=0.15
        )
        assert median_seconds(judged(Kind.ALWAYS_LEFT, longer)) == pytest.approx(
            median_seconds(judged(Kind.ALWAYS_LEFT)), abs=0.3
        )

    @pytest.mark.parametrize("kind", list(Kind))
    def test_and_confidence_may_be_stored(self, kind: Kind) -> None:
        given = judged(kind)

        assert all(0.5 <= one.confidence <= 1 and one.seconds > 0 for one in given)


class TestTruth:
    IDS = tuple(f"p{i}" for i in range(5_000))
    MODELS = tuple(("strong", "weak") for _ in IDS)
    NO_GOLD = np.full(len(IDS), -1, np.int8)

    def test_is_that_of_a_pair_alone(self) -> None:
        strengths = {"strong": 1.0, "weak": -1.0}
        whole = known(self.IDS, self.MODELS, self.NO_GOLD, strengths, seed=5)
        some = known(self.IDS[7:3:-1], self.MODELS[:4], self.NO_GOLD[:4], strengths, seed=5)

        assert some.verdict.tolist() == whole.verdict[7:3:-1].tolist()
        assert some.difficulty.tolist() == whole.difficulty[7:3:-1].tolist()

    def test_prefers_the_stronger_model_as_often_as_their_strengths_say(self) -> None:
        from scipy.stats import norm

        found = known(self.IDS, self.MODELS, self.NO_GOLD, {"strong": 1.0, "weak": -1.0}, seed=5)
        # A difference of merits is normal around 2 with a deviation of 1.3 √2; that both are bad is rare here.
        gap = norm(2, 1.3 * 2**0.5)

        assert (found.verdict == Verdict.FIRST).mean() == pytest.approx(gap.sf(0.35), abs=0.02)
        assert (found.verdict == Verdict.SECOND).mean() == pytest.approx(gap.cdf(-0.35), abs=0.02)

    def test_is_the_gold_verdict_of_a_pair_that_is_easy(self) -> None:
        gold = np.array([Verdict.BOTH_BAD] * len(self.IDS), np.int8)
        found = known(self.IDS, self.MODELS, gold, {"strong": 1.0, "weak": -1.0}, seed=5)

        assert set(found.verdict.tolist()) == {Verdict.BOTH_BAD}
        assert found.difficulty.max() < 0

    def test_differs_between_seeds(self) -> None:
        even = {"strong": 0.0, "weak": 0.0}
        one, other = (known(self.IDS, self.MODELS, self.NO_GOLD, even, seed=seed) for seed in (1, 2))

        assert 0.2 < (one.verdict == other.verdict).mean() < 0.6


class TestTexts:
    def test_have_lengths_that_differ_and_say_nothing_of_the_truth(self) -> None:
        made = list(drafted(2_000, gold=100, seed=3))
        lengths = np.array([[len(text) for text in pair.texts] for pair in made])
        found = known(
            [pair.external_id for pair in made],
            [pair.models for pair in made],
            np.full(len(made), -1, np.int8),
            dict.fromkeys({name for pair in made for name in pair.models}, 0.0),
            seed=3,
        )
        decided = found.verdict < 2
        longer_wins = (lengths[:, 0] > lengths[:, 1]) == (found.verdict == Verdict.FIRST)

        assert np.log(lengths).std() == pytest.approx(0.6, abs=0.1)
        assert (lengths[:, 0] == lengths[:, 1]).mean() < 0.02
        assert longer_wins[decided].mean() == pytest.approx(0.5, abs=0.04)
