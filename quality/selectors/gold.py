"""Gold as counted at the moment of reading, each share with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db.models import QuerySet

from annotation.models import Pair, Project
from annotation.selectors import gold
from annotation.selectors.waiting import waits
from quality.models import Figure, GoldProposal, ProposalState, QualityRun
from quality.selectors.days import first_of
from quality.selectors.figures import StoredFigure, figure_rows
from quality.stats.gold import share, share_of_pairs
from quality.stats.intervals import Estimate

DAYS = 28
PROPOSALS_SHOWN = 20
ON_PROBES = ("self_consistency", "same_side_twice")
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


@dataclass(frozen=True, slots=True)
class OnePair:
    """A pair, gold or not, with all that is known of it: who answered what, how many people know it, whether it is proposed.

    ``likely`` is the known verdict, else the proposed one.
    """

    pair: Pair
    right: Estimate
    answers: list[gold.Answered]
    known_by: int
    proposal: GoldProposal | None

    @property
    def likely(self) -> int | None:
        if self.pair.gold_verdict is not None:
            return self.pair.gold_verdict
        return self.proposal.verdict if self.proposal else None


def one(project: Project, pair_id: int) -> OnePair | None:
    """Return a pair of a project; five queries."""
    pair = gold.with_texts(project, pair_id)
    if pair is None:
        return None
    answers = gold.answers(pair)
    right = sum(answer.verdict == pair.gold_verdict for answer in answers)
    return OnePair(
        pair,
        share(right, len(answers)),
        answers,
        gold.known_by(project, [pair.pk])[pair.pk],
        GoldProposal.objects.filter(project=project, pair=pair, state=ProposalState.PROPOSED).first(),
    )


def proposals(project: Project, *, most: int = PROPOSALS_SHOWN) -> list[GoldProposal]:
    """Return the most certain proposals that wait, with their pairs' texts; one query."""
    waiting = waiting_proposals(project).select_related("pair__prompt", "pair__first", "pair__second")
    return list(waiting.order_by("-probability", "-n", "pk")[:most])


@waits("gold")
def waiting_proposals(project: Project) -> QuerySet[GoldProposal]:
    """Return the pairs that are proposed as gold and nobody has decided about."""
    return GoldProposal.objects.filter(project=project, state=ProposalState.PROPOSED)


def probes(run: QualityRun) -> list[StoredFigure]:
    """Return the project's figures on probes in a run; one query."""
    found = Figure.objects.filter(project_id=run.project_id, run=run, member__isnull=True, name__in=ON_PROBES)
    return figure_rows(found)


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
