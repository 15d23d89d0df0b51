"""A stored fit as plain values, in the shape that ``fit_ratings --json`` and the API promise. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reward.models import Rating, RatingRun
from reward.pages import wording


def report(run: RatingRun, ratings: Sequence[Rating]) -> dict[str, Any]:
    """Return a fit with its models, strongest first, unrated last."""
    ordered = sorted(ratings, key=lambda r: (r.theta is None, r.group, -(r.theta or 0), r.name))
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "method": wording.method(run.method, run.method_arguments),
        "ties": run.ties,
        "unit": run.unit,
        "intervals": run.intervals,
        "converged": run.converged,
        "iterations": run.iterations,
        "components": len({rating.group for rating in ratings}),
        "models": [_model(rating, run.matrix["names"]) for rating in ordered],
        "log_likelihood": run.log_likelihood,
        "nu": run.nu,
        "n_comparisons": run.n_comparisons,
        "left_out": run.left_out,
    }


def _model(rating: Rating, names: Sequence[str]) -> dict[str, Any]:
    return {
        "name": rating.name,
        "component": rating.group,
        "theta": rating.theta,
        "theta_low": rating.theta_low,
        "theta_high": rating.theta_high,
        "code": rating.reason,
        "reason": wording.reason(rating.reason, rating.arguments, names),
        "rating": rating.rating,
        "low": rating.low,
        "high": rating.high,
        "n": rating.n,
        "rank_low": rating.rank_low,
        "rank_high": rating.rank_high,
    }
