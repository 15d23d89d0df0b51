"""How a statistic and its interval were computed: codes that pages turn into words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Method(StrEnum):
    """A code, stored with the figure. Where a statistic is undefined, it names the statistic alone."""

    BRIER_SCORE = "brier_score"
    BRIER_SCORE_WILSON = "brier_score_wilson"
    """With limits from Wilson's for the weighted share of right answers."""
    BRIER_SCORE_CLUSTERED = "brier_score_clustered"
    """The same of all annotators, clustered by pair."""
    BRIER_SCORE_TWO_WAY = "brier_score_two_way"
    """The same, clustered by pair and annotator."""
    CHOICE_MODEL = "choice_model"
    """Probability of a choice in a model of the judgements in which annotators come from a population."""
    CLASSIFIER_TWO_SAMPLE = "classifier_two_sample"
    """The area under the curve of a classifier that tells two windows apart."""
    CLUSTERED_SHARE = "clustered_share"
    """A share with Wilson's limits, its variance clustered by pair."""
    CLUSTERED_SHARE_TWO_WAY = "clustered_share_two_way"
    """The same, clustered by pair and annotator."""
    COHEN_KAPPA = "cohen_kappa"
    COHEN_KAPPA_AGAINST_OTHERS = "cohen_kappa_against_others"
    COHEN_KAPPA_MEAN = "cohen_kappa_mean"
    COHEN_KAPPA_POOLED = "cohen_kappa_pooled"
    COHEN_KAPPA_POOLED_PAIRS = "cohen_kappa_pooled_pairs"
    """With an interval over items."""
    COHEN_KAPPA_POOLED_PAIRS_TWO_WAY = "cohen_kappa_pooled_pairs_two_way"
    """With an interval over items and annotators."""
    CONCEPT_DRIFT = "concept_drift"
    """The largest change of a coefficient between two windows."""
    COUNT = "count"
    COUNTED_SHARE = "counted_share"
    """A share of what is counted whole; its interval is its value."""
    DAWID_SKENE = "dawid_skene"
    DAWID_SKENE_HIERARCHICAL = "dawid_skene_hierarchical"
    """Drawn towards the project's mean the more the fewer judgements an annotator has."""
    DAWID_SKENE_ONE_COIN = "dawid_skene_one_coin"
    EXPECTED_CALIBRATION_ERROR = "expected_calibration_error"
    """Debiased, with the number of ``bins`` as an argument."""
    FLEISS_KAPPA = "fleiss_kappa"
    GLAD = "glad"
    GROUP_AGREEMENT = "group_agreement"
    """Of two groups of annotators, or of one within itself."""
    GWET_AC1 = "gwet_ac1"
    JEFFREYS = "jeffreys"
    JENSEN_SHANNON = "jensen_shannon"
    """The distance of two mixes."""
    KAPLAN_MEIER = "kaplan_meier"
    """A median time that allows for what has not ended yet."""
    KRIPPENDORFF_ALPHA_INTERVAL = "krippendorff_alpha_interval"
    KRIPPENDORFF_ALPHA_INTERVAL_BOOTSTRAP = "krippendorff_alpha_interval_bootstrap"
    KRIPPENDORFF_ALPHA_NOMINAL = "krippendorff_alpha_nominal"
    KRIPPENDORFF_ALPHA_ORDINAL = "krippendorff_alpha_ordinal"
    KRIPPENDORFF_ALPHA_ORDINAL_BOOTSTRAP = "krippendorff_alpha_ordinal_bootstrap"
    LABEL_NOISE = "label_noise"
    """The expected share of wrong judgements."""
    LABEL_SHIFT = "label_shift"
    """The distance of two mixes of verdicts at equal annotators."""
    LOG_LOSS = "log_loss"
    MACE = "mace"
    MEDIAN = "median"
    MEDIAN_ORDER_STATISTICS = "median_order_statistics"
    PERCENT_AGREEMENT = "percent_agreement"
    PERFECT_CALIBRATION = "perfect_calibration"
    """A probability under the hypothesis, with the number of ``bins`` as an argument."""
    WEIGHTED_KAPPA_LINEAR = "weighted_kappa_linear"
    WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS = "weighted_kappa_linear_pooled_pairs"
    WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS_TWO_WAY = "weighted_kappa_linear_pooled_pairs_two_way"
    WEIGHTED_KAPPA_QUADRATIC = "weighted_kappa_quadratic"
    WEIGHTED_KAPPA_QUADRATIC_POOLED_PAIRS = "weighted_kappa_quadratic_pooled_pairs"
    WEIGHTED_KAPPA_QUADRATIC_POOLED_PAIRS_TWO_WAY = "weighted_kappa_quadratic_pooled_pairs_two_way"
    WILSON = "wilson"

    @property
    def bootstrapped(self) -> Method:
        """The same statistic with an interval from a bootstrap."""
        return Method(f"{self}_bootstrap")


FOR_THESE_ANNOTATORS: Final = frozenset(
    {
        Method.BRIER_SCORE_CLUSTERED,
        Method.CLUSTERED_SHARE,
        Method.COHEN_KAPPA,
        Method.COHEN_KAPPA_AGAINST_OTHERS,
        Method.COHEN_KAPPA_MEAN,
        Method.COHEN_KAPPA_POOLED,
        Method.COHEN_KAPPA_POOLED_PAIRS,
        Method.FLEISS_KAPPA,
        Method.GROUP_AGREEMENT,
        Method.GWET_AC1,
        Method.KRIPPENDORFF_ALPHA_INTERVAL_BOOTSTRAP,
        Method.KRIPPENDORFF_ALPHA_NOMINAL,
        Method.KRIPPENDORFF_ALPHA_ORDINAL_BOOTSTRAP,
        Method.PERCENT_AGREEMENT,
        Method.WEIGHTED_KAPPA_LINEAR,
        Method.WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS,
        Method.WEIGHTED_KAPPA_QUADRATIC,
        Method.WEIGHTED_KAPPA_QUADRATIC_POOLED_PAIRS,
    }
)
"""Methods whose interval is over items alone: of the annotators who judged, and not of others who might have.

That is what agreement within a project's data is: those annotators made them. An interval for other annotators needs many
of them: with five, the intervals over items hold the agreement of new annotators in 48 to 78 % of simulated projects
(``docs/coverage.md``), and five say too little of how annotators differ to correct that. From 30 annotators on
``cohen_kappa_pooled`` has an interval over items and annotators, which holds it.

References
----------
Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 5 (conditional and unconditional inference).
Owen, A. B. and Eckles, D. (2012). Annals of Applied Statistics 6, 895-927 (resampling over both).
"""
