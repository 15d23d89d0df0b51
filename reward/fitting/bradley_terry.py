"""Bradley-Terry strengths by maximum likelihood on counts, with ties after Davidson or as half a win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reward.fitting.comparisons import Aggregated
from reward.fitting.graph import Estimable, davidson_exists, estimable
from reward.fitting.ties import Cells, Ties, assemble, moments

STEP = 1e-9  # a full Newton step this short leaves an error of the order of its square
MAX_ITERATIONS = 100
NO_TIE_MODEL = "no finite Davidson estimate: wins and ties never contradict each other; a tie as half a win has one"
ONLY_TIES = "every comparison is a tie"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Strengths of S models and how they were reached.

    Attributes
    ----------
    theta : (S,) float array
        Log-strengths, mean 0 inside each group; NaN where there is no finite estimate.
    component : (S,) int array
        Group inside which ``theta`` compares; -1 where it is NaN.
    reasons : tuple of S str
        Why ``theta`` is NaN; "" where it is not.
    ties : {"davidson", "half"}
    nu : float
        Davidson's tie parameter: two equal models tie with probability nu / (2 + nu). 0 where no comparison was a tie (plain
        Bradley-Terry), NaN for ties as half a win and where nothing was fitted, infinite where only ties were.
    log_likelihood : float
        At the maximum, over the comparisons inside groups; those between groups add 0. NaN where nothing was fitted.
        For ties as half a win it is a quasi-log-likelihood: not to be compared with Davidson's.
    converged : bool
        The last step was shorter than 1e-9. True where there was nothing to fit.
    iterations : int
    gradient_norm : float
        Largest absolute component of the gradient at ``theta``, in judgements.
    n_components, n_connected, notes
        As in `reward.fitting.graph.Estimable`.
    """

    theta: NDArray[np.float64]
    component: NDArray[np.int64]
    reasons: tuple[str, ...]
    ties: Ties
    nu: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient_norm: float
    n_components: int
    n_connected: int
    notes: tuple[str, ...]

    @property
    def eta(self) -> float:
        """log nu; minus infinity where ties have no share of the normaliser."""
        return float(np.log(self.nu)) if self.with_nu else -np.inf

    @property
    def with_nu(self) -> bool:
        """Whether nu was estimated, and so takes part in every covariance."""
        return bool(np.isfinite(self.nu) and self.nu > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where Newton's method ended."""

    theta: NDArray[np.float64]
    eta: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient_norm: float


def fit(aggregated: Aggregated, *, ties: Ties = "davidson", names: Sequence[str] | None = None) -> Fit:
    """Log-strengths of source models from who beat whom, without a penalty.

    P(i better than j) = exp(d/2) / (exp(d/2) + exp(-d/2) + nu), P(tie) = nu / (the same), d = theta_i - theta_j: Davidson's
    model, and Bradley and Terry's for nu = 0. With ``ties="half"`` a tie adds half a win to each side and nu is 0.

    Parameters
    ----------
    aggregated : Aggregated
        Counts of S models.
    ties : {"davidson", "half"}
    names : sequence of S str, optional
        What to call the models in reasons.

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
    found = estimable(aggregated, names)
    if found.n_components == 0:
        return _nothing(found, ties)
    cells = Cells.of(aggregated, found.component)
    with_nu = ties == "davidson" and bool(cells.ties.any())
    if with_nu:
        inside = (found.component[:, None] == found.component) & (found.component >= 0)
        if not davidson_exists(np.where(inside, aggregated.wins, 0.0), np.where(inside, aggregated.ties, 0.0)):
            only = not (cells.wins.any() or cells.losses.any())
            return _nothing(_refused(found, ONLY_TIES if only else NO_TIE_MODEL), ties, np.inf if only else np.nan)

    top = maximise(cells, found.component, with_nu=with_nu)
    return Fit(
        theta=np.where(found.component >= 0, top.theta, np.nan),
        component=found.component,
        reasons=found.reasons,
        ties=ties,
        nu=float(np.exp(top.eta)) if ties == "davidson" else np.nan,
        log_likelihood=top.log_likelihood,
        converged=top.converged,
        iterations=top.iterations,
        gradient_norm=top.gradient_norm,
        n_components=found.n_components,
        n_connected=found.n_connected,
        notes=found.notes,
    )


def maximise(
    cells: Cells,
    component: NDArray[np.int64],
    *,
    with_nu: bool,
    start: tuple[NDArray[np.float64], float] | None = None,
) -> Maximum:
    """Climb the concave log-likelihood by Newton's method, halving a step that would go down.

    Parameters
    ----------
    cells : Cells
        Comparisons inside groups, which must have a finite maximum.
    component : (S,) int array
        Groups; models of group -1 stay at 0.
    with_nu : bool
        Estimate log nu too.
    start : ((S,) float array, float), optional
        Strengths, centred, and log nu to begin with. Default: all equal, and the nu of the share of ties.
    """
    size = len(component)
    total = cells.total
    centring = constant_directions(component, with_nu=with_nu)
    if start is None:
        share = cells.ties.sum()
        eta = float(np.log(2 * share / (total.sum() - share))) if with_nu else -np.inf
        theta = np.zeros(size)
    else:
        theta, eta = start

    def height(theta: NDArray[np.float64], eta: float) -> float:
        d = theta[cells.i] - theta[cells.j]
        said = (cells.wins - cells.losses) @ d / 2 - total @ moments(d, eta).log_z
        return float(said + cells.ties.sum() * eta) if with_nu else float(said)

    def slope(theta: NDArray[np.float64], eta: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        m = moments(theta[cells.i] - theta[cells.j], eta)
        per_cell = (cells.wins - cells.losses) / 2 - total * m.mean_x
        gradient = np.zeros(size + with_nu)
        gradient[:size] = np.bincount(cells.i, per_cell, size) - np.bincount(cells.j, per_cell, size)
        if with_nu:
            gradient[size] = (cells.ties - total * m.mean_z).sum()
        information = assemble(cells, total * m.var_x, total * m.cov_xz, total * m.var_z, size=size, with_nu=with_nu)
        return gradient, information

    here = height(theta, eta)
    converged, iterations = False, 0
    while not converged and iterations < MAX_ITERATIONS:
        iterations += 1
        gradient, information = slope(theta, eta)
        step = np.linalg.solve(information + scaled(centring, information), gradient)
        converged = bool(np.abs(step).max() < STEP)
        length = 1.0
        while True:
            there = theta + length * step[:size], eta + length * step[size] if with_nu else eta
            height_there = height(*there)
            if converged or height_there >= here or length < STEP:
                break
            length /= 2
        (theta, eta), here = there, height_there
    gradient, _ = slope(theta, eta)
    return Maximum(theta, float(eta), here, converged, iterations, float(np.abs(gradient).max()))


def constant_directions(component: NDArray[np.int64], *, with_nu: bool) -> NDArray[np.float64]:
    """Projection on what the comparisons cannot see: a constant added to a whole group, and models outside every group."""
    together = (component[:, None] == component[None, :]) & (component >= 0)[:, None]
    projection = together / np.maximum(together.sum(axis=1, keepdims=True), 1)
    projection[component < 0, component < 0] = 1.0
    return np.pad(projection, (0, int(with_nu)))


def scaled(projection: NDArray[np.float64], information: NDArray[np.float64]) -> NDArray[np.float64]:
    """The projection at the information's own size, so that adding it does not spoil the conditioning."""
    return np.asarray(projection * (np.trace(information) / len(information)))


def _refused(found: Estimable, reason: str) -> Estimable:
    reasons = tuple(reason if group >= 0 else said for group, said in zip(found.component, found.reasons, strict=True))
    return replace(found, component=np.full_like(found.component, -1), reasons=reasons, n_components=0, notes=())


def _nothing(found: Estimable, ties: Ties, nu: float = np.nan) -> Fit:
    return Fit(
        theta=np.full(len(found.component), np.nan),
        component=found.component,
        reasons=found.reasons,
        ties=ties,
        nu=nu,
        log_likelihood=np.nan,
        converged=True,
        iterations=0,
        gradient_norm=0.0,
        n_components=0,
        n_connected=found.n_connected,
        notes=found.notes,
    )
