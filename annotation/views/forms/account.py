"""A user's own account, reading and goals."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms

from annotation.models import User
from annotation.views.forms.names import NameField
from common.web.forms import SingleValueForm, number_messages


class ProfileForm(forms.Form):
    name = NameField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    theme = forms.ChoiceField(choices=User.Theme.choices, widget=forms.RadioSelect)
    text_size = forms.ChoiceField(
        choices=User.TextSize.choices, widget=forms.RadioSelect, help_text="Of prompts and responses."
    )
    time_zone = forms.ChoiceField(
        choices=lambda: [
            ("", "UTC (not set)"),
            *((name, name.replace("_", " ")) for name in sorted(available_timezones())),
        ],
        required=False,
        help_text="By it your days are counted: goals, today, and your daily numbers.",
    )


class GoalForm(SingleValueForm):
    daily_goal = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        required=False,
        label="Daily goal",
        help_text="Only for you: it shows a progress bar above the pairs. Leave empty for no goal.",
        error_messages=number_messages("Daily goal", 1, 10_000),
    )


class GuidelinesReadForm(SingleValueForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
