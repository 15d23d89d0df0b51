"""Members: whom to add, and what a member's role and goal are."""

from __future__ import annotations

from django import forms

from annotation.vocabulary import Role
from common.web.forms import number_messages

ROLES = [
    (Role.ANNOTATOR.value, "Annotator: judges pairs"),
    (Role.REVIEWER.value, "Reviewer: sees figures and annotators too"),
    (Role.MANAGER.value, "Manager: settings, members and imports too"),
]


def _daily_goal() -> forms.IntegerField:
    return forms.IntegerField(
        min_value=1,
        max_value=10_000,
        required=False,
        label="Daily goal",
        help_text="Judgements a day. Leave empty for no goal.",
        error_messages=number_messages("Daily goal", 1, 10_000),
    )


class NewMemberForm(forms.Form):
    """A person to add to the project."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(
        max_length=100,
        required=False,
        help_text="For a new account. An existing account keeps its name.",
    )
    role = forms.ChoiceField(choices=ROLES, initial=Role.ANNOTATOR.value)
    daily_goal = _daily_goal()


class MemberForm(forms.Form):
    """A member's role and daily goal."""

    role = forms.ChoiceField(choices=ROLES)
    daily_goal = _daily_goal()
