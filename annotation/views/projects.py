"""Projects: the list, a new one, its settings, its state, its guidelines."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.forms import GuidelinesForm, NewProjectForm, SettingsForm
from annotation.selectors import members
from annotation.services import projects
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, SignedInRequest, project_access, signed_in
from annotation.vocabulary import ProjectState
from common.web.paging import page_of
from common.web.responses import see_other

# What each move does, and what stays: (the button, the words, whether it cannot be taken back).
MOVES: dict[ProjectState, tuple[str, str, bool]] = {
    ProjectState.OPEN: ("Open", "Its members are handed out pairs from now on.", False),
    ProjectState.PAUSED: (
        "Pause",
        "Nothing new is handed out. Pairs in people’s hands can still be finished, and all that was judged stays.",
        False,
    ),
    ProjectState.CLOSED: (
        "Close",
        "Nothing is handed out again, for good. Work in people’s hands still counts; judgements, figures and exports stay.",
        True,
    ),
}
STATES = {
    ProjectState.DRAFT: "A draft: nothing is handed out before you open it.",
    ProjectState.OPEN: "Open: its members are handed out pairs.",
    ProjectState.PAUSED: "Paused: nothing new is handed out.",
    ProjectState.CLOSED: "Closed: nothing is handed out any more.",
}
FORM = ["GET", "HEAD", "POST"]


@require_safe
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """The projects this person runs."""
    request = cast(SignedInRequest, request)
    rows = page_of(request, members.projects_run_by(request.user))
    context = {"rows": rows, "may_make": members.may_make_projects(request.user)}
    return render(request, "annotation/manage/projects.html", context)


@require_http_methods(FORM)
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Make a project; its maker manages it."""
    request = cast(SignedInRequest, request)
    if not members.may_make_projects(request.user):
        raise PermissionDenied
    form = NewProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = projects.create(slug=form.cleaned_data["slug"], name=form.cleaned_data["name"], by=request.user)
        except (projects.SlugTaken, IntegrityError):
            form.add_error("slug", "Another project has this address.")
        else:
            messages.success(request, "Made, as a draft. Write its guidelines, import pairs, add people, then open it.")
            return see_other(reverse("annotation:project_settings", args=[made.slug]))
    return render(request, "annotation/manage/project_new.html", {"form": form}, status=_status(request))


@require_http_methods(FORM)
@project_access(*MANAGERS)
def settings(request: ProjectRequest) -> HttpResponse:
    """What the project asks for, and whether it hands out pairs."""
    form = SettingsForm.of(request.project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            projects.change_settings(project=request.project, by=request.user, **form.settings())
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            messages.success(request, "Saved. What was judged before stays as it was.")
            return see_other(reverse("annotation:project_settings", args=[request.project.slug]))
        request.project.refresh_from_db()
    moves = [(to, *MOVES[to]) for to in MOVES if to in projects.MOVES[ProjectState(request.project.state)]]
    context = project_page.context(
        request,
        "settings",
        form=form,
        moves=moves,
        standing=STATES[ProjectState(request.project.state)],
        latest=next(iter(members.versions(project=request.project, most=1)), None),
    )
    return render(request, "annotation/manage/settings.html", context, status=_status(request))


@require_POST
@project_access(*MANAGERS)
def move(request: ProjectRequest) -> HttpResponse:
    """Open, pause or close the project."""
    here = see_other(reverse("annotation:project_settings", args=[request.project.slug]))
    wanted = request.POST.get("to", "")
    if wanted not in MOVES or (wanted == ProjectState.CLOSED and request.POST.get("sure") != "on"):
        messages.warning(
            request, "Nothing was changed: say that you are sure." if wanted in MOVES else "No such state."
        )
        return here
    try:
        projects.move(project=request.project, to=ProjectState(wanted), by=request.user)
    except projects.NotThatWay:
        messages.warning(request, "The project does not go there from where it is.")
    else:
        messages.success(request, STATES[ProjectState(wanted)])
    return here


@require_http_methods(FORM)
@project_access(*MANAGERS)
def guidelines_edit(request: ProjectRequest) -> HttpResponse:
    """Write the next version of the guidelines, look at it, publish it."""
    versions = members.versions(project=request.project)
    latest = versions[0] if versions else None
    newest = latest.version if latest else 0
    form = GuidelinesForm(
        request.POST if request.method == "POST" else None,
        initial={"text": latest.text if latest else "", "based_on": newest},
    )
    preview = ""
    status = 200
    if request.method == "POST":
        valid = form.is_valid()
        preview = str(form.cleaned_data.get("text", ""))
        publishing = "publish" in request.POST
        if valid and publishing and form.cleaned_data["based_on"] != newest:
            form.add_error(None, f"Version {newest} was published meanwhile. Look at it below, then publish yours.")
            again = request.POST.copy()  # the next try is based on what is there now
            again["based_on"] = str(newest)
            form.data = again
            valid, status = False, 409
        elif valid and publishing:
            made = projects.publish_guidelines(project=request.project, text=preview, by=request.user)
            messages.success(request, f"Version {made.version} is published; everybody reads it once before going on.")
            return see_other(reverse("annotation:guidelines_edit", args=[request.project.slug]))
        elif not valid:
            status = 400
    context = project_page.context(request, "settings", form=form, versions=versions, latest=latest, preview=preview)
    return render(request, "annotation/manage/guidelines.html", context, status=status)


def _status(request: HttpRequest) -> int:
    """A form that comes back was not accepted."""
    return 400 if request.method == "POST" else 200
