"""The stored figures as the API gives them, in the shape of ``compute_quality --json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from quality.statistics import AGREEMENT, OF_ANNOTATORS, Scope, Statistic, of
from quality.stats.readings import key


class FigureOut(serializers.Serializer[Any]):
    """A statistic and what it rests on. Where it is undefined, `value` is null, `reason` says why, and `code` names it."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    method = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


def _figures(
    shape: str, statistics: Iterable[Statistic], /, **others: serializers.Field
) -> type[serializers.Serializer[Any]]:
    """A shape with a figure for each reading of each statistic, and ``others`` before them."""
    figures = {key(one.name, reading): FigureOut() for one in statistics for reading in one.readings}
    return type(shape, (serializers.Serializer,), {**figures, **others})


AgreementOut = type("AgreementOut", (serializers.Serializer,), {statistic.name: FigureOut() for statistic in AGREEMENT})


class ReadingsOut(serializers.Serializer[Any]):
    """Strict: the four verdicts as four categories. Direction: only who was better, where somebody was."""

    strict = AgreementOut()
    direction = AgreementOut()


TwoAnnotatorsOut = _figures(
    "TwoAnnotatorsOut",
    of(Scope.PAIR_OF_ANNOTATORS),
    a=serializers.CharField(),
    b=serializers.CharField(),
    n=serializers.IntegerField(),
)


class TwoAnnotatorsPage(serializers.Serializer[Any]):
    """Figures of two annotators each, all of one computation, whose inputs were read at `as_of`."""

    as_of = serializers.DateTimeField()
    results = TwoAnnotatorsOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


AnnotatorOut = _figures("AnnotatorOut", OF_ANNOTATORS, name=serializers.CharField(), n=serializers.IntegerField())


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
    categories_gold = serializers.DictField(child=serializers.JSONField())
    agreement = ReadingsOut(help_text="Gold pairs are left out.")
    agreement_gold = ReadingsOut(help_text="On gold pairs alone.")
    overall = serializers.DictField(child=FigureOut())
    annotators = AnnotatorOut(many=True)
    majority = MajorityOut()
    progress = serializers.DictField(child=serializers.IntegerField())
