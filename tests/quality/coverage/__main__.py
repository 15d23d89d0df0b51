"""Write ``docs/coverage.md``: ``python -m tests.quality.coverage [DRAWS]``."""

from __future__ import annotations

import sys
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path

from tests.quality.coverage import HIGHEST, LOWEST, Coverage, Setting, cover, settings

PAGE = Path(__file__).parents[3] / "docs" / "coverage.md"
DRAWS = 4000
SEED = 20_250_101
HARDLY_EVER = 0.01  # a share of estimates that have an interval; with fewer no coverage is stated

HEAD = f"""# Coverage of intervals

How often the 95 % intervals that pages show hold the truth, in simulation: in per cent, by n, the number that each heading names. Every cell rests on {{draws:,}} simulated projects with annotators of their own.
Allowed are {100 * LOWEST:.0f} to {100 * HIGHEST:.0f} %, as far as that many projects can tell. Where a figure says "too few" instead of showing an interval, the cell does too; where it does so in a part of the projects, the share of those with an interval follows in brackets, and the coverage is that of their intervals.

Annotators differ in skill and in liking one verdict; pairs differ in difficulty, so judgements of one pair depend on one another, and so do those of one annotator. How they are drawn is in `tests/quality/coverage`.

Written by `python -m tests.quality.coverage`; `tests/quality/test_coverage.py` runs a short version.
"""


def cell(found: Coverage) -> str:
    if not found.estimates:
        return ""
    if found.shown < HARDLY_EVER or found.intervals < min(100, found.estimates):
        return "too few"
    covered = f"{100 * found.share:.1f}"
    return covered if found.shown > 0.995 else f"{covered} ({100 * found.shown:.0f} %)"


def page(covered: dict[Setting, dict[str, Coverage]], draws: int) -> str:
    """The document, from the coverage of each setting."""
    groups: dict[str, dict[tuple[str, str], dict[int, Coverage]]] = defaultdict(lambda: defaultdict(dict))
    for setting, figures in covered.items():
        for figure, found in figures.items():
            groups[setting.group][figure, setting.name][setting.n] = found
    parts = [HEAD.format(draws=draws)]
    for group, rows in groups.items():
        sizes = sorted({n for row in rows.values() for n in row})
        lines = [
            f"## {group}\n",
            f"| figure | simulated | {' | '.join(map(str, sizes))} |",
            "|---" * (len(sizes) + 2) + "|",
        ]
        for (figure, name), row in sorted(rows.items(), key=lambda named: named[0][0]):
            cells = " | ".join(cell(row.get(n, Coverage())) for n in sizes)
            lines.append(f"| `{figure}` | {name} | {cells} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _covered(task: tuple[int, int]) -> dict[str, Coverage]:
    at, draws = task
    return cover(settings()[at], draws=draws, seed=SEED)


def main(draws: int) -> int:
    every = settings()
    with Pool() as pool:
        covered = dict(zip(every, pool.map(_covered, [(at, draws) for at in range(len(every))], 1), strict=True))
    PAGE.write_text(page(covered, draws), encoding="utf-8")
    off = 0
    for setting, figures in covered.items():
        for figure, found in figures.items():
            if setting.promised and not found.within(draws, setting.highest):
                off += 1
                print(f"{figure}: {found.share:.1%} of {found.intervals:,} intervals; {setting}")
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS))
