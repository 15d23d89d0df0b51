"""Stored figures as measures with their reasons as sentences, by the key that pages ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotation.models import Member
from common.formatting import Measure
from quality.models import QualityRun
from quality.pages.fraud import Finding, findings
from quality.pages.wording import method, reason
from quality.selectors.figures import StoredFigure, StoredRun
from quality.stats.intervals import Estimate

UNKNOWN: Final = Measure(None, reason="not computed")


@dataclass(frozen=True, slots=True)
class AnnotatorMeasures:
    """One annotator's measures, by name, the direction reading under ``name_direction``; and whether fraud is suspected."""

    member: Member
    measures: Mapping[str, Measure]
    fraud: Finding | None = None

    def __getitem__(self, name: str) -> Measure:
        return self.measures.get(name, UNKNOWN)

    @property
    def n(self) -> int:
        return self["n"].n


@dataclass(frozen=True, slots=True)
class Measures:
    """A run's measures; those of annotators, in order of their numbers, and agreement on gold pairs are apart."""

    run: QualityRun
    overall: Mapping[str, Measure]
    annotators: tuple[AnnotatorMeasures, ...]
    of_gold: Mapping[str, Measure]

    def __getitem__(self, name: str) -> Measure:
        return self.overall.get(name, UNKNOWN)


def measures(stored: StoredRun, fraud: Mapping[str, Any] | None = None) -> Measures:
    """Return a stored run's measures, with what its part about fraud says of each annotator."""
    overall, of_annotators = _sorted(stored.figures)
    found = findings(fraud, {member.pk: member.pseudonym for member in stored.members})
    return Measures(
        stored.run,
        overall,
        tuple(AnnotatorMeasures(member, of_annotators[member.pk], found.get(member.pk)) for member in stored.members),
        _sorted(stored.of_gold)[0],
    )


def of_member(
    member: Member, figures: Iterable[StoredFigure], fraud: Finding | None = None
) -> tuple[AnnotatorMeasures, Mapping[str, Measure]]:
    """Return a member's measures, and the project's among the same figures."""
    overall, of_annotators = _sorted(figures)
    return AnnotatorMeasures(member, of_annotators.get(member.pk, {}), fraud), overall


def measure(figure: StoredFigure) -> Measure:
    """Return a stored figure as a measure."""
    why = reason(figure.reason, figure.arguments)
    return Measure(figure.value, figure.low, figure.high, figure.n, why, method(figure.method, figure.arguments))


def counted(estimate: Estimate) -> Measure:
    """Return an estimate that was counted at the moment of reading as a measure."""
    value, low, high = (None if end != end else end for end in (estimate.value, estimate.low, estimate.high))
    return Measure(
        value,
        low,
        high,
        estimate.n,
        reason(estimate.reason or "", estimate.arguments),
        method(estimate.method, estimate.arguments),
    )


def _sorted(figures: Iterable[StoredFigure]) -> tuple[dict[str, Measure], dict[int, dict[str, Measure]]]:
    overall: dict[str, Measure] = {}
    of_annotators: dict[int, dict[str, Measure]] = {}
    for figure in figures:
        own = overall if figure.member_id is None else of_annotators.setdefault(figure.member_id, {})
        own[figure.key] = measure(figure)
    return overall, of_annotators
