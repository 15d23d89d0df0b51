"""Members: added, changed, paused, suspended, resumed. Never oneself."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import int_to_base36, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from annotation.models import Member, User
from annotation.pages import members as pages
from annotation.pages.accounts import BAD_NAMES
from annotation.selectors import members as selectors
from annotation.services.access import accounts, recovery
from annotation.services.members import invitations, membership
from annotation.views import project_page
from annotation.views.access import MANAGERS, ProjectRequest, project_access
from annotation.views.forms.members import MemberForm, NewMemberForm
from annotation.vocabulary import MemberState, Role
from common.web.paging import page_of
from common.web.responses import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def members(request: ProjectRequest) -> HttpResponse:
    """List the members and add one. A new password is in the answer to that, and nowhere else."""
    form = NewMemberForm(request.POST if request.method == "POST" else None)
    added = _add(request, form) if request.method == "POST" else None
    status = 400 if request.method == "POST" and added is None else 200
    rows = page_of(request, selectors.listed(project=request.project))
    context = project_page.context(request, "members", form=NewMemberForm() if added else form, rows=rows, added=added)
    return render(request, "annotation/manage/members.html", context, status=status)


def _add(request: ProjectRequest, form: NewMemberForm) -> invitations.Added | None:
    if not form.is_valid():
        return None
    values = form.cleaned_data | {"role": Role(form.cleaned_data["role"])}
    try:
        return invitations.add(project=request.project, by=request.user, **values)
    except membership.AlreadyMember:
        form.add_error("email", "This person is in the project already.")
    except invitations.NameRequired:
        form.add_error("name", "No account has this address. Enter a name to create one.")
    except accounts.BadName as error:
        form.add_error(None, BAD_NAMES[error.reason])
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@project_access(*MANAGERS)
def member(request: ProjectRequest, number: int) -> HttpResponse:
    """Show and change one member's role and daily goal; offer other states."""
    found = _member(request, number)
    initial = {"role": found.role, "daily_goal": found.daily_goal}
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        role, goal = Role(form.cleaned_data["role"]), form.cleaned_data["daily_goal"]
        try:
            invitations.change(member=found, role=role, daily_goal=goal, by=request.user)
        except membership.NotAllowed:
            form.add_error("role", pages.NOT_ALLOWED)
            found.refresh_from_db()
        else:
            messages.success(request, f"{found.pseudonym}: saved.")
            return see_other(reverse("annotation:members", args=[request.project.slug]))
    oneself = found.user_id == request.user.pk
    states = [] if oneself else pages.other_states(found)
    may_reset = recovery.may_reset(user=cast(User, found.user), by=request.user)
    context = project_page.context(
        request, "members", found=found, form=form, states=states, oneself=oneself, may_reset=may_reset
    )
    return render(request, "annotation/manage/member.html", context, status=400 if request.method == "POST" else 200)


@require_POST
@project_access(*MANAGERS)
def member_reset(request: ProjectRequest, number: int) -> HttpResponse:
    """Show, once, a link with which a member sets a new password."""
    found = _member(request, number)
    try:
        token = recovery.make_token(member=found, by=request.user)
    except recovery.MayNotReset:
        messages.warning(request, pages.MAY_NOT_RESET)
        return see_other(reverse("annotation:member", args=[request.project.slug, number]))
    key = {"uidb36": int_to_base36(cast(int, found.user_id)), "key": token}
    link = request.build_absolute_uri(reverse("account_reset_password_from_key", kwargs=key))
    context = project_page.context(request, "members", found=found, link=link)
    return render(request, "annotation/manage/member_reset.html", context)


@require_POST
@project_access(*MANAGERS)
def member_state(request: ProjectRequest, number: int) -> HttpResponse:
    """Pause, suspend or resume a member."""
    found = _member(request, number)
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None) or not to.startswith("/"):
        to = reverse("annotation:members", args=[request.project.slug])
    wanted = request.POST.get("state", "")
    if wanted not in list(MemberState):
        messages.warning(request, "No such state.")
        return see_other(to)
    try:
        membership.set_state(member=found, state=MemberState(wanted), by=request.user)
    except membership.NotAllowed:
        messages.warning(request, pages.NOT_ALLOWED)
    else:
        messages.success(request, pages.CHANGED[MemberState(wanted)].format(found.pseudonym))
    return see_other(to)


def _member(request: ProjectRequest, number: int) -> Member:
    """Return a member with an account; those known only from imported judgements have nothing to change."""
    found = selectors.by_number(project=request.project, number=number)
    if found is None or found.user_id is None:
        raise Http404
    return found
