"""Gold and probes: whether people find known answers, pair by pair, what is proposed, and one pair with what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from annotation.selectors import gold as pairs
from annotation.services import gold as marking
from annotation.views import project_page
from annotation.views.access import MANAGERS, STAFF, ProjectRequest, project_access
from annotation.vocabulary import Verdict
from common.formatting import Unit, share, show
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.responses import see_other
from common.web.tables import file_of, wanted
from quality.pages import gold as rows_of
from quality.pages import tables
from quality.pages.measures import counted, measure
from quality.selectors import gold as shares
from quality.selectors.runs import latest_run
from quality.services import proposals


class GoldForm(forms.Form):
    """The verdict that everybody should find, and why."""

    verdict = forms.TypedChoiceField(
        choices=[(verdict.value, verdict.label) for verdict in Verdict],
        coerce=lambda value: Verdict(int(value)),
        widget=forms.RadioSelect,
        label="Known verdict",
        error_messages={"required": "Choose the verdict that everybody should find."},
    )
    explanation = forms.CharField(
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        label="Explanation",
        help_text="Why, for people who have to learn it. Nobody sees it while they judge.",
    )


@require_safe
@project_access(*STAFF)
def gold(request: ProjectRequest) -> HttpResponseBase:
    """Do people find the known answers?"""
    order = choice(request, "sort", pairs.ORDERS, "right")
    listed = pairs.pairs(request.project, order=order)
    if how := wanted(request):
        return file_of(request, tables.gold(shares.every(listed)), how)
    page = page_of(request, listed)
    target = request.project.target_gold
    overall = counted(shares.overall(request.project))
    run = latest_run(request.project)
    context = project_page.context(
        request,
        "quality",
        section="gold",
        rows=page,
        table=rows_of.rows(
            shares.pairs(page), pairs.known_by(request.project, [counts.pair_id for counts in page]), target=target
        ),
        over_time=rows_of.over_time(shares.days(request.project, now=timezone.now()), target=target),
        overall=overall,
        shown=show(overall, Unit.PERCENT),
        answer=rows_of.answer(overall, target=target),
        proposed=rows_of.proposals(shares.proposals(request.project)),
        probes=rows_of.probes({figure.name: measure(figure) for figure in shares.probes(run)} if run else {}),
        run=run,
        rate=share(request.project.gold_rate),
        probe_rate=share(request.project.probe_rate),
        gold_target=share(target),
        sort=order,
    )
    return render(request, "quality/gold.html", context)


@require_safe
@project_access(*STAFF)
def find(request: ProjectRequest) -> HttpResponse:
    """Lead from a pair's id to its page."""
    name = request.GET.get("id", "").strip()
    found = pairs.key_of(request.project, name)
    if found is None:
        messages.warning(request, f"No pair has the id “{name[:80]}”." if name else "Enter a pair’s id.")
        return see_other(reverse("quality:gold", args=[request.project.slug]))
    return see_other(reverse("quality:gold_pair", args=[request.project.slug, found]))


@require_safe
@project_access(*STAFF)
def pair(request: ProjectRequest, pair: int) -> HttpResponse:
    """Show one pair: its texts, who found the known verdict, how many people know it, and what a manager can do."""
    return _pair(request, pair)


@require_POST
@project_access(*MANAGERS)
def change(request: ProjectRequest, pair: int) -> HttpResponse:
    """Mark a pair as gold, confirm or reject a proposal, take gold back, retire it or hand it out again."""
    asked = request.POST.get("change", "")
    if asked not in CHANGES:
        raise Http404
    form = GoldForm(request.POST) if asked == "mark" else None
    if form is not None and not form.is_valid():
        return _pair(request, pair, form=form)
    given = form.cleaned_data if form else {}
    try:
        CHANGES[asked](project=request.project, pair_id=pair, by=request.user, **given)
    except marking.NoSuchPair:
        raise Http404 from None
    except marking.NotGold:
        messages.warning(request, "This pair is not gold any more.")
    except proposals.NotProposed:
        messages.warning(request, "Somebody has decided about this pair meanwhile.")
    else:
        messages.success(request, rows_of.DONE[asked])
    to_list = asked == "reject" or request.POST.get("back") == "list"
    name = "quality:gold" if to_list else "quality:gold_pair"
    return see_other(reverse(name, args=[request.project.slug, *([] if to_list else [pair])]))


def _now(service: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **given: service(**given, now=timezone.now())


CHANGES: Final[dict[str, Callable[..., Any]]] = {
    "mark": _now(proposals.confirm),
    "unmark": _now(proposals.unmark),
    "reject": _now(proposals.reject),
    "retire": marking.retire,
    "restore": marking.restore,
}


def _pair(request: ProjectRequest, key: int, *, form: GoldForm | None = None) -> HttpResponse:
    found = shares.one(request.project, key)
    if found is None:
        raise Http404
    page = rows_of.pair(found, limit=request.project.gold_exposure_limit)
    initial = {"verdict": found.likely, "explanation": found.pair.gold_explanation}
    context = project_page.context(
        request, "quality", section="gold", found=page, form=form or GoldForm(initial=initial)
    )
    return render(request, "quality/gold_pair.html", context, status=400 if form else 200)
