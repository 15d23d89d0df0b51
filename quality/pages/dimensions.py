"""The dimensions of data quality as one table: each measure with its target, whether it is met, and what to do. No queries here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.formatting import Measure, Unit, number, share, show
from common.tables import Column, Table, measured
from quality.models import QualityRun
from quality.pages.tables import about
from quality.pages.wording import method, reason
from quality.stats.dimensions import Dimension, State

PLURAL: Final = re.compile(r"s\b")
LABELS: Final = {
    Dimension.ACCURACY: "Accuracy",
    Dimension.CONSISTENCY: "Consistency",
    Dimension.COMPLETENESS: "Completeness",
    Dimension.TIMELINESS: "Timeliness",
    Dimension.COVERAGE: "Coverage",
}
NAMES: Final = {
    "gold_accuracy": ("Gold judgements that are right", "gold judgements"),
    "fleiss_kappa": ("Agreement, Fleiss’ κ", "ordinary pairs"),
    "self_consistency": ("Probes answered the same way again", "probes"),
    "unsettled": ("Complete pairs without a majority", "complete pairs"),
    "judgements": ("Wanted judgements that are there", "wanted judgements"),
    "reasons": ("Judgements with a reason", "judgements"),
    "open_age": ("Age of pairs that wait, median", "pairs that wait"),
    "time_to_settle": ("Time to a pair’s last judgement, median", "pairs"),
    "languages": ("Languages with enough judgements", "languages"),
    "tags": ("Tags with enough judgements", "tags"),
    "source_models": ("Two source models with enough judgements", "combinations"),
}
"""What each measure is called, and what its n counts."""
AT_MOST: Final = frozenset({"unsettled", "open_age", "time_to_settle"})
TIMES: Final = frozenset({"open_age", "time_to_settle"})
WORDS: Final = {
    State.MET: ("Met", "ok", "good"),
    State.MISSED: ("Missed", "act", "act"),
    State.OPEN: ("Too early to tell", "muted", "wait"),
    State.NO_TARGET: ("No target", "muted", ""),
    State.UNDEFINED: ("Not defined", "muted", ""),
}
ACTIONS: Final = {
    "gold_accuracy": ("Look at the gold", "quality:gold"),
    "fleiss_kappa": ("Compare annotators", "quality:agreement"),
    "self_consistency": ("Compare annotators", "quality:annotators"),
    "unsettled": ("Decide them", "quality:disagreements"),
    "judgements": ("Add annotators", "annotation:members"),
    "reasons": ("Revise the guidelines", "annotation:guidelines_edit"),
    "open_age": ("Add annotators", "annotation:members"),
    "time_to_settle": ("Add annotators", "annotation:members"),
    "languages": ("Import pairs", "annotation:imports"),
    "tags": ("Import pairs", "annotation:imports"),
    "source_models": ("Import pairs", "annotation:imports"),
}
"""What to do about a target that is missed, and where."""
FOR_MANAGERS: Final = frozenset({"annotation:members", "annotation:guidelines_edit", "annotation:imports"})


@dataclass(frozen=True, slots=True)
class Row:
    """A measure: its value with interval and n, its target, the state, and the action where the target is missed."""

    dimension: str
    first: bool
    name: str
    label: str
    measure: Measure
    value: str
    interval: str
    n: str
    target: str
    state: State
    words: str
    tone: str
    icon: str
    action: str
    route: str


@dataclass(frozen=True, slots=True)
class Dimensions:
    rows: tuple[Row, ...]
    missed: int
    enough: int
    methods: tuple[tuple[str, str], ...]


def dimensions(content: Mapping[str, Any] | None, *, manages: bool) -> Dimensions | None:
    """Return the table of a run's part; null for runs of before it was stored."""
    if content is None:
        return None
    stored = [one for name in Dimension for one in content["measures"] if one["dimension"] == name]
    rows = []
    before = ""
    for one in stored:
        rows.append(_row(one, first=one["dimension"] != before, manages=manages))
        before = one["dimension"]
    return Dimensions(
        rows=tuple(rows),
        missed=sum(row.state is State.MISSED for row in rows),
        enough=content["enough"],
        methods=tuple((row.label, row.measure.method) for row in rows if row.measure.method),
    )


def _row(stored: Mapping[str, Any], *, first: bool, manages: bool) -> Row:
    name, state = stored["name"], State(stored["state"])
    found = Measure(
        stored["value"],
        stored["low"],
        stored["high"],
        stored["n"],
        reason(stored["reason"], stored["arguments"]),
        method(stored["method"], stored["arguments"]),
    )
    value, interval = _written(name, found)
    words, tone, icon = WORDS[state]
    action, route = ACTIONS[name] if state is State.MISSED else ("", "")
    if route in FOR_MANAGERS and not manages:
        action, route = "", ""
    return Row(
        dimension=LABELS[Dimension(stored["dimension"])],
        first=first,
        name=name,
        label=NAMES[name][0],
        measure=found,
        value=value,
        interval=interval,
        n=_sample(found.n, NAMES[name][1]),
        target=_target(name, stored["target"]),
        state=state,
        words=words,
        tone=tone,
        icon=icon,
        action=action,
        route=route,
    )


def _sample(n: int, words: str) -> str:
    """A number with what it counts.

    >>> _sample(1, "ordinary pairs"), _sample(1200, "tags")
    ('1 ordinary pair', '1,200 tags')
    """
    return f"1 {PLURAL.sub('', words, count=1)}" if n == 1 else f"{n:,} {words}"


def _written(name: str, found: Measure) -> tuple[str, str]:
    """The value and its interval; what is counted whole has none."""
    if found.value is None:
        return "–", found.reason
    if name in TIMES:
        ends = [end for end in (found.low, found.high) if end is not None and end != found.value]
        between = " to ".join(length(end) for end in (found.low, found.high) if end is not None) if ends else ""
        return length(found.value), between or found.reason
    counted_whole = found.low == found.high
    shown = show(
        Measure(found.value) if counted_whole else found, Unit.RATIO if name == "fleiss_kappa" else Unit.PERCENT
    )
    return shown.value, "counted" if counted_whole else shown.interval or shown.reason


def _target(name: str, target: float | None) -> str:
    if target is None:
        return ""
    words = length(target) if name in TIMES else number(target, 2) if name == "fleiss_kappa" else share(target)
    return f"{'at most' if name in AT_MOST else 'at least'} {words}"


def length(seconds: float) -> str:
    """Return how long something takes, in the unit that people would use, to two digits.

    >>> length(40), length(600), length(9000), length(200_000), length(864_000 * 3)
    ('40 seconds', '10 minutes', '2.5 hours', '2.3 days', '30 days')
    """
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or unit == "second":
            break
    amount = seconds / size
    text = number(amount, 0 if amount >= 9.95 or amount == round(amount) else 1)
    return f"{text} {unit}{'' if text == '1' else 's'}"


def table(found: Dimensions, run: QualityRun) -> Table[Row]:
    """Return the dimensions as files hold them; times are in seconds."""
    return Table(
        "dimensions",
        (
            Column("dimension", lambda row: row.dimension.lower()),
            Column("measure", lambda row: row.name),
            *measured("value", lambda row: row.measure),
            Column("target", lambda row: row.target),
            Column("state", lambda row: row.state.value),
        ),
        found.rows,
        about(run),
    )
