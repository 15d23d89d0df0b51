"""Tables of comparisons that several tests read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reward.fitting import Comparisons

PANDALM = Path(__file__).parents[2] / "reference" / "pandalm_comparisons.json"
VERDICT_OF_LABEL = {1: 0, 2: 1, 0: 2}

# Log-strengths recomputed with choix 0.4.1 and evalica 0.4.2 (both give these six decimals; a tie is half a win to each),
# ratings and 95 % sandwich intervals with arena-rank 0.1.1.
THETA_ALL = {
    "bloom-7b": -0.012843,
    "cerebras-gpt-6.7B": -0.554648,
    "llama-7b": 0.695412,
    "opt-7b": -0.214321,
    "pythia-6.9b": 0.086400,
}
THETA_MAJORITY = {
    "bloom-7b": -0.018195,
    "cerebras-gpt-6.7B": -0.536753,
    "llama-7b": 0.724316,
    "opt-7b": -0.242983,
    "pythia-6.9b": 0.073614,
}
ARENA_RANK_ALL = {
    "llama-7b": (1120.8055, 1104.7648, 1136.8461),
    "pythia-6.9b": (1015.0092, 999.8176, 1030.2009),
    "bloom-7b": (997.7688, 982.8366, 1012.7011),
    "opt-7b": (962.7686, 947.3640, 978.1732),
    "cerebras-gpt-6.7B": (903.6478, 887.4826, 919.8130),
}
ARENA_RANK_MAJORITY = {
    "llama-7b": (1125.8267, 1097.8555, 1153.7978),
    "pythia-6.9b": (1012.7881, 986.3948, 1039.1813),
    "bloom-7b": (996.8392, 970.8783, 1022.8001),
    "opt-7b": (957.7896, 930.9973, 984.5819),
    "cerebras-gpt-6.7B": (906.7565, 878.6998, 934.8132),
}
MODELS = sorted(THETA_ALL)

# Davidson (1970), chocolate pudding: i, j, preferred i, preferred j, no preference.
PUDDING = np.array(
    [
        [1, 2, 19, 22, 16],
        [1, 3, 16, 19, 12],
        [2, 3, 19, 19, 10],
        [1, 4, 18, 23, 13],
        [2, 4, 23, 19, 9],
        [3, 4, 19, 20, 15],
        [1, 5, 13, 19, 18],
        [2, 5, 16, 20, 12],
        [3, 5, 16, 15, 17],
        [4, 5, 17, 14, 16],
        [1, 6, 18, 21, 12],
        [2, 6, 22, 20, 12],
        [3, 6, 13, 18, 10],
        [4, 6, 14, 19, 18],
        [5, 6, 11, 21, 12],
    ]
)


def pudding() -> Comparisons:
    """One row for each judgement."""
    times = PUDDING[:, 2:].ravel()
    first, second = np.repeat(PUDDING[:, 0] - 1, 3), np.repeat(PUDDING[:, 1] - 1, 3)
    return Comparisons.of(
        np.repeat(first, times), np.repeat(second, times), np.repeat(np.tile([0, 1, 2], len(PUDDING)), times), 6
    )


def pandalm(*, majority: bool = False) -> Comparisons:
    """PandaLM's test set: 999 pairs, three annotators each (2,997 rows), or the 999 majority labels."""
    rows = json.loads(PANDALM.read_text(encoding="utf-8"))["rows"]
    at = {name: index for index, name in enumerate(MODELS)}
    first, second = [at[row[1]] for row in rows], [at[row[2]] for row in rows]
    labels = np.array([row[3:] for row in rows])
    if majority:
        kept = [max(set(votes), key=votes.count) for votes in labels.tolist()]
        return Comparisons.of(first, second, [VERDICT_OF_LABEL[label] for label in kept], 5)
    return Comparisons.of(
        np.repeat(first, 3),
        np.repeat(second, 3),
        [VERDICT_OF_LABEL[label] for label in labels.ravel()],
        5,
        cluster=np.repeat(np.arange(len(rows)), 3),
        annotator=np.tile([0, 1, 2], len(rows)),
    )


def simulate(
    rng: np.random.Generator,
    theta: np.ndarray,
    *,
    pairs: int,
    annotators: int = 1,
    nu: float = 0.0,
    copied: bool = False,
) -> Comparisons:
    """Judgements drawn from Davidson's model. ``copied``: the other annotators of a pair repeat the first one's verdict."""
    first = rng.integers(0, len(theta), pairs)
    second = (first + rng.integers(1, len(theta), pairs)) % len(theta)
    half = (theta[first] - theta[second]) / 2
    chance = np.stack([np.exp(half), np.exp(-half), np.full(pairs, nu)])
    chance /= chance.sum(axis=0)
    draws = rng.random((pairs, 1) if copied else (pairs, annotators))
    verdict = (draws > chance[0][:, None]).astype(int) + (draws > (chance[0] + chance[1])[:, None])
    verdict = np.repeat(verdict, annotators, axis=1) if copied else verdict
    return Comparisons.of(
        np.repeat(first, annotators),
        np.repeat(second, annotators),
        verdict.ravel(),
        len(theta),
        cluster=np.repeat(np.arange(pairs), annotators),
    )
