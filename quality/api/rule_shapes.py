"""Rules and their actions as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import Body, Choice, Integer
from quality.models import ActionState
from quality.stats.rules import LEAST, Ground, Rule, Step


class LimitIn(Body):
    """How one rule is set. Shares are fractions, and pace is in seconds."""

    on = serializers.BooleanField()
    threshold = serializers.FloatField()
    least = Integer(min_value=LEAST[0], max_value=LEAST[1])


LimitsIn = type("LimitsIn", (Body,), {rule.value: LimitIn() for rule in Rule})


class RulesIn(Body):
    on = serializers.BooleanField()
    share = serializers.FloatField(
        min_value=0.01, max_value=1, help_text="Of the annotators about whom rules may act in a day."
    )
    rules = LimitsIn()
    revision = Integer(min_value=0, max_value=1_000_000, help_text="The one that you have read; 0 at first.")


class ProposedOut(serializers.Serializer[Any]):
    """A step that the rules would take."""

    annotator = serializers.CharField()
    step = serializers.ChoiceField(choices=[step.value for step in Step])
    rule = serializers.ChoiceField(choices=[rule.value for rule in Rule])
    reason = serializers.CharField()


class LimitOut(serializers.Serializer[Any]):
    on = serializers.BooleanField()
    threshold = serializers.FloatField()
    least = serializers.IntegerField()


LimitsOut = type("LimitsOut", (serializers.Serializer,), {rule.value: LimitOut() for rule in Rule})


class RulesOut(serializers.Serializer[Any]):
    """`held`: so many steps at once would wait for a manager."""

    revision = serializers.IntegerField()
    on = serializers.BooleanField()
    share = serializers.FloatField()
    rules = LimitsOut()
    held = serializers.BooleanField()
    would = ProposedOut(many=True)


class ActionIn(Body):
    do = Choice(choices=["undo", "confirm", "dismiss"])


class RuleEvidenceOut(serializers.Serializer[Any]):
    """What was measured, of judgements after `since` (null: of all), against the rule as it was set."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    threshold = serializers.FloatField()
    least = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)
    alternative = serializers.CharField(help_text="Of fraud: what the answers look like.")


class ActionOut(serializers.Serializer[Any]):
    """A step of a rule. The texts are empty where nobody wrote."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    annotator = serializers.CharField()
    step = serializers.ChoiceField(choices=[step.value for step in Step])
    rule = serializers.ChoiceField(choices=[rule.value for rule in Rule])
    ground = serializers.ChoiceField(choices=[ground.value for ground in Ground])
    state = serializers.ChoiceField(choices=[state.value for state in ActionState])
    reason = serializers.CharField()
    evidence = RuleEvidenceOut()
    revision = serializers.IntegerField(help_text="Of the rules.")
    as_of = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    appeal = serializers.CharField()
    answer = serializers.CharField()


class ActionPage(serializers.Serializer[Any]):
    results = ActionOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
