"""The choices of a fit and the codes of its results. No Django and no SciPy here: kernels, services, forms and pages share it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Ties(StrEnum):
    """How a tie enters the likelihood: with a parameter of its own (Davidson), or as half a win to each side."""

    DAVIDSON = "davidson"
    HALF = "half"


class ComparisonUnit(StrEnum):
    """What counts as one comparison: each judgement, or the majority of each settled pair."""

    JUDGEMENT = "judgement"
    MAJORITY = "majority"


class Intervals(StrEnum):
    """What is taken to vary independently; see `reward.fitting.sandwich` and `reward.fitting.bootstrap`."""

    CLUSTERED = "clustered"
    """By pair, and by annotator too where there are 30 or more of them: the default."""
    PAIR = "pair"
    INDEPENDENT = "independent"
    FISHER = "fisher"
    ANNOTATOR = "annotator"
    BOOTSTRAP = "bootstrap"


class BothBad(StrEnum):
    """What a both-bad verdict is to the fit: no comparison (it is counted as left out), or a tie."""

    LEAVE_OUT = "leave_out"
    TIE = "tie"


class MethodCode(StrEnum):
    """The model that was fitted. Arguments: ``ties``, ``both_bad``, ``intervals``, ``level``, ``ranks``; of clustered
    intervals ``clusters``, of a bootstrap ``seed`` and ``replicates`` too."""

    BRADLEY_TERRY = "bradley_terry"


class ReasonCode(StrEnum):
    """Why a source model has no strength, or a strength but no interval. Arguments behind each; none where none are named.

    Models are named in arguments by their position in the names of the fit.
    """

    # no strength
    NO_COMPARISONS = "no_comparisons"
    UNDEFEATED = "undefeated"
    WINLESS = "winless"
    SEPARATED = "separated"  # never_lost_to, never_beat: positions of models
    ONLY_TIES = "only_ties"
    NO_DAVIDSON_ESTIMATE = "no_davidson_estimate"
    FIT_NOT_CONVERGED = "fit_not_converged"
    # a strength without an interval
    TOO_FEW_UNITS = "too_few_units"  # n, unit (SamplingUnit), models
    TOO_FEW_ANNOTATORS = "too_few_annotators"  # n, needed
    LOST_REPLICATES = "lost_replicates"  # share
    NOT_CONVERGED = "not_converged"
    NO_VARIATION = "no_variation"


class SamplingUnit(StrEnum):
    """What an interval counts as independent, where a reason names it."""

    JUDGEMENTS = "judgements"
    PAIRS = "pairs"
    ANNOTATORS = "annotators"


class Clusters(StrEnum):
    """What clustered intervals are clustered by."""

    PAIR = "pair"
    PAIR_AND_ANNOTATOR = "pair_and_annotator"


class NoteCode(StrEnum):
    """Findings of a fit about all its models. Arguments behind each."""

    SEPARATED_GROUPS = "separated_groups"  # groups: for each, positions of its models


class LeftOut(StrEnum):
    """Why a judgement, or a pair, does not count as a comparison."""

    BOTH_BAD = "both_bad"
    SELF = "self"
    WEIGHTLESS = "weightless"
    UNSETTLED = "unsettled"


MOST_SMOOTHING: Final = 0.5
"""Of labels, share by which they are drawn towards all verdicts alike; with more, little of them is left."""


class Adjudicated(StrEnum):
    """What an adjudicator's verdict is to a dataset."""

    IGNORE = "ignore"
    """Nothing: pairs are settled by their judgements alone."""
    PREFER = "prefer"
    """The verdict of its pair, whatever the judgements are. The verdict of gold stays the known one."""
