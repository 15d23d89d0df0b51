"""A plan as plain values and as a table: what ``plan`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any, Final

from quality.stats.planning import Expected, cost, enough


@dataclass(frozen=True, slots=True)
class Work:
    """What a plan is for: how many pairs, and what the work is like."""

    pairs: int
    target: float
    unsettled: float
    seconds: float
    gold_rate: float
    hours_each: float
    hourly: float


def report(found: Expected, work: Work, **assumed: Any) -> dict[str, Any]:
    """Return a plan in the shape that the command promises; numbers without a value are null."""
    rows = [_row(found, work, i) for i in range(len(found.accuracy))]
    wanted = enough(found, unsettled=work.unsettled)
    return {
        **asdict(work),
        **assumed,
        "exact": found.exact,
        "most": wanted,
        "recommended": None if wanted is None else rows[wanted - 1],
        "plans": rows,
    }


def _row(found: Expected, work: Work, i: int) -> dict[str, Any]:
    most = i + 1
    terms: dict[str, Any] = {
        "pairs": work.pairs,
        "most": most,
        "seconds": work.seconds,
        "gold_rate": work.gold_rate,
        "hours_each": work.hours_each,
        "hourly": work.hourly,
    }
    return {
        "most": most,
        "every_pair": {
            "accuracy": _value(found, "accuracy", i),
            "judgements_a_pair": {"value": float(most), "error": 0.0},
            **asdict(cost(judgements=float(most), **terms)),
        },
        "until_settled": {
            "settled": _value(found, "settled", i),
            "settled_accuracy": _value(found, "settled_accuracy", i),
            "accuracy": _value(found, "stopped_accuracy", i),
            "judgements_a_pair": _value(found, "judgements", i),
            **asdict(cost(judgements=float(found.judgements[i]), **terms)),
        },
    }


def _value(found: Expected, name: str, i: int) -> dict[str, float | None]:
    value, error = float(getattr(found, name)[i]), float(found.error[name][i])
    return {"value": None, "error": None} if isnan(value) else {"value": value, "error": error}


_COLUMNS: Final = (
    *(("right", 8), ("judgements", 12), ("hours", 9), ("cost", 11), ("settled", 11), ("right of these", 16)),
    *(("a pair", 8), ("judgements", 12), ("hours", 9), ("people", 8), ("cost", 11)),
)


def lines(plan: dict[str, Any]) -> Iterator[str]:
    """Yield a plan as a table and a sentence that says what it recommends."""
    yield f"{plan['pairs']:,} pairs, settled from {plan['target']:.0%}; {plan['seconds']:.0f} s a judgement; {plan['basis']}"
    yield ""
    yield f"{'':4}{'every pair gets so many':^40}{'at most so many, until it is settled':^74}"
    yield "most" + "".join(f"{head:>{width}}" for head, width in _COLUMNS)
    for row in plan["plans"]:
        every, until = row["every_pair"], row["until_settled"]
        right = until["settled_accuracy"]["value"]
        cells = (
            *(f"{every['accuracy']['value']:.1%}", f"{every['judgements']:,.0f}"),
            *(f"{every['hours']:,.0f}", f"{every['cost']:,.0f}"),
            *(f"{until['settled']['value']:.1%}", "none" if right is None else f"{right:.1%}"),
            *(f"{until['judgements_a_pair']['value']:.2f}", f"{until['judgements']:,.0f}"),
            *(f"{until['hours']:,.0f}", f"{until['people']:,}", f"{until['cost']:,.0f}"),
        )
        yield f"{row['most']:>4}" + "".join(
            f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True)
        )
    yield ""
    yield _advice(plan)
    yield (
        "Expects that annotators err independently of each other. Where some pairs are harder than others for everybody, "
        "fewer verdicts are right than this says; count on some per cent."
    )


def _advice(plan: dict[str, Any]) -> str:
    if plan["most"] is None:
        return (
            f"With {len(plan['plans'])} judgements at most, more than {plan['unsettled']:.0%} of pairs stay unsettled. "
            "Allow more, lower the target, or train the annotators."
        )
    until = plan["recommended"]["until_settled"]
    return (
        f"Recommended: at most {plan['most']} judgements a pair, {until['judgements_a_pair']['value']:.2f} on average. "
        f"{until['settled']['value']:.0%} of pairs are settled, {until['settled_accuracy']['value']:.1%} of these right; "
        f"{until['people']:,} people, {until['hours']:,.0f} hours, cost {until['cost']:,.0f}."
    )
