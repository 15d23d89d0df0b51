"""Serializers of requests and responses; the OpenAPI schema is generated from them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.formats import native
from annotation.formats.registry import READERS
from annotation.models import Job, Project
from annotation.models.project import SLUG
from annotation.pages import import_report
from annotation.pages.jobs import message
from annotation.pages.projects import UNREADABLE_NAME
from annotation.selectors.listing.judgements import WHICH
from annotation.services.intake.imports import ON_NUL
from annotation.services.projects import UnreadableName, readable
from annotation.vocabulary import JobKind, PairingScheme, Verdict
from common.api.fields import Body, Boolean, Choice, Integer, Number, Query, Text
from common.api.pagination import PageQuery

VERDICTS = ", ".join(f"`{verdict.word}`" for verdict in Verdict)

CONTENT = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"role": {"type": "string"}, "content": {"type": "string"}},
                "required": ["role", "content"],
            },
        },
    ],
    "description": "A text, or a conversation; exactly as it came.",
}


@extend_schema_field(CONTENT)
class ContentField(serializers.JSONField):
    """A text or a conversation."""


def visible(value: str) -> None:
    """Validate a name: people can read it and tell it from others."""
    try:
        readable(value)
    except UnreadableName:
        raise serializers.ValidationError(UNREADABLE_NAME, "bad_value") from None


class Name(Text):
    """A text that people can read."""

    default_validators = [visible]


class ProjectIn(Body):
    slug = Text(max_length=60, validators=[SLUG], help_text="Its name in addresses; small letters, digits, hyphens.")
    name = Name(max_length=120, help_text="Holds something to read, and no control or invisible characters.")
    slots_per_pair = Integer(required=False, min_value=1, max_value=100, help_text="Judgements wanted of each pair.")
    target_probability = Number(
        required=False,
        allow_null=True,
        min_value=0.6,
        max_value=0.999,
        help_text="A pair gets judgements until its likeliest verdict is that likely. Null: each gets `slots_per_pair`.",
    )
    least_judgements = Integer(
        required=False, min_value=1, max_value=100, help_text="Of a pair, with a target probability."
    )
    most_judgements = Integer(
        required=False, min_value=1, max_value=100, help_text="Of a pair, with a target probability."
    )
    audited_share = Number(
        required=False, min_value=0, max_value=1, help_text="The share of pairs that get `most_judgements` in any case."
    )
    gold_rate = Number(required=False, min_value=0, max_value=0.5, help_text="The share of what is handed out.")
    gold_exposure_limit = Integer(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=1_000_000,
        help_text="How many people may know a gold pair before it is retired; null for any number.",
    )
    probe_rate = Number(
        required=False,
        min_value=0,
        max_value=0.5,
        help_text="The share of a person's judged pairs that they are shown again with sides swapped.",
    )
    edit_window_seconds = Integer(required=False, min_value=0, max_value=7 * 24 * 3600)
    lease_seconds = Integer(required=False, min_value=1, max_value=24 * 3600)
    target_kappa = Number(required=False, min_value=0, max_value=1)
    target_gold = Number(required=False, min_value=0, max_value=1)
    target_unsettled = Number(required=False, min_value=0, max_value=1)
    target_n = Integer(required=False, min_value=0, max_value=10_000_000)
    target_present = Number(
        required=False, allow_null=True, min_value=0, max_value=1, help_text="Of the wanted judgements; null for none."
    )
    target_reasons = Number(
        required=False, allow_null=True, min_value=0, max_value=1, help_text="Judgements with a reason; null for none."
    )
    target_coverage = Number(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="Languages, tags and two source models with enough judgements; null for none.",
    )
    target_open_seconds = Integer(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=366 * 24 * 3600,
        help_text="Median age of pairs that wait.",
    )
    target_settle_seconds = Integer(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=366 * 24 * 3600,
        help_text="Median until a pair's last judgement.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        usual = Project()
        least = attrs.get("least_judgements", usual.least_judgements)
        most = attrs.get("most_judgements", usual.most_judgements)
        if least > most:
            sentence = "A pair cannot get fewer judgements at most than at least."
            raise serializers.ValidationError({"most_judgements": [serializers.ErrorDetail(sentence, "bad_value")]})
        return attrs


class ProjectOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField(help_text="`draft`, `open`, `paused` or `closed`.")
    simulated = serializers.BooleanField(help_text="Its judgements come from simulated annotators.")
    slots_per_pair = serializers.IntegerField()
    target_probability = serializers.FloatField(allow_null=True)
    least_judgements = serializers.IntegerField()
    most_judgements = serializers.IntegerField()
    audited_share = serializers.FloatField()
    gold_rate = serializers.FloatField()
    gold_exposure_limit = serializers.IntegerField(allow_null=True)
    probe_rate = serializers.FloatField()
    edit_window_seconds = serializers.IntegerField()
    lease_seconds = serializers.IntegerField()
    target_kappa = serializers.FloatField()
    target_gold = serializers.FloatField()
    target_unsettled = serializers.FloatField()
    target_n = serializers.IntegerField()
    target_present = serializers.FloatField(allow_null=True)
    target_reasons = serializers.FloatField(allow_null=True)
    target_coverage = serializers.FloatField(allow_null=True)
    target_open_seconds = serializers.IntegerField(allow_null=True)
    target_settle_seconds = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class ProjectPage(serializers.Serializer[Any]):
    results = ProjectOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class JobMessage(serializers.CharField):
    """What a job does, or why it failed, in words."""

    def __init__(self) -> None:
        super().__init__(source="*")

    def to_representation(self, value: Any) -> str:
        return message(value)


class JobOut(serializers.Serializer[Any]):
    """Long work as a row. Ask for it again until `state` is `done`, `failed` or `parked`."""

    id = serializers.UUIDField(source="uuid")
    project = serializers.CharField(source="project.slug")
    kind = serializers.CharField(help_text="`import`, `pairing`, `quality`, `ratings` or `simulation`.")
    state = serializers.CharField(help_text="`queued`, `running`, `done`, `failed` or `parked`.")
    attempt = serializers.IntegerField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(help_text="What `message` words; empty where there is none.")
    message = JobMessage()
    result = serializers.JSONField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Job) -> dict[str, Any]:
        data = super().to_representation(instance)
        if instance.kind == JobKind.IMPORT and data["result"] is not None:
            data["result"] = import_report.worded(data["result"])
        return data


class ImportQuery(Query):
    format = Choice(choices=list(READERS), required=False, default=native.NAME, help_text="What the file's lines are.")
    on_nul = Choice(
        choices=list(ON_NUL),
        required=False,
        default="refuse",
        help_text="What becomes of a line with a NUL character: quarantined, or taken with U+FFFD in its place.",
    )
    file_name = Text(
        required=False, default="", allow_blank=True, max_length=255, help_text="Shown to people; never used as a path."
    )


class QuarantinedOut(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()
    path = serializers.CharField(help_text="A JSON path in the line; empty where the whole line is meant.")
    advice = serializers.CharField(help_text="What to do about lines with this `code`.")


class WarningOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    lines = serializers.IntegerField(help_text="How many lines carry it.")
    first_lines = serializers.ListField(child=serializers.IntegerField(), help_text="The numbers of the first of them.")
    message = serializers.CharField()
    advice = serializers.CharField()


class ImportOut(serializers.Serializer[Any]):
    """What a file came to so far. accepted + unchanged + quarantined = its non-blank lines done."""

    job = JobOut()
    format = serializers.CharField()
    file_name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    accepted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    blank = serializers.IntegerField()
    prompts = serializers.IntegerField()
    pairs = serializers.IntegerField()
    judgements = serializers.IntegerField()
    warnings = WarningOut(many=True)
    errors = QuarantinedOut(many=True, help_text="Quarantined lines in the file's order, a page at a time.")  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True, help_text="For more of `errors`.")


class SideOut(serializers.Serializer[Any]):
    model = serializers.CharField(help_text="The source model.")
    text = ContentField()


class SlotsOut(serializers.Serializer[Any]):
    wanted = serializers.IntegerField()
    open = serializers.IntegerField()


class PairOut(serializers.Serializer[Any]):
    """Two responses in canonical order."""

    id = serializers.CharField(help_text="The external id.")
    prompt = ContentField()
    response_a = SideOut()
    response_b = SideOut()
    language = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    author = serializers.CharField()
    gold = serializers.CharField(allow_null=True, help_text=f"{VERDICTS}; null where it is not gold.")
    origin = serializers.CharField(help_text="`import` or `pairing`.")
    slots = SlotsOut()
    judgements = serializers.IntegerField(help_text="Counting judgements.")
    created_at = serializers.DateTimeField()


class PairPage(serializers.Serializer[Any]):
    results = PairOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PairingIn(Body):
    """Which responses of a prompt meet."""

    variants = (
        ({"scheme": [PairingScheme.ALL.value]}, ()),
        ({"scheme": [PairingScheme.RANDOM.value]}, ("k",)),
        ({"scheme": [PairingScheme.BASELINE.value]}, ("baseline",)),
    )
    scheme = Choice(
        choices=[scheme.value for scheme in PairingScheme],
        help_text="`all` pairs; `k` drawn at `random` for each prompt; each other model against the `baseline`.",
    )
    k = Integer(required=False, min_value=1, max_value=325, help_text="For `random`: pairs a prompt.")
    baseline = Text(required=False, max_length=200, help_text="For `baseline`: the source model.")
    seed = Integer(required=False, min_value=0, max_value=2**53, help_text="For `random`; without it one is drawn.")
    dry_run = Boolean(required=False, default=False, help_text="Only say what would be made.")


class PlanOut(serializers.Serializer[Any]):
    """What a pairing run would do."""

    prompts = serializers.IntegerField()
    pairs_new = serializers.IntegerField()
    pairs_existing = serializers.IntegerField(help_text="Already pairs; left as they are.")
    slots = serializers.IntegerField(help_text="Judgements that would be wanted.")


class AnnotationQuery(PageQuery):
    which = Choice(
        choices=list(WHICH),
        required=False,
        default="counting",
        help_text="`counting`: what agreement, ratings and exports rest on; `surplus`: finished when no slot was left; "
        "`withdrawn`: taken back.",
    )


class AnnotationOut(serializers.Serializer[Any]):
    """One annotator's judgement of one pair as it counts now."""

    id = serializers.UUIDField()
    pair = serializers.CharField(help_text="The pair's external id.")
    annotator = serializers.CharField(help_text="The name as exports have it.")
    pseudonym = serializers.CharField()
    verdict = serializers.CharField(allow_null=True, help_text=f"{VERDICTS}; null where withdrawn.")
    strength = serializers.IntegerField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    seconds = serializers.FloatField(allow_null=True)
    shown_first = serializers.CharField(allow_null=True, help_text="`a` or `b`: what stood left; null where unknown.")
    kind = serializers.CharField(help_text="`ordinary`, `gold` or `probe`.")
    surplus = serializers.BooleanField()
    guidelines_version = serializers.IntegerField(allow_null=True)
    revisions = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    at = serializers.DateTimeField()


class AnnotationPage(serializers.Serializer[Any]):
    results = AnnotationOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
