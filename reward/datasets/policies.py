"""What a pair is to a dataset, and which pairs become rows."""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from annotation.formats.conversations import (
    is_blank,
    out_of_order,
    prompt_is_open,
    repeats,
    response_is_an_answer,
    writes_for_others,
)
from annotation.formats.records import Content, PairRecord, Preference, plain
from annotation.formats.sides import as_seen, as_turns, differ_invisibly, repeat_the_prompt
from annotation.vocabulary import Verdict
from quality.stats.soft_labels import preference as label
from quality.stats.soft_labels import soft_labels


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair with its settled verdict; None where it is unsettled. ``by_adjudicator``: an adjudicator's verdict was taken for it.

    ``posterior``, where it is asked for, is how likely each verdict is the true one, by code; null where nothing says so.
    """

    record: PairRecord
    settled: Verdict | None
    by_adjudicator: bool = False
    posterior: tuple[float, ...] | None = None


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
    INVISIBLE = "invisible_difference"
    """Both responses look the same: signs of no width, blanks at ends of lines or the Unicode form alone differ."""
    PROMPT_END = "prompt_end"
    """The prompt does not end with the user or a tool: chat templates begin no assistant's turn there."""
    RESPONSE_ENDS = "response_ends"
    """A side does not begin and end with the assistant."""
    REPEATED_TURNS = "repeated_turns"
    """A side repeats turns of the prompt, which a trainer would see twice."""
    OTHERS_TURNS = "others_turns"
    """A side holds turns of the user or the system, which a model would be taught to write."""


class Odd(StrEnum):
    """Why a row is worth a look before training. It is a row."""

    TURN_ORDER = "turn_order"
    """Turns follow each other as the chat templates of some models refuse."""
    TOOL_TURNS = "tool_turns"
    """A side holds what a tool returned, which trainers that count every token of a side teach too."""
    BLANK = "blank"
    """Nothing can be read in the prompt or in a side."""
    REPEATED_PROMPT = "repeated_prompt"
    """Both sides begin with the prompt, or a side with a conversation written as text."""


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


def soft_preference(pair: JudgedPair, *, smoothing: float = 0.0) -> Preference | None:
    """Return the row of a pair with a posterior, the likelier response chosen; None for gold and where nothing is told.

    A tie counts half for each response, and that both are bad says nothing: ``quality.stats.soft_labels.preference``. An
    adjudicator's verdict that is preferred is certain.

    Parameters
    ----------
    smoothing : float
        Share by which each label is drawn towards all verdicts alike, from 0 up to and without 1.

    Examples
    --------
    >>> from annotation.formats.records import ResponseRecord
    >>> pair = PairRecord("1", "2 + 2?", ResponseRecord("m", "5"), ResponseRecord("n", "4"))
    >>> found = soft_preference(JudgedPair(pair, None, posterior=(0.1, 0.7, 0.1, 0.1)))
    >>> found.chosen, round(found.p_chosen, 3)
    ('4', 0.833)
    """
    told = _certain(pair.settled) if pair.by_adjudicator and pair.settled is not None else pair.posterior
    if told is None or pair.record.gold is not None:
        return None
    p_first = float(label(soft_labels([told], smoothing=smoothing))[0])
    if math.isnan(p_first):
        return None
    first, second = pair.record.first.content, pair.record.second.content
    if p_first >= 0.5:
        return Preference(pair.record.prompt, first, second, p_first)
    return Preference(pair.record.prompt, second, first, 1 - p_first)


def _certain(verdict: Verdict) -> tuple[float, ...]:
    return tuple(float(code == verdict) for code in Verdict)


def left_out(row: Preference) -> LeftOut | None:
    """Return why a preference is no row of a dataset for trainers; None where it is one.

    Examples
    --------
    >>> left_out(Preference("2 + 2?", "4", "4")), left_out(Preference("2 + 2?", "4", "5"))
    (<LeftOut.IDENTICAL: 'identical_sides'>, None)
    """
    sides = (row.chosen, row.rejected)
    if as_turns(row.chosen) == as_turns(row.rejected):
        return LeftOut.IDENTICAL
    if differ_invisibly(*sides):
        return LeftOut.INVISIBLE
    if not prompt_is_open(row.prompt):
        return LeftOut.PROMPT_END
    if not all(map(response_is_an_answer, sides)):
        return LeftOut.RESPONSE_ENDS
    if any(repeats(row.prompt, side) for side in sides):
        return LeftOut.REPEATED_TURNS
    if any(map(writes_for_others, sides)):
        return LeftOut.OTHERS_TURNS
    return None


def odd(row: Preference) -> Iterator[Odd]:
    """Yield why a row is worth a look before training."""
    sides = (row.chosen, row.rejected)
    if any(out_of_order(row.prompt, side) for side in sides):
        yield Odd.TURN_ORDER
    if any(turn.role == "tool" for side in sides for turn in as_turns(side)):
        yield Odd.TOOL_TURNS
    if any(map(is_blank, (row.prompt, *sides))):
        yield Odd.BLANK
    if repeat_the_prompt(row.prompt, sides):
        yield Odd.REPEATED_PROMPT


class RowsSeen:
    """Which rows stand in a dataset more than once, and which the other way round too. Eight bytes a row.

    Examples
    --------
    >>> seen = RowsSeen()
    >>> for row in (Preference("2 + 2?", "4", "5"), Preference("2 + 2?", "5", "4"), Preference("3 + 3?", "6", "5")):
    ...     seen.add(row)
    >>> seen.counts()
    (0, 2)
    """

    def __init__(self) -> None:
        self._keys = array("Q")

    def add(self, row: Preference) -> None:
        """Remember a row by its prompt and sides. The last bit says which of the two sides was chosen."""
        sides = [_digest(row.chosen), _digest(row.rejected)]
        both = hashlib.blake2b(b"".join([_digest(row.prompt), *sorted(sides)]), digest_size=8).digest()
        self._keys.append(int.from_bytes(both) & ~1 | (sides[0] > sides[1]))

    def counts(self) -> tuple[int, int]:
        """Return how many rows another row before them equals, and how many rows stand the other way round too."""
        rows, times = np.unique(np.frombuffer(self._keys, dtype=np.uint64), return_counts=True)
        contradicted = np.isin(rows ^ np.uint64(1), rows)
        return int((times - 1).sum()), int(times[contradicted].sum())


def _digest(content: Content) -> bytes:
    if not isinstance(content, str) and len(content) == 1:  # a text and the turn that it stands for are one
        content = content[0].content
    text = content if isinstance(content, str) else json.dumps(plain(content))
    return hashlib.blake2b(as_seen(text).encode(), digest_size=8).digest()


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

    A dataset of preferences also counts, as ``left_out_…``, the preferred pairs that are no row, by reason, and, as
    ``rows_…``, rows that are worth a look.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    left_out: Counter[LeftOut] | None = None
    odd: Counter[Odd] = field(default_factory=Counter)
    seen: RowsSeen = field(default_factory=RowsSeen)
    adjudicated: int = 0
    by_adjudicator: int = 0
    unlabeled: int | None = None

    def records(self, pairs: Iterable[JudgedPair]) -> Iterator[PairRecord]:
        """Yield every pair, counted."""
        for pair in pairs:
            self._count(pair)
            yield pair.record

    def preferences(
        self, pairs: Iterable[JudgedPair], row_of: Callable[[JudgedPair], Preference | None] = preference
    ) -> Iterator[Preference]:
        """Yield the rows of the pairs that have one by ``row_of``; all pairs are counted.

        By another than :func:`preference`, ``unlabeled`` counts the pairs, gold left out, that have no row by it.
        """
        self.left_out = Counter()
        self.unlabeled = None if row_of is preference else 0
        for pair in pairs:
            self._count(pair)
            row = row_of(pair)
            if row is None:
                if self.unlabeled is not None and kind(pair) is not Kind.GOLD:
                    self.unlabeled += 1
                continue
            why = left_out(row)
            if why is not None:
                self.left_out[why] += 1
                continue
            self.odd.update(odd(row))
            self.seen.add(row)
            yield row

    def as_dict(self) -> dict[str, int]:
        """Return ``pairs``, the sum of ``settled``, ``unsettled`` and ``gold``; ``settled``, the sum of preferred, ties and both bad.

        Among all of them, ``adjudicated`` have an adjudicator's verdict, and ``settled_by_adjudication`` are settled by it.
        """
        settled = {str(k): self.kinds[k] for k in (Kind.PREFERRED, Kind.TIE, Kind.BOTH_BAD)}
        return {
            "pairs": self.kinds.total(),
            "settled": sum(settled.values()),
            **settled,
            "unsettled": self.kinds[Kind.UNSETTLED],
            "gold": self.kinds[Kind.GOLD],
            "adjudicated": self.adjudicated,
            "settled_by_adjudication": self.by_adjudicator,
            **self._of_rows(),
        }

    def _count(self, pair: JudgedPair) -> None:
        found = kind(pair)
        self.kinds[found] += 1
        self.adjudicated += pair.record.adjudication is not None
        self.by_adjudicator += pair.by_adjudicator and found is not Kind.GOLD

    def _of_rows(self) -> dict[str, int]:
        if self.left_out is None:
            return {}
        repeated, contradicting = self.seen.counts()
        return {
            **({} if self.unlabeled is None else {"unlabeled": self.unlabeled}),
            **{f"left_out_{why}": self.left_out[why] for why in LeftOut},
            **{f"rows_{why}": self.odd[why] for why in Odd},
            "rows_repeated": repeated,
            "rows_contradicting": contradicting,
        }
