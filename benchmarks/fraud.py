"""How soon fraud is found, and how often honest people are named: the operating curve, drawn in ``docs/operating-curve.md``.

``python -m benchmarks.fraud`` writes the page; as a benchmark it prints the curve of a smaller project.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.registry import Figure
from common.charts.axis import Scale
from quality.stats.fraud import evidence
from quality.stats.fraud.alternatives import FALSE_ALARMS, Alternative
from quality.stats.fraud.examination import examine
from tests.quality.stats.fraud.projects import KINDS, Project, project

PAGE = Path(__file__).parents[1] / "docs" / "operating-curve.md"
PICTURE = PAGE.with_suffix(".svg")
BOUNDS = (0.3, 0.1, 0.03, FALSE_ALARMS, 0.003, 0.001)
MOST_JUDGEMENTS = 25
CAREFUL = 0.7
SEED = 20_261_128
SHOWN = 60  # judgements

HEAD = """# How soon fraud is found

{people} simulated annotators judge {each} pairs each, three to a pair; {frauds} of them answer without reading, of four kinds. Careful people are right in 70 % of the pairs or more (85 % on average); what is true is inferred from everybody's judgements. How they are drawn is in `tests/quality/stats/fraud/projects.py`.

An alternative is named when its likelihood ratio reaches the bound that at most the share in the first column of honest people ever reach. Concord uses {used:.0%}; nobody is named within ten judgements.

![Share found by judgements](operating-curve.svg)

| bound | careful people named over {each} judgements | {kinds} |
|---|---|{lines}
"""


@dataclass(frozen=True)
class Point:
    """One bound: the share of careful people who were ever named, and after how many judgements each fraud was, by kind."""

    bound: float
    named: float
    careful: int
    after: dict[str, np.ndarray]  # infinite where never

    def median(self, kind: str) -> float:
        return float(np.median(self.after[kind]))


def curve(people: int, each: int, bounds: tuple[float, ...] = BOUNDS) -> list[Point]:
    """Return the operating curve of a project of whose annotators a twentieth is fraud."""
    frauds = people // 20
    kinds = ["honest"] * (people - frauds) + [KINDS[i % len(KINDS)] for i in range(frauds)]
    made = project(np.random.default_rng(SEED), kinds, items=people * each // 3)
    fit = made.fit()
    return [_point(made, fit.prior, fit.confusion, bound) for bound in bounds]


def _point(made: Project, prior: np.ndarray, confusion: np.ndarray, bound: float) -> Point:
    needed = math.log(len(Alternative) / bound)
    with mock.patch.object(evidence, "bound", return_value=needed):
        found = examine(made.item, made.annotator, made.verdict, prior, confusion, left=made.left, longer=made.longer)
    crossed = made.crossed(found)
    careful = (made.kind == "honest") & (made.skill >= CAREFUL)
    after = {kind: np.where(crossed > 0, crossed, np.inf)[made.kind == kind] for kind in KINDS}
    return Point(bound, float((crossed[careful] > 0).mean()), int(careful.sum()), after)


def figures(*, full: bool) -> Iterator[Figure]:
    for point in curve(*((500, 500) if full else (300, 200))):
        name = f"careful people named, bound {point.bound:.1%}"
        found = ", ".join(f"{point.median(kind):.0f}" for kind in KINDS)
        yield Figure(name, f"{point.named:.2%}", f"found: {found}", point.named, point.bound, at_most=True)
        if point.bound == FALSE_ALARMS:
            for kind in KINDS:
                median = point.median(kind)
                yield Figure(
                    f"median judgements until {kind}", f"{median:.0f}", "", median, MOST_JUDGEMENTS, at_most=True
                )


def picture(point: Point) -> str:
    """Return the share found by judgements, a line for each kind, as SVG."""
    across, down = Scale(0, SHOWN, 50, 590), Scale(0, 1, 230, 20)
    lines = []
    for at in (0, 0.25, 0.5, 0.75, 1):
        y = down.at(at)
        lines.append(
            f'<path d="M50,{y:g} H590" stroke="#8886"/><text x="44" y="{y + 4:g}" text-anchor="end">{at:.0%}</text>'
        )
    lines += [f'<text x="{across.at(at):g}" y="250" text-anchor="middle">{at}</text>' for at in range(0, SHOWN + 1, 10)]
    lines.append('<text x="320" y="270" text-anchor="middle">judgements of a person</text>')
    x = across.at(MOST_JUDGEMENTS)
    lines.append(f'<path d="M{x:g},20 V230" stroke="#888" stroke-dasharray="4 4"/>')
    for place, (kind, style) in enumerate(zip(KINDS, ("", "8 4", "2 3", "10 3 2 3"), strict=True)):
        path = " ".join(
            f"{'M' if not n else 'L'}{across.at(n):g},{down.at(float((point.after[kind] <= n).mean())):g}"
            for n in range(SHOWN + 1)
        )
        y = 120 + 22 * place
        lines.append(f'<path d="{path}" fill="none" stroke="#3b6fd4" stroke-width="2" stroke-dasharray="{style}"/>')
        lines.append(f'<path d="M440,{y} H480" stroke="#3b6fd4" stroke-width="2" stroke-dasharray="{style}"/>')
        lines.append(f'<text x="488" y="{y + 4}">{kind.replace("_", " ")}</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 280" font-family="sans-serif" font-size="12" '
        'fill="#777" role="img" aria-label="Share of fraud found by judgements">\n' + "\n".join(lines) + "\n</svg>\n"
    )


def page(points: list[Point], people: int, each: int) -> str:
    """Return the document."""
    rows = []
    for point in points:
        cells = [f"{point.median(kind):.0f} ({(point.after[kind] <= MOST_JUDGEMENTS).mean():.0%})" for kind in KINDS]
        rows.append(f"| {point.bound:.1%} | {point.named:.2%} of {point.careful} | {' | '.join(cells)} |")
    kinds = " | ".join(
        f"{kind.replace('_', ' ')}: median judgements (found within {MOST_JUDGEMENTS})" for kind in KINDS
    )
    head = HEAD.format(
        people=people, each=each, frauds=people // 20, used=FALSE_ALARMS, kinds=kinds, lines="---|" * len(KINDS)
    )
    return head + "\n".join(rows) + "\n\nWritten by `python -m benchmarks.fraud`; `make bench ONLY=fraud` prints it.\n"


if __name__ == "__main__":
    found = curve(500, 500)
    PAGE.write_text(page(found, 500, 500), encoding="utf-8")
    PICTURE.write_text(picture(found[BOUNDS.index(FALSE_ALARMS)]), encoding="utf-8")
