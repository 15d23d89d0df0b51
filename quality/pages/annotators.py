"""The state of each annotator, and the table of all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation.models import Member, Project
from annotation.vocabulary import MemberState
from common.charts import Mark, Point, Scale, Scatter, around, interval_cell, scatter, tick_text
from common.formatting import Measure, Unit
from quality.models import QualityRun
from quality.pages.fraud import Finding
from quality.pages.measures import AnnotatorMeasures, Measures
from quality.pages.trust import (
    LEAST_SHARED,
    AnnotatorEvidence,
    Concern,
    Standing,
    Targets,
    concerns,
    standing,
    still_needed,
    told,
)
from quality.statistics import COLUMNS, Column, Statistic
from quality.stats.fraud.alternatives import State as Fraud


class State(StrEnum):
    """The state of an annotator, from the figures; a pause comes first."""

    ATTENTION = "attention"
    WATCHING = "watching"
    CLEAR = "clear"
    EARLY = "early"
    PAUSED = "paused"


STATES: dict[State, tuple[str, str, str]] = {
    # its chip, its label in the table, its icon
    State.ATTENTION: ("Needs attention", "Needs attention", "act"),
    State.WATCHING: ("Watching", "Watching", "watch"),
    State.CLEAR: ("Clear", "Clear", "good"),
    State.EARLY: ("Too early", "Too early to tell", "wait"),
    State.PAUSED: ("Paused", "Paused", "pause"),
}
STRICTER = 1.25  # the rule of attention is about so much stricter than the 95 % interval
EVIDENCE = ("n", "cohen_kappa", "cohen_kappa_consensus", "gold_accuracy", "left_share", "seconds_median")
"""The figures that decide the state of an annotator."""
SHOWN = frozenset((*EVIDENCE, *(statistic.name for statistic, _ in COLUMNS)))
"""The figures that the table needs of them."""
FRAUD_ORDER = (Fraud.ALARM, Fraud.WATCH, Fraud.CLEAR, Fraud.TOO_EARLY)
_RANK = {state: i for i, state in enumerate(State)}


SORTS = ("annotator", "state", "fraud", "n", *(column.sort for _, column in COLUMNS))


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the table with its interval; ``reference`` is the project's own figure on the same axis."""

    label: str
    mark: Mark
    reference: float | None
    plot: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that have a value, each with its axis and its reference line, shared by all rows."""

    shown: tuple[tuple[Statistic, Column, Scale, float | None], ...]

    def cells(self, p: AnnotatorMeasures, named: Collection[str]) -> Iterator[Cell]:
        """Yield one annotator's cells; those that a concern names are marked."""
        for statistic, column, scale, reference in self.shown:
            tone = "act" if statistic.name in named else ""
            mark, line = interval_cell(p[statistic.name], scale, reference=reference, tone=tone, unit=statistic.unit)
            yield Cell(column.label, mark, line)


@dataclass(frozen=True, slots=True)
class Row:
    """One annotator in the table."""

    measures: AnnotatorMeasures
    state: State
    concerns: tuple[Concern, ...]
    columns: Columns
    needed: str = ""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Drawn where they are shown: a page has 50 rows, and there may be many more."""
        return tuple(self.columns.cells(self.measures, {concern.figure for concern in self.concerns}))

    @property
    def member(self) -> Member:
        return self.measures.member

    @property
    def n(self) -> int:
        return self.measures.n

    @property
    def fraud(self) -> Finding | None:
        return self.measures.fraud

    @property
    def label(self) -> str:
        return "Suspended" if self.measures.member.state == MemberState.SUSPENDED else STATES[self.state][1]

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
    label: str
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


def targets(project: Project, run: QualityRun) -> Targets:
    """Return the project's own targets, and its usual pace in a run."""
    return Targets(
        kappa=project.target_kappa,
        gold=project.target_gold,
        unsettled=project.target_unsettled,
        n=project.target_n,
        seconds=run.summary.get("median_seconds"),
    )


def evidence(measures: AnnotatorMeasures) -> AnnotatorEvidence:
    """Return what decides whether an annotator needs attention."""
    return AnnotatorEvidence(
        measures.member.number,
        measures.n,
        kappa=measures["cohen_kappa"],
        gold=measures["gold_accuracy"],
        left=measures["left_share"],
        seconds=measures["seconds_median"],
        consensus=measures["cohen_kappa_consensus"],
        fraud=measures.fraud.sentence if measures.fraud is not None and measures.fraud.alarms else "",
    )


def state_of(measures: AnnotatorMeasures, wanted: Targets) -> State:
    """Return the state of an annotator, given the targets."""
    if measures.member.state != MemberState.ACTIVE:
        return State.PAUSED
    found = evidence(measures)
    if concerns(found, wanted):
        return State.ATTENTION
    if not told(found, wanted):
        return State.EARLY
    against = ((found.agreement, wanted.kappa), (found.gold, wanted.gold))
    # The rule of attention is stricter than the 95 % interval: what lies below target without a concern is not clear.
    if any(standing(m, t) is not Standing.UNKNOWN and m.value is not None and m.value < t for m, t in against):
        return State.WATCHING
    return State.CLEAR


def needed(measures: AnnotatorMeasures, wanted: Targets) -> str:
    """Return what would tell the state of an annotator of whom it is too early to tell.

    The same sentence serves the table and the annotator's own page.
    """
    found = evidence(measures)
    ways = ((still_needed(_around_zero(found.kappa), wanted.kappa, LEAST_SHARED), "judgement to compare with others"),)
    known = [(more, words) for more, words in ways if more]
    if not known:
        return ""
    more, words = min(known)
    return f"about {more:,} more {words if more == 1 else words.replace('judgement', 'judgements')}"


def _around_zero(kappa: Measure) -> Measure:
    """Kappa of one who clicks at random, with an interval as wide: it tells once it lies below target."""
    if kappa.value is None or kappa.high is None:
        return Measure(None, n=kappa.n)
    half = STRICTER * (kappa.high - kappa.value)
    return Measure(0.0, -half, half, n=kappa.n)


def board(measures: Measures, wanted: Targets, *, sort: str, show: str = "") -> Board:
    """Return the table, sorted by ``sort`` (a minus before it reverses it) and kept to one state by ``show``."""
    columns = [(s, c) for s, c in COLUMNS if any(p[s.name].defined for p in measures.annotators)]
    scales = {statistic.name: _scale(statistic, column, measures) for statistic, column in columns}
    drawn = Columns(tuple((s, c, scales[s.name], _reference(s, c, measures)) for s, c in columns))
    rows = [
        Row(p, state, tuple(why), drawn, needed(p, wanted) if state is State.EARLY else "")
        for p in measures.annotators
        for why in (concerns(evidence(p), wanted),)
        for state in (state_of(p, wanted),)
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
        clear=counts[State.CLEAR],
        speed=_speed(rows, measures),
        gave=sum(row.n for row in rows if row.state is State.ATTENTION),
    )


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    """Undefined values are last in either direction."""
    key, down = sort.lstrip("-"), sort.startswith("-")
    if key == "annotator":
        return sorted(rows, key=lambda row: row.member.number, reverse=down)
    if key == "state":
        return sorted(rows, key=lambda row: (_RANK[row.state], row.member.number), reverse=down)
    if key == "fraud":
        return sorted(rows, key=lambda row: (_suspicion(row), row.member.number), reverse=down)
    if key == "n":
        return sorted(rows, key=lambda row: (row.n, row.member.number), reverse=down)
    name = next(statistic.name for statistic, column in COLUMNS if column.sort == key)
    known = [row for row in rows if row.measures[name].defined]
    unknown = [row for row in rows if not row.measures[name].defined]
    return sorted(known, key=lambda row: row.measures[name].value or 0.0, reverse=down) + unknown


def _suspicion(row: Row) -> tuple[int, float]:
    """Alarms first, the most evidence first; then who is watched, clear, unknown."""
    if row.fraud is None:
        return len(FRAUD_ORDER), 0.0
    return FRAUD_ORDER.index(row.fraud.state), -(row.fraud.log_ratio or 0.0)


def _scale(statistic: Statistic, column: Column, measures: Measures) -> Scale:
    ends = [
        end
        for p in measures.annotators
        for end in (p[statistic.name].value, p[statistic.name].low, p[statistic.name].high)
        if end is not None
    ]
    reference = _reference(statistic, column, measures)
    if reference is not None:
        ends.append(reference)
    timed = statistic.unit is Unit.SECONDS
    low, high = around(ends, floor=column.floor, ceiling=column.ceiling, most=4, least=1.0 if timed else 0.1)
    return Scale(0.0 if timed else low, high, 3.0, 97.0)


def _reference(statistic: Statistic, column: Column, measures: Measures) -> float | None:
    """The project's own figure: the dotted line of a column."""
    if column.reference is not None:
        return column.reference
    if statistic.name == "seconds_median":
        median = measures.run.summary.get("median_seconds")
        return None if median is None else float(median)
    return measures[statistic.beside or statistic.name].value


def _heads(columns: Sequence[tuple[Statistic, Column]], scales: Mapping[str, Scale], sort: str) -> tuple[Head, ...]:
    key, down = sort.lstrip("-"), sort.startswith("-")

    def head(label: str, own: str, low: str = "", high: str = "", *, number: bool = False) -> Head:
        now = "none" if own != key else "descending" if down else "ascending"
        # A second press reverses a column; names and states begin at their start, numbers of judgements at the most.
        link = f"-{own}" if now == "ascending" or (now == "none" and own == "n") else own
        return Head(label, link, now, low, high, number)

    found = [
        head("Annotator", "annotator"),
        head("State", "state"),
        head("Fraud", "fraud"),
        head("n", "n", number=True),
    ]
    for statistic, column in columns:
        scale = scales[statistic.name]
        ends = (scale.low, scale.high)
        found.append(head(column.label, column.sort, *(tick_text(v, ends, statistic.unit) for v in ends)))
    return tuple(found)


def _speed(rows: Sequence[Row], measures: Measures) -> Scatter | None:
    """Whether faster annotators agree less; only where enough annotators have both figures."""
    points = [
        Point(
            row.member.pseudonym,
            row.measures["seconds_median"].value or 0.0,
            row.measures["cohen_kappa"],
            "act" if row.state is State.ATTENTION else "",
        )
        for row in rows
        if row.measures["seconds_median"].defined and row.measures["cohen_kappa"].defined
    ]
    if len(points) < 3:
        return None
    pooled = measures["cohen_kappa_pooled"].value
    return scatter(
        points,
        description=f"Cohen’s kappa against the median seconds on a pair, {len(points)} annotators with their intervals",
        caption="Speed and agreement",
        head=("Annotator", "Median seconds", "Cohen’s κ"),
        x_unit=Unit.SECONDS,
        y_floor=-1.0,
        y_ceiling=1.0,
        reference=pooled,
        reference_text="" if pooled is None else "project",
    )
