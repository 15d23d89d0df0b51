"""Pairs that the page's script prefetches."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from annotation.pages.judging import NoPair, prevented
from annotation.selectors import shown_pair
from annotation.services import handout
from annotation.services.handout import NotHandingOut, TooManyLeases
from annotation.views.access import MemberRequest
from annotation.views.judging import page
from annotation.views.judging.requests import members_only


@require_POST
@members_only
def next_pair(request: HttpRequest) -> HttpResponse:
    """Lease a further pair: answer with a part of the page, or as JSON with the reason why there is none."""
    request = cast(MemberRequest, request)
    try:
        found = further_pair(request)
    except ValueError:
        return JsonResponse({"code": "invalid", "message": "holding names pairs by their ids."}, status=400)
    return part_of_page(found)


def further_pair(request: MemberRequest) -> dict[str, str]:
    """Return ``pair``, a further pair as a part of the page, or ``state``, why there is none.

    ``holding`` names the leases that the page already shows or keeps ready. Raises ``ValueError`` where it does not.
    """
    holding = {UUID(value) for value in request.POST.getlist("holding")}
    if state := prevented(request.member):
        return {"state": state}
    try:
        offer = handout.lease_next(member=request.member, holding=holding)
    except NotHandingOut:
        return {"state": NoPair.PAUSED}
    except TooManyLeases:
        return {"state": NoPair.ENOUGH_HELD}
    if offer.uuid is None:
        return {"state": offer.answer.name.lower()}
    return pair_or_state(request, offer.uuid)


def pair_or_state(request: MemberRequest, uuid: UUID) -> dict[str, str]:
    """Return ``pair``, this leased pair as a part of the page, or ``state``, why it cannot be shown."""
    found = shown_pair.on_page(member=request.member, uuid=uuid, counting=False)
    if found is None:
        return {"state": NoPair.LOOKING_FURTHER}
    if found.newest_guidelines > request.member.guidelines_read:
        return {"state": NoPair.GUIDELINES_UNREAD}
    return {"pair": page.fragment(request, found.pair)}


def part_of_page(found: dict[str, str]) -> HttpResponse:
    return HttpResponse(found["pair"]) if "pair" in found else JsonResponse(found)
