"""One annotator: the answer, the figures, who agrees with him, and how much he judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from annotation.models import Member, Project
from common.charts import Bars, IntervalChart, IntervalRow, bars, intervals
from common.formatting import Measure, Unit, number, show
from quality.pages.annotators import COLUMNS, State, person, state_of, targets
from quality.pages.trust import Concern, concerns
from quality.pages.wording import NAMES, day_name, gaps
from quality.selectors.figures import PersonFigures

ANSWERS = {
    State.ATTENTION: "Not as things stand.",
    State.WATCHING: "Not sure yet.",
    State.CLEAR: "Yes.",
    State.EARLY: "Too early to say.",
}
SHOWN_PARTNERS = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure, its interval, and the project's beside it."""

    name: str
    value: str
    detail: str
    project: str


@dataclass(frozen=True, slots=True)
class AnnotatorReport:
    """All the page says of one annotator."""

    state: State
    answer: str
    concerns: tuple[Concern, ...]
    facts: tuple[Fact, ...]
    gaps: list[str]
    partners: IntervalChart | None
    partners_n: int
    partners_left_out: int
    days: Bars
    days_n: int


def annotator(
    figures: PersonFigures,
    overall: Mapping[str, Measure],
    partners: Sequence[tuple[Member, Measure]],
    days: Sequence[tuple[date, int]],
    *,
    project: Project,
    project_median: float | None,
) -> AnnotatorReport:
    """The page of one annotator."""
    wanted = targets(project)
    known = state_of(figures, wanted)
    why = tuple(concerns(person(figures), wanted))
    answer = ANSWERS.get(known) or (ANSWERS[State.ATTENTION] if why else "Paused for now.")
    return AnnotatorReport(
        state=known,
        answer=answer,
        concerns=why,
        facts=tuple(_facts(figures, overall, project_median)),
        gaps=gaps((NAMES.get(c.key, c.label), figures[c.key]) for c in COLUMNS),
        partners=_partners(figures.member, partners[:SHOWN_PARTNERS], project.target_kappa),
        partners_n=len(partners),
        partners_left_out=max(0, len(partners) - SHOWN_PARTNERS),
        days=_days(figures.member, days),
        days_n=sum(n for _, n in days),
    )


def _facts(figures: PersonFigures, overall: Mapping[str, Measure], project_median: float | None) -> list[Fact]:
    found = [Fact("Annotations", f"{figures.n:,}", "that count", "")]
    listed = [
        ("cohen_kappa", "Cohen’s κ", Unit.RATIO, "judgements of others", "cohen_kappa_mean"),
        (
            "cohen_kappa_direction",
            "Cohen’s κ, direction",
            Unit.RATIO,
            "judgements of others",
            "cohen_kappa_mean_direction",
        ),
        ("gold_accuracy", "Gold accuracy", Unit.PERCENT, "gold judgements", "gold_accuracy"),
        ("calibration_ece", "Calibration, ECE", Unit.RATIO, "stated confidences", "calibration_ece"),
        ("left_share", "Chose the left", Unit.PERCENT, "with a direction", ""),
        ("seconds_median", "Median seconds", Unit.SECONDS, "timed", ""),
    ]
    for key, name, unit, of, beside in listed:
        measure = figures[key]
        if not measure.defined:
            continue
        shown = show(measure, unit)
        between = f"{shown.interval}, " if shown.interval else ""
        whole = show(overall[beside], unit).value if beside in overall and overall[beside].defined else ""
        if key == "seconds_median" and project_median is not None:
            whole = number(project_median, 0)
        found.append(Fact(name, shown.value, f"{between}n = {measure.n:,} {of}", whole))
    return found


def _partners(member: Member, partners: Sequence[tuple[Member, Measure]], target: float) -> IntervalChart | None:
    if not partners:
        return None
    rows = [IntervalRow(f"{other.pseudonym}", measure) for other, measure in partners]
    return intervals(
        rows,
        said=f"Cohen’s kappa of {member.pseudonym} with each of {len(rows)} others: "
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
        said=f"Judgements of {member.pseudonym} a day over {len(days)} days, {sum(n for _, n in days):,} in all",
        caption=f"Judgements of {member.pseudonym} a day",
        head=("Day", "Judgements"),
        last_is_now=True,
        height=180.0,
    )
