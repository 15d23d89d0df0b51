"""Ratings: the board of the newest fit, and a form to fit again."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.notify import notify_workers
from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from annotation.vocabulary import JobKind
from common.web.responses import see_other
from common.web.tables import file_of, wanted
from reward.pages import tables, wording
from reward.pages.leaderboard import leaderboard
from reward.selectors.ratings import is_stale, latest_run, of_run
from reward.services import ratings as service


class FitForm(forms.Form):
    """How ties are read, and what counts as one comparison."""

    ties = forms.ChoiceField(choices=list(wording.TIES.items()), label="Ties")
    unit = forms.ChoiceField(choices=list(wording.UNITS.items()), label="One comparison is")


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*STAFF)
def ratings(request: ProjectRequest) -> HttpResponseBase:
    """Which source model do people prefer?"""
    if kind := wanted(request):
        return _file(request, kind)
    form = FitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        how = service.FitParameters(**form.cleaned_data)
        notify_workers(service.ask(project=request.project, by=request.user, parameters=how))
        return see_other(reverse("reward:ratings", args=[request.project.slug]))
    run = latest_run(request.project)
    if run is not None and request.method != "POST":
        form = FitForm(initial={"ties": run.ties, "unit": run.unit})
    context = project_page.context(
        request,
        "ratings",
        form=form,
        run=run,
        board=leaderboard(run, of_run(run)) if run else None,
        stale=is_stale(request.project, run),
        job=project_page.unfinished_job(request, JobKind.RATINGS),
    )
    return render(request, "reward/ratings.html", context, status=400 if request.method == "POST" else 200)


def _file(request: ProjectRequest, kind: str) -> HttpResponseBase:
    run = latest_run(request.project)
    if run is None:
        raise Http404
    return file_of(request, tables.models(run, of_run(run)), kind)
