"""Rated models in order: groups that compare, ranks that are shared, marks on a common axis. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.charts import Mark, Scale, Tick, around, interval_cell, tick_text, ticks
from common.formatting import Measure, Unit, between, number, places
from reward.models import Rating
from reward.pages import wording


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
class Rank:
    """Neighbors whose order the judgements cannot decide."""

    label: str
    tied: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Models whose ratings compare with each other and with no others."""

    number: int
    ranks: tuple[Rank, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Standings:
    """All rated models, and the axis that their marks share."""

    groups: tuple[Group, ...]
    axis: tuple[Tick, ...]


def standings(rated: Sequence[Rating], names: Sequence[str]) -> Standings:
    """Arrange rated models, which come by group and then strongest first."""
    ends = [v for r in rated for v in (r.theta, r.theta_low, r.theta_high) if v is not None]
    scale = Scale(*around(ends, least=0.2), 4.0, 96.0)
    marks = ticks(scale.low, scale.high)
    groups = tuple(
        _group(place + 1, [r for r in rated if r.group == group], scale, names)
        for place, group in enumerate(sorted({r.group for r in rated}))
    )
    return Standings(groups, tuple(_tick(scale.at(v), tick_text(v, marks, Unit.SIGNED)) for v in marks))


def _tick(at: float, text: str) -> Tick:
    """Numbers at the ends of the axis stay inside it."""
    return Tick(at, text, "start" if at < 10 else "end" if at > 90 else "mid")


def _group(place: int, ratings: Sequence[Rating], scale: Scale, names: Sequence[str]) -> Group:
    """Neighbors with the same rank interval share a rank."""
    ranks: list[list[Rating]] = []
    for rating in ratings:
        same = ranks and (ranks[-1][0].rank_low, ranks[-1][0].rank_high) == (rating.rank_low, rating.rank_high)
        if same and rating.rank_low is not None:
            ranks[-1].append(rating)
        else:
            ranks.append([rating])
    return Group(place, tuple(_rank(sharing, scale, names) for sharing in ranks), len(ratings))


def _rank(sharing: Sequence[Rating], scale: Scale, names: Sequence[str]) -> Rank:
    low, high = sharing[0].rank_low, sharing[0].rank_high
    if low is None or high is None:
        label = "–"
    else:
        label = str(low) if low == high else f"{low}–{high}"
    return Rank(label, len(sharing) > 1, tuple(_row(rating, scale, names) for rating in sharing))


def _row(rating: Rating, scale: Scale, names: Sequence[str]) -> Row:
    reason = wording.reason(rating.reason, rating.arguments, names)
    measure = Measure(rating.theta, rating.theta_low, rating.theta_high, rating.n, reason)
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
        reason="" if measure.has_interval else wording.as_sentence(reason or "no interval"),
        between="" if rating.low is None or rating.high is None else between(rating.low, rating.high, 0, Unit.RATIO),
    )
