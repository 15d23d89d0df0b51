"""Simulated annotators: how annotators of known kinds would judge pairs whose true verdict is known. Seeded; no Django.

They test the statistics: a careful annotator should get a high kappa, one who always takes the left response a side bias,
one who clicks at random neither agreement nor gold accuracy. Projects with simulated judgements are marked.

Who reads the pair is right with probability ``expit(ability - difficulty)``, both in log-odds (Rasch 1960), and otherwise
takes another verdict, rather a tie than the opposite. The others do not read it: they choose by side, by length, or by chance.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict


class Kind(StrEnum):
    """How a simulated annotator judges."""

    CAREFUL = "careful"
    NOISY = "noisy"
    RANDOM = "random"
    ALWAYS_LEFT = "always-left"
    ALWAYS_LONGER = "always-longer"
    TIE_LOVER = "tie-lover"
    DRIFTING = "drifting"
    TIRED = "tired"
    COPIER = "copier"
    EXPERT = "expert-in-one-skill"


HONEST: Final = frozenset({Kind.CAREFUL, Kind.NOISY, Kind.DRIFTING, Kind.TIRED, Kind.EXPERT})
"""Kinds that read every pair and say what they think of it."""


@dataclass(frozen=True, slots=True)
class _Manner:
    ability: float  # log-odds to be right on a pair of difficulty 0
    seconds: float  # median time on a pair of TYPICAL_LENGTH
    by_length: float  # by which power of the length the time grows
    boast: float  # by how much the stated confidence exceeds the chance to be right


MANNERS: Final[Mapping[Kind, _Manner]] = {
    Kind.CAREFUL: _Manner(ability=2.8, seconds=48, by_length=0.5, boast=0.0),
    Kind.NOISY: _Manner(ability=1.0, seconds=31, by_length=0.4, boast=0.12),
    Kind.RANDOM: _Manner(ability=-math.inf, seconds=7, by_length=0.0, boast=0.25),
    Kind.ALWAYS_LEFT: _Manner(ability=-math.inf, seconds=4, by_length=0.0, boast=0.3),
    Kind.ALWAYS_LONGER: _Manner(ability=-math.inf, seconds=6, by_length=0.1, boast=0.3),
    Kind.TIE_LOVER: _Manner(ability=1.8, seconds=20, by_length=0.3, boast=0.0),
    Kind.DRIFTING: _Manner(ability=2.8, seconds=44, by_length=0.5, boast=0.1),
    Kind.TIRED: _Manner(ability=2.8, seconds=42, by_length=0.5, boast=0.05),
    Kind.COPIER: _Manner(ability=0.3, seconds=14, by_length=0.1, boast=0.2),
    Kind.EXPERT: _Manner(ability=2.8, seconds=46, by_length=0.5, boast=0.05),
}

TYPICAL_LENGTH: Final = 800
"""Characters of both responses together."""
TIE_WITHIN: Final = 0.35  # log-odds: closer than this a pair is truly a tie
BAD_BELOW: Final = -1.6  # both responses below this are truly bad
SPREAD: Final = 1.3  # standard deviation of the merits of one model's answers
GOLD_DIFFICULTY: Final = -1.5  # gold is evident to who looks
DRIFT: Final = 3.5  # what a drifting annotator has lost of their ability at the end
TIREDNESS: Final = 2.5  # what a tired annotator has lost at the end of a day
SLOWNESS: Final = 0.8  # by which share they are slower then
OUTSIDE: Final = 2.4  # what an expert lacks outside their skill
TIES: Final = 0.6  # how often a tie-lover says tie without further thought
COPIED: Final = 0.95  # how often a copier takes over the verdict that they can see
ABILITIES: Final = 0.25  # standard deviation of the abilities of one kind
PACES: Final = 0.2  # standard deviation of the logarithm of their paces
HASTE: Final = 0.45  # standard deviation of the logarithm of one annotator's seconds, given the length

# Where a verdict is wrong, which one it is: (verdict, share), by the true one.
MISTAKES: Final[Mapping[Verdict, tuple[tuple[Verdict, float], ...]]] = {
    Verdict.FIRST: ((Verdict.SECOND, 0.4), (Verdict.TIE, 0.45), (Verdict.BOTH_BAD, 0.15)),
    Verdict.SECOND: ((Verdict.FIRST, 0.4), (Verdict.TIE, 0.45), (Verdict.BOTH_BAD, 0.15)),
    Verdict.TIE: ((Verdict.FIRST, 0.42), (Verdict.SECOND, 0.42), (Verdict.BOTH_BAD, 0.16)),
    Verdict.BOTH_BAD: ((Verdict.FIRST, 0.3), (Verdict.SECOND, 0.3), (Verdict.TIE, 0.4)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of N pairs that simulated annotators judge."""

    verdict: NDArray[np.int8]  # (N,) the true verdict
    difficulty: NDArray[np.float64]  # (N,) in log-odds: by how much everybody's chance to be right is lower


def known(
    ids: Sequence[str],
    models: Sequence[tuple[str, str]],
    gold: NDArray[np.int8],
    strengths: Mapping[str, float],
    seed: int,
) -> Known:
    """Return the truth of pairs: by their ids, so that it is the same wherever and in whatever order it is asked for.

    The merit of a response is the strength of its model and a normal deviate. The closer two merits are, the more difficult
    is the pair.

    Parameters
    ----------
    ids : N external ids
    models : N source models of the first and of the second response
    gold : (N,) int8 array
        The known verdict, -1 where a pair is not gold. It is the truth, and such a pair is easy.
    strengths : log-strength of each model

    Examples
    --------
    >>> one = known(["p1", "p2"], [("a", "b")] * 2, np.array([-1, 3], np.int8), {"a": 9.0, "b": 0.0}, seed=1)
    >>> one.verdict.tolist()
    [0, 3]
    """
    deviates = _deviates(ids, seed)
    of_models = np.array([[strengths[a], strengths[b]] for a, b in models], dtype=np.float64).reshape(-1, 2)
    merits = of_models + SPREAD * deviates[:, :2]
    gap = np.abs(merits[:, 0] - merits[:, 1])
    verdict = np.where(gold >= 0, gold, truth(merits[:, 0], merits[:, 1]))
    difficulty = np.where(gold >= 0, GOLD_DIFFICULTY, 0.7 * deviates[:, 2] + np.exp(-gap) - 0.3)
    return Known(verdict.astype(np.int8), difficulty)


def _deviates(ids: Sequence[str], seed: int) -> NDArray[np.float64]:
    """(N, 3) independent standard normal deviates, by Box and Muller's transform of a hash of seed and id."""
    hashed = b"".join(hashlib.blake2b(f"{seed}:{one}".encode(), digest_size=32).digest() for one in ids)
    uniform = (np.frombuffer(hashed, dtype="<u8").reshape(-1, 4) + 0.5) / 2.0**64
    radius, angle = np.sqrt(-2 * np.log(uniform[:, :2])), 2 * np.pi * uniform[:, 2:]
    return np.column_stack([radius * np.cos(angle), radius[:, 0] * np.sin(angle[:, 0])])


def truth(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the verdict of a perfect annotator, from the two responses' merits (log-odds).

    Examples
    --------
    >>> truth(np.array([1.0, 0.0, 0.1, -2.0]), np.array([0.0, 1.0, 0.0, -2.0])).tolist()
    [0, 1, 2, 3]
    """
    gap = first - second
    verdict = np.where(gap > 0, Verdict.FIRST, Verdict.SECOND)
    verdict = np.where(np.abs(gap) < TIE_WITHIN, Verdict.TIE, verdict)
    return np.where((first < BAD_BELOW) & (second < BAD_BELOW), Verdict.BOTH_BAD, verdict).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Task:
    """A pair as it is handed to an annotator."""

    truth: Verdict
    difficulty: float
    skill: str  # what one has to know to judge it
    first_on_left: bool
    first_length: int  # characters
    second_length: int
    copied: Verdict | None = None  # the verdict that a copier can see


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is: shares of the project's time and of the working day that have passed, 0 to 1."""

    of_project: float
    of_day: float


@dataclass(frozen=True, slots=True)
class Given:
    """A judgement, in the pair's canonical order."""

    verdict: Verdict
    confidence: float
    seconds: float


class Annotator:
    """A simulated annotator. All they do follows from their own random numbers, their name and the seed.

    Parameters
    ----------
    skill
        What an expert in one skill is good at; of no effect on the other kinds.
    """

    def __init__(self, kind: Kind, name: str, *, seed: int, skill: str = "") -> None:
        manner = MANNERS[kind]
        self.kind, self.name, self.skill = kind, name, skill
        self._rng = random.Random(f"{seed}:{name}")  # noqa: S311 - simulates and guards nothing
        self.ability = manner.ability + self._rng.gauss(0, ABILITIES)
        self.pace = manner.seconds * math.exp(self._rng.gauss(0, PACES))
        self.activity = math.exp(self._rng.gauss(0, 0.5))
        """How much they work, in proportion to others."""

    def chance_right(self, task: Task, at: Moment) -> float:
        """Return how likely the annotator finds the true verdict where they read the pair; 0 for who never does.

        Examples
        --------
        >>> task = Task(Verdict.FIRST, 0.0, "", True, 400, 400)
        >>> tired = Annotator(Kind.TIRED, "tired 01", seed=1)
        >>> tired.chance_right(task, Moment(0, 0)) > 0.9, tired.chance_right(task, Moment(0, 1)) < 0.75
        (True, True)
        """
        ability = self.ability
        if self.kind is Kind.DRIFTING:
            ability -= DRIFT * at.of_project
        elif self.kind is Kind.TIRED:
            ability -= TIREDNESS * at.of_day
        elif self.kind is Kind.EXPERT and task.skill != self.skill:
            ability -= OUTSIDE
        return 0.0 if ability == -math.inf else 1 / (1 + math.exp(task.difficulty - ability))

    def judge(self, task: Task, at: Moment) -> Given:
        """Return the annotator's judgement of a pair. Seconds are log-normal, given the length of the responses."""
        right = self.chance_right(task, at)
        verdict = self._verdict(task, right)
        manner = MANNERS[self.kind]
        sure = max(right, 0.5) + manner.boast + self._rng.gauss(0, 0.05)
        slow = 1 + SLOWNESS * at.of_day if self.kind is Kind.TIRED else 1.0
        length = max(task.first_length + task.second_length, 20) / TYPICAL_LENGTH
        seconds = self.pace * slow * length**manner.by_length * math.exp(self._rng.gauss(0, HASTE))
        return Given(verdict, round(min(max(sure, 0.5), 1.0), 2), round(max(seconds, 0.3), 1))

    def _verdict(self, task: Task, right: float) -> Verdict:
        rng = self._rng
        if self.kind is Kind.RANDOM:
            return Verdict(rng.randrange(len(Verdict)))
        left = Verdict.FIRST if task.first_on_left else Verdict.SECOND
        if self.kind is Kind.ALWAYS_LEFT:
            return left
        if self.kind is Kind.ALWAYS_LONGER:
            if task.first_length == task.second_length:
                return left
            return Verdict.FIRST if task.first_length > task.second_length else Verdict.SECOND
        if self.kind is Kind.COPIER and task.copied is not None and rng.random() < COPIED:
            return task.copied
        if self.kind is Kind.TIE_LOVER and rng.random() < TIES:
            return Verdict.TIE
        if rng.random() < right:
            return task.truth
        wrong, shares = zip(*MISTAKES[task.truth], strict=True)
        (verdict,) = rng.choices(wrong, shares)
        return Verdict(verdict)
