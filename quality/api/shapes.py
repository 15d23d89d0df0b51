"""The stored figures as the API gives them, in the shape of ``compute_quality --json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from annotation.api.shapes import ContentField
from annotation.services.adjudication import LONGEST_REASON
from annotation.vocabulary import Verdict
from common.api.fields import Body, Choice, Integer, Text
from common.api.pagination import PageQuery
from quality.selectors.disagreements import Order, Show
from quality.statistics import AGREEMENT, OF_ANNOTATORS, Scope, Statistic, of
from quality.stats.fraud.alternatives import State
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


class ByVerdictOut(serializers.Serializer[Any]):
    """A share of each verdict; null where nothing is known."""

    first = serializers.FloatField(allow_null=True)
    second = serializers.FloatField(allow_null=True)
    tie = serializers.FloatField(allow_null=True)
    both_bad = serializers.FloatField(allow_null=True)


class ConfusionOut(serializers.Serializer[Any]):
    """How likely an annotator gives each verdict where each is the true one; null for one that never is."""

    first = ByVerdictOut(allow_null=True)
    second = ByVerdictOut(allow_null=True)
    tie = ByVerdictOut(allow_null=True)
    both_bad = ByVerdictOut(allow_null=True)


class AnnotatorConfusionOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    confusion = ConfusionOut()


class ReliabilityOut(serializers.Serializer[Any]):
    """What was found of the annotators without the truth, and with it on gold. Where that is nothing, `reason` says why."""

    method = serializers.CharField()
    converged = serializers.BooleanField()
    iterations = serializers.IntegerField()
    log_likelihood = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    code = serializers.CharField()
    true_verdicts = ByVerdictOut(help_text="How frequent each verdict is the true one; gold is left out.")
    annotators = AnnotatorConfusionOut(many=True)


class ConsensusOut(serializers.Serializer[Any]):
    """Pairs by their likeliest verdict, gold left out. Settled: its probability reaches `target`. Unsettled: it does not,
    and no judgement is waited for. Open: the others. Null where reliability is undefined."""

    target = serializers.FloatField()
    settled = serializers.IntegerField(allow_null=True)
    unsettled = serializers.IntegerField(allow_null=True)
    open = serializers.IntegerField(allow_null=True)
    mean_posterior = FigureOut(help_text="Mean probability of the likeliest verdict.")


class AuditOut(serializers.Serializer[Any]):
    """Pairs that got the most judgements in any case, and what came after a verdict would have settled them."""

    pairs = serializers.IntegerField(help_text="Audited pairs with the most judgements.")
    early = serializers.IntegerField(help_text="Those that a verdict would have settled before.")
    agree = serializers.IntegerField(help_text="Those of them whose next judgement is that verdict.")
    expected = serializers.FloatField(allow_null=True, help_text="The share of them that should be.")


class SettlingOut(serializers.Serializer[Any]):
    """How the consensus decided how many judgements each pair gets, by which rule."""

    target = serializers.FloatField()
    least = serializers.IntegerField()
    most = serializers.IntegerField()
    fixed = serializers.IntegerField(help_text="Judgements of a pair while too little is known of its annotators.")
    audited = serializers.FloatField()
    pairs = serializers.IntegerField(help_text="Pairs that wait for none more.")
    judgements = serializers.IntegerField(help_text="Theirs.")
    audit = AuditOut(allow_null=True, help_text="Null where reliability is undefined.")


class BiasOut(serializers.Serializer[Any]):
    """Probability of choosing the left response, one twice as long, or one with twice the markup, all else equal."""

    side = FigureOut(allow_null=True)
    length = FigureOut(allow_null=True)
    markup = FigureOut(allow_null=True)


class EvidenceOut(serializers.Serializer[Any]):
    """What speaks for an alternative: a log likelihood ratio against honest people, in nats."""

    log_ratio = serializers.FloatField(help_text="Now.")
    n = serializers.IntegerField(
        help_text="Judgements it rests on; of copies, those of pairs that the other had judged."
    )
    crossed = serializers.IntegerField(allow_null=True, help_text="Judgements after which it first reached the bound.")
    log_ratio_at_crossing = serializers.FloatField(allow_null=True)
    other = serializers.CharField(allow_null=True, help_text="Whose verdicts are copied.")


class FraudStateOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    alternative = serializers.CharField(
        help_text="What they are likely to do instead of judging; empty where nothing is."
    )
    n = serializers.IntegerField(help_text="Judgements used.")
    evidence = EvidenceOut(allow_null=True)


class FraudOut(serializers.Serializer[Any]):
    """Who seems to answer without reading. Where that cannot be told of anybody, `reason` says why."""

    reason = serializers.CharField()
    code = serializers.CharField()
    annotators = FraudStateOut(many=True)


class SuspectOut(serializers.Serializer[Any]):
    pair = serializers.CharField()
    annotator = serializers.CharField()
    verdict = serializers.CharField()
    likeliest = serializers.CharField(allow_null=True, help_text="Null where two verdicts are equally likely.")
    wrong = serializers.FloatField(help_text="How likely the judgement is wrong.")
    margin = serializers.FloatField(
        help_text="Normalized margin by the others alone; below .5 another one is likelier."
    )
    confident = serializers.BooleanField(help_text="Whether confident learning counts it among the wrong ones.")


class NoiseOut(serializers.Serializer[Any]):
    """Judgements of ordinary pairs that are probably wrong, the likeliest first."""

    share_wrong = FigureOut()
    n = serializers.IntegerField()
    least_wrong = serializers.IntegerField(help_text="How many are wrong at least, whatever the true verdicts are.")
    joint = serializers.DictField(
        child=ByVerdictOut(), allow_null=True, help_text="By verdict given and true verdict: the share of judgements."
    )
    judgements = SuspectOut(many=True)


class ShiftOut(serializers.Serializer[Any]):
    """A test of whether something has changed between two windows; null where it could not be told."""

    value = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    by_chance = serializers.FloatField(allow_null=True)
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    change = serializers.DictField(child=serializers.FloatField())
    changed = serializers.BooleanField(allow_null=True)
    method = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


class ErringOut(serializers.Serializer[Any]):
    """Somebody who errs more often than they did, since when, and when that was known."""

    name = serializers.CharField()
    n = serializers.IntegerField()
    since = serializers.DateTimeField()
    alarm = serializers.DateTimeField()
    sum = serializers.FloatField()
    threshold = serializers.FloatField()
    before = serializers.FloatField(allow_null=True, help_text="Share of errors before that, less the expected share.")
    after = serializers.FloatField(allow_null=True, help_text="The same from then on.")


class DriftOut(serializers.Serializer[Any]):
    before = serializers.ListField(child=serializers.DateTimeField(), min_length=2, max_length=2)
    after = serializers.ListField(child=serializers.DateTimeField(), min_length=2, max_length=2)
    false_alarms = serializers.FloatField(help_text="How often any test says so where nothing has changed.")
    tests = serializers.DictField(child=ShiftOut())
    watched = serializers.IntegerField(help_text="Annotators whose errors are watched.")
    annotators = ErringOut(many=True)


class MeasureOut(FigureOut):
    target = serializers.FloatField(allow_null=True)
    state = serializers.CharField(help_text="met, missed, open, no_target or undefined, by the whole interval.")


class DimensionOut(serializers.Serializer[Any]):
    state = serializers.CharField()
    measures = serializers.DictField(child=MeasureOut())


class SliceOut(serializers.Serializer[Any]):
    """Agreement in a slice. `difference` is its kappa less that of all other judgements; `q` is the adjusted probability of as
    large a one by chance; both are null where either kappa has no interval, and `differs` too."""

    name = serializers.CharField()
    n = serializers.IntegerField(help_text="Judgements.")
    kappa = FigureOut(help_text="Fleiss' kappa, strict.")
    percent = FigureOut()
    difference = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    q = serializers.FloatField(allow_null=True)
    differs = serializers.BooleanField(allow_null=True)


class SlicesOut(serializers.Serializer[Any]):
    false_discoveries = serializers.FloatField(help_text="The share of `differs` that may be wrong.")
    language = SliceOut(many=True)
    tag = SliceOut(many=True)
    week = SliceOut(many=True, help_text="Named by the Monday; a pair lies in the week of its last judgement.")
    guidelines = SliceOut(many=True, help_text="By the version that was shown.")


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
    reliability = ReliabilityOut(allow_null=True, help_text="Null where the figures are older than it.")
    consensus = ConsensusOut(allow_null=True, help_text="Null where the figures are older than it.")
    settling = SettlingOut(allow_null=True, help_text="Null where every pair gets the same number of judgements.")
    bias = BiasOut(help_text="Null where the figures are older than it.")
    fraud = FraudOut(allow_null=True, help_text="Null where the figures are older than it.")
    noise = NoiseOut(allow_null=True, help_text="Null where the figures are older than it.")
    drift = DriftOut(allow_null=True, help_text="Null where the figures are older than it.")
    dimensions = serializers.DictField(
        child=DimensionOut(), allow_null=True, help_text="Null where the figures are older than it."
    )
    slices = SlicesOut(allow_null=True, help_text="Null where the figures are older than it.")
    majority = MajorityOut()
    progress = serializers.DictField(child=serializers.IntegerField())


class DisagreementQuery(PageQuery):
    show = Choice(
        choices=list(map(str, Show)),
        required=False,
        default=str(Show.WAITING),
        help_text="Pairs that wait for a decision, or those that have one.",
    )
    order = Choice(
        choices=list(map(str, Order)),
        required=False,
        default=str(Order.CONTESTED),
        help_text="Of pairs that wait: the most contested first, or the oldest.",
    )


class OpinionOut(serializers.Serializer[Any]):
    """Somebody's judgement; surplus and probes do not count."""

    annotator = serializers.CharField()
    verdict = serializers.CharField()
    strength = serializers.IntegerField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    seconds = serializers.FloatField(allow_null=True)
    at = serializers.DateTimeField()
    counts = serializers.BooleanField()


class DisagreementOut(serializers.Serializer[Any]):
    """A pair on which no verdict leads, with everybody's judgements. Source models are left out: they would bias the decision."""

    id = serializers.CharField()
    prompt = ContentField()
    response_a = ContentField()
    response_b = ContentField()
    language = serializers.CharField()
    adjudicated = serializers.CharField(allow_null=True)
    judgements = OpinionOut(many=True)


class DisagreementPage(serializers.Serializer[Any]):
    results = DisagreementOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class AdjudicationIn(Body):
    pair = Text(max_length=200, help_text="The id of the pair.")
    verdict = Choice(
        choices=[verdict.word for verdict in Verdict],
        allow_null=True,
        help_text="In canonical order; null takes back the decision in force.",
    )
    reason = Text(required=False, default="", allow_blank=True, max_length=LONGEST_REASON)
    revision = Integer(
        required=False, default=0, min_value=0, max_value=1_000_000, help_text="The newest one that you have read."
    )
    submit_key = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="The same key again stores nothing more."
    )


class AdjudicationOut(serializers.Serializer[Any]):
    """A decision about a pair, or its withdrawal, which has no verdict."""

    pair = serializers.CharField()
    revision = serializers.IntegerField()
    kind = serializers.CharField(help_text="`submit`, `edit` or `withdraw`.")
    verdict = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class AdjudicationPage(serializers.Serializer[Any]):
    results = AdjudicationOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class GroupOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    annotators = serializers.IntegerField()
    n = serializers.IntegerField(help_text="Judgements.")


class TwoGroupsOut(serializers.Serializer[Any]):
    groups = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    kappa = FigureOut()


class ContrastOut(serializers.Serializer[Any]):
    """A test of whether groups differ, by permuting annotators; `q` is adjusted for all of them."""

    difference = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    q = serializers.FloatField(allow_null=True)
    differs = serializers.BooleanField(allow_null=True)
    annotators = serializers.IntegerField(help_text="Annotators with a group of two or more.")
    reason = serializers.CharField()
    code = serializers.CharField()


class GroupShareOut(serializers.Serializer[Any]):
    group = serializers.CharField()
    share = FigureOut()


class GroupPreferenceOut(ContrastOut):
    """A preference with each group's share, and the test of whether groups differ in it."""

    kind = serializers.CharField(help_text="`source_model`, `longer`, `tie` or `both_bad`.")
    name = serializers.CharField(help_text="Of the source model.")
    shares = GroupShareOut(many=True)


class AttributeOut(serializers.Serializer[Any]):
    attribute = serializers.CharField()
    groups = GroupOut(many=True)
    agreement = TwoGroupsOut(many=True)
    closer = ContrastOut(help_text="How much more often two of one group agree than two of different groups.")
    preferences = GroupPreferenceOut(many=True)


class GroupsOut(serializers.Serializer[Any]):
    false_discoveries = serializers.FloatField(help_text="The share of `differs` that may be wrong.")
    attributes = AttributeOut(many=True)
