"""Gold as counted at the moment of reading, each share with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from annotation.models import Pair, Project
from annotation.selectors import gold
from quality.selectors.days import first_of
from quality.stats.gold import share, share_of_pairs
from quality.stats.intervals import Estimate

DAYS = 28
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class GoldDay:
    """Gold judged on one day, and the share of it that was right."""

    day: date
    right: Estimate


@dataclass(frozen=True, slots=True)
class GoldPair:
    """A gold pair and the share of its judgements that are right; ``sides`` counts (right, all) by presentation.

    The first of ``sides`` is with the first response on the left, the second with it on the right.
    """

    pair: Pair
    right: Estimate
    sides: tuple[tuple[int, int], tuple[int, int]]


def days(project: Project, *, now: datetime, most: int = DAYS) -> list[GoldDay]:
    """Return the share of gold judgements that were right on each of the last days; only days that had any."""
    return [GoldDay(day.day, share_of_pairs(day.right, day.n)) for day in gold.days(project, since=first_of(most, now))]


def overall(project: Project) -> Estimate:
    """Return the share of all gold judgements that are right, with an interval over pairs."""
    n, right = gold.by_pair(project)
    return share_of_pairs(right, n)


def pairs(counted: Iterable[gold.Counts]) -> list[GoldPair]:
    """Return gold pairs, as ``annotation.selectors.gold.pairs`` counts them, with their shares and prompts; one query."""
    listed = list(counted)
    stored = gold.with_prompts(counts.pair_id for counts in listed)
    return [
        GoldPair(
            stored[counts.pair_id],
            share(counts.right, counts.n),
            ((counts.right_left, counts.n_left), (counts.right_right, counts.n_right)),
        )
        for counts in listed
    ]


def every(counted: Iterable[gold.Counts]) -> Iterator[GoldPair]:
    """Yield the same of any number of pairs, a few hundred at a time."""
    rest = iter(counted)
    while some := list(islice(rest, AT_ONCE)):
        yield from pairs(some)
