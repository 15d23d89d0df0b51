"""Members: taken in, changed, paused, suspended, brought back. Never oneself."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms import MemberForm, WelcomeForm
from annotation.models import Member
from annotation.selectors import members as members_of
from annotation.services.members import invitations as service
from annotation.services.members import membership
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from annotation.vocabulary import MemberState, Role
from common.web.paging import page_of
from common.web.responses import see_other

NOT_ALLOWED = "Nobody changes his own role or state, and a project keeps at least one active manager."
DONE = {
    MemberState.ACTIVE: "{} is back, and is handed out pairs again.",
    MemberState.PAUSED: "{} gets no new assignments. The work so far counts.",
    MemberState.SUSPENDED: "{} cannot open the project any more. The work so far counts.",
}
# State, button, what it does and what stays.
STATES = (
    (MemberState.ACTIVE, "Bring back", "Handed out pairs again, from the next request on."),
    (MemberState.PAUSED, "Pause", "No new assignments, and a page that says so. All work so far stays and counts."),
    (
        MemberState.SUSPENDED,
        "Suspend",
        "The project cannot be opened any more, from the next request on. All work so far stays and counts.",
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def members(request: ProjectRequest) -> HttpResponse:
    """Who takes part; and a form to take somebody in. A fresh password is in the answer to it, and nowhere else."""
    form = WelcomeForm(request.POST if request.method == "POST" else None)
    welcomed = None
    status = 200
    if request.method == "POST":
        welcomed = _welcome(request, form)
        status = 200 if welcomed else 400
        if welcomed:
            form = WelcomeForm()
    rows = page_of(request, members_of.listed(project=request.project))
    context = project_page.context(request, "members", form=form, rows=rows, welcomed=welcomed)
    return render(request, "annotation/manage/members.html", context, status=status)


def _welcome(request: ProjectRequest, form: WelcomeForm) -> service.Welcomed | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        return service.welcome(
            project=request.project,
            email=data["email"],
            name=data["name"],
            role=Role(data["role"]),
            daily_goal=data["daily_goal"],
            by=request.user,
        )
    except membership.AlreadyMember:
        form.add_error("email", "This person is in the project already.")
    except service.NameWanted:
        form.add_error("name", "No account has this address. Give a name, and one is made.")
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def member(request: ProjectRequest, number: int) -> HttpResponse:
    """One member's role, daily goal and state."""
    person = _member(request, number)
    form = MemberForm(
        request.POST if request.method == "POST" else None,
        initial={"role": person.role, "daily_goal": person.daily_goal},
    )
    if request.method == "POST" and form.is_valid():
        role, goal = Role(form.cleaned_data["role"]), form.cleaned_data["daily_goal"]
        try:
            service.change(member=person, role=role, daily_goal=goal, by=request.user)
        except membership.NotAllowed:
            form.add_error("role", NOT_ALLOWED)
            person.refresh_from_db()
        else:
            messages.success(request, f"{person.pseudonym}: saved.")
            return see_other(reverse("annotation:members", args=[request.project.slug]))
    oneself = person.user_id == request.user.pk
    states = [] if oneself else [state for state in STATES if state[0] != person.state]
    context = project_page.context(request, "members", person=person, form=form, states=states, oneself=oneself)
    return render(request, "annotation/manage/member.html", context, status=400 if request.method == "POST" else 200)


@require_POST
@project_access(*MANAGERS)
def member_state(request: ProjectRequest, number: int) -> HttpResponse:
    """Pause, suspend or bring back."""
    person = _member(request, number)
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None) or not to.startswith("/"):
        to = reverse("annotation:members", args=[request.project.slug])
    wanted = request.POST.get("state", "")
    if wanted not in {state.value for state in MemberState}:
        messages.warning(request, "No such state.")
        return see_other(to)
    try:
        membership.set_state(member=person, state=MemberState(wanted), by=request.user)
    except membership.NotAllowed:
        messages.warning(request, NOT_ALLOWED)
    else:
        messages.success(request, DONE[MemberState(wanted)].format(person.pseudonym))
    return see_other(to)


def _member(request: ProjectRequest, number: int) -> Member:
    """A member with an account: somebody known only from imported judgements has nothing to change."""
    person = members_of.by_number(project=request.project, number=number)
    if person is None or person.user_id is None:
        raise Http404
    return person
