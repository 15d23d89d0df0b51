"""Bradley-Terry strengths by maximum likelihood on counts, with ties after Davidson or as half a win."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from reward.fitting.comparisons import Aggregated
from reward.fitting.graph import Estimable, davidson_exists, estimable
from reward.fitting.reasons import Note, Reason
from reward.fitting.ties import Cells, assemble, log_probabilities, moments
from reward.vocabulary import ReasonCode, Ties

STEP = 1e-9  # a full Newton step this short leaves an error of the order of its square
MAX_ITERATIONS = 100
FARTHEST = 5.0  # how far one step may move a log-strength: from a flat start Newton's own steps go beyond all numbers
SPARSE = 200  # models from which a sparse factorization is faster than a dense inverse
ROUNDING = 1e-13  # how much of a log-likelihood is noise


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Strengths of S models and how they were reached.

    Attributes
    ----------
    theta : (S,) float array
        Log-strengths, mean 0 inside each group; NaN where there is no finite estimate.
    group : (S,) int array
        Group inside which ``theta`` compares; -1 where it is NaN.
    part : (S,) int array
        Connected part of the comparison graph.
    reasons : tuple of S (Reason or None)
        Why ``theta`` is NaN; None where it is not.
    ties : Ties
    nu : float
        Davidson's tie parameter: two equal models tie with probability nu / (2 + nu). 0 where no comparison was a tie (plain
        Bradley-Terry), NaN for ties as half a win and where nothing was fitted, infinite where only ties were.
    log_likelihood : float
        At the maximum, over the comparisons inside groups; those between groups add 0. NaN where nothing was fitted.
        For ties as half a win it is a quasi-log-likelihood: not to be compared with Davidson's.
    converged : bool
        The last step was shorter than 1e-9. True where there was nothing to fit. Where it is false every ``theta`` is NaN.
    iterations : int
    gradient_norm : float
        Largest absolute entry of the gradient at ``theta``, in judgements.
    n_groups, n_parts, notes
        As in `reward.fitting.graph.Estimable`.
    """

    theta: NDArray[np.float64]
    group: NDArray[np.int64]
    part: NDArray[np.int64]
    reasons: tuple[Reason | None, ...]
    ties: Ties
    nu: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient_norm: float
    n_groups: int
    n_parts: int
    notes: tuple[Note, ...]

    @property
    def eta(self) -> float:
        """Return log nu; minus infinity where ties have no share of the normaliser."""
        return float(np.log(self.nu)) if self.with_nu else -np.inf

    @property
    def with_nu(self) -> bool:
        """Return whether nu was estimated, and so takes part in every covariance."""
        return bool(np.isfinite(self.nu) and self.nu > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """The point at which Newton's method ended."""

    theta: NDArray[np.float64]
    eta: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient_norm: float


def fit(aggregated: Aggregated, *, ties: Ties = Ties.DAVIDSON) -> Fit:
    """Estimate log-strengths of source models from who beat whom, without a penalty.

    P(i better than j) = exp(d/2) / (exp(d/2) + exp(-d/2) + nu), P(tie) = nu / (the same), d = theta_i - theta_j: Davidson's
    model, and Bradley and Terry's for nu = 0. With half ties a tie adds half a win to each side and nu is 0.

    Parameters
    ----------
    aggregated : Aggregated
        Counts of S models.
    ties : Ties

    Returns
    -------
    Fit
        Models without a finite estimate (no comparisons, undefeated, winless, separated) have NaN and a reason. No comparison at
        all, a single model, only ties under Davidson: every ``theta`` is NaN. One nu serves all groups.

    References
    ----------
    Bradley, R. A. and Terry, M. E. (1952). Biometrika 39, 324-345.
    Davidson, R. R. (1970). Journal of the American Statistical Association 65, 317-328.

    Examples
    --------
    Two models, three wins to one: the odds are 3.

    >>> from reward.fitting.comparisons import Comparisons, aggregate
    >>> result = fit(aggregate(Comparisons.of([0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1], 2)))
    >>> result.theta.round(6).tolist(), result.nu
    ([0.549306, -0.549306], 0.0)
    """
    ties = Ties(ties)
    found = estimable(aggregated)
    if found.n_groups == 0:
        return _nothing(found, ties)
    cells = Cells.of(aggregated, found.group)
    with_nu = ties is Ties.DAVIDSON and bool(cells.ties.any())
    if with_nu:
        inside = (found.group[:, None] == found.group) & (found.group >= 0)
        if not davidson_exists(np.where(inside, aggregated.wins, 0.0), np.where(inside, aggregated.ties, 0.0)):
            only = not (cells.wins.any() or cells.losses.any())
            code = ReasonCode.ONLY_TIES if only else ReasonCode.NO_DAVIDSON_ESTIMATE
            return _nothing(_refused(found, Reason(code)), ties, np.inf if only else np.nan)

    top = maximise(cells, found.group, with_nu=with_nu)
    if not top.converged:
        # A point on the way is no estimate, however near it may be.
        refused = _nothing(_refused(found, Reason(ReasonCode.FIT_NOT_CONVERGED)), ties)
        return replace(refused, converged=False, iterations=top.iterations, gradient_norm=top.gradient_norm)
    return Fit(
        theta=np.where(found.group >= 0, top.theta, np.nan),
        group=found.group,
        part=found.part,
        reasons=found.reasons,
        ties=ties,
        nu=float(np.exp(top.eta)) if ties is Ties.DAVIDSON else np.nan,
        log_likelihood=top.log_likelihood,
        converged=top.converged,
        iterations=top.iterations,
        gradient_norm=top.gradient_norm,
        n_groups=found.n_groups,
        n_parts=found.n_parts,
        notes=found.notes,
    )


def maximise(
    cells: Cells,
    group: NDArray[np.int64],
    *,
    with_nu: bool,
    start: tuple[NDArray[np.float64], float] | None = None,
) -> Maximum:
    """Climb the concave log-likelihood by Newton's method, halving a step that would go down.

    Parameters
    ----------
    cells : Cells
        Comparisons inside groups, which must have a finite maximum.
    group : (S,) int array
        Models of group -1 stay at 0.
    with_nu : bool
        Estimate log nu too.
    start : ((S,) float array, float), optional
        Strengths, centred, and log nu to begin with. Default: all equal, and the nu of the share of ties.
    """
    size = len(group)
    if start is None:
        share = cells.ties.sum()
        eta = float(np.log(2 * share / (cells.total.sum() - share))) if with_nu else -np.inf
        theta = np.zeros(size)
    else:
        theta, eta = start

    here = log_likelihood(cells, theta, eta)
    solve = _Solver(cells, group, with_nu=with_nu)
    gradient = slope(cells, theta, eta, with_nu=with_nu)
    converged, iterations = False, 0
    while not converged and iterations < MAX_ITERATIONS:
        iterations += 1
        step = solve(theta, eta, gradient)
        if step is None:  # flat to the last digit: weights of very different size can do that
            break
        # What counts is how far a step moves two compared models apart: along a chain of models it adds up.
        apart = np.abs(step[cells.i] - step[cells.j]).max()
        longest = max(apart, abs(step[size])) if with_nu else apart
        converged = bool(np.abs(step).max() < STEP * max(1.0, np.abs(theta).max() / FARTHEST))
        length = min(1.0, FARTHEST / longest) if longest else 1.0
        while True:
            there = theta + length * step[:size], eta + length * step[size] if with_nu else eta
            height = log_likelihood(cells, *there)
            if converged or height >= here * (1 + ROUNDING) or length < STEP:  # log-likelihoods are negative
                break
            length /= 2
        (theta, eta), here = there, height
        gradient = slope(cells, theta, eta, with_nu=with_nu)
    return Maximum(theta, float(eta), here, converged, iterations, float(np.abs(gradient).max()))


def log_likelihood(cells: Cells, theta: NDArray[np.float64], eta: float) -> float:
    """Return that of all comparisons; a tie without a share of the normaliser (``eta`` minus infinity) is half a win and half a loss."""
    win, loss, tie = log_probabilities(theta[cells.i] - theta[cells.j], eta)
    return float(cells.wins @ win + cells.losses @ loss + cells.ties @ tie)


class _Solver:
    """Newton's step at a point: the information of the strengths and log nu, inverted on what comparisons determine.

    Few models have a dense inverse; from :data:`SPARSE` models on, one model of each group is held and the others solved
    for by a sparse factorization, whose work follows the cells and not the square of the models.
    """

    def __init__(self, cells: Cells, group: NDArray[np.int64], *, with_nu: bool) -> None:
        self.cells, self.group, self.with_nu = cells, group, with_nu
        self.size = len(group)
        self.groups = int(group.max()) + 1

    def __call__(
        self, theta: NDArray[np.float64], eta: float, gradient: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        if self.size < SPARSE:
            inverse = generalised_inverse(information(self.cells, theta, eta, with_nu=self.with_nu), self.group)
            return None if inverse is None else np.asarray(inverse @ gradient, dtype=np.float64)
        return self._sparse(theta, eta, gradient)

    def _sparse(
        self, theta: NDArray[np.float64], eta: float, gradient: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        cells, size = self.cells, self.size
        m = moments(theta[cells.i] - theta[cells.j], eta)
        xx, xz, zz = (cells.total * moment for moment in (m.var_x, m.cov_xz, m.var_z))
        diagonal = np.bincount(cells.i, xx, size) + np.bincount(cells.j, xx, size)
        order = np.lexsort((-diagonal, self.group))
        free = self.group >= 0
        free[order[np.unique(self.group[order], return_index=True)[1]]] = False
        at = np.flatnonzero(free)
        if not (diagonal[at] > 0).all():
            return None
        here = np.arange(size)
        rows = np.concatenate([cells.i, cells.j, here])
        columns = np.concatenate([cells.j, cells.i, here])
        matrix = csc_array((np.concatenate([-xx, -xx, diagonal]), (rows, columns)), shape=(size, size))
        root = np.sqrt(diagonal[at])
        scaled = diags_array(1 / root) @ matrix[:, at][at, :] @ diags_array(1 / root)
        try:
            factor = splu(csc_array(scaled))
        except RuntimeError:  # exactly singular
            return None
        step = np.zeros(size + self.with_nu)
        inner = factor.solve(gradient[at] / root) / root
        if self.with_nu:
            border = np.bincount(cells.i, xz, size) - np.bincount(cells.j, xz, size)
            across = factor.solve(border[at] / root) / root
            rest = zz.sum() - border[at] @ across
            step[size] = (gradient[size] - border[at] @ inner) / rest
            inner = inner - across * step[size]
        step[at] = inner
        inside = self.group >= 0
        mean = np.bincount(self.group[inside], step[:size][inside]) / np.bincount(self.group[inside])
        step[:size][inside] -= mean[self.group[inside]]
        return step if np.isfinite(step).all() else None


def slope(cells: Cells, theta: NDArray[np.float64], eta: float, *, with_nu: bool) -> NDArray[np.float64]:
    """Return the gradient of the log-likelihood, log nu in the last place."""
    size = len(theta)
    m = moments(theta[cells.i] - theta[cells.j], eta)
    # observed - expected, outcome by outcome: 1/2 - mean_x is loss + tie/2, and so on, and nothing cancels
    x = cells.wins * (m.loss + m.tie / 2) - cells.losses * (m.win + m.tie / 2) - cells.ties * m.mean_x
    gradient = np.zeros(size + with_nu)
    gradient[:size] = np.bincount(cells.i, x, size) - np.bincount(cells.j, x, size)
    if with_nu:
        gradient[size] = cells.ties @ (m.win + m.loss) - (cells.wins + cells.losses) @ m.tie
    return gradient


def information(cells: Cells, theta: NDArray[np.float64], eta: float, *, with_nu: bool) -> NDArray[np.float64]:
    """Return the information of the log-likelihood, dense, log nu in the last place."""
    m, n = moments(theta[cells.i] - theta[cells.j], eta), cells.total
    return assemble(cells, n * m.var_x, n * m.cov_xz, n * m.var_z, size=len(theta), with_nu=with_nu)


def generalised_inverse(information: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Invert the information on the space that comparisons determine, that is without the mean of each group.

    One model of each group is held fixed, the rest inverted at unit diagonal, and the groups centred: in exact arithmetic the
    Moore-Penrose inverse in the strengths, but it keeps its digits when groups or models differ in weight by many orders.

    Parameters
    ----------
    information : (S, S) or (S + 1, S + 1) float array
        With log nu in the last place, if it has one.
    group : (S,) int array

    Returns
    -------
    (S, S) or (S + 1, S + 1) float array, or None
        Rows and columns of models outside every group are 0. None where the information is singular to the last digit.
    """
    size, whole = len(group), len(information)
    order = np.lexsort((-np.diag(information)[:size], group))
    held = order[np.unique(group[order], return_index=True)[1]]
    free = np.ones(whole, dtype=bool)
    free[held] = False
    free[:size] &= group >= 0
    at = np.flatnonzero(free)
    scale = np.diag(information)[at]
    if not (scale > 0).all():
        return None
    root = np.sqrt(scale)
    try:
        inner = np.linalg.inv(information[np.ix_(at, at)] / np.outer(root, root))
    except np.linalg.LinAlgError:
        return None
    inverse = np.zeros((whole, whole))
    inverse[np.ix_(at, at)] = inner / np.outer(root, root)
    for number in range(int(group.max()) + 1):
        members = np.flatnonzero(group == number)
        inverse[members] -= inverse[members].mean(axis=0)
        inverse[:, members] -= inverse[:, members].mean(axis=1, keepdims=True)
    return inverse


def _refused(found: Estimable, reason: Reason) -> Estimable:
    reasons = tuple(reason if group >= 0 else before for group, before in zip(found.group, found.reasons, strict=True))
    return replace(found, group=np.full_like(found.group, -1), reasons=reasons, n_groups=0, notes=())


def _nothing(found: Estimable, ties: Ties, nu: float = np.nan) -> Fit:
    return Fit(
        theta=np.full(len(found.group), np.nan),
        group=found.group,
        part=found.part,
        reasons=found.reasons,
        ties=ties,
        nu=nu,
        log_likelihood=np.nan,
        converged=True,
        iterations=0,
        gradient_norm=0.0,
        n_groups=0,
        n_parts=found.n_parts,
        notes=found.notes,
    )
