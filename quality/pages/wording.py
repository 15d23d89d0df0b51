"""What pages call the figures: their names, the sentences of their reasons, days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from annotation.vocabulary import Verdict
from common.formatting import Measure, number
from common.sentences import sentence
from quality import statistics
from quality.stats.methods import FOR_THESE_ANNOTATORS, Method
from quality.stats.reasons import Reason

NAMES: Final = {statistic.name: statistic.label for statistic in statistics.STATISTICS}

AGREEMENT: Final = tuple(statistic.name for statistic in sorted(statistics.AGREEMENT, key=lambda one: one.place))
"""The project's agreement from top to bottom of its chart."""

REASONS: Final[Mapping[str, str]] = {
    Reason.BOTH_ONE_CATEGORY: "both chose {category} on every pair counted",
    Reason.FEW_SHARED: "no two annotators share {needed} of the pairs counted",
    Reason.HEAVY_TAIL: "one judgement may outweigh all others",
    Reason.JUDGED_ONCE: "too few pairs were judged twice",
    Reason.NEAR_ITS_BOUND: "no interval is given; perfect calibration, p, says whether it differs from 0",
    Reason.NOTHING_COUNTED: "nothing was counted",
    Reason.NOTHING_JUDGED: "nothing was judged",
    Reason.NOTHING_SHARED: "no pair was judged by both",
    Reason.NOT_FINITE: "not defined",
    Reason.NOT_HALF_SETTLED: "fewer than half of the pairs are settled",
    Reason.NOT_JUDGED_TWICE: "none of the pairs counted was judged by two people",
    Reason.NO_AGREEMENT: "annotators agree no more often than by chance",
    Reason.NO_CONFIDENCE: "nobody stated a confidence",
    Reason.NO_CONSENSUS: "no pair has a majority among the others",
    Reason.NO_GOLD: "no gold was judged",
    Reason.NO_KAPPA: "no two annotators share two pairs on which kappa is defined",
    Reason.NO_PARTNER: "none of the pairs counted was shared with anyone",
    Reason.NO_PROBES: "no pair was shown again",
    Reason.NO_TRUTH: "confidence was stated, but not on a pair with a known answer or two others who agree",
    Reason.NO_STRENGTH: "nobody stated how much better a response is",
    Reason.NO_TIME: "no time on a pair is known",
    Reason.ONE_CATEGORY: "every judgement counted is {category}",
    Reason.ONE_GRADE: "everybody prefers the same side by the same strength",
    Reason.ONE_ITEM: "an interval needs two items",
    Reason.OVERLAP_TOO_SMALL: "annotators share too few pairs, two by two, for an interval of the mean",
    Reason.TRUTH_INFERRED: "no interval, because the truth is inferred",
    Reason.TOO_FEW_ANNOTATORS: "too few annotators in two groups; it needs {needed}, two or more in each",
    Reason.TOO_FEW_TO_TELL: "too few to tell; it needs about {needed}",
    Reason.TOO_FEW_ITEMS: "too few pairs for an interval; it needs about {needed}",
}
"""Why a figure, or its interval, is undefined; to follow a colon."""

METHODS: Final[Mapping[str, str]] = {
    Method.BRIER_SCORE: "brier_score",
    Method.BRIER_SCORE_WILSON: "brier_score; interval over pairs judged",
    Method.CHOICE_MODEL: "probability of a choice where nothing else speaks for either response; annotators from a population",
    Method.CLASSIFIER_TWO_SAMPLE: "area under the curve of a classifier of two windows; permutations over pairs",
    Method.CLUSTERED_SHARE: "share; interval over pairs judged",
    Method.CLUSTERED_SHARE_TWO_WAY: "share; interval over pairs judged and annotators",
    Method.BRIER_SCORE_CLUSTERED: "brier_score; interval over pairs judged",
    Method.BRIER_SCORE_TWO_WAY: "brier_score; interval over pairs judged and annotators",
    Method.COHEN_KAPPA: "cohen_kappa; interval over pairs judged",
    Method.COHEN_KAPPA_AGAINST_OTHERS: "cohen_kappa, against the majority of the others; interval over pairs judged",
    Method.COHEN_KAPPA_MEAN: "cohen_kappa_mean; interval over pairs judged",
    Method.COHEN_KAPPA_POOLED: "cohen_kappa, pooled over partners; interval over pairs judged",
    Method.COHEN_KAPPA_POOLED_PAIRS: "cohen_kappa, pooled over pairs of annotators; interval over pairs judged",
    Method.COHEN_KAPPA_POOLED_PAIRS_TWO_WAY: "cohen_kappa, pooled over pairs of annotators; interval over pairs judged and annotators, for new annotators too",
    Method.CONCEPT_DRIFT: "largest change of a coefficient of a logistic regression; score test over pairs judged",
    Method.COUNT: "count",
    Method.COUNTED_SHARE: "share, counted whole",
    Method.DAWID_SKENE: "dawid_skene",
    Method.DAWID_SKENE_HIERARCHICAL: "dawid_skene, hierarchical",
    Method.DAWID_SKENE_ONE_COIN: "dawid_skene, one coin",
    Method.EXPECTED_CALIBRATION_ERROR: "expected_calibration_error, debiased",
    Method.FLEISS_KAPPA: "fleiss_kappa; interval over pairs judged",
    Method.GLAD: "glad",
    Method.GROUP_AGREEMENT: "kappa of two groups; interval over pairs judged",
    Method.GWET_AC1: "gwet_ac1; interval over pairs judged",
    Method.JEFFREYS: "jeffreys",
    Method.JENSEN_SHANNON: "jensen_shannon; permutations over pairs",
    Method.KAPLAN_MEIER: "median, kaplan_meier, with pairs that still wait",
    Method.KRIPPENDORFF_ALPHA_INTERVAL: "krippendorff_alpha, interval",
    Method.KRIPPENDORFF_ALPHA_INTERVAL_BOOTSTRAP: "krippendorff_alpha, interval; bootstrap over pairs judged",
    Method.KRIPPENDORFF_ALPHA_NOMINAL: "krippendorff_alpha, nominal; interval over pairs judged",
    Method.KRIPPENDORFF_ALPHA_ORDINAL: "krippendorff_alpha, ordinal",
    Method.KRIPPENDORFF_ALPHA_ORDINAL_BOOTSTRAP: "krippendorff_alpha, ordinal; bootstrap over pairs judged",
    Method.LABEL_NOISE: "expected share of wrong judgements",
    Method.LABEL_SHIFT: "jensen_shannon at equal annotators; score test over pairs judged",
    Method.LOG_LOSS: "log_loss",
    Method.MACE: "mace",
    Method.MEDIAN: "median",
    Method.MEDIAN_ORDER_STATISTICS: "median, order statistics",
    Method.PERCENT_AGREEMENT: "percent_agreement of pairs judged twice; interval over pairs judged",
    Method.PERFECT_CALIBRATION: "probability of gaps as large if every stated confidence is right",
    Method.WEIGHTED_KAPPA_LINEAR: "weighted_kappa, linear; interval over pairs judged",
    Method.WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS: "weighted_kappa, linear, pooled over pairs of annotators; interval over pairs judged",
    Method.WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS_TWO_WAY: "weighted_kappa, linear, pooled over pairs of annotators; interval over pairs judged and annotators, for new annotators too",
    Method.WEIGHTED_KAPPA_QUADRATIC_POOLED_PAIRS: "weighted_kappa, quadratic, pooled over pairs of annotators; interval over pairs judged",
    Method.WEIGHTED_KAPPA_QUADRATIC_POOLED_PAIRS_TWO_WAY: "weighted_kappa, quadratic, pooled over pairs of annotators; interval over pairs judged and annotators, for new annotators too",
    Method.WEIGHTED_KAPPA_QUADRATIC: "weighted_kappa, quadratic; interval over pairs judged",
    Method.WILSON: "wilson",
}
"""How a figure was computed, as commands and the API say it; :func:`method` adds of whom an interval speaks."""

FOR_THESE: Final = "for these annotators"
"""Of whom an interval over pairs judged alone speaks."""

PREVALENCE: Final = (
    "κ is {kappa} and AC1 {ac1}: they differ by {gap} because one verdict dominates; read them together."
)


def reason(code: str, arguments: Mapping[str, Any]) -> str:
    """Return why a figure is undefined, empty where it is not.

    >>> reason("both_one_category", {"category": 3}), reason("", {})
    ('both chose Both bad on every pair counted', '')
    """
    if not code:
        return ""
    named = {name: category(value) if name == "category" else value for name, value in arguments.items()}
    return sentence(REASONS, code, named)


def method(code: str, arguments: Mapping[str, Any]) -> str:
    """Return how a figure was computed; a code without words as it is.

    >>> method("expected_calibration_error", {"bins": 10}), method("some_old_code", {})
    ('expected_calibration_error, debiased', 'some_old_code')
    >>> method("fleiss_kappa", {})
    'fleiss_kappa; interval over pairs judged, for these annotators'
    """
    words = METHODS.get(code, code).format(**arguments)
    return f"{words}, {FOR_THESE}" if code in FOR_THESE_ANNOTATORS else words


def category(code: int) -> str:
    """Return what a category of verdicts is called.

    >>> category(0), category(3)
    ('First', 'Both bad')
    """
    return Verdict(code).name.capitalize().replace("_", " ")


def prevalence(note: Mapping[str, float]) -> str:
    """Return the sentence of a stored note that kappa and AC1 differ, empty where there is none.

    >>> prevalence({"kappa": 0.1, "ac1": 0.8})
    'κ is 0.10 and AC1 0.80: they differ by 0.70 because one verdict dominates; read them together.'
    """
    if not note:
        return ""
    values = {"kappa": note["kappa"], "ac1": note["ac1"], "gap": abs(note["kappa"] - note["ac1"])}
    return PREVALENCE.format(**{name: number(value, 2) for name, value in values.items()})


def day_name(day: date) -> str:
    """Return a day as axes name it.

    >>> day_name(date(2026, 7, 4))
    '4 Jul'
    """
    return f"{day.day} {day:%b}"


def gaps(named: Iterable[tuple[str, Measure]]) -> list[str]:
    """Return one sentence for each figure that is not defined, with its reason."""
    return [f"{name} is not defined: {m.reason}." for name, m in named if m.value is None and m.reason]


_ONE: Final[Mapping[str, str]] = {
    "gold judgements": "gold judgement",
    "stated confidences": "stated confidence",
    "judgements of others": "judgement of others",
    "pairs with a majority of the others": "pair with a majority of the others",
    "judgements": "judgement",
    "pairs": "pair",
    "pairs judged twice": "pair judged twice",
    "shared pairs": "shared pair",
    "shared judgements": "shared judgement",
    "with a direction": "with a direction",
    "timed": "timed",
    "probes": "probe",
    "probes with a side both times": "probe with a side both times",
}


def sample(n: int, counted: str) -> str:
    """Return the size of a sample in the words of its statistic.

    >>> sample(1, "gold judgements"), sample(2100, "timed")
    ('n = 1 gold judgement', 'n = 2,100 timed')
    """
    return f"n = {n:,} {_ONE[counted] if n == 1 else counted}"
