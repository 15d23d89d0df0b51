"""All stored results of a run as plain values: what ``compute_quality --json`` and the API give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quality.models import AnnotatorMatrix, Reliability
from quality.pages import parts
from quality.pages.parts import VERDICTS
from quality.pages.wording import method, reason
from quality.selectors.figures import StoredFigure, StoredParts, StoredRun
from quality.statistics import BIASES

EVERY_ROW = slice(None)
LEAST_SHARE: Final = 1e-9
"""How frequent a verdict is at least the true one, for anything to be known of what annotators make of it."""


def whole_report(
    stored: StoredRun, matrices: Iterable[AnnotatorMatrix], reliability: Reliability | None, found: StoredParts
) -> dict[str, Any]:
    """Return a run in the shape that the command promises; every figure of it is there."""
    names = {member.pk: member.name for member in stored.members}
    return report(stored, reliability, found) | {"pairs_of_annotators": pairs_of_annotators(matrices, names)}


def report(stored: StoredRun, reliability: Reliability | None, found: StoredParts) -> dict[str, Any]:
    """Return a run in the shape that the API promises: all but its pairs of annotators, which are a list in pages."""
    run = stored.run
    names = {member.pk: member.name for member in stored.members}
    overall: dict[str, Any] = {}
    annotators: dict[int, dict[str, Any]] = {}
    for figure in stored.figures:
        if figure.member_id is None:
            if not figure.reading:
                overall[figure.name] = _figure(figure)
            continue
        annotator = annotators.setdefault(figure.member_id, {"name": names[figure.member_id], "n": 0})
        annotator[figure.key] = figure.n if figure.name == "n" else _figure(figure)
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "n_annotations": run.n_annotations,
        "n_pairs": run.n_pairs,
        "categories": run.summary.get("categories", {}),
        "categories_gold": run.summary.get("categories_gold", {}),
        "agreement": agreement(stored),
        "agreement_gold": _agreement(stored.of_gold),
        "overall": overall,
        "annotators": list(annotators.values()),
        "reliability": None if reliability is None else _reliability(reliability, names),
        "consensus": _consensus(run.summary, overall),
        "settling": run.summary.get("settling"),
        "bias": {name.removeprefix("bias_"): overall.get(name) for name in BIASES},
        "fraud": parts.fraud(found, names),
        "noise": parts.noise(found, names, overall),
        "drift": parts.drift(found, names),
        "dimensions": parts.dimensions(found),
        "slices": parts.slices(found),
        "majority": run.summary["majority"],
        "progress": run.summary["progress"],
    }


def _reliability(stored: Reliability, names: Mapping[int, str]) -> dict[str, Any]:
    """What was found of the annotators; the rows of a verdict that is never the true one are null."""
    prior = stored.column("prior")
    seen = prior > LEAST_SHARE
    tables = [
        {
            "name": names[member],
            "confusion": {
                true: _by_verdict(rows) if happens else None
                for true, rows, happens in zip(VERDICTS, table, seen, strict=True)
            },
        }
        for member, table in zip(stored.column("members").tolist(), stored.confusions, strict=True)
    ]
    return {
        "method": method(stored.method, {}),
        "converged": stored.converged,
        "iterations": stored.iterations,
        "log_likelihood": stored.log_likelihood,
        "reason": reason(stored.reason, stored.arguments),
        "code": stored.reason,
        "true_verdicts": _by_verdict(prior),
        "annotators": [] if stored.reason else tables,
    }


def _by_verdict(shares: NDArray[np.float64]) -> dict[str, float | None]:
    return dict(zip(VERDICTS, _nullable(shares), strict=True))


def _consensus(summary: Mapping[str, Any], overall: Mapping[str, Any]) -> dict[str, Any] | None:
    """How far the likeliest verdicts are settled; null for runs of before they were computed."""
    counted = summary.get("consensus")
    return None if counted is None else {**counted, "mean_posterior": overall["consensus_posterior"]}


def agreement(stored: StoredRun) -> dict[str, dict[str, Any]]:
    """Return the project's agreement by reading and name; gold is left out of it."""
    return _agreement(stored.figures)


def _agreement(figures: Iterable[StoredFigure]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"strict": {}, "direction": {}}
    for figure in figures:
        if figure.member_id is None and figure.reading:
            found[figure.reading][figure.name] = _figure(figure)
    return found


def _figure(figure: StoredFigure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
        "method": method(figure.method, figure.arguments),
        "reason": reason(figure.reason, figure.arguments),
        "code": figure.reason,
    }


def pairs_of_annotators(
    matrices: Iterable[AnnotatorMatrix], names: Mapping[int, str], *, rows: slice = EVERY_ROW
) -> list[dict[str, Any]]:
    """Return the figures of every two annotators in some rows of a run's matrices.

    Parameters
    ----------
    names
        Of the annotators in those rows, by primary key.
    """
    pairs: dict[tuple[int, int], dict[str, Any]] = {}
    for matrix in matrices:
        members = matrix.column("members")
        of_a, of_b = (members[matrix.column(side)[rows]].tolist() for side in ("a", "b"))
        for a, b, figure in zip(of_a, of_b, _figures(matrix, rows), strict=True):
            pair = pairs.setdefault((a, b), {"a": names[a], "b": names[b], "n": figure["n"]})
            pair[matrix.name] = figure
    return list(pairs.values())


def _figures(matrix: AnnotatorMatrix, rows: slice) -> Iterator[dict[str, Any]]:
    matrix_method = method(matrix.method, {})
    # The last is for -1: defined.
    reasons = [(reason(code, arguments), code) for code, arguments in matrix.reasons] + [("", "")]
    ends = [_nullable(matrix.column(name)[rows]) for name in ("value", "low", "high")]
    for value, low, high, (n, why) in zip(*ends, _rows(matrix, rows, "n", "reason"), strict=True):
        yield {
            "value": value,
            "low": low,
            "high": high,
            "n": n,
            "method": matrix_method,
            "reason": reasons[why][0],
            "code": reasons[why][1],
        }


def _rows(matrix: AnnotatorMatrix, rows: slice, *columns: str) -> Iterator[tuple[int, ...]]:
    return zip(*(matrix.column(name)[rows].tolist() for name in columns), strict=True)


def _nullable(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
