"""What a stored fit says: which source model people prefer, who is tied, what was refused. No queries here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.charts import Mark, Scale, Tick, around, heat, interval_cell, tick_text, ticks
from common.formatting import Measure, Unit, number, places, share
from reward.models import Rating, RatingRun

MOST_NAMED = 3
MATRIX_MODELS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A source model on the board."""

    name: str
    n: int
    mark: Mark
    theta: str
    spread: str
    rating: str
    between: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours whose ranks the judgements cannot tell apart."""

    rank: str
    tied: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """Models whose ratings compare with each other and with no others."""

    number: int
    groups: tuple[Group, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Unrated:
    """A source model without a rating, and why."""

    name: str
    n: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cell:
    """How often the row's model won against the column's."""

    text: str
    level: int
    n: int
    self: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what the fit says."""

    level: str
    title: str
    detail: str
    link: bool = False


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All the page says of a fit."""

    answer: str
    lede: str
    components: tuple[Component, ...]
    unrated: tuple[Unrated, ...]
    axis: tuple[Tick, ...]
    names: tuple[str, ...]
    matrix: tuple[tuple[str, tuple[Cell, ...]], ...]
    matrix_words: str
    matrix_left_out: int
    findings: tuple[Finding, ...]
    settled: str
    method: str


def leaderboard(run: RatingRun, ratings: Sequence[Rating]) -> Leaderboard:
    """The page of a run, from its ratings."""
    rated = sorted(
        (r for r in ratings if r.theta is not None), key=lambda r: (r.component or 0, -(r.theta or 0), r.name)
    )
    unrated = sorted((r for r in ratings if r.theta is None), key=lambda r: (-r.n, r.name))
    ends = [v for r in rated for v in (r.theta, r.theta_low, r.theta_high) if v is not None]
    scale = Scale(*around(ends, least=0.2), 4.0, 96.0)
    marks = ticks(scale.low, scale.high)
    numbers = sorted({r.component or 0 for r in rated})
    components = tuple(
        _component(place + 1, [r for r in rated if (r.component or 0) == number], scale)
        for place, number in enumerate(numbers)
    )
    answer, lede = _answer(components, rated, run)
    order = [r.name for r in (*rated, *unrated)]
    names, matrix, words, left_out = _matrix(run.matrix, order)
    return Leaderboard(
        answer=answer,
        lede=lede,
        components=components,
        unrated=tuple(Unrated(r.name, r.n, r.reason) for r in unrated),
        axis=tuple(_tick(scale.at(v), tick_text(v, marks, Unit.SIGNED)) for v in marks),
        names=names,
        matrix=matrix,
        matrix_words=words,
        matrix_left_out=left_out,
        findings=tuple(_findings(run, unrated, components)),
        settled=_counted(run),
        method=_method(run),
    )


def _tick(at: float, text: str) -> Tick:
    """Numbers at the ends of the axis stay inside it."""
    return Tick(at, text, "start" if at < 10 else "end" if at > 90 else "mid")


def _component(place: int, rows: Sequence[Rating], scale: Scale) -> Component:
    """Neighbours with the same rank interval stand together."""
    groups: list[list[Rating]] = []
    for rating in rows:
        same = groups and (groups[-1][0].rank_low, groups[-1][0].rank_high) == (rating.rank_low, rating.rank_high)
        if same and rating.rank_low is not None:
            groups[-1].append(rating)
        else:
            groups.append([rating])
    return Component(place, tuple(_group(group, scale) for group in groups), len(rows))


def _group(group: Sequence[Rating], scale: Scale) -> Group:
    low, high = group[0].rank_low, group[0].rank_high
    if low is None or high is None:
        rank = "–"
    else:
        rank = str(low) if low == high else f"{low}–{high}"
    return Group(rank, len(group) > 1, tuple(_row(rating, scale) for rating in group))


def _row(rating: Rating, scale: Scale) -> Row:
    measure = Measure(rating.theta, rating.theta_low, rating.theta_high, rating.n, rating.reason)
    mark, _ = interval_cell(measure, scale, unit=Unit.SIGNED)
    half = (rating.theta_high - rating.theta_low) / 2 if measure.has_interval else None  # type: ignore[operator]
    decimals = places(half, Unit.SIGNED)
    on_scale = rating.rating if rating.rating is not None else 0.0
    return Row(
        name=rating.name,
        n=rating.n,
        mark=mark,
        theta=number(rating.theta or 0.0, decimals, signed=True),
        spread="" if half is None else f"± {number(half, decimals)}",
        rating=number(on_scale, 0),
        reason="" if measure.has_interval else _sentence(rating.reason or "no interval"),
        between=""
        if rating.low is None or rating.high is None
        else f"{number(rating.low, 0)}–{number(rating.high, 0)}",
    )


def _answer(components: Sequence[Component], rated: Sequence[Rating], run: RatingRun) -> tuple[str, str]:
    if not rated:
        if run.n_comparisons == 0:
            return "Nothing can be said yet.", "No judgement compares two different source models."
        return "No model can be rated.", "Why stands below, model by model. More pairs between them would help."
    apart = ""
    if len(components) > 1:
        if components[0].size * 2 < len(rated):
            return (
                f"There is no one answer: the models fall into {len(components)} groups.",
                "Ratings compare inside a group and not across, because too little links the groups.",
            )
        others = len(rated) - components[0].size
        rated = rated[: components[0].size]
        apart = f"That is among {len(rated)} models; the other {others} stand apart, for too little links them."
    answer, lede = _first(rated)
    return answer, f"{lede} {apart}".strip()


def _first(rated: Sequence[Rating]) -> tuple[str, str]:
    """Who is ahead among models that compare, strongest first."""
    first = [r.name for r in rated if r.rank_low == 1]
    if not first:
        return f"{rated[0].name} has the highest rating.", "There is no interval, so nothing says by how much."
    if len(first) == 1:
        rest = len(rated) - 1
        return (
            f"{first[0]}.",
            f"It is clearly ahead of {'the other one' if rest == 1 else f'each of the {rest} others'}.",
        )
    others = len(rated) - len(first)
    ahead = "Between them and the rest the order is clear." if others and _clear_cut(rated) else ""
    if len(first) <= MOST_NAMED:
        names = " or ".join([", ".join(first[:-1]), first[-1]])
        return f"{names}: these judgements cannot tell them apart.", ahead
    if others == 0:
        return (
            f"These judgements cannot tell the {len(first)} models apart.",
            "More comparisons would narrow the intervals.",
        )
    return f"One of {len(first)}: these judgements cannot tell them apart.", ahead


def _clear_cut(rated: Sequence[Rating]) -> bool:
    """Whether none of those that may be first may also share a rank with the rest."""
    first = [r for r in rated if r.rank_low == 1]
    rest = [r for r in rated if r.rank_low != 1]
    return all((r.rank_high or 0) <= len(first) for r in first) and all((r.rank_low or 0) > len(first) for r in rest)


def _matrix(
    matrix: Mapping[str, Any], order: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[Cell, ...]], ...], str, int]:
    """The heat table, strongest first; only models that met another."""
    names = list(matrix.get("names", []))
    place = {name: i for i, name in enumerate(names)}
    shares, counts = matrix.get("share", []), matrix.get("counts", [])
    met = [name for name in order if name in place and any(counts[place[name]])]
    shown = met[:MATRIX_MODELS]
    rows = []
    seen: list[int] = []
    for name in shown:
        cells = []
        for other in shown:
            i, j = place[name], place[other]
            value, n = shares[i][j], counts[i][j]
            if i != j and n:
                seen.append(n)
            known = i != j and n > 0 and value is not None
            cells.append(Cell(f"{value * 100:.0f}" if known else "", heat(value) if known else 0, n, i == j))
        rows.append((name, tuple(cells)))
    words = ""
    if seen:
        least, most = min(seen), max(seen)
        words = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        words += " comparisons a cell"
    return tuple(shown), tuple(rows), words, len(met) - len(shown)


def _findings(run: RatingRun, unrated: Sequence[Rating], components: Sequence[Component]) -> list[Finding]:
    found = []
    for rating in unrated:
        level = "watch" if rating.n else "none"
        count = "1 comparison" if rating.n == 1 else f"{rating.n:,} comparisons"
        found.append(
            Finding(level, f"{rating.name} has no rating", f"{_sentence(rating.reason)} It stands in {count}.", True)
        )
    if len(components) > 1:
        sizes = ", ".join(str(component.size) for component in components)
        detail = f"Groups of {sizes} models; each is centred at 0 by itself. A joint rating would be invented."
        found.append(Finding("watch", "Ratings do not compare across groups", detail, True))
    elif components and not unrated:
        found.append(Finding("good", "All models are connected", f"{components[0].size} models in one group"))
    elif components:
        found.append(Finding("good", "The rated models are connected", f"{components[0].size} models in one group"))
    notes = run.matrix.get("notes", []) if len(components) != 1 else []
    found += [Finding("watch", "Separated", _sentence(note)) for note in notes]
    if components and run.converged:
        steps = "1 step" if run.iterations == 1 else f"{run.iterations:,} steps"
        found.append(Finding("good", "The fit converged", f"After {steps}" + _likelihood(run)))
    elif components:
        found.append(
            Finding("act", "The fit did not converge", "Do not use these ratings. Fit again with ties as half wins.")
        )
    left = _left_out(run)
    if left:
        found.append(Finding("none", "Left out", left))
    if run.nu is not None:
        equal = share(run.nu / (2 + run.nu))
        detail = f"Davidson’s ν is {number(run.nu, 2)}: between equals {equal} would be ties"
        found.append(Finding("none", "Ties", detail))
    return found


def _likelihood(run: RatingRun) -> str:
    return "" if run.log_likelihood is None else f"; log-likelihood {number(run.log_likelihood, 1)}"


WHY = {
    "both_bad": "both bad",
    "self": "a model against itself",
    "weightless": "without weight",
    "unsettled": "pairs without a majority",
}


def _left_out(run: RatingRun) -> str:
    parts = [f"{count:,} {WHY.get(why, why.replace('_', ' '))}" for why, count in run.left_out.items() if count]
    return ", ".join(parts)


def _counted(run: RatingRun) -> str:
    each = "one for each settled pair" if run.unit == "majority" else "one for each judgement"
    return f"n = {run.n_comparisons:,} comparisons, {each}, gold left out"


INTERVALS = {
    "pair": "sandwich intervals clustered by pair",
    "independent": "sandwich intervals, judgements taken as independent",
    "fisher": "Fisher intervals",
    "annotator": "sandwich intervals clustered by annotator",
    "bootstrap": "bootstrap intervals",
}


def _method(run: RatingRun) -> str:
    ties = "Davidson ties" if run.ties == "davidson" else "a tie as half a win to each"
    spread = INTERVALS.get(run.intervals, run.intervals)
    return f"Bradley-Terry with {ties}, maximum likelihood, centred at 0; {spread}; rank intervals from pairwise differences"


def _sentence(reason: str) -> str:
    """A stored reason as a sentence.

    >>> _sentence("winless: lost every comparison")
    'Winless: lost every comparison.'
    """
    reason = reason.strip()
    return f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}" if reason else ""
