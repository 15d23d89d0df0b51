"""How many judgements it takes where the consensus decides: the settling curve, drawn in ``docs/settling-curve.md``.

``python -m benchmarks.settling`` writes the page; as a benchmark it prints what is saved in one crowd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotation.sampling.simulated import ABILITIES, MANNERS, MISTAKES, SPREAD, TIES, Kind, truth
from annotation.vocabulary import Verdict
from benchmarks.registry import Figure
from common.charts.axis import Scale
from quality.stats.consensus import Consensus, evaluate, plurality
from quality.stats.labels import Labels, item_counts, labels
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.figures import LEAST_JUDGED_TWICE
from quality.stats.reliability.judged import JudgedItems
from quality.stats.stopping import Rule, compared, decide, known_to

PAGE = Path(__file__).parents[1] / "docs" / "settling-curve.md"
PICTURE = PAGE.with_suffix(".svg")
CROWDS: Final[Mapping[str, Mapping[Kind, int]]] = {
    "mixed": {Kind.CAREFUL: 6, Kind.NOISY: 4, Kind.RANDOM: 2, Kind.ALWAYS_LEFT: 1},
    "mostly careful": {Kind.CAREFUL: 16, Kind.NOISY: 6, Kind.RANDOM: 1, Kind.TIE_LOVER: 1},
    "noisy": {Kind.NOISY: 20},
    "poor": {Kind.CAREFUL: 2, Kind.NOISY: 12, Kind.RANDOM: 3, Kind.ALWAYS_LEFT: 1, Kind.TIE_LOVER: 2},
}
TARGETS: Final = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
FIXED: Final = (1, 2, 3, 4, 5)
MOST: Final = 5
AUDITED: Final = 0.02
PAIRS: Final = 4000
SEEDS: Final = (1, 2, 3, 4, 5)
AT_ONCE: Final = 200
"""Pairs that join the queue between two looks at all of them."""
WANTED: Final = 0.35
CATEGORIES: Final = len(Verdict)


class Crowd:
    """Annotators and pairs of the product's simulator (docs/simulation.md), many judgements at once."""

    def __init__(self, rng: np.random.Generator, pairs: int, kinds: Mapping[Kind, int]) -> None:
        self.rng = rng
        everybody = [kind for kind, n in kinds.items() for _ in range(n)]
        self.people = len(everybody)
        merits = rng.choice(np.linspace(-1, 1, 6), (pairs, 2)) + SPREAD * rng.normal(size=(pairs, 2))
        self.truth = truth(merits[:, 0], merits[:, 1])
        self.difficulty = 0.7 * rng.normal(size=pairs) + np.exp(-np.abs(merits[:, 0] - merits[:, 1])) - 0.3
        self.ability = np.array([MANNERS[kind].ability for kind in everybody]) + ABILITIES * rng.normal(
            size=self.people
        )
        self.turns = rng.random((pairs, self.people)).argsort(axis=1)  # who judges a pair first, second, …
        self._kind = np.array([list(Kind).index(kind) for kind in everybody])
        self._mistakes = np.zeros((CATEGORIES, CATEGORIES))
        for true, shares in MISTAKES.items():
            for verdict, share in shares:
                self._mistakes[true, verdict] = share

    def judge(self, item: NDArray[np.int64], who: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the verdicts of these people on these pairs."""
        true, rng, n = self.truth[item], self.rng, len(item)
        wrong = (rng.random(n)[:, None] > np.cumsum(self._mistakes[true], axis=1)).sum(axis=1).clip(max=CATEGORIES - 1)
        verdict = np.where(rng.random(n) < expit(self.ability[who] - self.difficulty[item]), true, wrong)
        kind = self._kind[who]
        for of, given in (
            (Kind.RANDOM, rng.integers(0, CATEGORIES, n)),
            (
                Kind.ALWAYS_LEFT,
                rng.integers(0, 2, n),
            ),  # sides alternate, so that FIRST is on the left in half of the cases
        ):
            verdict = np.where(kind == list(Kind).index(of), given, verdict)
        ties = (kind == list(Kind).index(Kind.TIE_LOVER)) & (rng.random(n) < TIES)
        return np.where(ties, Verdict.TIE, verdict).astype(np.int64)


@dataclass(frozen=True)
class Outcome:
    """What one way of asking came to: judgements of a pair, how many likeliest verdicts are true, and what is settled."""

    judgements: float
    accuracy: float
    settled: float = np.nan
    settled_accuracy: float = np.nan
    majority: float = np.nan  # how many majorities are true, those that there are none of being wrong


def fixed(crowd: Crowd, each: int) -> Outcome:
    """Let everybody judge until every pair has so many judgements."""
    pairs = len(crowd.truth)
    item = np.repeat(np.arange(pairs), each)
    who = crowd.turns[:, :each].ravel()
    given = labels(item, who, crowd.judge(item, who))
    leading = plurality(item_counts(given.item, given.verdict, pairs, CATEGORIES))
    fit = _fit(crowd, given)
    found = evaluate(given, *fit, n_items=pairs).verdict if fit else leading
    return Outcome(each, float((found == crowd.truth).mean()), majority=float((leading == crowd.truth).mean()))


def adaptive(crowd: Crowd, rule: Rule, *, audited: NDArray[np.bool_] | None = None) -> Outcome:
    """Let pairs join the queue some at a time, look at all that are in it, and ask for what the rule says, until it is done."""
    pairs = len(crowd.truth)
    chosen = crowd.rng.random(pairs) < rule.audited if audited is None else audited
    n, none = np.zeros(pairs, np.int64), np.zeros(pairs, np.int64)
    given = labels(none[:0], none[:0], none[:0])
    begun = 0
    while True:
        found, known = _look(crowd, given, n, rule)
        made = decide(found, known=known, audited=chosen, leased=none, rule=rule)
        more = np.where(np.arange(pairs) < begun, made.wanted - n, 0)
        joins = slice(begun, begun + AT_ONCE)
        more[joins] = rule.least
        begun = min(begun + AT_ONCE, pairs)
        if not more.any():
            break
        item = np.repeat(np.arange(pairs), more)
        turn = n[item] + np.arange(len(item)) - np.repeat(np.cumsum(more) - more, more)
        who = crowd.turns[item, turn]
        given = labels(
            np.concatenate([given.item, item]),
            np.concatenate([given.annotator, who]),
            np.concatenate([given.verdict, crowd.judge(item, who)]),
        )
        n = n + more
    right = found.verdict == crowd.truth
    settled = made.settled
    return Outcome(
        float(n.mean()),
        float(right.mean()),
        float(settled.mean()),
        float(right[settled].mean()) if settled.any() else np.nan,
    )


def _look(crowd: Crowd, given: Labels, n: NDArray[np.int64], rule: Rule) -> tuple[Consensus, NDArray[np.bool_]]:
    """What is found of all pairs, and whether enough is known of who judged each; see quality.services.settling."""
    pairs = len(crowd.truth)
    fit = _fit(crowd, given)
    if fit is None:
        leading = plurality(item_counts(given.item, given.verdict, pairs, CATEGORIES))
        return Consensus(leading, leading >= 0, n), np.zeros(pairs, dtype=bool)
    evidence = compared(given, np.full(len(given), -1, np.int8), crowd.people)
    found = evaluate(given, *fit, n_items=pairs, target=rule.target)
    return found, known_to(given, evidence, pairs)


def _fit(crowd: Crowd, given: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    fit = hierarchical(JudgedItems.of(given, crowd.people, CATEGORIES), least=LEAST_JUDGED_TWICE)
    return (fit.prior, fit.confusion) if fit.defined else None


@dataclass(frozen=True)
class Curve:
    """One crowd: what fixed numbers come to, and targets; means over the seeds, with the standard error of each accuracy."""

    fixed: dict[int, Outcome]
    targets: dict[float, Outcome]
    error: float

    def saved(self, accuracy: float) -> float:
        """Return how many fewer judgements than three take the same accuracy, by linear interpolation between targets."""
        points = sorted((one.accuracy, one.judgements) for one in self.targets.values())
        return 1 - float(np.interp(accuracy, *map(list, zip(*points, strict=True)))) / 3


def curve(
    kinds: Mapping[Kind, int], *, pairs: int, seeds: tuple[int, ...], targets: tuple[float, ...] = TARGETS
) -> Curve:
    """Return what fixed numbers and targets come to: for each seed, the same pairs and people."""

    def mean(outcomes: list[Outcome]) -> Outcome:
        return Outcome(*np.array([list(vars(one).values()) for one in outcomes]).mean(axis=0).tolist())

    def crowds() -> list[Crowd]:
        return [Crowd(np.random.default_rng(seed), pairs, kinds) for seed in seeds]

    of_three = [fixed(crowd, 3) for crowd in crowds()]
    rules = {target: Rule(target=target, least=1, most=MOST, fixed=3, audited=AUDITED) for target in targets}
    return Curve(
        {each: mean(of_three if each == 3 else [fixed(crowd, each) for crowd in crowds()]) for each in FIXED},
        {target: mean([adaptive(crowd, rule) for crowd in crowds()]) for target, rule in rules.items()},
        float(np.std([one.accuracy for one in of_three]) / max(len(seeds) - 1, 1) ** 0.5),
    )


def figures(*, full: bool) -> Iterator[Figure]:
    found = curve(
        CROWDS["mixed"], pairs=PAIRS if full else 2000, seeds=SEEDS if full else (1,), targets=(0.7, 0.8, 0.9)
    )
    saved = found.saved(found.fixed[3].accuracy)
    yield Figure("judgements fewer than three a pair, equal accuracy", f"{saved:.0%}", "", saved, WANTED)


def picture(curves: Mapping[str, Curve]) -> str:
    """Return accuracy by judgements of a pair, for each crowd, as SVG: a line for targets, points for fixed numbers."""
    across, down = Scale(1, 5, 50, 590), Scale(0.6, 1, 330, 20)
    lines = []
    for at in (0.6, 0.7, 0.8, 0.9, 1.0):
        y = down.at(at)
        lines.append(
            f'<path d="M50,{y:g} H590" stroke="#8886"/><text x="44" y="{y + 4:g}" text-anchor="end">{at:.0%}</text>'
        )
    lines += [f'<text x="{across.at(at):g}" y="350" text-anchor="middle">{at}</text>' for at in range(1, 6)]
    lines.append('<text x="320" y="370" text-anchor="middle">judgements of a pair</text>')
    styles = ("", "8 4", "2 3", "10 3 2 3")
    for place, ((name, found), style) in enumerate(zip(curves.items(), styles, strict=True)):
        points = [(across.at(one.judgements), down.at(one.accuracy)) for one in found.targets.values()]
        path = " ".join(f"{'L' if i else 'M'}{x:.1f},{y:.1f}" for i, (x, y) in enumerate(points))
        lines.append(f'<path d="{path}" fill="none" stroke="#3b6fd4" stroke-width="2" stroke-dasharray="{style}"/>')
        dots = [(across.at(each), down.at(one.accuracy)) for each, one in found.fixed.items() if each > 1]
        path = " ".join(f"{'L' if i else 'M'}{x:.1f},{y:.1f}" for i, (x, y) in enumerate(dots))
        lines.append(f'<path d="{path}" fill="none" stroke="#b3541e" stroke-dasharray="{style}"/>')
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#b3541e"/>' for x, y in dots]
        y = 240 + 20 * place
        lines.append(f'<path d="M430,{y} H470" stroke="#777" stroke-width="2" stroke-dasharray="{style}"/>')
        lines.append(f'<text x="478" y="{y + 4}">{name}</text>')
    lines.append('<text x="64" y="300" fill="#3b6fd4">by a target probability</text>')
    lines.append('<text x="64" y="318" fill="#b3541e">the same number for every pair</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 380" font-family="sans-serif" font-size="12" '
        'fill="#777" role="img" aria-label="Accuracy by judgements of a pair">\n' + "\n".join(lines) + "\n</svg>\n"
    )


HEAD: Final = """# How many judgements it takes

{pairs:,} simulated pairs whose true verdict is known are judged by the annotators of [the simulator](simulation.md), {seeds} times. Either every pair gets the same number of judgements, or the consensus decides: one at least, {most} at most, {audited:.0%} of the pairs audited, the fixed number of 3 while too little is known of who judges a pair ([the rule](quality.md#settling)). All that is known of the annotators is inferred from these judgements, again after every {at_once} new pairs. Judgements of audited pairs, and those by which annotators become known, are counted.

Accuracy is the share of pairs whose likeliest verdict is the true one, settled or not. The majority of the same judgements is right less often, a pair without one counting as wrong.

![Accuracy by judgements of a pair](settling-curve.svg)

## Judgements fewer than three for every pair, at equal accuracy

| crowd | accuracy of three | takes | fewer | accuracy of the majority of three | takes | fewer |
|---|---|---|---|---|---|---|
"""


def page(curves: Mapping[str, Curve], *, pairs: int, seeds: int) -> str:
    """Return the document."""
    parts = [HEAD.format(pairs=pairs, seeds=seeds, most=MOST, audited=AUDITED, at_once=AT_ONCE)]
    for name, found in curves.items():
        three = found.fixed[3]
        cells = []
        for accuracy in (three.accuracy, three.majority):
            saved = found.saved(accuracy)
            least = accuracy < min(one.accuracy for one in found.targets.values())
            sign = "< " if least else ""
            cells.append(f"{accuracy:.1%} | {sign}{3 * (1 - saved):.2f} | {'> ' if least else ''}{saved:.0%}")
        parts.append(f"| {name} | {' | '.join(cells)} |\n")
    parts.append("\nWhere it says < or >, the lowest target is already more accurate.\n")
    for name, found in curves.items():
        who = ", ".join(f"{n} {kind.value}" for kind, n in CROWDS[name].items())
        parts.append(f"\n## {name.capitalize()}\n\n{who}; standard error of an accuracy {found.error:.1%}.\n\n")
        parts.append(
            "| judgements | accuracy | settled | accuracy of what is settled | majority |\n|---|---|---|---|---|\n"
        )
        for each, one in found.fixed.items():
            parts.append(f"| {each} each | {one.accuracy:.1%} | | | {one.majority:.1%} |\n")
        for target, one in found.targets.items():
            parts.append(
                f"| {one.judgements:.2f}, target {target:.0%} | {one.accuracy:.1%} | {one.settled:.1%} "
                f"| {one.settled_accuracy:.1%} | |\n"
            )
    parts.append(
        "\nIn all four crowds what is settled is right at least as often as its target. Where people are poor, a high target "
        "leaves many pairs unsettled after five judgements: there more people, or better ones, help more than a target.\n"
        "\nWritten by `python -m benchmarks.settling`; `make bench ONLY=settling` prints what is saved.\n"
    )
    return "".join(parts)


if __name__ == "__main__":
    found_curves = {name: curve(kinds, pairs=PAIRS, seeds=SEEDS) for name, kinds in CROWDS.items()}
    PAGE.write_text(page(found_curves, pairs=PAIRS, seeds=len(SEEDS)), encoding="utf-8")
    PICTURE.write_text(picture(found_curves), encoding="utf-8")
