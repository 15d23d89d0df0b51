"""What a pair is to a dataset, and which pairs become rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from annotation.formats.records import PairRecord, Preference
from annotation.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair with its settled verdict; None where it is unsettled."""

    record: PairRecord
    settled: Verdict | None


class Kind(StrEnum):
    """What a pair is to a dataset. Each pair is one of these, the first that holds."""

    GOLD = "gold"
    UNSETTLED = "unsettled"
    TIE = "ties"
    BOTH_BAD = "both_bad"
    PREFERRED = "preferred"


def kind(pair: JudgedPair) -> Kind:
    """Return what the pair is. Gold has a known answer and is shown to everyone, so it comes first."""
    if pair.record.gold is not None:
        return Kind.GOLD
    if pair.settled is None:
        return Kind.UNSETTLED
    return {Verdict.TIE: Kind.TIE, Verdict.BOTH_BAD: Kind.BOTH_BAD}.get(pair.settled, Kind.PREFERRED)


def preference(pair: JudgedPair) -> Preference | None:
    """Return the row of a settled pair with a better response; None for any other kind of pair."""
    if kind(pair) is not Kind.PREFERRED:
        return None
    first, second = pair.record.first.content, pair.record.second.content
    chosen, rejected = (first, second) if pair.settled is Verdict.FIRST else (second, first)
    return Preference(pair.record.prompt, chosen, rejected)


@dataclass(slots=True)
class Tally:
    """How many pairs of each kind went into a dataset. Valid after the iterator is exhausted.

    Examples
    --------
    >>> from annotation.formats.records import ResponseRecord
    >>> tally = Tally()
    >>> pair = PairRecord("1", "", ResponseRecord("m", ""), ResponseRecord("n", ""))
    >>> list(tally.preferences([JudgedPair(pair, Verdict.TIE)]))
    []
    >>> tally.as_dict()
    {'pairs': 1, 'settled': 1, 'preferred': 0, 'ties': 1, 'both_bad': 0, 'unsettled': 0, 'gold': 0}
    """

    kinds: Counter[Kind] = field(default_factory=Counter)

    def records(self, pairs: Iterable[JudgedPair]) -> Iterator[PairRecord]:
        """Yield every pair, counted."""
        for pair in pairs:
            self.kinds[kind(pair)] += 1
            yield pair.record

    def preferences(self, pairs: Iterable[JudgedPair]) -> Iterator[Preference]:
        """Yield the rows of the pairs that have one; all pairs are counted."""
        for pair in pairs:
            self.kinds[kind(pair)] += 1
            row = preference(pair)
            if row is not None:
                yield row

    def as_dict(self) -> dict[str, int]:
        """Return ``pairs``, the sum of ``settled``, ``unsettled`` and ``gold``; ``settled``, the sum of preferred, ties and both bad."""
        settled = {str(k): self.kinds[k] for k in (Kind.PREFERRED, Kind.TIE, Kind.BOTH_BAD)}
        return {
            "pairs": self.kinds.total(),
            "settled": sum(settled.values()),
            **settled,
            "unsettled": self.kinds[Kind.UNSETTLED],
            "gold": self.kinds[Kind.GOLD],
        }
