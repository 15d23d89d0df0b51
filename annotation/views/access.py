"""Who may open which page. Every page of a project is behind ``project_access``.

To users who are not members, a project looks as if it did not exist.

A view behind it is written for the request that it receives: ``request.project`` is set, ``request.member`` is the
user's membership, or null for the site administrator who has none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from annotation.models import Member, Project, User
from annotation.selectors import users
from annotation.vocabulary import MemberState, Role
from common.web.admission import asked
from common.web.responses import accepts_json

EVERYBODY = (Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER)
STAFF = (Role.REVIEWER, Role.MANAGER)
MANAGERS = (Role.MANAGER,)


class SignedInRequest(HttpRequest):
    """A request with an account."""

    user: User


class ProjectRequest(SignedInRequest):
    """A request inside a project, by a user who has access to it."""

    project: Project
    member: Member | None


class MemberRequest(ProjectRequest):
    """A request inside a project, by one of its members."""

    member: Member


View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Require an account; send everybody else to the sign-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        return view(request, *args, **kwargs)

    return guarded


def project_access(*roles: Role, site_admin: bool = True) -> Callable[[View], View]:
    """Require one of these roles in the project, or the site administrator unless ``site_admin`` is off.

    Not signed in: to the sign-in page. Not a member: 404, as if there were no such project. Suspended, or of another
    role: 403. The view is called with the slug already turned into ``request.project``.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            inside = cast(ProjectRequest, request)
            member = users.membership(slug=slug, user=inside.user)
            if member is None:
                project = Project.objects.filter(slug=slug).first() if inside.user.is_superuser else None
                if project is None or not site_admin:
                    raise Http404
                inside.project, inside.member = project, None
                return view(inside, *args, **kwargs)
            inside.project, inside.member = member.project, member
            member.user = inside.user
            if member.state == MemberState.SUSPENDED:
                return render(request, "errors/suspended.html", {"project": member.project}, status=403)
            if Role(member.role) not in roles and not (site_admin and inside.user.is_superuser):
                return render(request, "errors/403.html", {"project": member.project}, status=403)
            return view(inside, *args, **kwargs)

        return guarded

    return guard


def _sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page; a script gets a plain 401 instead, so that it can keep what was typed.

    A browser that is about to send a large file gets a page with 401: while it sends, it shows no answer but an error.
    """
    if request.headers.get("HX-Request") or accepts_json(request):
        return HttpResponse("Sign in again.\n", status=401, content_type="text/plain; charset=utf-8")
    if asked(request):
        return render(request, "errors/401.html", status=401)
    return redirect_to_login(request.get_full_path())
