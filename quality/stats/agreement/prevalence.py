"""Whether kappa and AC1 differ because one category dominates."""

from __future__ import annotations

from quality.stats.intervals import Estimate

DIFFERENCE = 0.2


def prevalence(kappa: Estimate, ac1: Estimate) -> bool:
    """Return whether kappa and AC1 differ by more than .2, the effect of one category far ahead of the others.

    References
    ----------
    Feinstein, A. R. and Cicchetti, D. V. (1990). Journal of Clinical Epidemiology 43, 543-549.

    Examples
    --------
    >>> prevalence(Estimate(0.1, 0, 0.2, 9, "fleiss_kappa"), Estimate(0.8, 0.7, 0.9, 9, "gwet_ac1"))
    True
    """
    return kappa.defined and ac1.defined and abs(kappa.value - ac1.value) > DIFFERENCE
