"""Which strengths the comparisons determine. Checked before every fit, so that only estimates that exist are reported.

Two partitions of the models are used. A *part* is a connected component of the undirected comparison graph: no model in it
was ever compared with one outside. A *group* is a strongly connected block inside a part, of two models or more:
strengths compare inside a group and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford, connected_components

from reward.fitting.comparisons import Aggregated
from reward.fitting.reasons import Note, Reason
from reward.vocabulary import NoteCode, ReasonCode


@dataclass(frozen=True, slots=True, eq=False)
class Estimable:
    """Which models have a finite strength, and with whom it may be compared.

    Attributes
    ----------
    group : (S,) int array
        Number of the group inside which strengths compare; -1 for a model that has none. Groups with more comparisons come
        first, and of equal ones that of the lower index.
    part : (S,) int array
        Number of the connected part of the comparison graph, from 0. A model without comparisons is a part of its own.
    reasons : tuple of S (Reason or None)
        Why a model has no strength; None for one that has.
    n_groups, n_parts : int
    notes : tuple of Note
        Which groups of one part are separated from each other.
    """

    group: NDArray[np.int64]
    part: NDArray[np.int64]
    reasons: tuple[Reason | None, ...]
    n_groups: int
    n_parts: int
    notes: tuple[Note, ...]


def connected_parts(aggregated: Aggregated) -> tuple[int, NDArray[np.int64]]:
    """Return the connected parts of the undirected comparison graph: their number, and (S,) labels from 0.

    Examples
    --------
    >>> from reward.fitting.comparisons import Comparisons, aggregate
    >>> number, label = connected_parts(aggregate(Comparisons.of([0, 2], [1, 3], [0, 2], 5)))
    >>> number, label.tolist()
    (3, [0, 0, 1, 1, 2])
    """
    if aggregated.n_models == 0:
        return 0, np.zeros(0, np.int64)
    number, label = connected_components(csr_array(aggregated.counts > 0), directed=False)
    return int(number), label.astype(np.int64)


def estimable(aggregated: Aggregated) -> Estimable:
    """Find the models whose strength has a finite maximum-likelihood estimate, and the groups inside which it compares.

    Draw an edge from i to j where i beat or tied j. The estimate is finite if and only if that graph is strongly connected
    (Ford 1957; Hunter 2004, assumption 1). Where it is not, the likelihood has no maximum: it keeps growing while its strongly
    connected blocks move apart, every comparison between blocks goes to probability 1, and what is left is, exactly, the
    likelihood of each block by itself. So a block of two or more models is fitted on its own comparisons and makes a group of
    its own, and a block of one model has no strength, and a reason:

    - ``no_comparisons``: nothing that counts names it;
    - ``undefeated``: it won all of them; ``winless``: it lost all of them;
    - ``separated``: it never lost to some and never beat the others.

    Parameters
    ----------
    aggregated : Aggregated
        Counts of S models. S = 0 is an empty answer.

    References
    ----------
    Ford, L. R. (1957). American Mathematical Monthly 64(8), 28-33.
    Hunter, D. R. (2004). Annals of Statistics 32, 384-406.

    Examples
    --------
    >>> from reward.fitting.comparisons import Comparisons, aggregate
    >>> found = estimable(aggregate(Comparisons.of([0, 1, 0], [1, 0, 2], [0, 0, 0], 4)))
    >>> found.group.tolist(), [reason and reason.code.value for reason in found.reasons]
    ([0, 0, -1, -1], [None, None, 'winless', 'no_comparisons'])
    """
    s = aggregated.n_models
    if s == 0:
        return Estimable(np.zeros(0, np.int64), np.zeros(0, np.int64), (), 0, 0, ())

    n_parts, part = connected_parts(aggregated)
    reaches = (aggregated.wins > 0) | (aggregated.ties > 0)
    _, block = connected_components(csr_array(reaches), directed=True, connection="strong")
    size = np.bincount(block)
    first_member = np.full(len(size), s, np.int64)
    np.minimum.at(first_member, block, np.arange(s))
    inside = np.where(block[:, None] == block[None, :], aggregated.counts, 0)
    weight = np.bincount(block, inside.sum(axis=1), minlength=len(size))
    order = [int(b) for b in np.lexsort((first_member, -weight)) if size[b] > 1]
    number = np.full(len(size), -1, np.int64)
    number[order] = np.arange(len(order))
    group = number[block]

    reasons = tuple(None if group[model] >= 0 else _refusal(aggregated, model) for model in range(s))
    return Estimable(group, part, reasons, len(order), n_parts, _separations(group, part))


def davidson_exists(wins: NDArray[np.float64], ties: NDArray[np.float64]) -> bool:
    """Return whether Davidson's model has a finite estimate, for counts whose blocks are strongly connected and that hold a tie.

    Ties need more than Ford's condition, because the tie parameter can run away together with the strengths: one win and one
    tie between two models are fitted ever better as nu grows with exp(difference / 2). Such an escape is a vector u with
    u_i - u_j >= 1 for every win of i over j and abs(u_i - u_j) <= 1 for every tie. These are difference constraints; they can
    be met unless some cycle of wins and ties holds more wins than ties, which Bellman and Ford's algorithm finds as a negative
    cycle. Counts of ties alone are the simplest case without an estimate.

    Parameters
    ----------
    wins, ties : (S, S) float array
        Comparisons inside the groups to be fitted; other cells are 0.

    Examples
    --------
    >>> tie = np.array([[0, 1.0], [1.0, 0]])
    >>> davidson_exists(np.array([[0, 1.0], [0, 0]]), tie), davidson_exists(np.array([[0, 1.0], [1.0, 0]]), tie)
    (False, True)
    """
    s = len(wins)
    cost = np.zeros((s + 1, s + 1))
    cost[:s, :s] = np.where(wins > 0, -1.0, np.where(ties > 0, 1.0, 0.0))
    cost[s, :s] = 1.0  # from one extra node every model can be reached, so one search sees every cycle
    try:
        bellman_ford(csr_array(cost), directed=True, indices=s)
    except NegativeCycleError:
        return True
    return False


def _refusal(aggregated: Aggregated, model: int) -> Reason:
    beat = np.flatnonzero(aggregated.wins[model] > 0)
    lost_to = np.flatnonzero(aggregated.wins[:, model] > 0)
    if not len(beat) and not len(lost_to):
        return Reason(ReasonCode.NO_COMPARISONS)
    if not len(lost_to):
        return Reason(ReasonCode.UNDEFEATED)
    if not len(beat):
        return Reason(ReasonCode.WINLESS)
    return Reason(ReasonCode.SEPARATED, {"never_lost_to": beat.tolist(), "never_beat": lost_to.tolist()})


def _separations(group: NDArray[np.int64], part: NDArray[np.int64]) -> tuple[Note, ...]:
    """Return a note for each part of the comparison graph that holds more than one group."""
    notes = []
    for number in range(int(part.max()) + 1):
        groups = np.unique(group[(part == number) & (group >= 0)])
        if len(groups) > 1:
            members = [np.flatnonzero(group == one).tolist() for one in groups]
            notes.append(Note(NoteCode.SEPARATED_GROUPS, {"groups": members}))
    return tuple(notes)
