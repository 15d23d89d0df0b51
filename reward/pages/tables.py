"""The table of source models as files hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from common.tables import Column, Table, Value
from reward.models import Rating, RatingRun
from reward.pages.report import report

_KEYS: Final = (
    *("name", "component", "rank_low", "rank_high", "theta", "theta_low", "theta_high"),
    *("rating", "low", "high", "n", "reason"),
)
_ABOUT: Final = ("project", "as_of", "computed_at", "method", "ties", "unit", "intervals", "converged", "n_comparisons")


def models(run: RatingRun, ratings: Sequence[Rating]) -> Table[dict[str, Any]]:
    """Return a fit's source models, strongest first, as ``report`` has them."""
    whole = report(run, ratings)
    return Table(
        "ratings",
        tuple(Column(key, _at(key)) for key in _KEYS),
        whole["models"],
        {key: whole[key] for key in _ABOUT},
    )


def _at(key: str) -> Callable[[dict[str, Any]], Value]:
    return lambda model: model[key]
