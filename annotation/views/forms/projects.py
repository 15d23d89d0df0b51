"""A project's name, settings and guidelines."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.text import slugify

from annotation.models import Project
from annotation.models.project import SLUG
from annotation.views.forms.names import NameField
from common.web.forms import number_messages


class NewProjectForm(forms.Form):
    """A new project needs a name; everything else has a default."""

    name = NameField(max_length=120, help_text="As annotators read it.")
    slug = forms.CharField(
        max_length=60,
        required=False,
        validators=[SLUG],
        label="Address",
        help_text="Small letters, digits and hyphens. Left empty it is made from the name. It cannot be changed later.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "name" in data and not data.get("slug") and "slug" not in self.errors:
            data["slug"] = slugify(data["name"])[:60].strip("-_").replace("_", "-")
            if not data["slug"]:
                self.add_error("slug", "The name has no letters an address can be made of; write one here.")
        return data


class SettingsForm(forms.Form):
    """A project's settings. Shares are entered in percent and times in minutes, and stored as fractions and seconds."""

    name = NameField(max_length=120)
    slots_per_pair = forms.IntegerField(
        error_messages=number_messages("Judgements wanted of each pair", 1, 100),
        min_value=1,
        max_value=100,
        label="Judgements wanted of each pair",
        help_text="For new pairs; existing pairs keep their number. See also “Consensus decides”.",
    )
    target_probability = forms.FloatField(
        required=False,
        error_messages=number_messages("The target probability", 60, 99.9, whole=False, unit="percent"),
        min_value=60,
        max_value=99.9,
        label="Target probability, %",
        help_text="How likely the likeliest verdict of a pair has to be. Left empty, every pair gets the same number.",
    )
    least_judgements = forms.IntegerField(
        required=False,
        error_messages=number_messages("Judgements of a pair at least", 1, 100),
        min_value=1,
        max_value=100,
        label="Judgements of a pair at least",
        help_text="Before anything is settled.",
    )
    most_judgements = forms.IntegerField(
        required=False,
        error_messages=number_messages("Judgements of a pair at most", 1, 100),
        min_value=1,
        max_value=100,
        label="Judgements of a pair at most",
        help_text="A pair that is not settled by then is unsettled. Never more than you have annotators.",
    )
    audited_share = forms.FloatField(
        required=False,
        error_messages=number_messages("Audited pairs", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Audited pairs, %",
        help_text="They get the most judgements in any case, so that you can see whether early verdicts hold.",
    )
    gold_rate = forms.FloatField(
        error_messages=number_messages("Gold mixed in", 0, 50, whole=False, unit="percent"),
        min_value=0,
        max_value=50,
        label="Gold mixed in, %",
        help_text="Of what a person is handed out, unseen among the rest. Never among the first three.",
    )
    gold_exposure_limit = forms.IntegerField(
        required=False,
        error_messages=number_messages("People for each gold pair", 1, 1_000_000),
        min_value=1,
        max_value=1_000_000,
        label="People for each gold pair, at most",
        help_text="Once so many people know a gold pair, it is retired. Leave empty for no limit.",
    )
    probe_rate = forms.FloatField(
        error_messages=number_messages("Pairs shown again", 0, 50, whole=False, unit="percent"),
        min_value=0,
        max_value=50,
        label="Pairs shown again with sides swapped, %",
        help_text="Of the pairs a person has judged, unmarked and 50 judgements later at the earliest. It measures how consistent they are.",
    )
    lease_minutes = forms.FloatField(
        error_messages=number_messages("Hold time", 0.05, 1_440, whole=False, unit="minutes"),
        min_value=0.05,
        max_value=24 * 60,
        label="Hold time, minutes",
        help_text="How long a pair stays with someone who left the page.",
    )
    edit_window_minutes = forms.FloatField(
        error_messages=number_messages("Edit window", 0, 10_080, whole=False, unit="minutes"),
        min_value=0,
        max_value=7 * 24 * 60,
        label="Edit window, minutes",
        help_text="How long a judgement can be changed or taken back.",
    )
    target_kappa = forms.FloatField(
        error_messages=number_messages("Fleiss’ κ", 0, 1, whole=False),
        min_value=0,
        max_value=1,
        label="Fleiss’ κ at least",
        help_text="Between 0 and 1.",
    )
    target_gold = forms.FloatField(
        error_messages=number_messages("Gold accuracy", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Gold accuracy at least, %",
    )
    target_unsettled = forms.FloatField(
        error_messages=number_messages("Unsettled pairs", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Unsettled pairs at most, %",
    )
    target_n = forms.IntegerField(
        error_messages=number_messages("Judged pairs", 0, 10_000_000),
        min_value=0,
        max_value=10_000_000,
        label="Judged pairs at least",
        help_text="Below it the answer is “Too early”.",
    )
    target_present = forms.FloatField(
        required=False,
        error_messages=number_messages("Wanted judgements", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Wanted judgements that are there, at least, %",
        help_text="Leave empty for no target.",
    )
    target_reasons = forms.FloatField(
        required=False,
        error_messages=number_messages("Judgements with a reason", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Judgements with a reason, at least, %",
        help_text="Leave empty for no target.",
    )
    target_coverage = forms.FloatField(
        required=False,
        error_messages=number_messages("Coverage", 0, 100, whole=False, unit="percent"),
        min_value=0,
        max_value=100,
        label="Languages, tags and two source models with enough judgements, at least, %",
        help_text="Leave empty for no target.",
    )
    target_open_hours = forms.FloatField(
        required=False,
        error_messages=number_messages("Age of pairs", 0.01, 8_784, whole=False, unit="hours"),
        min_value=0.01,
        max_value=366 * 24,
        label="Median age of pairs that wait, at most, hours",
        help_text="Leave empty for no target.",
    )
    target_settle_hours = forms.FloatField(
        required=False,
        error_messages=number_messages("Time to the last judgement", 0.01, 8_784, whole=False, unit="hours"),
        min_value=0.01,
        max_value=366 * 24,
        label="Median time to a pair’s last judgement, at most, hours",
        help_text="Leave empty for no target.",
    )

    JUDGING = ("slots_per_pair", "lease_minutes", "edit_window_minutes")
    CHECKS = ("gold_rate", "gold_exposure_limit", "probe_rate")
    DECIDING = ("target_probability", "least_judgements", "most_judgements", "audited_share")
    TARGETS = (
        *("target_kappa", "target_gold", "target_unsettled", "target_n", "target_present", "target_reasons"),
        *("target_coverage", "target_open_hours", "target_settle_hours"),
    )

    @classmethod
    def of(cls, project: Project, data: Any = None) -> SettingsForm:
        """Return the form with the project's current settings."""
        initial = {
            "name": project.name,
            "slots_per_pair": project.slots_per_pair,
            "target_probability": None
            if project.target_probability is None
            else _short(project.target_probability * 100),
            "least_judgements": project.least_judgements,
            "most_judgements": project.most_judgements,
            "audited_share": _short(project.audited_share * 100),
            "gold_rate": _short(project.gold_rate * 100),
            "gold_exposure_limit": project.gold_exposure_limit,
            "probe_rate": _short(project.probe_rate * 100),
            "lease_minutes": _short(project.lease_seconds / 60),
            "edit_window_minutes": _short(project.edit_window_seconds / 60),
            "target_kappa": _short(project.target_kappa),
            "target_gold": _short(project.target_gold * 100),
            "target_unsettled": _short(project.target_unsettled * 100),
            "target_n": project.target_n,
            "target_present": _scaled(project.target_present, 100),
            "target_reasons": _scaled(project.target_reasons, 100),
            "target_coverage": _scaled(project.target_coverage, 100),
            "target_open_hours": _scaled(project.target_open_seconds, 1 / 3600),
            "target_settle_hours": _scaled(project.target_settle_seconds, 1 / 3600),
        }
        return cls(data, initial=initial)

    @property
    def judging(self) -> list[forms.BoundField]:
        return [self[name] for name in self.JUDGING]

    @property
    def checks(self) -> list[forms.BoundField]:
        return [self[name] for name in self.CHECKS]

    @property
    def deciding(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DECIDING]

    @property
    def targets(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TARGETS]

    def clean(self) -> dict[str, Any]:
        """A number that was left empty stays as it is; only the target probability means something when it is empty."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("least_judgements", "most_judgements", "audited_share"):
            if name in data and data[name] is None:
                data[name] = self.initial[name]
        if data.get("least_judgements", 0) > data.get("most_judgements", 100):
            self.add_error("most_judgements", "A pair cannot get fewer judgements at most than at least.")
        return data

    def settings(self) -> dict[str, Any]:
        """Return the settings as the service takes them."""
        data = self.cleaned_data
        target = data["target_probability"]
        return {
            "name": data["name"],
            "slots_per_pair": data["slots_per_pair"],
            "target_probability": None if target is None else round(target / 100, 6),
            "least_judgements": data["least_judgements"],
            "most_judgements": data["most_judgements"],
            "audited_share": round(data["audited_share"] / 100, 6),
            "gold_rate": round(data["gold_rate"] / 100, 6),
            "gold_exposure_limit": data["gold_exposure_limit"],
            "probe_rate": round(data["probe_rate"] / 100, 6),
            "lease_seconds": round(data["lease_minutes"] * 60),
            "edit_window_seconds": round(data["edit_window_minutes"] * 60),
            "target_kappa": data["target_kappa"],
            "target_gold": round(data["target_gold"] / 100, 6),
            "target_unsettled": round(data["target_unsettled"] / 100, 6),
            "target_n": data["target_n"],
            **{name: _share_of(data[name]) for name in ("target_present", "target_reasons", "target_coverage")},
            "target_open_seconds": _seconds_of(data["target_open_hours"]),
            "target_settle_seconds": _seconds_of(data["target_settle_hours"]),
        }


def _scaled(value: float | None, times: float) -> float | int | None:
    return None if value is None else _short(value * times)


def _share_of(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, 6)


def _seconds_of(hours: float | None) -> int | None:
    return None if hours is None else max(1, round(hours * 3600))


def _short(value: float) -> float | int:
    """Return a number as people write it: 10 and not 10.0, 33.3 and not 33.300000000000004."""
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

    def rebase(self, latest: int) -> None:
        """Say that another version was published meanwhile, and base the next attempt on that."""
        self.add_error(None, f"Version {latest} was published meanwhile. Look at it below, then publish yours.")
        data = cast(QueryDict, self.data).copy()
        data["based_on"] = str(latest)
        self.data = data
