"""Ratings of source models from comparisons: arrays in, frozen results out. NumPy and SciPy only, no Django."""

from reward.fitting.bradley_terry import Fit, fit
from reward.fitting.comparisons import Aggregated, Comparisons, aggregate
from reward.fitting.graph import Estimable, connected_parts, estimable
from reward.fitting.ratings import Rating, RatingResult, fit_ratings, to_rating
from reward.fitting.reasons import Method, Note, Reason
from reward.fitting.uncertainty import Uncertainty

__all__ = [
    "Aggregated",
    "Comparisons",
    "Estimable",
    "Fit",
    "Method",
    "Note",
    "Rating",
    "RatingResult",
    "Reason",
    "Uncertainty",
    "aggregate",
    "connected_parts",
    "estimable",
    "fit",
    "fit_ratings",
    "to_rating",
]
