"""What else can be done with a leased pair: skip or flag it, save a draft, keep the lease or leave it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from annotation.services import handout, judging
from annotation.services.handout import NotYours
from annotation.views.access import MemberRequest
from annotation.views.forms.judging import DraftForm, FlagForm, SkipForm
from annotation.views.judging.requests import judge_url, members_only, not_yours
from annotation.vocabulary import FlagReason, SkipReason
from common.web.responses import done, invalid, refused


@require_POST
@members_only
def skip(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Skip a pair permanently."""
    request = cast(MemberRequest, request)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    back = judge_url(request.member)
    reason = SkipReason(form.cleaned_data["reason"])
    try:
        judging.skip(member=request.member, assignment_uuid=uuid, reason=reason, note=form.cleaned_data["note"])
    except NotYours:
        raise not_yours(request, uuid) from None
    except judging.AlreadySubmitted:
        sentence = "You have judged that pair; it cannot be skipped any more."
        return refused(request, sentence, status=409, to=back, code="judged")
    return done(request, {"skipped": True}, to=back)


@require_POST
@members_only
def flag(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Flag a pair for the managers; it is still to be judged."""
    request = cast(MemberRequest, request)
    form = FlagForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    reason = FlagReason(form.cleaned_data["reason"])
    try:
        judging.flag(member=request.member, assignment_uuid=uuid, reason=reason, note=form.cleaned_data["note"])
    except NotYours:
        raise not_yours(request, uuid) from None
    return done(request, {"flagged": True}, to=judge_url(request.member))


@require_POST
@members_only
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Save a draft. The newest text wins, in any order of arrival."""
    request = cast(MemberRequest, request)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    back = judge_url(request.member)
    try:
        version = judging.save_draft(member=request.member, assignment_uuid=uuid, **form.cleaned_data)
    except NotYours:
        raise not_yours(request, uuid) from None
    except judging.StaleDraft:
        return refused(request, "A newer text is saved already.", status=409, to=back, code="newer_saved")
    except judging.AlreadySubmitted:
        return refused(request, "Your verdict on that pair is in.", status=409, to=back, code="judged")
    return done(request, {"version": version}, to=back)


@require_POST
@members_only
def renew(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Extend a lease. ``held`` is false where it has ended; a judgement of the pair still counts where it can."""
    request = cast(MemberRequest, request)
    try:
        held = handout.renew(member=request.member, assignment_uuid=uuid)
    except NotYours:
        raise not_yours(request, uuid) from None
    return JsonResponse({"held": held})


@require_POST
@members_only
def leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Shorten a lease: the page is being closed or loaded again."""
    request = cast(MemberRequest, request)
    try:
        handout.leave(member=request.member, assignment_uuid=uuid)
    except NotYours:
        raise not_yours(request, uuid) from None
    return HttpResponse(status=204)
