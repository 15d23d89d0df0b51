"""What a pair is to a dataset, and which pairs become rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from annotation.formats.conversations import prompt_is_open, repeats, response_is_an_answer
from annotation.formats.records import Content, Message, PairRecord, Preference
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


class LeftOut(StrEnum):
    """Why a settled pair with a better response is no row: it teaches nothing, or a trainer refuses it. The first that holds."""

    IDENTICAL = "identical_sides"
    """Both responses are the same, so there is nothing to prefer."""
    PROMPT_END = "prompt_end"
    """The prompt does not end with the user or a tool: chat templates begin no assistant's turn there."""
    RESPONSE_ENDS = "response_ends"
    """A side does not begin and end with the assistant."""
    REPEATED_TURNS = "repeated_turns"
    """A side repeats turns of the prompt, which a trainer would see twice."""


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


def left_out(row: Preference) -> LeftOut | None:
    """Return why a preference is no row of a dataset for trainers; None where it is one.

    Examples
    --------
    >>> left_out(Preference("2 + 2?", "4", "4")), left_out(Preference("2 + 2?", "4", "5"))
    (<LeftOut.IDENTICAL: 'identical_sides'>, None)
    """
    sides = (row.chosen, row.rejected)
    if _as_turns(row.chosen) == _as_turns(row.rejected):
        return LeftOut.IDENTICAL
    if not prompt_is_open(row.prompt):
        return LeftOut.PROMPT_END
    if not all(map(response_is_an_answer, sides)):
        return LeftOut.RESPONSE_ENDS
    if any(repeats(row.prompt, side) for side in sides):
        return LeftOut.REPEATED_TURNS
    return None


def _as_turns(side: Content) -> Content:
    """A text as the turn that it becomes among conversations."""
    return (Message("assistant", side),) if isinstance(side, str) else side


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
    >>> {name: n for name, n in tally.as_dict().items() if n}
    {'pairs': 1, 'settled': 1, 'ties': 1}

    A dataset of preferences also counts, as ``left_out_…``, the preferred pairs that are no row, by reason.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    left_out: Counter[LeftOut] | None = None

    def records(self, pairs: Iterable[JudgedPair]) -> Iterator[PairRecord]:
        """Yield every pair, counted."""
        for pair in pairs:
            self.kinds[kind(pair)] += 1
            yield pair.record

    def preferences(self, pairs: Iterable[JudgedPair]) -> Iterator[Preference]:
        """Yield the rows of the pairs that have one; all pairs are counted."""
        self.left_out = Counter()
        for pair in pairs:
            self.kinds[kind(pair)] += 1
            row = preference(pair)
            if row is None:
                continue
            why = left_out(row)
            if why is None:
                yield row
            else:
                self.left_out[why] += 1

    def as_dict(self) -> dict[str, int]:
        """Return ``pairs``, the sum of ``settled``, ``unsettled`` and ``gold``; ``settled``, the sum of preferred, ties and both bad."""
        settled = {str(k): self.kinds[k] for k in (Kind.PREFERRED, Kind.TIE, Kind.BOTH_BAD)}
        return {
            "pairs": self.kinds.total(),
            "settled": sum(settled.values()),
            **settled,
            "unsettled": self.kinds[Kind.UNSETTLED],
            "gold": self.kinds[Kind.GOLD],
            **({} if self.left_out is None else {f"left_out_{why}": self.left_out[why] for why in LeftOut}),
        }
