"""Who agrees with whom: a heat table of some annotators, and the list of every two. No queries here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Member
from common.charts import Scale, around, heat, interval_cell
from common.formatting import Measure, number, show
from common.tables import Column, Table, measured
from quality.models import QualityRun
from quality.pages.annotators import Cell
from quality.pages.measures import UNKNOWN, measure
from quality.pages.tables import about
from quality.pages.trust import counted
from quality.pages.wording import method, reason
from quality.selectors.kappas import StoredKappas

MOST: Final = 40
"""Annotators in one heat table: about as many columns as a desktop shows with a number in each."""
WITH_TWO_PLACES: Final = 12
"""Annotators up to which each cell has two decimals."""
BY_CHANCE: Final = 0.025
"""Of intervals of 95 %, how many lie below a value that is the true one."""


class Choice(StrEnum):
    """Which annotators the heat table shows where there are more than it can."""

    SHARED = "shared"  # those who share most with each other
    LEAST = "least"  # those who surely agree least with everybody
    ORDER = "order"  # a stretch of the order by similarity


CHOICES: Final = {
    Choice.SHARED: "Share most pairs",
    Choice.LEAST: "Agree least",
    Choice.ORDER: "In order of similarity",
}
SORTS: Final = ("least", "most", "n")


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Two annotators; ``own`` is one annotator with everybody. Without an interval there is no ``text``, only words."""

    text: str
    level: int
    words: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class HeatRow:
    member: Member
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    choice: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Some annotators against each other, in order of similarity. ``part`` of ``parts`` where the whole order is paged."""

    members: tuple[Member, ...]
    rows: tuple[HeatRow, ...]
    size: str  # few, some or many: how much room a cell has
    filled: int
    possible: int
    left_out: int
    chips: tuple[Chip, ...]
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Two:
    """Two annotators and their agreement."""

    a: Member
    b: Member
    measure: Measure


@dataclass(frozen=True, slots=True)
class TwoRow:
    """The same, as the list shows it."""

    a: Member
    b: Member
    n: int
    cell: Cell


@dataclass(frozen=True, slots=True)
class Answer:
    answer: str
    lede: str


def answer(stored: StoredKappas, target: float) -> Answer:
    """Return what the intervals of all pairs of annotators say together."""
    known = np.isfinite(stored.low) & np.isfinite(stored.high)
    below = int((known & (stored.high.round(2) < round(target, 2))).sum())
    above = int((known & (stored.low >= target)).sum())
    r, n = len(stored.members), int(known.sum())
    chance = ceil(BY_CHANCE * n)
    possible = r * (r - 1) // 2
    facts = f"{above:,} of {counted(n, 'pair')} of annotators with an interval {'is' if above == 1 else 'are'} clearly on target, {n - above - below:,} may be either"
    rest = f"; {possible - n:,} of all {possible:,} share too little to tell" if possible > n else ""
    if not n:
        return Answer("Too early to tell.", "No two annotators share enough pairs for an interval.")
    if below > chance:
        by_chance = (
            f" Of as many intervals about {chance:,} would lie below by chance alone, if all were just on target."
        )
        words = "1 pair of annotators is" if below == 1 else f"{below:,} pairs of annotators are"
        return Answer(f"{words} clearly below target.", f"{facts}{rest}.{by_chance}")
    if 2 * n < len(stored):
        return Answer(
            "Too little is shared to tell.", f"{facts}{rest}. Each annotator with everybody is in the diagonal."
        )
    if below:
        some = f" {counted(below, 'pair')} {'lies' if below == 1 else 'lie'} below target, no more than chance alone gives."
        return Answer("Nobody stands out.", f"{facts}{rest}.{some}")
    return Answer("No two clearly disagree.", f"{facts}{rest}.")


def heat_table(stored: StoredKappas, choice: Choice, *, part: int = 1, around_member: int | None = None) -> HeatTable:
    """Return the heat table of those annotators that a choice shows, or of one (by position) with their partners."""
    r = len(stored.members)
    place = np.empty(r, dtype=np.int64)
    place[stored.order] = np.arange(r)
    parts = ceil(r / MOST)
    if around_member is not None:
        chosen = _partners(stored, around_member)
    elif r <= MOST:
        chosen = np.arange(r)
    elif choice is Choice.ORDER:
        chosen = stored.order[(part - 1) * MOST : part * MOST]
    else:
        chosen = _sharing(stored) if choice is Choice.SHARED else _least(stored)
    chosen = chosen[np.argsort(place[chosen])]
    rows, filled = _rows(stored, chosen)
    few = len(chosen) <= WITH_TWO_PLACES
    return HeatTable(
        members=tuple(stored.members[i] for i in chosen),
        rows=rows,
        size="few" if few else "many" if len(chosen) > MOST // 2 else "some",
        filled=filled,
        possible=len(chosen) * (len(chosen) - 1) // 2,
        left_out=r - len(chosen),
        chips=tuple(
            Chip(each.value, words, around_member is None and each is choice)
            for each, words in CHOICES.items()
            if r > MOST
        ),
        part=part,
        parts=parts if choice is Choice.ORDER and around_member is None and r > MOST else 1,
    )


def _sharing(stored: StoredKappas) -> NDArray[np.int64]:
    """Those who share most with each other: the one who shares most, then always whoever shares most with those."""
    shared = _shared(stored)
    chosen = [int(shared.sum(axis=1).argmax())]
    with_them = shared[chosen[0]].astype(np.float64)
    with_them[chosen[0]] = -1
    while len(chosen) < MOST:
        chosen.append(int(with_them.argmax()))
        with_them = with_them + shared[chosen[-1]]
        with_them[chosen] = -1
    return np.array(chosen, dtype=np.int64)


def _partners(stored: StoredKappas, member: int) -> NDArray[np.int64]:
    """One annotator, and those with whom they share most."""
    shared = _shared(stored)[member]
    others = [i for i in np.argsort(-shared, kind="stable").tolist() if i != member and shared[i]]
    return np.array([member, *others[: MOST - 1]], dtype=np.int64)


def _shared(stored: StoredKappas) -> NDArray[np.int64]:
    r = len(stored.members)
    shared = np.zeros((r, r), dtype=np.int64)
    shared[stored.a, stored.b] = shared[stored.b, stored.a] = stored.n
    return shared


def _least(stored: StoredKappas) -> NDArray[np.int64]:
    """Those whose agreement with everybody is lowest by the upper end of its interval."""
    high = np.full(len(stored.members), np.inf)
    for i, figure in stored.own.items():
        if figure.high is not None:
            high[i] = figure.high
    return np.argsort(high, kind="stable")[:MOST]


def _rows(stored: StoredKappas, chosen: NDArray[np.int64]) -> tuple[tuple[HeatRow, ...], int]:
    places = 2 if len(chosen) <= WITH_TWO_PLACES else 1
    at = np.full(len(stored.members), -1, dtype=np.int64)
    at[chosen] = np.arange(len(chosen))
    inside = np.flatnonzero((at[stored.a] >= 0) & (at[stored.b] >= 0))
    nothing = HeatCell("", 0, "")
    table = [[nothing] * len(chosen) for _ in chosen]
    for p in inside.tolist():
        i, j = int(at[stored.a[p]]), int(at[stored.b[p]])
        table[i][j] = table[j][i] = _cell(two(stored, p).measure, places)
    for i, member in enumerate(chosen.tolist()):
        own = stored.own.get(member)
        table[i][i] = _cell(UNKNOWN if own is None else measure(own), places, own=True)
    rows = tuple(HeatRow(stored.members[m], tuple(cells)) for m, cells in zip(chosen.tolist(), table, strict=True))
    return rows, len(inside)


def _cell(found: Measure, places: int, *, own: bool = False) -> HeatCell:
    if found.value is None:
        return HeatCell("", 0, f"not defined: {found.reason}" if found.n else "", own)
    if not found.has_interval:  # two judgements alike would be as dark as two hundred
        return HeatCell("", 0, f"{number(found.value, places)}, n = {found.n:,}: {found.reason}", own)
    words = f"{show(found).interval}, n = {found.n:,}"
    return HeatCell(number(found.value, places), heat(found.value), words, own)


def two(stored: StoredKappas, p: int) -> Two:
    """Return one pair of annotators."""
    value, low, high = (
        None if np.isnan(end) else float(end) for end in (stored.value[p], stored.low[p], stored.high[p])
    )
    why = int(stored.reason[p])
    code, arguments = stored.reasons[why] if why >= 0 else ("", {})
    found = Measure(value, low, high, int(stored.n[p]), reason(code, arguments), method(stored.method, {}))
    return Two(stored.members[int(stored.a[p])], stored.members[int(stored.b[p])], found)


def in_order(stored: StoredKappas, sort: str) -> NDArray[np.int64]:
    """Return the pairs of annotators that the list shows: surest disagreement or agreement first, or who shares most.

    The first two leave out those without an interval, of whom nothing is sure.
    """
    key = {"least": stored.high, "most": -stored.low, "n": -stored.n.astype(np.float64)}[sort]
    found = np.lexsort((stored.b, stored.a, key))
    return found[np.isfinite(key[found])]


def rows(stored: StoredKappas, pairs: Iterable[int], target: float) -> Iterator[TwoRow]:
    """Yield rows of the list, on one axis."""
    ends = [float(v) for column in (stored.low, stored.high, stored.value) for v in column[np.isfinite(column)]]
    scale = Scale(*around([*ends, target], floor=-1.0, ceiling=1.0), 3.0, 97.0)
    for p in pairs:
        found = two(stored, p)
        low = found.measure.high is not None and round(found.measure.high, 2) < round(target, 2)
        mark, line = interval_cell(found.measure, scale, reference=target, tone="act" if low else "")
        yield TwoRow(found.a, found.b, found.measure.n, Cell("Cohen’s κ", mark, line))


def table(stored: StoredKappas, pairs: Iterable[int], run: QualityRun) -> Table[Two]:
    """Return the list of every two annotators as files hold it."""
    return Table(
        "agreement-of-annotators",
        (
            Column("a", lambda two: two.a.pseudonym),
            Column("b", lambda two: two.b.pseudonym),
            *measured("cohen_kappa", lambda two: two.measure),
        ),
        (two(stored, p) for p in pairs),
        about(run),
    )
