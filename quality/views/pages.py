"""The pages of quality: dashboard, annotators, one annotator, gold. They read stored rows and never compute."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from annotation.notify import send
from annotation.selectors import gold as gold_selectors
from annotation.selectors import members
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from annotation.vocabulary import JobKind
from common.formatting import Unit, share, show
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.responses import see_other
from quality.pages import annotator as one
from quality.pages import annotators as table
from quality.pages import dashboard as board_of
from quality.pages import gold as gold_rows
from quality.selectors import figures, runs
from quality.services import computation


@require_safe
@project_access(*STAFF)
def dashboard(request: ProjectRequest) -> HttpResponse:
    """Can I trust this data yet?"""
    found = figures.latest(request.project)
    run = found.run if found else None
    context = project_page.context(
        request,
        "dashboard",
        stale=runs.stale(request.project, run),
        job=project_page.unfinished_job(request, JobKind.QUALITY),
        page=board_of.dashboard(found, request.project) if found and run and run.n_annotations else None,
        run=run,
        has_pairs=True if found else request.project.pairs.exists(),
    )
    return render(request, "quality/dashboard.html", context)


@require_POST
@project_access(*STAFF)
def recompute(request: ProjectRequest) -> HttpResponse:
    """Compute anew; pressed twice, once."""
    send(computation.ask(project=request.project, by=request.user))
    return see_other(reverse("quality:dashboard", args=[request.project.slug]))


@require_safe
@project_access(*STAFF)
def annotators(request: ProjectRequest) -> HttpResponse:
    """Whose judgement can I rely on?"""
    sort = choice(request, "sort", {*table.SORTS, *(f"-{name}" for name in table.SORTS)}, "kappa")
    kept = choice(request, "show", {"", *table.State}, "")
    found = figures.latest(request.project)
    if found is None or not found.people:
        return render(
            request,
            "quality/annotators.html",
            project_page.context(
                request, "annotators", board=None, job=project_page.unfinished_job(request, JobKind.QUALITY)
            ),
        )
    board = table.board(found, table.targets(request.project), sort=sort, show=kept)
    page = page_of(request, board.rows)
    context = project_page.context(
        request, "annotators", board=board, rows=page, run=found.run, gold_target=_gold_target(request)
    )
    context["stale"] = runs.stale(request.project, found.run)
    return render(request, "quality/annotators.html", context)


@require_safe
@project_access(*STAFF)
def annotator(request: ProjectRequest, number: int) -> HttpResponse:
    """Can I rely on this annotator?"""
    member = members.by_number(project=request.project, number=number)
    if member is None:
        raise Http404
    run = runs.latest_run(request.project)
    report = None
    if run is not None:
        mine, overall = figures.of_member(run, member)
        if mine.measures:
            report = one.annotator(
                mine,
                overall,
                figures.partners(run, member),
                figures.judged_a_day(request.project, member, now=timezone.now()),
                project=request.project,
                project_median=run.summary.get("median_seconds"),
            )
    context = project_page.context(
        request, "annotators", person=member, run=run, report=report, gold_target=_gold_target(request)
    )
    context["may_act"] = context["manages"] and member.user_id is not None and member.user_id != request.user.pk
    return render(request, "quality/annotator.html", context)


@require_safe
@project_access(*STAFF)
def gold(request: ProjectRequest) -> HttpResponse:
    """Do people find the known answers?"""
    order = choice(request, "sort", gold_selectors.ORDERS, "right")
    page = page_of(request, gold_selectors.pairs(request.project, order=order))
    days = figures.gold_days(request.project, now=timezone.now())
    overall = figures.gold_overall(request.project)
    target = request.project.target_gold
    context = project_page.context(
        request,
        "gold",
        rows=page,
        table=gold_rows.rows(page, target=target),
        over_time=gold_rows.over_time(days, target=target),
        overall=overall,
        shown=show(overall, Unit.PERCENT),
        answer=gold_rows.answer(overall, target=target),
        rate=share(request.project.gold_rate),
        gold_target=_gold_target(request),
        sort=order,
    )
    return render(request, "quality/gold.html", context)


def _gold_target(request: ProjectRequest) -> str:
    return share(request.project.target_gold)
