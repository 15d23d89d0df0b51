"""Ratings, exports and their manifests as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotation.formats.registry import WRITTEN
from common.api.fields import Body, Choice, Decimals, Query
from reward.vocabulary import MOST_SMOOTHING, Adjudicated, ComparisonUnit, Intervals, Ties


class FitIn(Body):
    """How to fit."""

    variants = (
        ({"unit": [str(ComparisonUnit.JUDGEMENT)]}, ()),
        (
            {
                "unit": [str(ComparisonUnit.MAJORITY)],
                "intervals": [str(one) for one in Intervals if one is not Intervals.ANNOTATOR],
            },
            ("unit",),
        ),
    )
    ties = Choice(
        choices=list(map(str, Ties)),
        default="davidson",
        help_text="`davidson` gives ties a parameter of their own, `half` counts each as half a win.",
    )
    unit = Choice(
        choices=list(map(str, ComparisonUnit)),
        default="judgement",
        help_text="Each judgement is a comparison, or each settled pair's majority.",
    )
    intervals = Choice(
        choices=list(map(str, Intervals)),
        default="clustered",
        help_text="What is taken to vary independently. `clustered`: pairs, and annotators too where there are 30. "
        "`annotator` does not go with majorities.",
    )


class RatingOut(serializers.Serializer[Any]):
    """A source model's Bradley-Terry log-strength, comparable within its component only. Null with a `reason` where
    no finite estimate exists; `low` and `high` belong to `rating`."""

    name = serializers.CharField()
    component = serializers.IntegerField(allow_null=True)
    theta = serializers.FloatField(allow_null=True)
    theta_low = serializers.FloatField(allow_null=True)
    theta_high = serializers.FloatField(allow_null=True)
    code = serializers.CharField(help_text="What `reason` words; empty where there is none.")
    reason = serializers.CharField()
    rating = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rank_low = serializers.IntegerField(allow_null=True)
    rank_high = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField()


class RatingsOut(serializers.Serializer[Any]):
    """One fit; the very shape of ``fit_ratings --json``."""

    project = serializers.CharField()
    as_of = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    code_version = serializers.CharField()
    method = serializers.CharField()
    ties = serializers.CharField()
    unit = serializers.CharField()
    intervals = serializers.CharField()
    converged = serializers.BooleanField()
    iterations = serializers.IntegerField()
    components = serializers.IntegerField(help_text="How many different `component` numbers the models have.")
    models = RatingOut(many=True)
    log_likelihood = serializers.FloatField(allow_null=True)
    nu = serializers.FloatField(allow_null=True)
    n_comparisons = serializers.IntegerField()
    left_out = serializers.DictField(child=serializers.JSONField())


class ExportQuery(Query):
    format = Choice(
        choices=list(WRITTEN),
        required=True,
        help_text=f"{'; '.join(f'`{name}`: {format.rows}' for name, format in WRITTEN.items())}.",
    )
    adjudicated = Choice(
        choices=list(map(str, Adjudicated)),
        required=False,
        default=str(Adjudicated.IGNORE),
        help_text="`prefer`: an adjudicator's verdict settles its pair, whatever its judgements are.",
    )
    label_smoothing = Decimals(
        min_value=0,
        max_value=MOST_SMOOTHING,
        required=False,
        help_text="Of `soft`: the share by which each label is drawn towards all verdicts alike.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("label_smoothing") and not WRITTEN[attrs["format"]].soft:
            why = serializers.ErrorDetail("Only soft labels can be smoothed: `format=soft`.", "bad_value")
            raise serializers.ValidationError({"label_smoothing": [why]})
        return attrs
