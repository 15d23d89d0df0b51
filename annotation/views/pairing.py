"""Pairs are made of imported responses: what would be made is said first, then done."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.forms import PairingForm
from annotation.notify import send
from annotation.selectors import jobs, members
from annotation.services.sampling import pairing as service
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from annotation.vocabulary import JobKind
from common.web.responses import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def pairing(request: ProjectRequest) -> HttpResponse:
    """First the plan, then the run with the very same seed."""
    form = PairingForm(
        request.POST if request.method == "POST" else None, models=members.source_models(project=request.project)
    )
    plan = None
    status = 200
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            seed = data["seed"] if data["seed"] is not None else secrets.randbelow(service.MOST_SEED)
            wanted = {"scheme": data["scheme"], "k": data["k"], "baseline": data["baseline"] or None, "seed": seed}
            try:
                if "start" in request.POST:
                    send(service.start(project=request.project, by=request.user, **wanted))
                    return see_other(reverse("annotation:pairing", args=[request.project.slug]))
                plan = service.plan(project=request.project, **wanted)
            except service.BadScheme as error:
                form.add_error(None, str(error))
            except service.UnknownBaseline:
                form.add_error("baseline", "No prompt that could be paired has a response of this source model.")
            else:
                kept = request.POST.copy()
                kept["seed"] = str(seed)
                form.data = kept
        status = 200 if plan else 400
    job = jobs.latest(project=request.project, kind=JobKind.PAIRING)
    context = project_page.context(
        request,
        "imports",
        form=form,
        plan=plan,
        job=job if job is not None and job.state != "done" else None,
        last=job if job is not None and job.state == "done" else None,
        has_prompts=request.project.prompt_sets.exists(),
    )
    return render(request, "annotation/manage/pairing.html", context, status=status)
