"""The pages of quality: dashboard, annotators, one annotator, gold. They read stored rows and never compute."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from annotation.models import Member
from annotation.notify import notify_workers
from annotation.selectors import members, pairs
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from annotation.vocabulary import JobKind
from common.formatting import share
from common.web.paging import page_of
from common.web.parameters import choice
from common.web.responses import see_other
from common.web.tables import file_of, wanted
from quality.models import QualityRun
from quality.pages import annotator as one
from quality.pages import annotators as table
from quality.pages import dashboard as board_of
from quality.pages import dimensions as dimensions_of
from quality.pages import rules as rule_pages
from quality.pages import tables
from quality.pages.fraud import finding
from quality.pages.measures import measures, of_member
from quality.selectors import days, figures, person, rules, runs
from quality.services import computation

MOST_STEPS = 20
"""Of what rules did about an annotator, the newest first."""


@require_safe
@project_access(*STAFF)
def dashboard(request: ProjectRequest) -> HttpResponseBase:
    """Can I trust this data yet?"""
    how = wanted(request)
    stored = figures.latest(request.project, table.EVIDENCE)
    run = stored.run if stored else None
    contents = {} if run is None else figures.some_parts(run, "fraud", "dimensions")
    dimensions = dimensions_of.dimensions(contents.get("dimensions"), manages=project_page.manages(request))
    if how:
        if run is None or dimensions is None:
            raise Http404
        return file_of(request, dimensions_of.table(dimensions, run), how)
    found = measures(stored, contents.get("fraud")) if stored and stored.run.n_annotations else None
    context = project_page.context(
        request,
        "dashboard",
        stale=runs.stale(request.project, run),
        job=project_page.unfinished_job(request, JobKind.QUALITY),
        page=board_of.dashboard(found, request.project) if found else None,
        run=run,
        dimensions=dimensions,
        has_pairs=True if stored else pairs.any_of(request.project),
    )
    return render(request, "quality/dashboard.html", context)


@require_POST
@project_access(*STAFF)
def recompute(request: ProjectRequest) -> HttpResponse:
    """Compute again; pressed twice, once."""
    notify_workers(computation.ask(project=request.project, by=request.user))
    return see_other(reverse("quality:dashboard", args=[request.project.slug]))


@require_safe
@project_access(*STAFF)
def annotators(request: ProjectRequest) -> HttpResponseBase:
    """Whose judgement can I rely on?"""
    how = wanted(request)
    sort = choice(request, "sort", {*table.SORTS, *(f"-{name}" for name in table.SORTS)}, "kappa")
    kept = choice(request, "show", {"", *table.State}, "")
    stored = figures.latest(request.project, None if how else table.SHOWN)
    if stored is None or not stored.members:
        if how:
            raise Http404
        return render(
            request,
            "quality/annotators.html",
            project_page.context(
                request,
                "quality",
                section="annotators",
                board=None,
                job=project_page.unfinished_job(request, JobKind.QUALITY),
            ),
        )
    found = measures(stored, figures.part(stored.run, "fraud"))
    board = table.board(found, table.targets(request.project, stored.run), sort=sort, show=kept)
    if how:
        return file_of(request, tables.annotators(board, stored.run), how)
    page = page_of(request, board.rows)
    context = project_page.context(
        request,
        "quality",
        section="annotators",
        board=board,
        rows=page,
        run=stored.run,
        gold_target=_gold_target(request),
    )
    context["stale"] = runs.stale(request.project, stored.run)
    return render(request, "quality/annotators.html", context)


@require_safe
@project_access(*STAFF)
def annotator(request: ProjectRequest, number: int) -> HttpResponse:
    """Can I rely on this annotator?"""
    member = members.by_number(project=request.project, number=number)
    if member is None:
        raise Http404
    run = runs.latest_run(request.project)
    report = _report(run, member) if run is not None else None
    context = project_page.context(
        request,
        "quality",
        section="annotators",
        member=member,
        run=run,
        report=report,
        gold_target=_gold_target(request),
        history=rule_pages.history(list(rules.about(member)[:MOST_STEPS])),
    )
    context["may_act"] = context["manages"] and member.user_id is not None and member.user_id != request.user.pk
    return render(request, "quality/annotator.html", context)


def _report(run: QualityRun, member: Member) -> one.AnnotatorReport | None:
    """Return what a run tells of an annotator; null where it has no figure of theirs."""
    stored = person.person(run, member)
    names = {} if stored.copied is None else {stored.copied.pk: stored.copied.pseudonym}
    suspected = None if stored.fraud is None else finding(stored.fraud, names)
    own, overall = of_member(member, figures.of_member(run, member), suspected)
    if not own.measures:
        return None
    return one.annotator(
        own,
        overall,
        figures.partners(run, member),
        days.judged(member.project, member, now=timezone.now()),
        stored,
        project=member.project,
        wanted=table.targets(member.project, run),
    )


def _gold_target(request: ProjectRequest) -> str:
    return share(request.project.target_gold)
