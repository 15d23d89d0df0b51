"""Judgements: submitted, changed, undone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotation.pages import judging as pages
from annotation.schemes import SCHEMES
from annotation.services import judging
from annotation.services.handout import NotYours
from annotation.views.access import MemberRequest
from annotation.views.forms.judging import UndoForm, VerdictForm
from annotation.views.judging import page, prefetching
from annotation.views.judging.requests import judge_url, members_only, not_yours
from annotation.vocabulary import Undoable
from common.web.responses import accepts_json, done, invalid, refused


@require_POST
@members_only
def submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Store a judgement. The same key again is the same judgement. With ``next``, answer with a further pair too."""
    request = cast(MemberRequest, request)
    return _store(request, uuid, judging.submit, back=judge_url(request.member))


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show an earlier judgement, or change it while its window is open."""
    request = cast(MemberRequest, request)
    if request.method != "POST":
        return page.change(request, uuid)
    return _store(request, uuid, judging.change, back=reverse("annotation:history", args=[request.project.slug]))


def _store(request: MemberRequest, uuid: UUID, operation: Any, *, back: str) -> HttpResponse:
    form = VerdictForm(request.POST, scheme=SCHEMES[request.project.verdict_scheme])
    if not form.is_valid():
        return invalid(request, form)
    key = form.cleaned_data["submit_key"]
    try:
        stored = operation(member=request.member, assignment_uuid=uuid, submit_key=key, judgement=form.judgement())
    except NotYours:
        raise not_yours(request, uuid) from None
    except judging.KeyReused:
        sentence = "That was sent before, with another verdict. Load the page again."
        return refused(request, sentence, status=422, to=back, code="key_reused")
    except judging.TooLate:
        sentence = "The time in which that judgement could be changed is over. It stays as it was."
        return refused(request, sentence, status=409, to=back, code="too_late")
    except judging.NothingToChange:
        sentence = "That judgement was taken back; there is nothing to change."
        return refused(request, sentence, status=409, to=back, code="nothing_there")
    answer = {"saved": True, "uuid": str(stored.assignment), "revision": stored.revision, "surplus": stored.surplus}
    if operation is judging.submit and request.POST.get("next") and accepts_json(request):
        with suppress(ValueError):  # a bad list of held pairs is no reason to refuse the judgement
            answer["next"] = prefetching.further_pair(request)
    return done(request, answer, to=back)


@require_POST
@members_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the latest verdict, skip or flag. The pair of a verdict or a skip is on the page again."""
    request = cast(MemberRequest, request)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    back = judge_url(request.member)
    try:
        undone = judging.undo(member=request.member, submit_key=form.cleaned_data["submit_key"])
    except judging.NothingToUndo:
        return refused(request, "There is nothing to take back.", status=409, to=back, code="nothing_there")
    except judging.TooLateToUndo as late:
        return refused(request, pages.TOO_LATE[late.kind], status=409, to=back, code="too_late")
    except judging.HeldByOthers:
        sentence = "Others are judging the pair you skipped, so it cannot come back to you."
        return refused(request, sentence, status=409, to=back, code="held_by_others")
    except judging.KeyReused:
        return refused(request, "Load the page again.", status=422, to=back, code="key_reused")
    answer = {"taken_back": undone.kind.value, "uuid": str(undone.assignment)}
    if not accepts_json(request):
        messages.success(request, pages.TAKEN_BACK[undone.kind])
    elif undone.kind is not Undoable.FLAG:
        answer |= prefetching.pair_or_state(request, undone.assignment)
    return done(request, answer, to=back)
