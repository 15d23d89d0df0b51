"""Agreement slice by slice, as its page shows it and files hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.charts import Mark, Scale, around, interval_cell
from common.formatting import Measure, Unit, show
from common.tables import Column, Table, Value, measured
from quality.models import QualityRun
from quality.pages.tables import about
from quality.pages.wording import method, reason

KINDS: Final = {
    "language": "Languages",
    "tag": "Tags",
    "week": "Weeks",
    "guidelines": "Versions of the guidelines",
}
UNDIVIDED: Final = {
    "language": "No pair has a language.",
    "tag": "No pair has a tag.",
    "week": "Nothing was judged yet.",
    "guidelines": "No judgement was given under guidelines that are recorded.",
}
HEADS: Final = {"language": "Language", "tag": "Tag", "week": "Week from", "guidelines": "Version"}


@dataclass(frozen=True, slots=True)
class Line:
    """A slice: its kappa drawn and its percent agreement, against all other judgements. ``words``: what its difference says."""

    name: str
    n: int
    kappa: Measure
    percent: Measure
    difference: float | None
    q: float | None
    differs: bool | None
    words: str
    mark: Mark
    shown_percent: str
    reference: float | None = None
    plot: bool = True


@dataclass(frozen=True, slots=True)
class Board:
    """The slices of one kind, and the sentence that answers whether any differs."""

    kind: str
    lines: tuple[Line, ...]
    answer: str
    low: str
    high: str


def board(found: Mapping[str, Any], kind: str, overall: Measure) -> Board:
    """Return the slices of a kind; ``overall`` is Fleiss' kappa of all judgements, drawn as a reference."""
    given: Sequence[Mapping[str, Any]] = found["kinds"].get(kind, [])
    kappas = [stored_measure(one["kappa"]) for one in given]
    ends = [v for m in (*kappas, overall) for v in (m.value, m.low, m.high) if v is not None]
    low, high = around(ends, floor=-1.0, ceiling=1.0)
    scale = Scale(low, high, 3.0, 97.0)
    lines = []
    for one, kappa in zip(given, kappas, strict=True):
        below = bool(one["differs"]) and one["difference"] < 0
        mark, reference = interval_cell(kappa, scale, reference=overall.value, tone="act" if below else "")
        percent = stored_measure(one["percent"])
        words = _words(one)
        lines.append(
            Line(
                one["name"],
                one["n"],
                kappa,
                percent,
                one["difference"],
                one["q"],
                one["differs"],
                words,
                mark,
                show(percent, Unit.PERCENT).text if percent.defined else "–",
                reference,
            )
        )
    return Board(kind, tuple(lines), _answer(kind, lines), f"{low:g}", f"{high:g}")


def _words(one: Mapping[str, Any]) -> str:
    if one["differs"] is None:
        return "too few to tell"
    probability = show(Measure(one["q"]), Unit.PROBABILITY).value
    if not one["differs"]:
        return f"no difference seen (q {probability})"
    return f"{'less' if one['difference'] < 0 else 'more'} than the others (q {probability})"


def _answer(kind: str, lines: Sequence[Line]) -> str:
    told = [line for line in lines if line.differs is not None]
    below = sum(bool(line.differs and (line.difference or 0) < 0) for line in lines)
    names = KINDS[kind].lower()
    if not lines:
        return UNDIVIDED[kind]
    if not told:
        return "Too early to tell."
    if below:
        return f"In {below} of {len(told)} {names}."
    return f"In none of the {len(told)} {names} with enough pairs." if len(told) > 1 else "No difference is seen."


def stored_measure(one: Mapping[str, Any]) -> Measure:
    """Return a stored estimate of a part with its method and its reason in words."""
    return Measure(
        one["value"],
        one["low"],
        one["high"],
        one["n"],
        reason(one["reason"], one["arguments"]),
        method(one["method"], one["arguments"]),
    )


def as_table(found: Board, run: QualityRun) -> Table[Line]:
    """Return the slices of a kind as a table."""
    facts: dict[str, Value] = {**about(run), "kind": found.kind}
    return Table(
        f"slices-{found.kind}",
        (
            Column("name", lambda line: line.name),
            Column("n", lambda line: line.n),
            *measured("kappa", lambda line: line.kappa),
            *measured("percent", lambda line: line.percent),
            Column("difference", lambda line: line.difference),
            Column("q", lambda line: line.q),
            Column("differs", lambda line: line.differs),
        ),
        found.lines,
        facts,
    )
