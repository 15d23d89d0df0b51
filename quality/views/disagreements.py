"""The disagreements queue, and a pair of it with everybody's judgements, which takes an adjudicator's decision."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.schemes import SCHEMES
from annotation.selectors import adjudications, pairs
from annotation.services import adjudication
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from annotation.views.forms.judging import UndoForm, VerdictForm
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.responses import invalid, see_other
from common.web.tables import file_of, wanted
from quality.pages import disagreements as pages
from quality.selectors import disagreements as selectors

MOST_LANGUAGES = 8
LONGEST_LANGUAGE = 35
REFUSALS = (
    adjudication.KnownVerdict,
    adjudication.NotJudged,
    adjudication.OwnWork,
    adjudication.KeyReused,
    adjudication.NothingToWithdraw,
)


class DecisionForm(VerdictForm):
    """A verdict about the sides of the page, and the number of the newest decision that was read."""

    read = forms.IntegerField(min_value=0, max_value=1_000_000)


class WithdrawForm(UndoForm):
    read = forms.IntegerField(min_value=0, max_value=1_000_000)


@require_safe
@project_access(*STAFF)
def disagreements(request: ProjectRequest) -> HttpResponseBase:
    """Which pairs do people not agree on?"""
    queue, chosen = _queue(request)
    decided = adjudications.in_force(request.project) if chosen["show"] == selectors.Show.ADJUDICATED else {}
    if how := wanted(request):
        names = pairs.external_ids(request.project, queue.pair_ids)
        tallies = adjudications.tallies(request.project, queue.pair_ids)
        table = pages.as_table(queue, names, tallies, decided, {"project": request.project.slug, **chosen})
        return file_of(request, table, how)
    page = page_of(request, queue.pair_ids)
    keys = list(page)
    texts = adjudications.with_texts(request.project, keys)
    rows = pages.rows(keys, texts, adjudications.tallies(request.project, keys), decided)
    context = project_page.context(
        request,
        "quality",
        section="disagreements",
        queue=queue,
        page=page,
        rows=rows,
        chosen=chosen,
        languages=[one for one in queue.languages if one[0]][:MOST_LANGUAGES],
        shows=[(show, label, getattr(queue, show)) for show, label in pages.SHOW_LABELS.items()],
        orders=pages.ORDER_LABELS.items(),
        filters=_filters(request),
    )
    return render(request, "quality/disagreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*STAFF)
def disagreement(request: ProjectRequest, pair: int) -> HttpResponse:
    """Show a pair with everybody's judgements, or store what is decided about it and lead to the next one."""
    if request.method != "POST":
        return _pair(request, pair)
    form = DecisionForm(request.POST, scheme=SCHEMES[request.project.verdict_scheme])
    if not form.is_valid():
        return invalid(request, form)
    found = adjudications.pair_of(request.project, pair)
    if found is None:
        raise Http404
    given = form.judgement()
    try:
        adjudication.adjudicate(
            project=request.project,
            pair_id=pair,
            by=request.user,
            verdict=adjudication.canonical_verdict(given.shown, found),
            reason=given.reason,
            read=form.cleaned_data["read"],
            submit_key=form.cleaned_data["submit_key"],
            first_on_left=adjudication.on_left(found),
        )
    except adjudication.Overtaken:
        return _pair(request, pair, typed=given.reason, overtaken=True)
    except REFUSALS as refusal:
        return _refused(request, pair, refusal)
    _, following = _queue(request)[0].neighbors(pair)
    return see_other(_address(request, following, after=pair))


@require_POST
@project_access(*STAFF)
def withdraw(request: ProjectRequest, pair: int) -> HttpResponse:
    """Take back what was decided about a pair; it is on the page again."""
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    try:
        adjudication.withdraw(project=request.project, pair_id=pair, by=request.user, **form.cleaned_data)
    except adjudication.UnknownPair:
        raise Http404 from None
    except adjudication.Overtaken:
        return _pair(request, pair, overtaken=True)
    except REFUSALS as refusal:
        return _refused(request, pair, refusal)
    messages.success(request, "The decision is taken back. The pair waits for one again.")
    return see_other(_address(request, pair))


def _refused(request: ProjectRequest, pair: int, refusal: Exception) -> HttpResponse:
    messages.warning(request, pages.REFUSED[type(refusal).__name__])
    return see_other(_address(request, pair))


def _pair(request: ProjectRequest, pk: int, *, typed: str | None = None, overtaken: bool = False) -> HttpResponse:
    pair = adjudications.pair_of(request.project, pk)
    if pair is None:
        raise Http404
    queue, _ = _queue(request)
    found = pages.disagreement(
        pair,
        adjudications.judgements(request.project, [pk]).get(pk, []),
        adjudications.history(request.project, pk),
        adjudications.own(request.project, pk, user_id=request.user.pk),
        queue,
        on_left=adjudication.on_left(pair),
        scheme=request.project.verdict_scheme,
        typed=typed,
    )
    context = project_page.context(
        request,
        "quality",
        section="disagreements",
        found=found,
        pair=found.sides,
        overtaken=overtaken,
        filters=_filters(request),
        submit_key=uuid.uuid4(),
        undo_key=uuid.uuid4(),
        longest_reason=adjudication.LONGEST_REASON,
        undo=_undo(request),
        left=len(queue),
    )
    return render(request, "quality/disagreement.html", context, status=409 if overtaken else 200)


def _undo(request: ProjectRequest) -> dict[str, Any] | None:
    """The decision that this person made last, which brought them here, while it is the newest about its pair."""
    after = request.GET.get("after", "")
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        return None
    latest = next(iter(adjudications.history(request.project, int(after))), None)
    own = latest is not None and latest.verdict is not None and latest.by_id == request.user.pk
    return {"pair": int(after), "read": latest.n} if latest is not None and own else None


def _queue(request: ProjectRequest) -> tuple[selectors.Queue, dict[str, str]]:
    show = choice(request, "show", set(selectors.Show), selectors.Show.WAITING)
    order = choice(request, "order", set(selectors.Order), selectors.Order.CONTESTED)
    language = request.GET.get("language", "")[:LONGEST_LANGUAGE]
    found = selectors.queue(
        request.project, show=selectors.Show(show), order=selectors.Order(order), language=language or None
    )
    return found, {"show": show, "order": order, "language": language}


def _filters(request: ProjectRequest) -> str:
    """The filters as a query string with its question mark; empty without any."""
    kept = QueryDict(mutable=True)
    for name in ("show", "order", "language"):
        if request.GET.get(name):
            kept[name] = request.GET[name]
    return f"?{kept.urlencode()}" if kept else ""


def _address(request: ProjectRequest, pair: int | None, *, after: int | None = None) -> str:
    """The page of a pair, or of the queue where there is none, with the filters."""
    slug = request.project.slug
    path = reverse("quality:disagreements", args=[slug])
    if pair is not None:
        path = reverse("quality:disagreement", args=[slug, pair])
    filters = _filters(request)
    if after is None or pair is None:
        return path + filters
    return f"{path}{filters}{'&' if filters else '?'}after={after}"
