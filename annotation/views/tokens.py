"""Keys to the API: a person's own, made with the password at hand, shown once, taken back."""

from __future__ import annotations

from typing import Any, cast

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotation.models import ApiToken, Project, User
from annotation.services.access import tokens as service
from annotation.views.access import SignedInRequest, View, signed_in
from annotation.vocabulary import Scope
from common.web.responses import see_other

SCOPES = {
    Scope.PROJECTS_WRITE: "Make projects",
    Scope.PROMPTS_WRITE: "Send prompts, responses and pairs",
    Scope.ANNOTATIONS_READ: "Read annotations",
    Scope.DATASETS_READ: "Download datasets",
    Scope.QUALITY_READ: "Read quality figures",
    Scope.RATINGS_READ: "Read ratings",
}
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
    days = forms.ChoiceField(choices=DAYS, initial="90", label="How long it lives")
    password = forms.CharField(
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label="Your password",
        help_text="To be sure that it is you.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(scope.value, SCOPES[scope]) for scope in service.allowed_scopes(user)]
        projects = cast(forms.ModelMultipleChoiceField, self.fields["projects"])
        projects.queryset = service.managed(user)

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError("That is not your password.")
        return ""


def managers_only(view: View) -> View:
    """Tokens are for people who manage a project, and the site's admin; others get 403."""

    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not service.allowed_scopes(cast(SignedInRequest, request).user):
            return render(request, "errors/403.html", status=403)
        return view(request, *args, **kwargs)

    return signed_in(door)


def _own(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user).prefetch_related("projects").order_by("-pk")


def _page(request: SignedInRequest, form: TokenForm, *, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    live: list[dict[str, Any]] = []
    over: list[dict[str, Any]] = []
    for token in _own(request.user):
        row = {"token": token, "words": [SCOPES[Scope(scope)] for scope in token.scopes]}
        (live if token.revoked_at is None and token.expires_at > now else over).append(row)
    context = {"form": form, "live": live, "over": over[:20]} | more
    return render(request, "annotation/tokens.html", context, status=status)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
def tokens(request: HttpRequest) -> HttpResponse:
    """Own tokens, and the form that makes one. The answer to that is the only page that ever shows the secret."""
    request = cast(SignedInRequest, request)
    if request.method != "POST":
        return _page(request, TokenForm(user=request.user))
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        messages.error(request, "That was tried too often. Wait a minute, then try again.")
        return _page(request, TokenForm(user=request.user), status=429)
    form = TokenForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=400)
    data = form.cleaned_data
    try:
        token, secret = service.create(
            user=request.user,
            name=data["name"],
            scopes=[Scope(scope) for scope in data["scopes"]],
            projects=list(data["projects"]),
            days=int(data["days"]),
        )
    except service.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, status=400)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form, status=400)
    return _page(request, TokenForm(user=request.user), made=token, secret=secret)


@require_POST
@signed_in
def revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Take one of one's own tokens back. Also for somebody who manages nothing any more."""
    request = cast(SignedInRequest, request)
    token = ApiToken.objects.filter(user=request.user, prefix=prefix).first()
    if token is None:
        raise Http404
    service.revoke(token=token, by=request.user)
    messages.success(request, "The token is revoked. Programs that use it are refused from now on.")
    return see_other(reverse("annotation:tokens" if service.allowed_scopes(request.user) else "annotation:account"))
