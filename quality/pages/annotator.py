"""One annotator: the answer, the figures, agreement with each partner, and judgements a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from annotation.models import Member, Project
from common.charts import Bars, IntervalChart, IntervalRow, bars, intervals
from common.formatting import Measure, number, show
from quality.pages.annotators import State, evidence, needed, state_of
from quality.pages.measures import AnnotatorMeasures, measure
from quality.pages.trust import Concern, Targets, concerns, counted
from quality.pages.wording import day_name, gaps, sample
from quality.selectors.figures import StoredFigure
from quality.statistics import COLUMNS, OF_ANNOTATORS
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


def annotator(
    measures: AnnotatorMeasures,
    overall: Mapping[str, Measure],
    partners: Sequence[tuple[Member, StoredFigure]],
    days: Sequence[tuple[date, int]],
    *,
    project: Project,
    wanted: Targets,
) -> AnnotatorReport:
    """Return the page of one annotator."""
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
        partners=_partners(measures.member, partners[:SHOWN_PARTNERS], project.target_kappa),
        partners_n=len(partners),
        partners_left_out=max(0, len(partners) - SHOWN_PARTNERS),
        days=_days(measures.member, days),
        days_n=sum(n for _, n in days),
    )


def _facts(measures: AnnotatorMeasures, overall: Mapping[str, Measure], project_median: float | None) -> list[Fact]:
    found = [Fact("Annotations", f"{measures.n:,}", "counted", "")]
    for statistic in OF_ANNOTATORS:
        if statistic.name == "n":
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
