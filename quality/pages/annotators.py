"""Where each annotator stands, and the table of all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation.models import Member, Project
from annotation.vocabulary import MemberState
from common.charts import Mark, Point, Scale, Scatter, around, interval_cell, scatter, tick_text
from common.formatting import Unit
from quality.pages.trust import Concern, Person, Standing, Targets, concerns, standing
from quality.selectors.figures import Figures, PersonFigures


class State(StrEnum):
    """What the manager makes of an annotator, from the figures; a pause comes first."""

    ATTENTION = "attention"
    WATCHING = "watching"
    CLEAR = "clear"
    EARLY = "early"
    PAUSED = "paused"


STATES: dict[State, tuple[str, str, str]] = {
    # chip, word in the table, icon
    State.ATTENTION: ("Needs attention", "Needs attention", "act"),
    State.WATCHING: ("Watching", "Watching", "watch"),
    State.CLEAR: ("Clear", "Clear", "good"),
    State.EARLY: ("Too early", "Too early to say", "wait"),
    State.PAUSED: ("Paused", "Paused", "pause"),
}
_RANK = {state: i for i, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the table: how it is written, and what its axis may hold."""

    key: str
    sort: str
    label: str
    unit: Unit
    floor: float
    ceiling: float
    target: str = ""  # which of the project's targets colours it


COLUMNS = (
    Column("cohen_kappa", "kappa", "Cohen’s κ", Unit.RATIO, -1.0, 1.0, "kappa"),
    Column("gold_accuracy", "gold", "Gold", Unit.PERCENT, 0.0, 1.0, "gold"),
    Column("calibration_ece", "ece", "Calibration, ECE", Unit.RATIO, 0.0, 1.0),
    Column("left_share", "left", "Chose the left", Unit.PERCENT, 0.0, 1.0),
    Column("seconds_median", "seconds", "Median seconds", Unit.SECONDS, 0.0, math.inf),
)
SORTS = ("annotator", "state", "n", *(column.sort for column in COLUMNS))


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the table with its interval; ``reference`` is the project's own figure on the same axis."""

    label: str
    mark: Mark
    reference: float | None
    plot: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One annotator in the table."""

    figures: PersonFigures
    state: State
    concerns: tuple[Concern, ...]
    cells: tuple[Cell, ...]

    @property
    def member(self) -> Member:
        return self.figures.member

    @property
    def n(self) -> int:
        return self.figures.n

    @property
    def word(self) -> str:
        return "Suspended" if self.figures.member.state == MemberState.SUSPENDED else STATES[self.state][1]

    @property
    def icon(self) -> str:
        return STATES[self.state][2]

    @property
    def tone(self) -> str:
        return {State.ATTENTION: "act", State.WATCHING: "watch", State.CLEAR: "ok"}.get(self.state, "muted")


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: its link, and the ends of its axis."""

    label: str
    sort: str
    now: str  # "ascending", "descending" or "none"
    low: str = ""
    high: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    state: str
    word: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The table of annotators: sorted, filtered, with its chips; ``rows`` are all that match."""

    rows: list[Row]
    heads: tuple[Head, ...]
    chips: tuple[Chip, ...]
    total: int
    counts: dict[str, int]
    clear: int
    speed: Scatter | None
    gave: int


def targets(project: Project) -> Targets:
    """The project's own targets."""
    return Targets(
        kappa=project.target_kappa, gold=project.target_gold, unsettled=project.target_unsettled, n=project.target_n
    )


def person(figures: PersonFigures) -> Person:
    """What decides whether an annotator needs attention."""
    return Person(figures.member.number, figures.n, figures["cohen_kappa"], figures["gold_accuracy"])


def state_of(figures: PersonFigures, wanted: Targets) -> State:
    """Where an annotator stands against the targets."""
    if figures.member.state != MemberState.ACTIVE:
        return State.PAUSED
    one = person(figures)
    if concerns(one, wanted):
        return State.ATTENTION
    against = ((one.agreement, wanted.kappa), (one.gold, wanted.gold))
    if any(standing(m, t) is Standing.OPEN and m.value is not None and m.value < t for m, t in against):
        return State.WATCHING
    known = [standing(m, t) for m, t in against if standing(m, t) is not Standing.UNKNOWN]
    return State.CLEAR if known else State.EARLY


def board(figures: Figures, wanted: Targets, *, sort: str, show: str = "") -> Board:
    """The table, sorted by ``sort`` (a minus before it turns it round) and kept to one state by ``show``."""
    columns = [c for c in COLUMNS if any(p[c.key].defined for p in figures.people)]
    scales = {column.key: _scale(column, figures) for column in columns}
    rows = [
        Row(p, state_of(p, wanted), tuple(concerns(person(p), wanted)), _cells(p, figures, columns, scales, wanted))
        for p in figures.people
    ]
    counts = {state: sum(row.state is state for row in rows) for state in State}
    chips = (
        Chip("", "All", len(rows), show == ""),
        *(Chip(s.value, STATES[s][0], counts[s], show == s.value) for s in State if counts[s] or show == s.value),
    )
    shown = [row for row in rows if not show or row.state.value == show]
    return Board(
        rows=_sorted(shown, sort),
        heads=_heads(columns, scales, sort),
        chips=chips,
        total=len(rows),
        counts={state.value: count for state, count in counts.items()},
        clear=len(rows) - counts[State.ATTENTION] - counts[State.PAUSED],
        speed=_speed(rows, figures),
        gave=sum(row.figures.n for row in rows if row.state is State.ATTENTION),
    )


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    """Undefined values stand last either way round."""
    key, down = sort.lstrip("-"), sort.startswith("-")
    if key == "annotator":
        return sorted(rows, key=lambda row: row.figures.member.number, reverse=down)
    if key == "state":
        return sorted(rows, key=lambda row: (_RANK[row.state], row.figures.member.number), reverse=down)
    if key == "n":
        return sorted(rows, key=lambda row: (row.figures.n, row.figures.member.number), reverse=down)
    column = next(c for c in COLUMNS if c.sort == key)
    known = [row for row in rows if row.figures[column.key].defined]
    unknown = [row for row in rows if not row.figures[column.key].defined]
    return sorted(known, key=lambda row: row.figures[column.key].value or 0.0, reverse=down) + unknown


def _scale(column: Column, figures: Figures) -> Scale:
    ends = [
        end
        for p in (*figures.people,)
        for end in (p[column.key].value, p[column.key].low, p[column.key].high)
        if end is not None
    ]
    reference = _reference(column, figures)
    if reference is not None:
        ends.append(reference)
    floor = 0.0 if column.unit is Unit.SECONDS else column.floor
    low, high = around(
        ends, floor=floor, ceiling=column.ceiling, most=4, least=1.0 if column.unit is Unit.SECONDS else 0.1
    )
    return Scale(0.0 if column.unit is Unit.SECONDS else low, high, 3.0, 97.0)


def _reference(column: Column, figures: Figures) -> float | None:
    """The project's own figure: what the dotted line of a column stands for."""
    if column.key == "cohen_kappa":
        return figures["cohen_kappa_mean"].value
    if column.key == "left_share":
        return 0.5
    if column.key == "seconds_median":
        median = figures.run.summary.get("median_seconds")
        return None if median is None else float(median)
    return figures[column.key].value


def _cells(
    p: PersonFigures, figures: Figures, columns: Sequence[Column], scales: dict[str, Scale], wanted: Targets
) -> tuple[Cell, ...]:
    cells = []
    for column in columns:
        measure = p[column.key]
        goal = {"kappa": wanted.kappa, "gold": wanted.gold}.get(column.target)
        evidence = person(p).agreement if column.key == "cohen_kappa" else measure
        tone = "act" if goal is not None and standing(evidence, goal) is Standing.BELOW else ""
        scale, reference = scales[column.key], _reference(column, figures)
        mark, line = interval_cell(measure, scale, reference=reference, tone=tone, unit=column.unit)
        cells.append(Cell(column.label, mark, line))
    return tuple(cells)


def _heads(columns: Sequence[Column], scales: dict[str, Scale], sort: str) -> tuple[Head, ...]:
    key, down = sort.lstrip("-"), sort.startswith("-")

    def head(label: str, own: str, low: str = "", high: str = "", *, number: bool = False) -> Head:
        now = "none" if own != key else "descending" if down else "ascending"
        # Pressed again, a column turns round; names and states begin at their start, numbers of work at the most.
        link = f"-{own}" if now == "ascending" or (now == "none" and own == "n") else own
        return Head(label, link, now, low, high, number)

    found = [head("Annotator", "annotator"), head("State", "state"), head("n", "n", number=True)]
    for column in columns:
        scale = scales[column.key]
        ends = (scale.low, scale.high)
        found.append(head(column.label, column.sort, *(tick_text(v, ends, column.unit) for v in ends)))
    return tuple(found)


def _speed(rows: Sequence[Row], figures: Figures) -> Scatter | None:
    """Whether those who are quick agree less; only where enough people have both figures."""
    points = [
        Point(
            row.figures.member.pseudonym,
            row.figures["seconds_median"].value or 0.0,
            row.figures["cohen_kappa"],
            "act" if row.state is State.ATTENTION else "",
        )
        for row in rows
        if row.figures["seconds_median"].defined and row.figures["cohen_kappa"].defined
    ]
    if len(points) < 3:
        return None
    mean = figures["cohen_kappa_mean"].value
    return scatter(
        points,
        said=f"Cohen’s kappa against the median seconds on a pair, {len(points)} annotators with their intervals",
        caption="Speed and agreement",
        head=("Annotator", "Median seconds", "Cohen’s κ"),
        x_unit=Unit.SECONDS,
        y_floor=-1.0,
        y_ceiling=1.0,
        reference=mean,
        reference_text="" if mean is None else "project",
    )
