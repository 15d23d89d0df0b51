"""Groups of annotators: agreement within and between them, and what they prefer, as pages, the API and files have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.charts import Mark, Scale, around, interval_cell
from common.formatting import Measure, Unit, show
from common.tables import Column, Table, Value, measured
from quality.models import QualityRun
from quality.pages.parts import worded
from quality.pages.slices import stored_measure
from quality.pages.tables import about
from quality.pages.wording import reason

PREFERENCES: Final = {
    "longer": "Prefers the longer response",
    "tie": "Calls it a tie",
    "both_bad": "Calls both bad",
}
FULL: Final = Scale(0.0, 1.0, 3.0, 97.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure for a table's cell."""

    mark: Mark
    measure: Measure
    reference: float | None = None
    plot: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    annotators: int
    n: int


@dataclass(frozen=True, slots=True)
class Preference:
    """A preference with each group's share; ``words`` is what the test says."""

    label: str
    shares: tuple[Drawn, ...]
    words: str
    differs: bool | None
    q: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """An attribute: its groups, their agreement two by two, and what they prefer."""

    attribute: str
    groups: tuple[Group, ...]
    agreement: tuple[tuple[Group, tuple[Drawn, ...]], ...]
    low: str
    high: str
    closer: str
    preferences: tuple[Preference, ...]
    answer: str


def board(found: Mapping[str, Any], attribute: str) -> Board:
    """Return an attribute as its page shows it."""
    one = found["attributes"][attribute]
    groups = tuple(Group(g["name"], g["annotators"], g["n"]) for g in one["groups"])
    kappas = {(cell["a"], cell["b"]): stored_measure(cell["kappa"]) for cell in one["agreement"]}
    ends = [v for m in kappas.values() for v in (m.value, m.low, m.high) if v is not None]
    low, high = around(ends, floor=-1.0, ceiling=1.0)
    scale = Scale(low, high, 3.0, 97.0)
    cells = tuple(
        (
            group,
            tuple(_drawn(kappas[min(a, b), max(a, b)], scale) for b in range(len(groups))),
        )
        for a, group in enumerate(groups)
    )
    preferences = tuple(_preference(each) for each in one["preferences"])
    return Board(
        attribute,
        groups,
        cells,
        f"{low:g}",
        f"{high:g}",
        _closer(one["closer"]),
        preferences,
        _answer(preferences),
    )


def _drawn(measure: Measure, scale: Scale, unit: Unit = Unit.RATIO) -> Drawn:
    return Drawn(interval_cell(measure, scale, unit=unit)[0], measure)


def _preference(one: Mapping[str, Any]) -> Preference:
    label = PREFERENCES.get(one["kind"]) or f"Prefers {one['name']}"
    shares = tuple(_drawn(stored_measure(share), FULL, Unit.PERCENT) for share in one["shares"])
    return Preference(label, shares, _told(one, "groups differ", "no difference seen"), one["differs"], one["q"])


def _told(one: Mapping[str, Any], yes: str, no: str) -> str:
    if one["differs"] is None:
        return reason(one["reason"], one["arguments"])
    return f"{yes if one['differs'] else no} (q {show(Measure(one['q']), Unit.PROBABILITY).value})"


def _closer(one: Mapping[str, Any]) -> str:
    if one["differs"] is None:
        return f"Whether people agree more within groups cannot be told: {reason(one['reason'], one['arguments'])}."
    points = f"{100 * one['difference']:.1f}".replace("-", "−")
    q = show(Measure(one["q"]), Unit.PROBABILITY).value
    if one["differs"]:
        return f"Two people of one group agree more often than two of different groups: by {points} points (q {q})."
    return f"No sign that people agree more within groups: a difference of {points} points (q {q})."


def _answer(preferences: Sequence[Preference]) -> str:
    told = [one for one in preferences if one.differs is not None]
    differ = sum(bool(one.differs) for one in told)
    if not told:
        return "Too early to tell."
    return (
        f"In {differ} of {len(told)} preferences."
        if differ
        else f"In none of {len(told)} preferences, as far as can be seen."
    )


def described(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored part as the API and ``compute_quality --json --groups`` give it."""
    return {
        "false_discoveries": found["false_discoveries"],
        "attributes": [
            {
                "attribute": name,
                "groups": one["groups"],
                "agreement": [
                    {
                        "groups": [one["groups"][cell[side]]["name"] for side in ("a", "b")],
                        "kappa": worded(cell["kappa"]),
                    }
                    for cell in one["agreement"]
                ],
                "closer": _contrast(one["closer"]),
                "preferences": [
                    {
                        "kind": each["kind"],
                        "name": each["name"],
                        "shares": [
                            {"group": group["name"], "share": worded(share)}
                            for group, share in zip(one["groups"], each["shares"], strict=True)
                        ],
                        **_contrast(each),
                    }
                    for each in one["preferences"]
                ],
            }
            for name, one in sorted(found["attributes"].items())
        ],
    }


def _contrast(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: one[key] for key in ("difference", "p", "q", "differs", "annotators")}
    return kept | {"reason": reason(one["reason"], one["arguments"]), "code": one["reason"]}


def as_table(found: Board, run: QualityRun) -> Table[tuple[str, str, Drawn]]:
    """Return an attribute's figures as one table: agreement of every two groups, and each group's share of each preference."""
    rows = [
        ("agreement", f"{group.name} / {other.name}", drawn)
        for group, cells in found.agreement
        for other, drawn in zip(found.groups, cells, strict=True)
        if other.name >= group.name
    ]
    rows += [
        (one.label, group.name, drawn)
        for one in found.preferences
        for group, drawn in zip(found.groups, one.shares, strict=True)
    ]
    facts: dict[str, Value] = {**about(run), "attribute": found.attribute}
    return Table(
        "groups",
        (
            Column("what", lambda row: row[0]),
            Column("group", lambda row: row[1]),
            *measured("figure", lambda row: row[2].measure),
        ),
        rows,
        facts,
    )
