"""The dashboard: the answer, what to do, and the evidence, all from one stored run."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotation.models import Project
from annotation.vocabulary import MemberState
from common.charts import (
    Bars,
    IntervalChart,
    IntervalRow,
    Part,
    Scale,
    ShareBar,
    around,
    bars,
    interval_cell,
    intervals,
    share_bar,
)
from common.formatting import Measure, Unit, number, share, share_of, show
from quality.pages.annotators import Cell, State, evidence, state_of, targets
from quality.pages.measures import Measures
from quality.pages.trust import FRAUD, LEAST_PAIRS, Concern, Evidence, Targets, Trust, concerns, trust
from quality.pages.trust import counted as counted_of
from quality.pages.wording import AGREEMENT, FOR_THESE, NAMES, day_name, prevalence, sample
from quality.statistics import COLUMNS, OVERALL, Column, Statistic

NAMED = 5


@dataclass(frozen=True, slots=True)
class Attention:
    """An annotator who needs attention: why, and the figure that shows it."""

    number: int
    pseudonym: str
    user_id: int | None
    concerns: tuple[Concern, ...]
    cell: Cell
    project: str
    n: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the project, its interval and sample size."""

    name: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All the page shows."""

    measures: Measures
    trust: Trust
    attention: tuple[Attention, ...]
    in_need: int
    progress: ShareBar
    progress_value: str
    progress_words: str
    progress_note: str
    throughput: Bars
    throughput_value: str
    throughput_words: str
    throughput_n: int
    agreement: IntervalChart
    agreement_known: bool
    agreement_gaps: list[str]
    strict_n: int
    direction_n: int
    prevalence_note: str
    gold_note: str
    mix: ShareBar
    mix_n: int
    mix_rule: str
    facts: tuple[Fact, ...]


def dashboard(measures: Measures, project: Project) -> Dashboard:
    """Return the page of a run."""
    wanted = targets(project, measures.run)
    summary: Mapping[str, Any] = measures.run.summary
    in_need = [p for p in measures.annotators if state_of(p, wanted) is State.ATTENTION]
    progress, value, sentence, note = _progress(summary)
    throughput, per_day, day_words, day_n = _throughput(summary, measures.run.as_of.date())
    rows = [IntervalRow(NAMES[name], measures[name], measures[f"{name}_direction"]) for name in AGREEMENT]
    majority = summary.get("majority", {})
    return Dashboard(
        measures=measures,
        trust=trust(_evidence(measures, summary), wanted),
        attention=tuple(_attention(measures, wanted)),
        in_need=len(in_need),
        progress=progress,
        progress_value=value,
        progress_words=sentence,
        progress_note=note,
        throughput=throughput,
        throughput_value=per_day,
        throughput_words=day_words,
        throughput_n=day_n,
        agreement=intervals(
            rows,
            description="Agreement on ordinary pairs, strict and by direction: "
            + "; ".join(f"{r.label} {show(r.first).text} and {show(r.second).text}" for r in rows if r.second),
            caption=f"Agreement on ordinary pairs with 95 % intervals {FOR_THESE}",
            readings=("Strict", "Direction"),
            target=project.target_kappa,
        ),
        agreement_known=_any_defined(rows),
        agreement_gaps=_agreement_gaps(rows),
        strict_n=measures["fleiss_kappa"].n,
        direction_n=measures["fleiss_kappa_direction"].n,
        prevalence_note=prevalence(summary.get("prevalence", {})),
        gold_note=_gold_note(measures),
        mix=_mix(majority),
        mix_n=sum(majority.values()),
        mix_rule=_mix_rule(summary),
        facts=tuple(_facts(measures, summary)),
    )


def _evidence(measures: Measures, summary: Mapping[str, Any]) -> Evidence:
    sides = summary.get("first_on_left", {})
    settled, unsettled = summary.get("settled", 0), summary.get("unsettled", 0)
    # A member who is paused already needs nothing more: their judgements stay in the figures, and no new ones come.
    active = [evidence(p) for p in measures.annotators if p.member.state == MemberState.ACTIVE]
    return Evidence(
        judged_pairs=measures.run.n_pairs,
        annotations=measures.run.n_annotations,
        fleiss=measures["fleiss_kappa"],
        gold=measures["gold_accuracy"],
        settled=settled,
        unsettled=unsettled,
        incomplete=max(0, summary.get("progress", {}).get("pairs", 0) - settled - unsettled),
        left=sides.get("left", 0),
        sided=sides.get("n", 0),
        annotators=active,
    )


def _attention(measures: Measures, wanted: Targets) -> list[Attention]:
    """Annotators who need attention, those who gave most first: their work weighs most."""
    in_need = [p for p in measures.annotators if state_of(p, wanted) is State.ATTENTION]
    found = []
    for p in sorted(in_need, key=lambda p: -p.n)[:NAMED]:
        why = tuple(concerns(evidence(p), wanted))
        name = next((concern.figure for concern in why if concern.figure != FRAUD), "cohen_kappa")
        statistic, column = next(each for each in COLUMNS if each[0].name == name)
        unit, whole = statistic.unit, _whole(measures, statistic, column)
        ends = [v for m in (p[name], whole) for v in (m.value, m.low, m.high) if v is not None]
        low, high = around(ends, floor=column.floor, ceiling=column.ceiling)
        scale = Scale(0.0 if unit is Unit.SECONDS else low, high, 3.0, 97.0)
        mark, line = interval_cell(p[name], scale, reference=whole.value, tone="act", unit=unit)
        cell = Cell(column.label, mark, line)
        shown = show(whole, unit).value if whole.defined else ""
        member = p.member
        found.append(Attention(member.number, member.pseudonym, member.user_id, why, cell, shown, p.n))
    return found


def _whole(measures: Measures, statistic: Statistic, column: Column) -> Measure:
    """The project's own figure beside an annotator's; where there is none, what a column is compared with."""
    if statistic.name == "seconds_median":
        return Measure(measures.run.summary.get("median_seconds"))
    return measures[statistic.beside or statistic.name] if column.reference is None else Measure(column.reference)


def _progress(summary: Mapping[str, Any]) -> tuple[ShareBar, str, str, str]:
    counted = summary.get("progress", {})
    pairs, untouched = counted.get("pairs", 0), counted.get("untouched", 0)
    settled, unsettled = summary.get("settled", 0), summary.get("unsettled", 0)
    begun = max(0, pairs - settled - unsettled - untouched)
    parts = [
        Part("Settled", settled, "done"),
        Part("Unsettled", unsettled, "watch"),
        Part("Started", begun, "wait"),
        Part("Not started", untouched, "rest"),
    ]
    description = f"Of {counted_of(pairs, 'pair')} {settled:,} are settled, {unsettled:,} unsettled, {begun:,} started, {untouched:,} not started"
    chart = share_bar(parts, description=description, caption="Pairs by state", head=("State", "Pairs"))
    value = f"{share_of(settled, pairs)} settled" if pairs else "No pairs yet"
    sentence = f"{counted.get('judgements', 0):,} of {counted_of(counted.get('wanted', 0), 'wanted judgement')} given"
    progressing = f"{counted.get('being_judged', 0):,}" if counted.get("being_judged") else "none"
    decided = counted.get("adjudicated", 0)
    note = f"n = {counted_of(pairs, 'pair')}, excluding gold; {progressing} in progress at that time. Counted, not estimated."
    if decided:
        note += f" An adjudicator decided {decided:,} of them, whatever their state is here."
    return chart, value, sentence, note


def _throughput(summary: Mapping[str, Any], today: date) -> tuple[Bars, str, str, int]:
    days = [(date.fromisoformat(day), int(n)) for day, n in summary.get("days", [])]
    worked = [n for day, n in days if n and day != today]
    median = statistics.median(worked) if worked else None
    total = sum(n for _, n in days)
    names = [(f"{day_name(day)}, so far" if day == today else day_name(day), n) for day, n in days]
    chart = bars(
        names,
        description=f"Judgements a day over {counted_of(len(days), 'day')}, {total:,} in all",
        caption="Judgements a day, days in UTC",
        head=("Day (UTC)", "Judgements"),
        reference=median,
        last_is_now=bool(days) and days[-1][0] == today,
    )
    if median is None:
        return (
            chart,
            f"{total:,}",
            f"{'judgement' if total == 1 else 'judgements'} in the last {counted_of(len(days), 'day')}",
            total,
        )
    count = "the 1 day" if len(worked) == 1 else f"the {len(worked)} days"
    return (
        chart,
        number(median, 0),
        f"{'judgement' if median == 1 else 'judgements'} a day, the median of {count} with any (dotted)",
        total,
    )


def _gold_note(measures: Measures) -> str:
    """Agreement on gold pairs alone, where it is defined: everybody may judge those, so they would outweigh all others."""
    fleiss = measures.of_gold.get("fleiss_kappa", Measure(None))
    if not fleiss.defined:
        return ""
    if fleiss.low is None and fleiss.n < LEAST_PAIRS:
        return f"On gold pairs alone it is too early to tell, n = {counted_of(fleiss.n, 'gold pair')}."
    return f"On gold pairs alone: Fleiss’ κ {show(fleiss).text}, n = {counted_of(fleiss.n, 'gold pair')}."


def _mix(majority: Mapping[str, int]) -> ShareBar:
    parts = [
        Part("First better", majority.get("first", 0), "a"),
        Part("Second better", majority.get("second", 0), "b"),
        Part("Tie", majority.get("tie", 0), "tie"),
        Part("Both bad", majority.get("both_bad", 0), "bad"),
        Part("Unsettled", majority.get("none", 0), "watch"),
    ]
    total = sum(part.count for part in parts)
    shares = ", ".join(f"{part.label} {share_of(part.count, total)}" for part in parts)
    return share_bar(
        parts,
        description=f"Consensus of complete pairs: {shares}",
        caption="Consensus of complete pairs",
        head=("Verdict", "Pairs"),
        in_per_cent=True,
    )


def _mix_rule(summary: Mapping[str, Any]) -> str:
    rule = summary.get("settling")
    if rule is None:
        return "The verdict with the most judgements; unsettled where none leads."
    target, most = share(rule["target"]), counted_of(rule["most"], "judgement")
    return f"The likeliest verdict, by who judged it how; unsettled where it is not {target} likely after {most}."


def _any_defined(rows: list[IntervalRow]) -> bool:
    return any(m is not None and m.defined for row in rows for m in (row.first, row.second))


def _agreement_gaps(rows: list[IntervalRow]) -> list[str]:
    """Return a sentence for each reason for which figures are not defined. A name stands for both its readings."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        why = [m.reason for m in (row.first, row.second) if m is not None and m.value is None and m.reason]
        if len(why) == 2 and why[0] == why[1]:
            by_reason.setdefault(why[0], []).append(row.label)
            continue
        if row.first.value is None and row.first.reason:
            by_reason.setdefault(row.first.reason, []).append(f"{row.label}, strict")
        if row.second is not None and row.second.value is None and row.second.reason:
            by_reason.setdefault(row.second.reason, []).append(f"{row.label} by direction")
    if len(by_reason) == 1 and not _any_defined(rows):
        return [f"None of these is defined: {next(iter(by_reason))}."]
    return [
        f"{' and '.join(filter(None, ('; '.join(names[:-1]), names[-1])))} {'is' if len(names) == 1 else 'are'} not defined: {why}."
        for why, names in by_reason.items()
    ]


def _facts(measures: Measures, summary: Mapping[str, Any]) -> list[Fact]:
    """Only what exists: a project without gold or confidence has fewer."""
    found = []
    chose = summary.get("chose_left", {})
    for statistic in OVERALL:
        measure = measures[statistic.name]
        if measure.defined:
            shown = show(measure, statistic.unit)
            between = f"{shown.interval}, " if shown.interval else f"{shown.reason}; " if shown.reason else ""
            found.append(Fact(statistic.label, shown.value, f"{between}{sample(measure.n, statistic.counted)}"))
    if chose.get("n"):
        found.append(
            Fact(
                "Chose the left",
                share_of(chose["left"], chose["n"]),
                f"n = {counted_of(chose['n'], 'judgement')} with a direction",
            )
        )
    rule = summary.get("settling")
    if rule and rule["pairs"]:
        each = number(rule["judgements"] / rule["pairs"], 2)
        detail = f"{counted_of(rule['pairs'], 'pair')} that wait for no more; target {share(rule['target'])}"
        found.append(Fact("Judgements of a pair", each, detail))
    median = summary.get("median_seconds")
    if median is not None:
        found.append(
            Fact(
                "Median seconds",
                "< 1" if 0 < median < 1 else number(median, 0),
                "on a pair, while the page was in view",
            )
        )
    return found
