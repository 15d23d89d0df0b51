"""Projects whose honest and dishonest annotators are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.stats.fraud.examination import Examination, examine
from quality.stats.labels import labels
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.judged import JudgedItems

KINDS = ("random", "always_left", "always_longer", "always_tie")


@dataclass
class Project:
    """``kind`` is what each annotator does: "honest", or one of the kinds of fraud; judgements in the order of time."""

    item: np.ndarray
    annotator: np.ndarray
    verdict: np.ndarray
    left: np.ndarray
    longer: np.ndarray
    truth: np.ndarray  # of items
    kind: np.ndarray
    skill: np.ndarray

    def until(self, n: int) -> Project:
        return Project(*(c[:n] for c in (self.item, self.annotator, self.verdict, self.left, self.longer)), self.truth, self.kind, self.skill)  # fmt: skip

    def fit(self, known=None):
        given = labels(self.item, self.annotator, self.verdict)
        return hierarchical(JudgedItems.of(given, len(self.kind), 4, known), tolerance=1e-5)

    def examine(self, **more) -> Examination:
        fit = self.fit()
        return examine(
            self.item,
            self.annotator,
            self.verdict,
            fit.prior,
            fit.confusion,
            left=self.left,
            longer=self.longer,
            **more,
        )

    def crossed(self, found: Examination) -> np.ndarray:
        """Judgements of each annotator until the first alarm, 0 for none."""
        when = found.evidence.crossed
        return np.where((when > 0).any(axis=1), np.where(when > 0, when, 10**9).min(axis=1), 0)


def project(
    rng: np.random.Generator,
    kinds: list[str],
    *,
    items: int,
    each: int = 3,
    prior=(0.42, 0.42, 0.1, 0.06),
    skill=(17.0, 3.0),
    longer_is_better: float = 0.5,
    honest_share: float = 0.0,
    hard: float = 0.0,
) -> Project:
    """Each item is judged by ``each`` people drawn for it. ``skill`` is a Beta's; errors fall on other verdicts unevenly.

    ``longer_is_better`` is the share of longer responses among the truly better ones, ``honest_share`` how often a dishonest
    person is honest, and ``hard`` the share of items on which everybody errs towards the same verdict half of the time.
    """
    people, kind = len(kinds), np.array(kinds)
    truth = rng.choice(4, items, p=prior)
    able = rng.beta(*skill, people)
    errors = rng.dirichlet(np.full(4, 2.0), (people, 4)) * (1 - np.eye(4))
    errors /= errors.sum(axis=2, keepdims=True)
    confusion = able[:, None, None] * np.eye(4) + (1 - able)[:, None, None] * errors
    who = rng.random((items, people)).argpartition(each - 1, axis=1)[:, :each].ravel()
    item = np.repeat(np.arange(items), each)
    ends = confusion[who, truth[item]].cumsum(axis=1)
    honest = (rng.random(len(item))[:, None] > ends[:, :-1]).sum(axis=1)
    trap, trapped = rng.integers(0, 4, items), rng.random(items) < hard
    honest = np.where(trapped[item] & (rng.random(len(item)) < 0.5), trap[item], honest)
    left = rng.integers(0, 2, len(item))
    agrees = rng.random(items) < longer_is_better
    longer = np.where(truth < 2, np.where(agrees, truth, 1 - truth), rng.integers(0, 2, items))[item]
    by_kind = {
        "random": rng.integers(0, 4, len(item)),
        "two_sides": rng.integers(0, 2, len(item)),
        "always_left": left,
        "always_right": 1 - left,
        "always_longer": longer,
        "always_tie": np.full(len(item), 2),
        "honest": honest,
        "copies": honest,
    }
    verdict = np.choose(np.array([list(by_kind).index(one) for one in kind])[who], list(by_kind.values()))
    verdict = np.where(rng.random(len(item)) < honest_share, honest, verdict)
    order = rng.permutation(items)  # pairs are handed out in another order than they are numbered
    when = np.argsort(order[item] + rng.random(len(item)) * 0.9 * max(people, 1), kind="stable")
    return Project(item[when], who[when].astype(np.int64), verdict[when], left[when], longer[when], truth, kind, able)
