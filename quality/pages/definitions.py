"""How the numbers are defined: the registry of statistics and the docstrings of their kernels, as a page. No queries here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from quality.pages.wording import method
from quality.statistics import STATISTICS, Scope, Statistic
from quality.stats import consensus, dimensions, posteriors, seriation, time
from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import cohen_kappa
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.graded import graded_alpha, graded_kappa
from quality.stats.agreement.mean import cohen_kappa_mean
from quality.stats.agreement.percent import percent_agreement
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.pooled_pairs import cohen_kappa_pooled
from quality.stats.bias import biases
from quality.stats.calibration import brier_score, expected_calibration_error, perfect_calibration, reliability_bins
from quality.stats.consistency import (
    same_side_twice,
    same_side_twice_pooled,
    self_consistency,
    self_consistency_pooled,
)
from quality.stats.fraud.alternatives import bound
from quality.stats.fraud.examination import examine
from quality.stats.gold import gold_accuracy, gold_accuracy_pooled
from quality.stats.intervals import wilson
from quality.stats.noise import joint, share_wrong, suspects
from quality.stats.proposals import proposed
from quality.stats.readings import Reading
from quality.stats.reliability.by_others import likeliest_by_others
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.figures import mean_posterior, reliabilities, reliability
from quality.stats.shift.cusum import accuracy_drift
from quality.stats.shift.distance import mix_shift
from quality.stats.shift.result import adjusted
from quality.stats.shift.two_sample import covariate_shift
from quality.stats.shift.verdicts import concept_drift, label_shift

Function = Callable[..., Any]

_OF_BOTH: Final[tuple[tuple[str, Function], ...]] = (
    ("calibration_ece", expected_calibration_error),
    ("calibration_p", perfect_calibration),
    ("calibration_brier", brier_score),
    ("bias_side", biases),
    ("bias_length", biases),
    ("bias_markup", biases),
)
KERNELS: Final[dict[tuple[Scope, str], Function]] = {
    (Scope.PROJECT, "cohen_kappa_mean"): cohen_kappa_mean,
    (Scope.PROJECT, "cohen_kappa_pooled"): cohen_kappa_pooled,
    (Scope.PROJECT, "fleiss_kappa"): fleiss_kappa,
    (Scope.PROJECT, "krippendorff_alpha"): krippendorff_alpha,
    (Scope.PROJECT, "gwet_ac1"): gwet_ac1,
    (Scope.PROJECT, "percent_agreement"): percent_agreement,
    (Scope.PROJECT, "gold_accuracy"): gold_accuracy_pooled,
    (Scope.PROJECT, "self_consistency"): self_consistency_pooled,
    (Scope.PROJECT, "same_side_twice"): same_side_twice_pooled,
    (Scope.PROJECT, "reliability"): reliability,
    (Scope.PROJECT, "consensus_posterior"): mean_posterior,
    (Scope.PROJECT, "krippendorff_alpha_ordinal"): graded_alpha,
    (Scope.PROJECT, "weighted_kappa_linear"): graded_kappa,
    (Scope.PROJECT, "weighted_kappa_quadratic"): graded_kappa,
    (Scope.PROJECT, "label_noise"): share_wrong,
    (Scope.ANNOTATOR, "cohen_kappa"): annotator_kappas,
    (Scope.ANNOTATOR, "cohen_kappa_consensus"): consensus_kappas,
    (Scope.ANNOTATOR, "gold_accuracy"): gold_accuracy,
    (Scope.ANNOTATOR, "gold_accuracy_posterior"): gold_accuracy,
    (Scope.ANNOTATOR, "self_consistency"): self_consistency,
    (Scope.ANNOTATOR, "same_side_twice"): same_side_twice,
    (Scope.ANNOTATOR, "reliability"): reliabilities,
    (Scope.ANNOTATOR, "left_share"): wilson,
    (Scope.ANNOTATOR, "seconds_median"): time.median_time,
    (Scope.PAIR_OF_ANNOTATORS, "cohen_kappa"): cohen_kappa,
    **{(scope, name): function for scope in (Scope.PROJECT, Scope.ANNOTATOR) for name, function in _OF_BOTH},
}
"""The function whose docstring defines each statistic."""
COUNTED: Final = frozenset({(Scope.ANNOTATOR, "n")})
"""Statistics that are plain counts."""
OTHERS: Final[tuple[tuple[str, tuple[tuple[str, Function], ...]], ...]] = (
    (
        "Reliability and consensus",
        (
            ("How reliable annotators are", hierarchical),
            ("How likely each verdict is the true one", posteriors.posteriors),
            ("The same without one’s own judgement", posteriors.without_own),
            ("What a judgement is compared with", likeliest_by_others),
            ("The likeliest verdict of a pair", consensus.likeliest),
            ("The verdict with the most judgements", consensus.consensus),
            ("Stated confidence, bin by bin", reliability_bins),
        ),
    ),
    ("Fraud", (("Suspicion of fraud", examine), ("How much evidence it takes", bound))),
    ("Label noise", (("Judgements most likely wrong", suspects), ("Given against true verdicts", joint))),
    (
        "Drift",
        (
            ("Verdicts given", label_shift),
            ("What moves choices", concept_drift),
            ("Languages, tags and source models", mix_shift),
            ("Pairs in all", covariate_shift),
            ("Several tests together", adjusted),
            ("Annotators who err more", accuracy_drift),
        ),
    ),
    (
        "Data quality",
        (
            ("Whether a target is met", dimensions.measure),
            ("Shares of what is counted whole", dimensions.counted_share),
            ("Languages, tags and models that are covered", dimensions.covered),
            ("Time to a pair’s last judgement", dimensions.time_to_settle),
        ),
    ),
    ("Gold", (("Pairs proposed as gold", proposed),)),
    ("Order of annotators", (("Similarity", seriation.similarities), ("Order by similarity", seriation.order))),
)
"""What is computed beside the figures of the registry."""
SCOPES: Final = {
    Scope.PROJECT: "Of the project",
    Scope.ANNOTATOR: "Of an annotator",
    Scope.PAIR_OF_ANNOTATORS: "Of two annotators",
}
_SECTION: Final = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_MARKUP: Final = re.compile(r":[a-z]+:`~?(?:[\w.]*\.)?(\w+)`|``([^`]+)``|`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Definition:
    """One number: its name, what it is, and from its kernel's docstring the formula in words, the interval, the source."""

    anchor: str
    label: str
    name: str
    summary: str
    paragraphs: tuple[str, ...]
    result: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    counted: str
    readings: bool
    function: str


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    definitions: tuple[Definition, ...]


def anchor(scope: Scope, name: str) -> str:
    """Return where a statistic's definition is on the page.

    >>> anchor(Scope.PROJECT, "fleiss_kappa")
    'project-fleiss_kappa'
    """
    return f"{scope.value.replace(' ', '-')}-{name}"


@cache
def groups() -> tuple[Group, ...]:
    """Return every statistic of the registry by what it is about, and then what else is computed."""
    of_registry = (
        Group(words, tuple(_of(statistic) for statistic in STATISTICS if statistic.scope is scope))
        for scope, words in SCOPES.items()
    )
    others = (
        Group(
            words, tuple(_defined(label, function.__name__, function.__name__, function) for label, function in named)
        )
        for words, named in OTHERS
    )
    return (*of_registry, *others)


def here(methods: Mapping[Scope, Iterable[tuple[str, str, Mapping[str, Any]]]]) -> dict[str, str]:
    """Return by anchor how a project's newest run computed each statistic and its interval, in words."""
    found: dict[str, list[str]] = {}
    for scope, rows in methods.items():
        for name, code, arguments in rows:
            words = found.setdefault(anchor(scope, name), [])
            words.append(method(code, arguments))
    return {at: "; or ".join(dict.fromkeys(words)) for at, words in found.items()}


def _of(statistic: Statistic) -> Definition:
    at = anchor(statistic.scope, statistic.name)
    strict = Reading.DIRECTION in statistic.readings
    if (statistic.scope, statistic.name) in COUNTED:
        return Definition(at, statistic.label, statistic.name, "A count.", (), (), (), (), "", strict, "")
    function = KERNELS[statistic.scope, statistic.name]
    return _defined(statistic.label, statistic.name, at, function, counted=statistic.counted, readings=strict)


def _defined(
    label: str, name: str, at: str, function: Function, *, counted: str = "", readings: bool = False
) -> Definition:
    sections = _sections(inspect.getdoc(function) or "")
    summary, *more = _paragraphs(sections.get("", ""))
    words = summary.removeprefix("Return ")
    return Definition(
        anchor=at,
        label=label,
        name=name,
        summary=f"{words[:1].upper()}{words[1:]}",
        paragraphs=tuple(more),
        result=tuple(_result(sections.get("Returns", ""))),
        notes=tuple(_paragraphs(sections.get("Notes", ""))),
        sources=tuple(_lines(sections.get("References", ""))),
        counted=counted,
        readings=readings,
        function=f"{function.__module__}.{function.__name__}",
    )


def _sections(doc: str) -> dict[str, str]:
    """The parts of a docstring by their heads; what precedes the first has none."""
    pieces = _SECTION.split(doc)
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def _paragraphs(text: str) -> list[str]:
    """Paragraphs, each on one line, without examples of code."""
    pieces = (piece.split(">>>")[0] for piece in re.split(r"\n\s*\n", text.strip()))
    return [_plain(" ".join(piece.split())) for piece in pieces if piece.strip()] or [""]


def _result(text: str) -> Iterator[str]:
    """What a section "Returns" says of its values; their types are left out."""
    for piece in re.split(r"\n(?=\S)", text.strip()):
        _, _, words = piece.partition("\n")
        if words.strip():
            yield _plain(" ".join(words.split()))


def _lines(text: str) -> Iterator[str]:
    """One source a line; a line that goes on is indented or begins in lower case."""
    for line in re.split(r"\n(?=[A-ZÉ][^\n]*(?:\(\d{4}\)|\d{4}))", text.strip()):
        if line.strip():
            yield _plain(" ".join(line.split()))


def _plain(text: str) -> str:
    """Text without the marks of a docstring.

    >>> _plain("of :func:`quality.stats.consensus.consensus`, ``n`` counts")
    'of consensus, n counts'
    """
    return _MARKUP.sub(lambda found: next(filter(None, found.groups())), text)
