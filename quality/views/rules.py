"""Rules and log: how the rules are set, what they would do, what they did, and what waits for a manager."""

from __future__ import annotations

from typing import TypedDict

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from annotation.models import Project, User
from annotation.views import project_page
from annotation.views.access import MANAGERS, STAFF, ProjectRequest, project_access
from common.web.forms import PlainTextField, SingleValueForm, number_messages
from common.web.paging import page_of
from common.web.responses import invalid, see_other
from common.web.tables import file_of, wanted
from quality.pages import rules as pages
from quality.selectors import rules as selectors
from quality.selectors.rules import Proposals, Settings
from quality.services import rules
from quality.services.rules import LONGEST_TEXT
from quality.stats.rules import LEAST, RANGES, Limit, Rule

REFUSALS = (rules.Overtaken, rules.Empty)
PERCENT = {Rule.FRAUD, Rule.GOLD}
SCALE = {rule: 100.0 if rule in PERCENT else 1.0 for rule in Rule}
_MESSAGES = ("required", "invalid", "min_value", "max_value")


class RulesForm(SingleValueForm):
    """The settings of the rules, three fields each. Shares are entered in percent."""

    read = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)
    on = forms.BooleanField(required=False, label="Let the rules act")
    share = forms.FloatField(
        min_value=1,
        max_value=100,
        label="Most people at once, %",
        help_text="Of the annotators, in a day. Where more would be concerned, nothing happens before a manager has looked: gold may be wrong.",
        error_messages=number_messages("Most people at once", 1, 100, whole=False, unit="percent"),
    )

    def __init__(self, data: QueryDict | None = None, *, settings: Settings) -> None:
        initial = {"read": settings.version, "on": settings.on, "share": _typed(settings.share * 100)}
        for rule, limit in settings.limits.items():
            initial |= {
                f"{rule}_on": limit.on,
                f"{rule}_threshold": _typed(limit.threshold * SCALE[rule]),
                f"{rule}_least": limit.least,
            }
        super().__init__(data, initial=initial)
        for rule in settings.limits:
            low, high = (float(_typed(end * SCALE[rule])) for end in RANGES[rule])
            name, unit = pages.NAMES[rule], pages.UNITS[rule]
            self.fields[f"{rule}_on"] = forms.BooleanField(required=False, label=f"{name}: use it")
            self.fields[f"{rule}_threshold"] = forms.FloatField(
                min_value=low,
                max_value=high,
                label="At most so many careful people are ever named, %"
                if rule is Rule.FRAUD
                else f"Surely below, {unit}",
                error_messages=dict.fromkeys(_MESSAGES, f"{name} must be a number from {low:g} to {high:g}."),
            )
            self.fields[f"{rule}_least"] = forms.IntegerField(
                min_value=LEAST[0],
                max_value=LEAST[1],
                label=f"From so many {pages.COUNTED[rule]}",
                error_messages=number_messages(name, *LEAST),
            )
        self._rules = list(settings.limits)

    @property
    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Each rule's name, what it measures, and its fields."""
        return [
            (
                pages.NAMES[rule],
                pages.EXPLAINED[rule],
                [self[f"{rule}_{part}"] for part in ("on", "threshold", "least")],
            )
            for rule in self._rules
        ]

    def settings(self) -> Settings:
        """Return what was entered."""
        data = self.cleaned_data
        limits = {
            rule: Limit(data[f"{rule}_on"], data[f"{rule}_threshold"] / SCALE[rule], data[f"{rule}_least"])
            for rule in self._rules
        }
        return Settings(data["read"], data["on"], data["share"] / 100, limits)


class _Common(TypedDict):
    project: Project
    action_id: int
    by: User


class DecisionForm(forms.Form):
    do = forms.ChoiceField(
        choices=[(word, word) for word in ("undo", "confirm", "dismiss", "answer", "answer_and_undo")]
    )
    text = PlainTextField(max_length=LONGEST_TEXT)


@require_safe
@project_access(*STAFF)
def log(request: ProjectRequest) -> HttpResponseBase:
    """What do the rules do?"""
    if how := wanted(request):
        return file_of(request, pages.as_table(selectors.log_of(request.project), request.project), how)
    settings = selectors.settings_of(selectors.stored(request.project))
    return _page(request, settings, RulesForm(settings=settings))


@require_POST
@project_access(*MANAGERS)
def change(request: ProjectRequest) -> HttpResponse:
    """Store the rules as they were entered, or show what they would do."""
    settings = selectors.settings_of(selectors.stored(request.project))
    form = RulesForm(request.POST, settings=settings)
    if not form.is_valid():
        return _page(request, settings, form, status=400)
    if request.POST.get("do") == "preview":
        found = selectors.proposals(request.project, form.settings(), now=timezone.now())
        return _page(request, settings, form, preview=found)
    try:
        made = rules.change(project=request.project, settings=form.settings(), read=form.cleaned_data["read"], by=request.user)  # fmt: skip
    except rules.Overtaken:
        form.add_error(None, "Somebody else changed the rules since you opened this page. Open it again, and look at theirs.")  # fmt: skip
        return _page(request, settings, form, status=409)
    messages.success(request, "The rules act from the next computation on." if made.on else "The rules are saved, and off.")  # fmt: skip
    return see_other(reverse("quality:rules", args=[request.project.slug]))


@require_safe
@project_access(*STAFF)
def action(request: ProjectRequest, action: int) -> HttpResponse:
    """Show one action with its evidence, and what the person answered."""
    found = selectors.of_key(request.project, action)
    if found is None:
        raise Http404
    context = project_page.context(
        request,
        "quality",
        section="rules",
        entry=pages.entry(found, undo=selectors.undoable(found)),
        action=found,
        longest=LONGEST_TEXT,
    )
    return render(request, "quality/rule_action.html", context)


@require_POST
@project_access(*MANAGERS)
def decide(request: ProjectRequest, action: int) -> HttpResponse:
    """Undo, confirm or refuse an action, or answer an appeal."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    if selectors.of_key(request.project, action) is None:
        raise Http404
    do, common = form.cleaned_data["do"], _Common(project=request.project, action_id=action, by=request.user)
    try:
        if do in ("answer", "answer_and_undo"):
            rules.answer(**common, text=form.cleaned_data["text"], undoing=do == "answer_and_undo")
        else:
            {"undo": rules.undo, "confirm": rules.confirm, "dismiss": rules.dismiss}[do](**common)
    except REFUSALS as refusal:
        messages.warning(request, pages.REFUSED[type(refusal).__name__])
        return see_other(reverse("quality:rule_action", args=[request.project.slug, action]))
    messages.success(request, pages.DID[do])
    return see_other(reverse("quality:rules", args=[request.project.slug]))


def _page(
    request: ProjectRequest, settings: Settings, form: RulesForm, *, preview: Proposals | None = None, status: int = 200
) -> HttpResponse:
    project = request.project
    waiting = pages.entries(selectors.waiting(project), {})
    page = page_of(request, selectors.log_of(project))
    context = project_page.context(
        request,
        "quality",
        section="rules",
        settings=settings,
        form=form,
        limits=pages.limit_rows(settings),
        asks=waiting,
        answer=pages.answer(settings, len(waiting)),
        preview=preview,
        would=pages.would(preview) if preview else [],
        page=page,
        entries=pages.entries(page, selectors.latest_steps(project)),
    )
    return render(request, "quality/rules.html", context, status=status)


def _typed(value: float) -> str:
    return f"{value:g}"
