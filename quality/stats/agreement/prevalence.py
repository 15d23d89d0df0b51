"""Whether kappa and AC1 differ because one category dominates."""

from __future__ import annotations

from quality.stats.intervals import Estimate

DIFFERENCE = 0.2
DOMINANT = 0.6
"""Share of all judgements from which a category dominates: with fewer the difference has other causes."""
LEAST_ITEMS = 20


def prevalence(kappa: Estimate, ac1: Estimate, largest: float) -> bool:
    """Return whether kappa and AC1 differ by more than .2 while one category is far ahead of the others.

    ``largest`` is the share of the most frequent category among all judgements.

    References
    ----------
    Feinstein, A. R. and Cicchetti, D. V. (1990). Journal of Clinical Epidemiology 43, 543-549.

    Examples
    --------
    >>> kappa, ac1 = Estimate(0.1, 0, 0.2, 90, "fleiss_kappa"), Estimate(0.8, 0.7, 0.9, 90, "gwet_ac1")
    >>> prevalence(kappa, ac1, 0.85), prevalence(kappa, ac1, 0.4)
    (True, False)
    """
    enough = kappa.defined and ac1.defined and kappa.n >= LEAST_ITEMS and largest >= DOMINANT
    return enough and abs(kappa.value - ac1.value) > DIFFERENCE
