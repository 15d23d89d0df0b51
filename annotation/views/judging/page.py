"""The judging page: the next pair, or why there is none; and an earlier judgement to change."""

from __future__ import annotations

import uuid
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from annotation.pages import judging as pages
from annotation.pages.judging import NoPair
from annotation.schemes import SCHEMES
from annotation.selectors import notices, own_work, queue_end, shown_pair
from annotation.services import handout, judging
from annotation.services.access import accounts
from annotation.services.handout import Answer, NotHandingOut
from annotation.services.judging import LONGEST_REASON
from annotation.views.access import MemberRequest
from annotation.views.judging.requests import members_only, not_yours


@require_safe
@members_only
def judge(request: HttpRequest) -> HttpResponse:
    """Show the next pair, or the one already leased."""
    request = cast(MemberRequest, request)
    if state := pages.prevented(request.member):
        return _ending(request, state)
    try:
        offer = handout.lease_next(member=request.member)
    except NotHandingOut:
        return _ending(request, NoPair.PAUSED)
    if offer.answer is Answer.NOTHING_LEFT:
        return _ending(request, NoPair(queue_end.reason(request.member)))
    if offer.answer is Answer.LOOKING_FURTHER or offer.uuid is None:
        return _ending(request, NoPair.LOOKING_FURTHER)
    found = shown_pair.on_page(member=request.member, uuid=offer.uuid)
    if found is None:
        return _ending(request, NoPair.LOOKING_FURTHER)
    if found.newest_guidelines > request.member.guidelines_read:
        return redirect("annotation:guidelines", request.project.slug)
    return _page(request, found)


def change(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Show an earlier judgement, to be changed."""
    found = shown_pair.on_page(member=request.member, uuid=uuid)
    if found is None:
        raise not_yours(request, uuid)
    if not found.pair.chosen:
        return redirect("annotation:judge", request.project.slug)
    return _page(request, found, changing=True)


def fragment(request: MemberRequest, pair: shown_pair.ShownPair) -> str:
    """Return a pair as the part of the page that a request for the next pair sends."""
    return render_to_string("annotation/pair.html", _shared(request) | {"pair": pair}, request)


def _page(request: MemberRequest, found: shown_pair.PageOfPair, *, changing: bool = False) -> HttpResponse:
    context = {
        "pair": found.pair,
        "today": found.today,
        "guidelines": found.newest_guidelines,
        "scheme": SCHEMES[request.project.verdict_scheme],
        "skip_reasons": pages.SKIP_REASONS,
        "flag_reasons": pages.FLAG_REASONS,
        "submit_key": uuid.uuid4(),  # for forms that are sent without a script
        "undo_key": uuid.uuid4(),
        "longest_reason": LONGEST_REASON,
        "icons": pages.SCRIPT_ICONS,
        "changing": changing,
    }
    return render(request, "annotation/judge.html", _shared(request) | context)


def _ending(request: MemberRequest, state: NoPair) -> HttpResponse:
    """Show that there is nothing to judge: why, the member's own numbers, and what happens next."""
    numbers = own_work.numbers(members=[request.member])
    # Where nothing is handed out, a pair that came back could not be judged again.
    undoable = None if pages.prevented(request.member) else judging.undoable(request.member)
    context = {
        "state": state.value,
        "looks_again": state in pages.LOOKING_AGAIN,
        "numbers": numbers,
        "undo": pages.UNDO[undoable] if undoable else "",
        "undo_key": uuid.uuid4(),
        "told": notices.told([request.member]).get(request.member.pk, ""),
    }
    return render(request, "annotation/judge_ending.html", _shared(request) | context)


def _shared(request: MemberRequest) -> dict[str, Any]:
    device_key = accounts.device_key(request.user)
    return {"project": request.project, "member": request.member, "device_key": device_key}
