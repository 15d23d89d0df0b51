"""A new API token."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from annotation.models import Project, User
from annotation.pages.tokens import SCOPES
from annotation.services.access import accounts, tokens
from annotation.vocabulary import Scope

DAYS = [("7", "A week"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class _Projects(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100, strip=True, help_text="What will use it, such as “nightly export on the training cluster”."
    )
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="What it may do")
    projects = _Projects(
        queryset=Project.objects.none(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="In which projects",
    )
    days = forms.ChoiceField(choices=DAYS, initial="90", label="Expires after")
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label="Your password",
        help_text="To be sure that it is you.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(scope.value, SCOPES[scope]) for scope in tokens.allowed_scopes(user)]
        projects = cast(forms.ModelMultipleChoiceField, self.fields["projects"])
        projects.queryset = tokens.managed(user)

    def clean_password(self) -> str:
        if not accounts.confirm(user=self.user, password=self.cleaned_data["password"]):
            raise forms.ValidationError("That is not your password.")
        return ""

    def token(self) -> dict[str, Any]:
        """Return the token's values as the service takes them."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "scopes": [Scope(scope) for scope in data["scopes"]],
            "projects": list(data["projects"]),
            "days": int(data["days"]),
        }
