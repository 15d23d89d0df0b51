"""The stored figures as the API gives them; the very shape of ``compute_quality --json``."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FigureOut(serializers.Serializer[Any]):
    """A statistic and what it rests on. Where it is undefined, `value` is null and `reason` says why."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    method = serializers.CharField()
    reason = serializers.CharField()


class AgreementOut(serializers.Serializer[Any]):
    cohen_kappa_mean = FigureOut()
    fleiss_kappa = FigureOut()
    krippendorff_alpha = FigureOut()
    gwet_ac1 = FigureOut()
    percent_agreement = FigureOut()


class ReadingsOut(serializers.Serializer[Any]):
    """Strict: the four verdicts as four categories. Direction: only who was better, where somebody was."""

    strict = AgreementOut()
    direction = AgreementOut()


class TwoAnnotatorsOut(serializers.Serializer[Any]):
    a = serializers.CharField()
    b = serializers.CharField()
    n = serializers.IntegerField()
    cohen_kappa = FigureOut()


class AnnotatorOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    n = serializers.IntegerField()
    cohen_kappa = FigureOut()
    cohen_kappa_direction = FigureOut(required=False)
    gold_accuracy = FigureOut()
    calibration_ece = FigureOut(required=False)
    calibration_brier = FigureOut(required=False)
    seconds_median = FigureOut(required=False)
    left_share = FigureOut(required=False)


class MajorityOut(serializers.Serializer[Any]):
    first = serializers.IntegerField()
    second = serializers.IntegerField()
    tie = serializers.IntegerField()
    both_bad = serializers.IntegerField()
    none = serializers.IntegerField()


class QualityOut(serializers.Serializer[Any]):
    """One computation over a project's counting judgements; `as_of` is when its inputs were read."""

    project = serializers.CharField()
    as_of = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    code_version = serializers.CharField()
    n_annotations = serializers.IntegerField()
    n_pairs = serializers.IntegerField()
    categories = serializers.DictField(child=serializers.JSONField())
    agreement = ReadingsOut()
    overall = serializers.DictField(child=FigureOut())
    pairs_of_annotators = TwoAnnotatorsOut(many=True)
    annotators = AnnotatorOut(many=True)
    majority = MajorityOut()
    progress = serializers.DictField(child=serializers.IntegerField())
