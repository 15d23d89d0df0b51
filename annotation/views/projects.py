"""Projects: the list, a new one, its settings, its state, its guidelines."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.pages import projects as pages
from annotation.selectors import guidelines
from annotation.selectors import projects as selectors
from annotation.services import projects as service
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, SignedInRequest, project_access, signed_in
from annotation.views.forms.projects import GuidelinesForm, NewProjectForm, SettingsForm
from annotation.vocabulary import ProjectState
from common.web.paging import page_of
from common.web.responses import see_other

FORM = ["GET", "HEAD", "POST"]


@require_safe
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """List the projects that the user runs."""
    request = cast(SignedInRequest, request)
    rows = page_of(request, selectors.run_by(request.user))
    context = {"rows": rows, "may_make": selectors.may_create(request.user)}
    return render(request, "annotation/manage/projects.html", context)


@require_http_methods(FORM)
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Create a project; its creator manages it."""
    request = cast(SignedInRequest, request)
    if not selectors.may_create(request.user):
        raise PermissionDenied
    form = NewProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.create(slug=form.cleaned_data["slug"], name=form.cleaned_data["name"], by=request.user)
        except service.SlugTaken:
            form.add_error("slug", "Another project has this address.")
        else:
            messages.success(request, "Draft created. Write its guidelines, import pairs, add people, then open it.")
            return see_other(reverse("annotation:project_settings", args=[made.slug]))
    return render(request, "annotation/manage/project_new.html", {"form": form}, status=_status(request))


@require_http_methods(FORM)
@project_access(*MANAGERS)
def settings(request: ProjectRequest) -> HttpResponse:
    """Show and change what the project asks for; show its state and the moves from it."""
    form = SettingsForm.of(request.project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        messages.success(request, "Saved. What was judged before stays as it was.")
        return see_other(reverse("annotation:project_settings", args=[request.project.slug]))
    state = ProjectState(request.project.state)
    context = project_page.context(
        request,
        "settings",
        form=form,
        moves=pages.moves(service.MOVES[state]),
        standing=pages.STATES[state],
        latest=guidelines.newest(project=request.project),
    )
    return render(request, "annotation/manage/settings.html", context, status=_status(request))


def _change(request: ProjectRequest, form: SettingsForm) -> bool:
    try:
        service.change_settings(project=request.project, by=request.user, **form.settings())
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        request.project.refresh_from_db()
        return False
    return True


@require_POST
@project_access(*MANAGERS)
def move(request: ProjectRequest) -> HttpResponse:
    """Open, pause or close the project."""
    page = see_other(reverse("annotation:project_settings", args=[request.project.slug]))
    wanted = request.POST.get("to", "")
    if wanted not in list(ProjectState) or wanted == ProjectState.DRAFT:
        messages.warning(request, "No such state.")
        return page
    to = ProjectState(wanted)
    if pages.is_final(to) and request.POST.get("sure") != "on":
        messages.warning(request, "Nothing was changed: say that you are sure.")
        return page
    try:
        service.move(project=request.project, to=to, by=request.user)
    except service.NotThatWay:
        messages.warning(request, "The project does not go there from where it is.")
    else:
        messages.success(request, pages.STATES[to])
    return page


@require_http_methods(FORM)
@project_access(*MANAGERS)
def guidelines_edit(request: ProjectRequest) -> HttpResponse:
    """Write the next version of the guidelines, preview it, publish it."""
    versions = guidelines.versions(project=request.project)
    latest = versions[0] if versions else None
    initial = {"text": latest.text if latest else "", "based_on": latest.version if latest else 0}
    form = GuidelinesForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200 if form.is_valid() else _status(request)
    if form.is_valid() and "publish" in request.POST:
        if _publish(request, form):
            return see_other(reverse("annotation:guidelines_edit", args=[request.project.slug]))
        status = 409
    preview = str(form.cleaned_data.get("text", "")) if form.is_bound else ""
    context = project_page.context(request, "settings", form=form, versions=versions, latest=latest, preview=preview)
    return render(request, "annotation/manage/guidelines.html", context, status=status)


def _publish(request: ProjectRequest, form: GuidelinesForm) -> bool:
    try:
        made = service.publish_guidelines(project=request.project, by=request.user, **form.cleaned_data)
    except service.NotBasedOnLatest as error:
        form.rebase(error.latest)
        return False
    messages.success(request, f"Version {made.version} is published; everybody reads it once before going on.")
    return True


def _status(request: HttpRequest) -> int:
    """A form that is shown again was not accepted."""
    return 400 if request.method == "POST" else 200
