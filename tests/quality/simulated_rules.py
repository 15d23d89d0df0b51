"""How often the rules name careful people, and how soon they pause others: looked at as a run does, again and again.

``python -m tests.quality.simulated_rules`` prints the table of ``docs/rules.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.fraud.alternatives import bound
from quality.stats.fraud.copying import copy_bound
from quality.stats.gold import gold_accuracy
from quality.stats.labels import labels
from quality.stats.rules import DEFAULTS, Figure, Rule, Standing, Step, decide
from quality.stats.time import median_time
from tests.quality.stats.fraud.projects import Project, project

GOLD = 0.1
CAREFUL = "honest"


@dataclass(frozen=True)
class Course:
    """After how many judgements of their own each annotator was on probation and paused for the first time; 0 for never."""

    kind: np.ndarray
    probation: np.ndarray
    pause: np.ndarray


def course(world: Project, *, gold: float = GOLD, every: int = 25, seconds: np.ndarray | None = None) -> Course:
    """Look after each ``every`` judgements an annotator, on average, as a full run does; rules at their defaults."""
    people = len(world.kind)
    # Items are in no order, so the first ones are as good as any.
    known = np.where(np.arange(len(world.truth)) < gold * len(world.truth), world.truth, -1)
    probation, pause = np.zeros(people, int), np.zeros(people, int)
    since, ratio = np.zeros(people, int), np.zeros(people)
    begun: list[Rule | None] = [None] * people
    for end in range(every * people, len(world.item) + 1, every * people):
        seen = world.until(end)
        found = seen.examine(known=known[seen.item]).findings()
        n = np.bincount(seen.annotator, minlength=people)
        newer = np.arange(end) >= since[seen.annotator]
        is_gold = known[seen.item] >= 0
        at = is_gold & newer
        golds, _ = gold_accuracy(seen.annotator[at], seen.verdict[at] == known[seen.item[at]], people)
        for r in range(people):
            if pause[r]:
                continue
            mine = (seen.annotator == r) & newer
            evidence, more = found[r].arguments, copy_bound(people) - bound()
            now = evidence.get("log_ratio", 4.4) - (more if found[r].alternative == "copies" else 0.0)
            shared = np.isin(seen.item, seen.item[mine]) & (mine | (seen.annotator != r)) & ~is_gold
            given = labels(seen.item[shared], seen.annotator[shared], seen.verdict[shared])
            kappa = annotator_kappas(given, people, 4)[r]
            figures = {Rule.GOLD: _figure(golds[r]), Rule.AGREEMENT: _figure(kappa)}
            value = now - ratio[r] if found[r].alternative else None
            figures[Rule.FRAUD] = Figure(value, None, None, int(mine.sum()))
            if seconds is not None:
                figures[Rule.PACE] = _figure(median_time(seconds[:end][mine]))
            standing = Standing.PROBATION if begun[r] else Standing.ACTIVE
            decision = decide(DEFAULTS, standing, figures, begun=begun[r])
            if decision is None:
                continue
            since[r], ratio[r] = end, now
            begun[r] = decision.rule if decision.step is Step.PROBATION else None
            if decision.step is Step.PROBATION and not probation[r]:
                probation[r] = n[r]
            if decision.step is Step.PAUSE:
                pause[r] = n[r]
    return Course(world.kind, probation, pause)


def _figure(estimate) -> Figure:
    return Figure(
        *(None if np.isnan(end) else end for end in (estimate.value, estimate.low, estimate.high)), estimate.n
    )


BAD = ("random", "always_left", "always_longer", "always_tie")


def worlds(n: int, *, careful: int, bad: Sequence[str], judgements: int, seed: int, **more: object):
    """Yield projects of careful people and some bad ones, of ``judgements`` each."""
    for one in range(n):
        rng = np.random.default_rng([seed, one])
        kinds = [CAREFUL] * careful + list(bad)
        yield project(rng, kinds, items=judgements * len(kinds) // 3, **more)


def main(n: int) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    for one, world in enumerate(worlds(n, careful=26, bad=BAD, judgements=500, seed=1, hard=0.1), 1):
        found = course(world)
        for kind, probation, pause in zip(found.kind, found.probation, found.pause, strict=True):
            told.setdefault(kind, []).append((int(probation), int(pause)))
        if one % 5 == 0 or one == n:
            _print(told)


def _print(told: dict[str, list[tuple[int, int]]]) -> None:
    print("| annotators | simulated | on probation | after | paused | after |\n|---|---|---|---|---|---|")
    for kind, rows in told.items():
        both = np.array(rows)
        ever = both > 0
        shares = [f"{100 * ever[:, i].mean():.1f} %" for i in (0, 1)]
        after = [f"{np.median(both[ever[:, i], i]):.0f}" if ever[:, i].any() else "–" for i in (0, 1)]
        print(f"| `{kind}` | {len(both)} | {shares[0]} | {after[0]} | {shares[1]} | {after[1]} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
