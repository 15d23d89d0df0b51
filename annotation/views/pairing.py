"""Pairs made of imported responses: first what would be made, then the run."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.notify import notify_workers
from annotation.pages.pairing import bad_pairing
from annotation.selectors import jobs, pairs, source_models
from annotation.services.sampling import pairing as service
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from annotation.views.forms.pairing import PairingForm
from annotation.vocabulary import JobKind, JobState
from common.web.responses import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def pairing(request: ProjectRequest) -> HttpResponse:
    """Show the plan, then start the run with the same seed."""
    models = source_models.names(project=request.project)
    form = PairingForm(request.POST if request.method == "POST" else None, models=models)
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            if "start" in request.POST:
                notify_workers(service.start(project=request.project, by=request.user, **_wanted(form)))
                return see_other(reverse("annotation:pairing", args=[request.project.slug]))
            plan = _plan(request, form)
        except service.BadPairing as error:
            form.add_error(None, bad_pairing(error.reason))
        except service.UnknownBaseline:
            form.add_error("baseline", "No prompt that could be paired has a response of this source model.")
    status = 400 if request.method == "POST" and plan is None else 200
    context = project_page.context(request, "imports", form=form, plan=plan, **_jobs(request))
    return render(request, "annotation/manage/pairing.html", context, status=status)


def _wanted(form: PairingForm) -> dict[str, Any]:
    data = form.cleaned_data
    seed = data["seed"] if data["seed"] is not None else secrets.randbelow(service.MOST_SEED)
    return {"scheme": data["scheme"], "k": data["k"], "baseline": data["baseline"] or None, "seed": seed}


def _plan(request: ProjectRequest, form: PairingForm) -> service.Plan:
    """Return what a run would make; the form then holds the seed with which the run will make just that."""
    wanted = _wanted(form)
    plan = service.plan(project=request.project, **wanted)
    form.data = request.POST.copy()
    form.data["seed"] = str(wanted["seed"])
    return plan


def _jobs(request: ProjectRequest) -> dict[str, Any]:
    job = jobs.latest(project=request.project, kind=JobKind.PAIRING)
    done = job is not None and job.state == JobState.DONE
    return {
        "job": None if done else job,
        "last": job if done else None,
        "has_prompts": pairs.any_prompts(request.project),
    }
