"""Gold: whether known answers are found, pair by pair and day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.selectors.conversation import opening
from annotation.vocabulary import Verdict
from common.charts import Mark, Scale, Series, interval_cell, series
from common.formatting import Measure, Unit, show
from quality.pages.measures import counted
from quality.pages.trust import Standing, standing
from quality.pages.wording import day_name
from quality.selectors.gold import GoldDay, GoldPair

FULL = Scale(0.0, 1.0, 3.0, 97.0)


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A gold pair: how often its known verdict was found, whichever response was on the left."""

    external_id: str
    prompt: str
    known: str
    n: int
    mark: Mark
    left: str
    other: str
    reference: float | None
    plot: bool = True


def rows(pairs: Iterable[GoldPair], *, target: float) -> list[GoldRow]:
    """Return the table's rows."""
    found = []
    for gold in pairs:
        right = counted(gold.right)
        below = right.high is not None and right.high < target
        mark, _ = interval_cell(right, FULL, tone="act" if below else "", unit=Unit.PERCENT)
        pair = gold.pair
        left, other = (_side(*side) for side in gold.sides)
        found.append(
            GoldRow(
                external_id=pair.external_id,
                prompt=opening(pair.prompt.content),
                known="" if pair.gold_verdict is None else Verdict(pair.gold_verdict).label,
                n=right.n,
                mark=mark,
                left=left,
                other=other,
                reference=FULL.at(target),
            )
        )
    return found


def _side(right: int, n: int) -> str:
    return f"{right:,} of {n:,}" if n else "–"


def over_time(days: Sequence[GoldDay], *, target: float) -> Series | None:
    """Day by day, where there are days enough to see something."""
    if len(days) < 2:
        return None
    points: list[tuple[str, Measure]] = [(day_name(d.day), counted(d.right)) for d in days]
    last = show(points[-1][1], Unit.PERCENT).text
    return series(
        points,
        description=f"Share of gold judgements that were right, on {len(days):,} days; the last day {last}",
        caption="Gold judgements that were right, by day in UTC",
        head=("Day (UTC)", "Right"),
        unit=Unit.PERCENT,
        floor=0.0,
        ceiling=1.0,
        reference=target,
        reference_text="target",
        height=190.0,
    )


def answer(overall: Measure, *, target: float) -> str:
    """Whether the known verdicts are found, judged by the interval.

    >>> answer(Measure(0.94, 0.93, 0.95), target=0.9), answer(Measure(0.8, 0.6, 0.92), target=0.9)
    ('Yes.', 'Too early to tell.')

    Without an interval there is too little to tell; without a judgement there is nothing.

    >>> answer(Measure(0.91, n=112), target=0.9), answer(Measure(None), target=0.9)
    ('Too early to tell.', 'Nobody has judged it yet.')
    """
    match standing(overall, target):
        case Standing.ABOVE:
            return "Yes."
        case Standing.BELOW:
            return "Not often enough."
        case Standing.UNKNOWN if overall.value is None:
            return "Nobody has judged it yet."
    return "Too early to tell."
