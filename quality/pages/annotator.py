"""One annotator: the answer, the figures, agreement with each partner, and judgements a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotation.models import Member, Project
from common.charts import (
    Bars,
    IntervalChart,
    IntervalRow,
    Point,
    Scatter,
    Series,
    bars,
    heat,
    intervals,
    scatter,
    series,
)
from common.formatting import Measure, Unit, number, share, show
from quality.pages.annotators import State, evidence, needed, state_of
from quality.pages.drift import alarm, sentence
from quality.pages.fraud import Finding
from quality.pages.heat import HeatCell
from quality.pages.measures import AnnotatorMeasures, measure
from quality.pages.measures import counted as counted_share
from quality.pages.noise import LABELS
from quality.pages.trust import Concern, Targets, concerns, counted
from quality.pages.wording import day_name, gaps, sample
from quality.selectors.figures import StoredFigure
from quality.selectors.person import StoredPerson
from quality.statistics import BIASES, COLUMNS, OF_ANNOTATORS
from quality.stats.intervals import wilson
from quality.stats.readings import Reading, key

ANSWERS = {
    State.ATTENTION: "Not at the moment.",
    State.WATCHING: "Not sure yet.",
    State.CLEAR: "Yes.",
    State.EARLY: "Too early to tell.",
}
SHOWN_PARTNERS = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its interval, and the project's figure."""

    name: str
    value: str
    detail: str
    project: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """Judgements by the verdict that they are compared with (rows), and by the one that was given."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...], int], ...]
    n: int
    right: str


@dataclass(frozen=True, slots=True)
class AnnotatorReport:
    """All the page shows of one annotator."""

    state: State
    answer: str
    concerns: tuple[Concern, ...]
    needed: str
    facts: tuple[Fact, ...]
    gaps: list[str]
    partners: IntervalChart | None
    partners_n: int
    partners_left_out: int
    days: Bars
    days_n: int
    fraud: Finding | None
    drifted: str
    weeks: Series | None
    weeks_n: int
    confusion: Confusion | None
    reliability: Scatter | None
    reliability_n: int
    biases: IntervalChart | None
    bias_n: int


def annotator(
    measures: AnnotatorMeasures,
    overall: Mapping[str, Measure],
    partners: Sequence[tuple[Member, StoredFigure]],
    days: Sequence[tuple[date, int]],
    stored: StoredPerson,
    *,
    project: Project,
    wanted: Targets,
) -> AnnotatorReport:
    """Return the page of one annotator."""
    detail = stored.detail or {}
    weeks, bins = detail.get("weeks") or [], detail.get("bins") or []
    told = [pair for pair in partners if pair[1].low is not None]
    known = state_of(measures, wanted)
    why = tuple(concerns(evidence(measures), wanted))
    answer = ANSWERS.get(known) or (ANSWERS[State.ATTENTION] if why else "Paused for now.")
    return AnnotatorReport(
        state=known,
        answer=answer,
        concerns=why,
        needed=needed(measures, wanted) if known is State.EARLY else "",
        facts=tuple(_facts(measures, overall, wanted.seconds)),
        gaps=gaps((statistic.label, measures[statistic.name]) for statistic, _ in COLUMNS),
        partners=_partners(measures.member, told[:SHOWN_PARTNERS], project.target_kappa),
        partners_n=len(partners),
        partners_left_out=len(partners) - len(told[:SHOWN_PARTNERS]),
        days=_days(measures.member, days),
        days_n=sum(n for _, n in days),
        fraud=measures.fraud,
        drifted=sentence(alarm(stored.drift, measures.member)) if stored.drift else "",
        weeks=_weeks(measures.member, weeks),
        weeks_n=sum(n for _, _, n in weeks),
        confusion=_confusion(detail.get("confusion")),
        reliability=_reliability(measures.member, bins),
        reliability_n=int(sum(one[-1] for one in bins)),
        biases=_biases(measures, overall),
        bias_n=measures["bias_side"].n,
    )


def _facts(measures: AnnotatorMeasures, overall: Mapping[str, Measure], project_median: float | None) -> list[Fact]:
    found = [Fact("Annotations", f"{measures.n:,}", "counted", "")]
    for statistic in OF_ANNOTATORS:
        if statistic.name == "n" or statistic.name in BIASES:
            continue
        for reading in statistic.readings:
            one = measures[key(statistic.name, reading)]
            if not one.defined:
                continue
            name = f"{statistic.label}, direction" if reading is Reading.DIRECTION else statistic.label
            shown = show(one, statistic.unit)
            between = f"{shown.interval}, " if shown.interval else f"{shown.reason}; " if shown.reason else ""
            beside = overall.get(key(statistic.beside or statistic.name, reading))
            whole = show(beside, statistic.unit).value if beside is not None and beside.defined else ""
            if statistic.name == "seconds_median" and project_median is not None:
                whole = number(project_median, 0)
            found.append(Fact(name, shown.value, f"{between}{sample(one.n, statistic.counted)}", whole))
    return found


def _partners(member: Member, partners: Sequence[tuple[Member, StoredFigure]], target: float) -> IntervalChart | None:
    rows = [IntervalRow(other.pseudonym, measure(figure)) for other, figure in partners]
    if not any(row.first.defined for row in rows):
        return None
    return intervals(
        rows,
        description=f"Cohen’s kappa of {member.pseudonym} with {'1 other' if len(rows) == 1 else f'each of {len(rows)} others'}: "
        + "; ".join(f"{row.label} {show(row.first).text}" for row in rows[:6]),
        caption=f"Cohen’s kappa of {member.pseudonym} with each other annotator",
        readings=("Cohen’s κ",),
        target=target,
        labels=30.0,
    )


def _days(member: Member, days: Sequence[tuple[date, int]]) -> Bars:
    names = [(day_name(day), n) for day, n in days]
    if names:
        names[-1] = (f"{names[-1][0]}, so far", names[-1][1])
    return bars(
        names,
        description=f"Judgements of {member.pseudonym} a day over {counted(len(days), 'day')}, {sum(n for _, n in days):,} in all",
        caption=f"Judgements of {member.pseudonym} a day, days in UTC",
        head=("Day (UTC)", "Judgements"),
        last_is_now=True,
        height=180.0,
    )


def _share(right: int, n: int) -> Measure:
    return counted_share(wilson(right, n))


def _weeks(member: Member, weeks: Sequence[Sequence[Any]]) -> Series | None:
    """How often the verdict was that of gold or of the others, week by week, where there are weeks enough to see something."""
    if len(weeks) < 2:
        return None
    points = [(day_name(date.fromisoformat(monday)), _share(right, n)) for monday, right, n in weeks]
    return series(
        points,
        description=f"Share of the judgements of {member.pseudonym} that are as gold or the others say, by week; the last {show(points[-1][1], Unit.PERCENT).text}",
        caption=f"Judgements of {member.pseudonym} that are as gold or the others say, by the week’s Monday (UTC)",
        head=("Week of", "As the others"),
        unit=Unit.PERCENT,
        floor=0.0,
        ceiling=1.0,
        height=180.0,
    )


def _confusion(counts: Sequence[Sequence[int]] | None) -> Confusion | None:
    if counts is None or not any(map(sum, counts)):
        return None
    n = sum(map(sum, counts))
    right = sum(row[i] for i, row in enumerate(counts))
    rows = []
    for i, (label, row) in enumerate(zip(LABELS, counts, strict=True)):
        whole = sum(row)
        cells = tuple(
            HeatCell(
                share(k / whole) if whole else "",
                heat(k / whole) if whole else 0,
                show(_share(k, whole), Unit.PERCENT).interval if whole else "",
                own=i == j,
            )
            for j, k in enumerate(row)
        )
        rows.append((label, cells, whole))
    return Confusion(LABELS, tuple(rows), n, show(_share(right, n), Unit.PERCENT).text)


def _reliability(member: Member, bins: Sequence[Sequence[float]]) -> Scatter | None:
    """Stated confidence against how often it was right; on the dotted line both are equal."""
    if not bins:
        return None
    points = [
        Point(f"Bin {number}", confidence, Measure(right, low, high, int(n)))
        for number, (confidence, right, low, high, n) in enumerate(bins, start=1)
    ]
    return scatter(
        points,
        description=f"How often {member.pseudonym} was right, by the confidence stated: "
        + "; ".join(f"at {share(p.x)} {show(p.y, Unit.PERCENT).text}" for p in points),
        caption=f"Stated confidence of {member.pseudonym} and how often it was right",
        head=("", "Stated", "Right"),
        x_unit=Unit.PERCENT,
        y_unit=Unit.PERCENT,
        y_floor=0.0,
        y_ceiling=1.0,
        equal=True,
        x_least=0.5,
        x_ceiling=1.0,
        height=220.0,
    )


def _biases(measures: AnnotatorMeasures, overall: Mapping[str, Measure]) -> IntervalChart | None:
    rows = [
        IntervalRow(label.removesuffix(", all else equal"), measures[name], overall.get(name))
        for name, label in BIASES.items()
    ]
    if not any(row.first.defined for row in rows):
        return None
    return intervals(
        rows,
        description=f"What moves the choices of {measures.member.pseudonym}, all else equal: "
        + "; ".join(f"{row.label} {show(row.first, Unit.PERCENT).text}" for row in rows),
        caption=f"Probability of a choice of {measures.member.pseudonym}, all else equal",
        readings=(measures.member.pseudonym, "Project"),
        unit=Unit.PERCENT,
        target=0.5,
        floor=0.0,
        ceiling=1.0,
        labels=40.0,
    )
