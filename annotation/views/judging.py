"""The judging page and its doors. Reads come from selectors, deeds from services; here is only who and what next."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.models import Member
from annotation.schemes import SCHEMES
from annotation.selectors import flags, own_work, shown_pair
from annotation.services import handout, judging
from annotation.services.access import audit
from annotation.services.handout import Answer, NotHandingOut, NotYours, TooManyLeases
from annotation.views import answers
from annotation.views.access import EVERYBODY, MemberRequest, project_access
from annotation.vocabulary import FlagReason, MemberState, ProjectState, SkipReason
from common.web.responses import see_other

inside = project_access(*EVERYBODY, site_admin=False)

SKIP_REASONS = [
    (SkipReason.NOT_MY_FIELD.value, "I do not know the subject well enough"),
    (SkipReason.UNREADABLE.value, "It cannot be read or is broken"),
    (SkipReason.LANGUAGE.value, "I do not know the language well enough"),
    (SkipReason.UNCOMFORTABLE.value, "I would rather not read this"),
    (SkipReason.OTHER.value, "Another reason"),
]
FLAG_REASONS = [(reason.value, words) for reason, words in flags.WORDS.items()]
SCRIPT_ICONS = ("check", "wait", "offline", "watch", "act", "flag", "differences")


def _here(member: Member) -> str:
    return reverse("annotation:judge", args=[member.project.slug])


def _why_not(member: Member) -> str:
    """The state in which nothing is handed out, by the name of what the page says about it."""
    if member.state == MemberState.PAUSED:
        return "resting"
    return {
        ProjectState.DRAFT.value: "not_open",
        ProjectState.PAUSED.value: "paused",
        ProjectState.CLOSED.value: "closed",
    }.get(member.project.state, "")


def _ending(request: MemberRequest, state: str) -> HttpResponse:
    """Nothing to judge: why, own numbers, and what happens next."""
    context = {"state": state, "numbers": own_work.numbers(members=[request.member])}
    return render(request, "annotation/judge_ending.html", _around(request) | context)


def _around(request: MemberRequest) -> dict[str, Any]:
    return {"project": request.project, "member": request.member, "person": answers.person_key(request.user)}


def _bar(request: MemberRequest) -> dict[str, Any]:
    return _around(request) | {
        "scheme": SCHEMES[request.project.verdict_scheme],
        "skip_reasons": SKIP_REASONS,
        "flag_reasons": FLAG_REASONS,
        "submit_key": answers.new_key(),
        "undo_key": answers.new_key(),
        "longest_reason": judging.LONGEST_REASON,
        "icons": SCRIPT_ICONS,
    }


def _not_yours(request: MemberRequest, uuid: UUID) -> Http404:
    audit.record(project=request.project, actor=request.user, action="assignment.not_yours", subject=str(uuid))
    return Http404()


@require_safe
@inside
def judge(request: HttpRequest) -> HttpResponse:
    """The next pair, or the one in hand."""
    request = cast(MemberRequest, request)
    member = request.member
    if state := _why_not(member):
        return _ending(request, state)
    try:
        offer = handout.lease_next(member=member)
    except NotHandingOut:
        return _ending(request, "paused")
    if offer.answer is Answer.NOTHING_LEFT:
        return _ending(request, "nothing_left")
    if offer.answer is Answer.LOOKING_FURTHER or offer.uuid is None:
        return _ending(request, "looking_further")
    desk = shown_pair.desk(member=member, uuid=offer.uuid)
    if desk is None:
        return _ending(request, "looking_further")
    if desk.newest_guidelines > member.guidelines_read:
        return redirect("annotation:guidelines", request.project.slug)
    context = {"pair": desk.pair, "today": desk.today, "guidelines": desk.newest_guidelines}
    return render(request, "annotation/judge.html", _bar(request) | context)


@require_POST
@inside
def next_pair(request: HttpRequest) -> HttpResponse:
    """A pair to keep ready: a piece of the page, or as JSON the reason why there is none."""
    request = cast(MemberRequest, request)
    try:
        found = _ready(request, _holding(request))
    except ValueError:
        return JsonResponse({"code": "invalid", "message": "holding names pairs by their ids."}, status=400)
    return _piece_of_page(found)


def _holding(request: MemberRequest) -> set[UUID]:
    """The leases that the page already shows or keeps ready. Raises ``ValueError`` where it names something else."""
    return {UUID(word) for word in request.POST.getlist("holding")}


def _ready(request: MemberRequest, holding: set[UUID]) -> dict[str, str]:
    """``pair``: a further pair as a piece of the page; or ``state``: why there is none."""
    if state := _why_not(request.member):
        return {"state": state}
    try:
        offer = handout.lease_next(member=request.member, holding=holding)
    except NotHandingOut:
        return {"state": "paused"}
    except TooManyLeases:
        return {"state": "enough"}
    if offer.uuid is None:
        return {"state": offer.answer.name.lower()}
    return _piece(request, offer.uuid)


def _piece(request: MemberRequest, uuid: UUID) -> dict[str, str]:
    desk = shown_pair.desk(member=request.member, uuid=uuid, counting=False)
    if desk is None:
        return {"state": "looking_further"}
    if desk.newest_guidelines > request.member.guidelines_read:
        return {"state": "guidelines"}
    return {"pair": render_to_string("annotation/pair.html", _around(request) | {"pair": desk.pair}, request)}


def _piece_of_page(found: dict[str, str]) -> HttpResponse:
    return HttpResponse(found["pair"]) if "pair" in found else JsonResponse(found)


@require_POST
@inside
def submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A verdict on a pair in hand. The same key again is the same verdict. ``next`` brings a further pair along."""
    return _say(cast(MemberRequest, request), uuid, edit=False)


@require_http_methods(["GET", "HEAD", "POST"])
@inside
def change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An earlier judgement, to be changed while its window is open."""
    request = cast(MemberRequest, request)
    if request.method == "POST":
        return _say(request, uuid, edit=True)
    desk = shown_pair.desk(member=request.member, uuid=uuid)
    if desk is None:
        raise _not_yours(request, uuid)
    if not desk.pair.chosen:
        return redirect("annotation:judge", request.project.slug)
    context = {"pair": desk.pair, "today": desk.today, "guidelines": desk.newest_guidelines, "changing": True}
    return render(request, "annotation/judge.html", _bar(request) | context)


def _say(request: MemberRequest, uuid: UUID, *, edit: bool) -> HttpResponse:
    form = answers.VerdictForm(request.POST, scheme=SCHEMES[request.project.verdict_scheme])
    if not form.is_valid():
        return answers.unreadable(request, form)
    back = reverse("annotation:history", args=[request.project.slug]) if edit else _here(request.member)
    deed = judging.change if edit else judging.submit
    try:
        stored = deed(
            member=request.member,
            assignment_uuid=uuid,
            submit_key=form.cleaned_data["submit_key"],
            said=form.said(),
        )
    except NotYours:
        raise _not_yours(request, uuid) from None
    except judging.KeyReused:
        sentence = "That was sent before, with another verdict. Load the page again."
        return answers.refused(request, sentence, status=422, to=back, code="key_reused")
    except judging.TooLate:
        sentence = "The time in which that judgement could be changed is over. It stays as it was."
        return answers.refused(request, sentence, status=409, to=back, code="too_late")
    except judging.NothingToUndo:
        sentence = "That judgement was taken back; there is nothing to change."
        return answers.refused(request, sentence, status=409, to=back, code="nothing_there")
    answer = {"saved": True, "uuid": str(stored.assignment), "revision": stored.revision, "surplus": stored.surplus}
    if not edit and request.POST.get("next") and answers.by_script(request):
        with suppress(ValueError):  # what the page holds is no reason to refuse what it sent
            answer["next"] = _ready(request, _holding(request))
    return answers.done(request, answer, to=back)


@require_POST
@inside
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the latest judgement; its pair is on the page again."""
    request = cast(MemberRequest, request)
    form = answers.UndoForm(request.POST)
    if not form.is_valid():
        return answers.unreadable(request, form)
    back = _here(request.member)
    try:
        stored = judging.undo(member=request.member, submit_key=form.cleaned_data["submit_key"])
    except judging.NothingToUndo:
        sentence = "There is nothing to take back."
        return answers.refused(request, sentence, status=409, to=back, code="nothing_there")
    except judging.TooLate:
        sentence = "The time in which your last judgement could be taken back is over."
        return answers.refused(request, sentence, status=409, to=back, code="too_late")
    except judging.KeyReused:
        return answers.refused(request, "Load the page again.", status=422, to=back, code="key_reused")
    if answers.by_script(request):
        return _piece_of_page(_piece(request, stored.assignment))
    return see_other(back)


@require_POST
@inside
def skip(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Leave a pair for good."""
    request = cast(MemberRequest, request)
    form = answers.SkipForm(request.POST)
    if not form.is_valid():
        return answers.unreadable(request, form)
    back = _here(request.member)
    reason = SkipReason(form.cleaned_data["reason"])
    try:
        judging.skip(member=request.member, assignment_uuid=uuid, reason=reason, note=form.cleaned_data["note"])
    except NotYours:
        raise _not_yours(request, uuid) from None
    except judging.AlreadySubmitted:
        sentence = "You have judged that pair; it cannot be skipped any more."
        return answers.refused(request, sentence, status=409, to=back, code="judged")
    return answers.done(request, {"skipped": True}, to=back)


@require_POST
@inside
def flag(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tell the managers something about a pair, and go on judging it."""
    request = cast(MemberRequest, request)
    form = answers.FlagForm(request.POST)
    if not form.is_valid():
        return answers.unreadable(request, form)
    reason = FlagReason(form.cleaned_data["reason"])
    try:
        judging.flag(member=request.member, assignment_uuid=uuid, reason=reason, note=form.cleaned_data["note"])
    except NotYours:
        raise _not_yours(request, uuid) from None
    return answers.done(request, {"flagged": True}, to=_here(request.member))


@require_POST
@inside
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep what is being typed. The newer text wins, whatever order they arrive in."""
    request = cast(MemberRequest, request)
    form = answers.DraftForm(request.POST)
    if not form.is_valid():
        return answers.unreadable(request, form)
    back = _here(request.member)
    try:
        version = judging.save_draft(
            member=request.member,
            assignment_uuid=uuid,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
        )
    except NotYours:
        raise _not_yours(request, uuid) from None
    except judging.StaleDraft:
        sentence = "A newer text is saved already."
        return answers.refused(request, sentence, status=409, to=back, code="newer_saved")
    except judging.AlreadySubmitted:
        sentence = "Your verdict on that pair is in."
        return answers.refused(request, sentence, status=409, to=back, code="judged")
    return answers.done(request, {"version": version}, to=back)


@require_POST
@inside
def renew(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A heartbeat. ``held`` is false where the lease has ended; what is sent of the pair still counts if it can."""
    request = cast(MemberRequest, request)
    try:
        held = handout.renew(member=request.member, assignment_uuid=uuid)
    except NotYours:
        raise _not_yours(request, uuid) from None
    return JsonResponse({"held": held})


@require_POST
@inside
def leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page goes away, or is being loaded anew."""
    request = cast(MemberRequest, request)
    try:
        handout.leave(member=request.member, assignment_uuid=uuid)
    except NotYours:
        raise _not_yours(request, uuid) from None
    return HttpResponse(status=204)
