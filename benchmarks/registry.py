"""The benchmarks by part of the product; each yields its figures as they are measured."""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

PARTS = ("handout", "quality", "fraud", "settling", "reward", "judging_page", "data")


@dataclass(frozen=True)
class Figure:
    """Our result, the peer's, and whether the ratio reaches its target.

    ``ratio`` is how many times better ours is, or the measured value where there is no peer. With ``at_most`` the target
    is an upper bound.
    """

    name: str
    ours: str
    peer: str
    ratio: float
    target: float
    at_most: bool = False

    @property
    def ok(self) -> bool:
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def line(self) -> str:
        bound = f"{'≤' if self.at_most else '≥'} {self.target:g}"
        ratio = f"{self.ratio:.3g}" if self.ratio < 1000 else f"{self.ratio:,.0f}"
        return (
            f"{self.name:<52}  {self.ours:>16}  {self.peer:>16}  {ratio:>9}  {bound:>8}  {'ok' if self.ok else 'short'}"
        )


HEAD = f"{'name':<52}  {'ours':>16}  {'peer':>16}  {'ratio':>9}  {'target':>8}"


def parts() -> list[str]:
    """Return the parts that have a module."""
    return [part for part in PARTS if find_spec(f"benchmarks.{part}")]


def run(part: str, *, full: bool) -> Iterator[Figure]:
    """Yield the figures of a part, each as soon as it is measured."""
    yield from importlib.import_module(f"benchmarks.{part}").figures(full=full)


def side_by_side(ours: Callable[[], object], peer: Callable[[], object], *, times: int = 5) -> tuple[float, float]:
    """Return the median seconds of each. Calls alternate, so that noise affects both; the first of each is a warm-up."""
    ours(), peer()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for call, found in zip((ours, peer), seconds, strict=True):
            began = time.perf_counter()
            call()
            found.append(time.perf_counter() - began)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def faster(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float, times: int = 5) -> Figure:
    """Return a figure of how many times faster ours is."""
    mine, theirs = side_by_side(ours, peer, times=times)
    return Figure(name, _seconds(mine), _seconds(theirs), theirs / mine, target)


def faster_than(name: str, ours: Callable[[], object], peer_seconds: float, target: float, times: int = 5) -> Figure:
    """Return a figure of how many times faster ours is than a peer that ran elsewhere and timed itself."""
    ours()  # a warm-up
    mine = statistics.median(_timed(ours) for _ in range(times))
    return Figure(name, _seconds(mine), _seconds(peer_seconds), peer_seconds / mine, target)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _seconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms" if value < 10 else f"{value:,.1f} s"
