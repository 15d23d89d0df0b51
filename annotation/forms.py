"""What managers fill in. Shares are asked for in per cent and lengths of time in minutes, and stored as they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify

from annotation.formats.registry import READERS
from annotation.models import Project
from annotation.models.project import SLUG
from annotation.services.access.accounts import plain_name
from annotation.vocabulary import Role

ROLES = [
    (Role.ANNOTATOR.value, "Annotator: judges pairs"),
    (Role.REVIEWER.value, "Reviewer: sees figures and annotators too"),
    (Role.MANAGER.value, "Manager: settings, members and imports too"),
]
FORMATS = {"native": "Concord’s own lines (JSONL)", "pandalm": "PandaLM’s test set (one JSON array)"}


class NewProjectForm(forms.Form):
    """A project begins with its name; all the rest has good defaults."""

    name = forms.CharField(max_length=120, help_text="As annotators read it.")
    slug = forms.CharField(
        max_length=60,
        required=False,
        validators=[SLUG],
        label="Address",
        help_text="Small letters, digits and hyphens. Left empty it is made from the name. It cannot be changed later.",
    )

    def clean_name(self) -> str:
        return plain_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "name" in data and not data.get("slug") and "slug" not in self.errors:
            data["slug"] = slugify(data["name"])[:60].strip("-_").replace("_", "-")
            if not data["slug"]:
                self.add_error("slug", "The name has no letters an address can be made of; write one here.")
        return data


class SettingsForm(forms.Form):
    """A project's settings in the units people think in."""

    name = forms.CharField(max_length=120)
    slots_per_pair = forms.IntegerField(
        min_value=1,
        max_value=100,
        label="Judgements wanted of each pair",
        help_text="For pairs that come from now on; those that are here keep their number.",
    )
    gold_rate = forms.FloatField(
        min_value=0,
        max_value=50,
        label="Gold mixed in, %",
        help_text="Of what a person is handed out, unseen among the rest. Never among the first three.",
    )
    lease_minutes = forms.FloatField(
        min_value=0.05,
        max_value=24 * 60,
        label="Lease, minutes",
        help_text="How long a pair stays with somebody who has left the page.",
    )
    edit_window_minutes = forms.FloatField(
        min_value=0,
        max_value=7 * 24 * 60,
        label="Edit window, minutes",
        help_text="How long a judgement can be changed or taken back.",
    )
    target_kappa = forms.FloatField(min_value=0, max_value=1, label="Fleiss’ κ at least", help_text="Between 0 and 1.")
    target_gold = forms.FloatField(min_value=0, max_value=100, label="Gold accuracy at least, %")
    target_unsettled = forms.FloatField(min_value=0, max_value=100, label="Unsettled pairs at most, %")
    target_n = forms.IntegerField(
        min_value=0,
        max_value=10_000_000,
        label="Judged pairs at least",
        help_text="Below it the answer is “Too early”.",
    )

    JUDGING = ("slots_per_pair", "gold_rate", "lease_minutes", "edit_window_minutes")
    TARGETS = ("target_kappa", "target_gold", "target_unsettled", "target_n")

    @classmethod
    def of(cls, project: Project, data: Any = None) -> SettingsForm:
        """The form as the project stands."""
        initial = {
            "name": project.name,
            "slots_per_pair": project.slots_per_pair,
            "gold_rate": _short(project.gold_rate * 100),
            "lease_minutes": _short(project.lease_seconds / 60),
            "edit_window_minutes": _short(project.edit_window_seconds / 60),
            "target_kappa": _short(project.target_kappa),
            "target_gold": _short(project.target_gold * 100),
            "target_unsettled": _short(project.target_unsettled * 100),
            "target_n": project.target_n,
        }
        return cls(data, initial=initial)

    def clean_name(self) -> str:
        return plain_name(self.cleaned_data["name"])

    @property
    def judging(self) -> list[forms.BoundField]:
        return [self[name] for name in self.JUDGING]

    @property
    def targets(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TARGETS]

    def settings(self) -> dict[str, Any]:
        """As the service takes them."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "slots_per_pair": data["slots_per_pair"],
            "gold_rate": round(data["gold_rate"] / 100, 6),
            "lease_seconds": round(data["lease_minutes"] * 60),
            "edit_window_seconds": round(data["edit_window_minutes"] * 60),
            "target_kappa": data["target_kappa"],
            "target_gold": round(data["target_gold"] / 100, 6),
            "target_unsettled": round(data["target_unsettled"] / 100, 6),
            "target_n": data["target_n"],
        }


def _short(value: float) -> float | int:
    """A number as people write it: 10 and not 10.0, 33.3 and not 33.300000000000004."""
    value = round(value, 4)
    return int(value) if value == int(value) else value


class GuidelinesForm(forms.Form):
    """The next version of the guidelines. ``based_on`` is the version it was written from."""

    text = forms.CharField(
        max_length=100_000,
        strip=False,
        label="Guidelines",
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
        help_text="Markdown, formulas and code, as in responses.",
    )
    based_on = forms.IntegerField(min_value=0, max_value=10**6, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise forms.ValidationError("Guidelines need at least a sentence.")
        return text


class WelcomeForm(forms.Form):
    """Somebody to be taken in."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(
        max_length=100,
        required=False,
        help_text="For a new account. Who has one already keeps its name.",
    )
    role = forms.ChoiceField(choices=ROLES, initial=Role.ANNOTATOR.value)
    daily_goal = forms.IntegerField(
        min_value=1, max_value=10_000, required=False, label="Daily goal", help_text="Judgements a day. Empty: no bar."
    )


class MemberForm(forms.Form):
    """What a member is and means to do."""

    role = forms.ChoiceField(choices=ROLES)
    daily_goal = forms.IntegerField(
        min_value=1, max_value=10_000, required=False, label="Daily goal", help_text="Judgements a day. Empty: no bar."
    )


class ImportForm(forms.Form):
    """A file of pairs, or of prompts with responses."""

    file = forms.FileField(
        max_length=5_000,
        allow_empty_file=True,
        help_text="At most 512 MiB. Sent again, lines we already have count as unchanged.",
    )
    format = forms.ChoiceField(choices=[(name, FORMATS.get(name, name)) for name in READERS], initial="native")
    replace_nul = forms.BooleanField(
        required=False,
        label="Replace NUL characters",
        help_text="Each becomes a replacement sign; otherwise a line with one is put aside.",
    )


class PairingForm(forms.Form):
    """Which responses of each prompt meet."""

    SCHEMES = [
        ("all", "All pairs of each prompt’s responses"),
        ("random", "Some pairs of each prompt, drawn at random"),
        ("baseline", "Each response against one source model’s"),
    ]
    scheme = forms.ChoiceField(choices=SCHEMES, widget=forms.RadioSelect, initial="all")
    k = forms.IntegerField(min_value=1, max_value=325, required=False, label="Drawn at random: pairs of each prompt")
    baseline = forms.CharField(
        max_length=200,
        required=False,
        label="Against one source model: which",
        help_text="It stands as second in every pair.",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**53, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose one"), *((name, name) for name in models)]
        self.fields["baseline"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("scheme") == "random" and not data.get("k") and "k" not in self.errors:
            self.add_error("k", "Say how many pairs of each prompt.")
        if data.get("scheme") == "baseline" and not data.get("baseline"):
            self.add_error("baseline", "Say which source model all others meet.")
        return data
