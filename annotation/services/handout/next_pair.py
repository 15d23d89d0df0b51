"""The next pair for a member: a lease they hold, else the next of the queue, or gold or a probe in its place."""

from __future__ import annotations

import random
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from annotation.models import Member
from annotation.services.handout import gold, leases, probes
from annotation.services.handout.expiry import expire
from annotation.services.handout.offer import Answer, Offer
from annotation.services.handout.queue import Walk
from annotation.services.locks import lock_member
from annotation.vocabulary import MemberState, ProjectState
from common.db.rows import query

CLEARING_RATE = 1 / 50
"""The share of requests that end lapsed leases first, so that hand-out lives where no periodic task does."""

# The common case in one round trip; nulls where it is another.
LEASE_NEXT = """
SELECT * FROM concord_lease_next(%(project)s, %(member)s, %(route)s, %(lease)s, %(most)s, %(holding)s::uuid[])
"""


class NotHandingOut(Exception):
    """The project is not open, or the member is paused or suspended."""


class TooManyLeases(Exception):
    """The member holds the most leases allowed; one has to be finished first."""


def lease_next(
    *, member: Member, holding: Collection[UUID] = (), rng: random.Random | None = None, route: int = 0
) -> Offer:
    """Hand the member a pair: one they hold already, else the next of the queue, or gold or a probe at the project's rates.

    Parameters
    ----------
    holding
        The leases the page already shows or keeps ready; the answer is another one.
    rng
        Decides when gold and probes come, and which, and when this request ends lapsed leases.

    Raises
    ------
    NotHandingOut
        The project is not open, or the member is not active.
    TooManyLeases
        ``holding`` names as many live leases as anybody may have.
    """
    project = member.project
    if project.state != ProjectState.OPEN or member.state != MemberState.ACTIVE:
        raise NotHandingOut
    rng = rng or random.SystemRandom()
    with_gold, clear = gold.drawn(member, rng), rng.random() < CLEARING_RATE
    with_probe = probes.drawn(project, rng)
    if not with_gold and not with_probe and not clear:
        at = {"project": project.pk, "member": member.pk, "route": route, "lease": project.lease_seconds}
        ((assignment, uuid),) = query(LEASE_NEXT, at | {"most": leases.MOST_LEASES, "holding": list(holding)})
        if assignment is not None:
            return Offer(Answer.PAIR, assignment, uuid)
    with transaction.atomic():
        return _step_by_step(member, holding, route, rng, with_gold=with_gold, with_probe=with_probe, clear=clear)


def _step_by_step(
    member: Member,
    holding: Collection[UUID],
    route: int,
    rng: random.Random,
    *,
    with_gold: bool,
    with_probe: bool,
    clear: bool,
) -> Offer:
    project = member.project
    walk = Walk(member, route, author=lock_member(member))
    live = leases.live(member)
    held = len(live)
    for assignment, uuid in live:
        if uuid in holding:
            continue
        if leases.run_again(assignment=assignment, project=project, shown=True):
            return Offer(Answer.PAIR, assignment, uuid)
        held -= 1  # ended by another transaction at this very moment
    if held >= leases.MOST_LEASES:
        raise TooManyLeases

    # Gold and probes come in place of a pair of the queue. Where that has none for the member, a pair that came nevertheless,
    # after "nothing left" or while others hold the rest, could only be one of them.
    with_gold = with_gold and gold.is_due(member)
    if (with_gold or with_probe) and walk.sees_more():
        if with_gold and (claimed := gold.claim(member, rng)):
            return Offer(Answer.PAIR, *claimed)
        if with_probe and (claimed := probes.claim(member, rng)):
            return Offer(Answer.PAIR, *claimed)
    if clear:
        expire(project=project, spare=member)
    if offer := walk.ahead():
        return offer
    if expire(project=project, spare=member) and (offer := walk.ahead()):
        return offer
    return walk.back()
