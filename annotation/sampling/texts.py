"""Texts for simulated pairs: prompts, and responses whose lengths differ as those of models do. Seeded; no Django."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

WORDS: Final = (
    *("answer", "because", "before", "between", "bright", "careful", "chapter", "choose", "common", "compare"),
    *("detail", "during", "effect", "either", "enough", "example", "explain", "family", "follow", "garden", "general"),
    *("gentle", "happen", "history", "however", "include", "instead", "knowledge", "language", "letter", "light"),
    *("likely", "measure", "method", "morning", "nature", "number", "often", "order", "paper", "people", "perhaps"),
    *("place", "point", "possible", "question", "rather", "reason", "result", "school", "season", "several"),
    *("simple", "small", "sound", "state", "story", "strong", "table", "though", "through", "together", "travel"),
    *("usual", "value", "various", "water", "weather", "whether", "without", "winter", "wonder", "write", "yellow"),
)
SKILLS: Final = ("law", "medicine", "programming")
"""Tags of prompts: what one has to know to judge them."""
MODELS: Final = ("model-a", "model-b", "model-c", "model-d", "model-e")
TYPICAL: Final = 60
"""Median number of words of a response."""
LENGTHS: Final = 0.6
"""Standard deviation of the logarithm of that number."""
VERDICTS: Final = 4


@dataclass(frozen=True, slots=True)
class Drafted:
    """A pair to be imported; ``gold`` is a verdict, or None."""

    external_id: str
    prompt: str
    skill: str
    models: tuple[str, str]
    texts: tuple[str, str]
    gold: int | None


def drafted(count: int, *, gold: int, seed: int, models: Sequence[str] = MODELS) -> Iterator[Drafted]:
    """Yield pairs with texts of log-normal lengths, which say nothing about the truth; the last ``gold`` of them are gold.

    Examples
    --------
    >>> [pair.gold is not None for pair in drafted(3, gold=1, seed=5)]
    [False, False, True]
    >>> list(drafted(3, gold=1, seed=5)) == list(drafted(3, gold=1, seed=5))
    True
    """
    rng = random.Random(seed)  # noqa: S311 - simulates and guards nothing
    for number in range(count):
        skill = rng.choice(SKILLS)
        first, second = rng.sample(range(len(models)), 2)
        yield Drafted(
            external_id=f"simulated-{seed}-{number:06d}",
            prompt=f"{_text(rng, rng.randint(5, 12))} ({seed}-{number}, {skill})?",
            skill=skill,
            models=(models[first], models[second]),
            texts=(_text(rng, _length(rng)), _text(rng, _length(rng))),
            gold=rng.randrange(VERDICTS) if number >= count - gold else None,
        )


def _length(rng: random.Random) -> int:
    return max(3, round(TYPICAL * rng.lognormvariate(0, LENGTHS)))


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."
