"""Gold: whether known answers are found, pair by pair and day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.models import Pair
from annotation.models.enums import VERDICTS
from annotation.selectors.conversation import opening
from common.charts import Mark, Scale, Series, interval_cell, series
from common.formatting import Measure, Unit, show
from quality.pages.trust import Standing, standing
from quality.pages.wording import day_name
from quality.selectors.figures import GoldDay, of

FULL = Scale(0.0, 1.0, 3.0, 97.0)
KNOWN = dict(VERDICTS)


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A gold pair: how often its known verdict was found, whichever response stood left."""

    external_id: str
    prompt: str
    known: str
    n: int
    mark: Mark
    left: str
    other: str
    reference: float | None
    plot: bool = True


def rows(pairs: Iterable[Pair], *, target: float) -> list[GoldRow]:
    """The table's rows, from pairs with their counts (annotation.selectors.gold.pairs)."""
    found = []
    for pair in pairs:
        counts = {
            name: getattr(pair, name) for name in ("n", "right", "n_left", "right_left", "n_right", "right_right")
        }
        measure = of(counts["right"], counts["n"])
        below = measure.high is not None and measure.high < target
        mark, _ = interval_cell(measure, FULL, tone="act" if below else "", unit=Unit.PERCENT)
        found.append(
            GoldRow(
                external_id=pair.external_id,
                prompt=opening(pair.prompt.content),
                known=KNOWN[pair.gold_verdict] if pair.gold_verdict is not None else "",
                n=counts["n"],
                mark=mark,
                left=_side(counts["right_left"], counts["n_left"]),
                other=_side(counts["right_right"], counts["n_right"]),
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
    points: list[tuple[str, Measure]] = [(day_name(d.day), d.right) for d in days]
    last = show(days[-1].right, Unit.PERCENT).text
    return series(
        points,
        said=f"Share of gold judgements that were right, on {len(days)} days; the last day {last}",
        caption="Gold judgements that were right, by day",
        head=("Day", "Right"),
        unit=Unit.PERCENT,
        floor=0.0,
        ceiling=1.0,
        reference=target,
        reference_text="target",
        height=190.0,
    )


def answer(overall: Measure, *, target: float) -> str:
    """Whether gold is found, as far as the interval tells.

    >>> answer(Measure(0.94, 0.93, 0.95), target=0.9), answer(Measure(0.8, 0.6, 0.92), target=0.9)
    ('Yes.', 'Perhaps; more judgements will tell.')
    """
    match standing(overall, target):
        case Standing.ABOVE:
            return "Yes."
        case Standing.BELOW:
            return "Not often enough."
        case Standing.OPEN:
            return "Perhaps; more judgements will tell."
    return "Nobody has judged it yet."
