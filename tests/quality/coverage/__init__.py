"""How often the intervals that pages show hold the truth, in simulation.

A :class:`Setting` makes data of which the truth is known and yields every estimate with its own truth; :func:`cover`
repeats it. A module beside this one that defines ``SETTINGS`` has its settings in the table of ``docs/coverage.md``, which
``python -m tests.quality.coverage`` writes; ``tests/quality/test_coverage.py`` runs a short version of each.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from quality.stats.intervals import Estimate

LOWEST, HIGHEST = 0.92, 0.98
"""What an interval called 95 % may cover."""

Found = Iterable[tuple[str, Estimate, float]]
"""Name of a figure, its estimate, its truth; several of one name in one draw, as of several annotators, are averaged."""


@dataclass
class Coverage:
    """How the intervals of one figure did. An estimate without an interval counts as not shown."""

    estimates: int = 0
    below: int = 0  # intervals wholly below the truth
    above: int = 0
    widths: list[float] = field(default_factory=list)
    lowest: float = float("inf")  # limit of any interval
    highest: float = float("-inf")

    @classmethod
    def of(cls, share: float, intervals: int, estimates: int | None = None) -> Coverage:
        """Return what is known of a share that was written down."""
        missed = round((1 - share) * intervals)
        return cls(estimates or intervals, below=missed, widths=[1.0] * intervals)

    @property
    def intervals(self) -> int:
        return len(self.widths)

    @property
    def shown(self) -> float:
        """The share of estimates that have an interval."""
        return self.intervals / self.estimates

    @property
    def share(self) -> float:
        """The share of intervals that hold the truth; NaN where there are none."""
        return 1 - (self.below + self.above) / self.intervals if self.intervals else float("nan")

    @property
    def width(self) -> float:
        """The median width; NaN where there are none."""
        return float(np.median(self.widths)) if self.intervals else float("nan")

    @property
    def narrowest(self) -> float:
        return min(self.widths, default=float("nan"))

    def add(self, estimate: Estimate, true: float) -> None:
        self.estimates += 1
        if np.isnan(estimate.low) or np.isnan(true):
            return
        self.widths.append(estimate.high - estimate.low)
        self.lowest, self.highest = min(self.lowest, estimate.low), max(self.highest, estimate.high)
        # Rounding must not count as a miss where an interval ends at the truth, as at 0 or 1.
        self.below += estimate.high < true - 1e-9
        self.above += estimate.low > true + 1e-9

    def within(self, draws: int, highest: float = HIGHEST) -> bool:
        """Whether the share lies in the allowed range, as far as a simulation of so many draws can tell (3.5 errors).

        The estimates of one draw depend on one another, so it is draws that are counted.
        """
        seen = max(1.0, draws * self.shown)
        least, most = (3.5 * np.sqrt(end * (1 - end) / seen) for end in (LOWEST, highest))
        return not self.intervals or LOWEST - least <= self.share <= highest + most


@dataclass(frozen=True)
class Setting:
    """One kind of data with a known truth.

    ``n`` is the number that the table's columns are about, such as items or judgements; ``quick`` is how many draws the
    short version makes. ``promised`` is false where the truth is one that the intervals do not speak of: the table shows
    how far they are from it. ``at_least`` is true where 95 % is the least that is promised, as of tests taken together.
    """

    group: str
    name: str
    n: int
    simulate: Callable[[np.random.Generator], Found]
    quick: int = 150
    promised: bool = True
    at_least: bool = False

    @property
    def highest(self) -> float:
        return 1.0 if self.at_least else HIGHEST

    def __str__(self) -> str:
        return f"{self.group}, {self.name}, n = {self.n}"


def cover(setting: Setting, *, draws: int, seed: int) -> dict[str, Coverage]:
    """Return the coverage of every figure that a setting yields, in order of appearance."""
    rng = np.random.default_rng([seed, setting.n])
    found: dict[str, Coverage] = {}
    for _ in range(draws):
        for name, estimate, true in setting.simulate(rng):
            found.setdefault(name, Coverage()).add(estimate, true)
    return found


def settings() -> tuple[Setting, ...]:
    """Return those of every module beside this one, in order of the modules' names."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "__main__"]
    modules = [import_module(f"{__name__}.{name}") for name in sorted(names)]
    return tuple(setting for module in modules for setting in getattr(module, "SETTINGS", ()))
