"""A pair's slots: how many judgements are wanted, and where in the queue they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation.models import Pair, Project, Slot
from annotation.sampling.presentation import first_on_left_start
from annotation.selectors import slots as counted
from annotation.vocabulary import ProjectState
from common.db import clock, locks
from common.db.rows import query, query_value

MOST_SLOTS = 100
MOVED_AT_ONCE = 500
STALE_SECONDS = 300
DECIDED_AT_ONCE: Final = 500
"""Pairs whose slots are changed in one transaction: so many are locked, briefly."""

REOPEN = "SELECT concord_reopen(%(project)s, %(route)s, %(slots)s::bigint[])"
MOVE_REOPENED = "SELECT concord_move_reopened(%(project)s, %(route)s, %(seconds)s, %(most)s)"

WANT = "SELECT withdrawn, asked FROM concord_want(%(project)s, %(pairs)s::bigint[], %(wanted)s::integer[], %(as_of)s)"


class NoMoreSlots(Exception):
    """The pair is gold, or already has as many slots as a pair may have."""


def reopen(*, project: Project, slots: Sequence[int], route: int = 0) -> None:
    """Put these slots back into the queue shortly after the furthest mark. Inside the caller's transaction."""
    if slots:
        query_value(REOPEN, {"project": project.pk, "route": route, "slots": list(slots)})


def move_reopened(*, project: Project, route: int = 0, seconds: int = STALE_SECONDS) -> int:
    """Give slots that were reopened a while ago, and that every mark has passed since, a new key. Return how many."""
    at = {"project": project.pk, "route": route, "seconds": seconds, "most": MOVED_AT_ONCE}
    return int(query_value(MOVE_REOPENED, at))


@transaction.atomic
def move_reopened_everywhere() -> None:
    """Move reopened slots in every open project. Does nothing while another run of it goes on."""
    if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.move_reopened"):
        return
    for project in Project.objects.filter(state=ProjectState.OPEN.value).iterator():
        move_reopened(project=project)


@transaction.atomic
def ask_one_more(*, pair: Pair) -> Slot:
    """Open one more slot of a pair. Sides keep alternating.

    Raises
    ------
    NoMoreSlots
        The pair is gold, or has as many slots as a pair may have.
    """
    Pair.objects.select_for_update().get(pk=pair.pk)
    last = Slot.objects.filter(project_id=pair.project_id, pair=pair).order_by("-id").first()
    count = Slot.objects.filter(project_id=pair.project_id, pair=pair).count()
    if pair.gold_verdict is not None or count >= MOST_SLOTS:
        raise NoMoreSlots
    first_on_left = not last.first_on_left if last else first_on_left_start(str(pair.pk).encode())
    slot = Slot.objects.create(project_id=pair.project_id, pair=pair, key=0, open=False, first_on_left=first_on_left)
    reopen(project=pair.project, slots=[slot.pk])
    slot.refresh_from_db()
    return slot


@dataclass(frozen=True, slots=True)
class Changed:
    """How many slots were withdrawn, and how many judgements more are asked for."""

    withdrawn: int = 0
    asked: int = 0


def want(*, project: Project, pairs: Sequence[int], wanted: Sequence[int], as_of: datetime) -> Changed:
    """Let so many judgements be wanted of each pair, those that it has among them.

    Open slots beyond that number are withdrawn; leased ones are not, but stay closed when they are given back. Where more are
    wanted than there are, withdrawn slots return to the queue, or new ones join it, shortly after the furthest mark.

    Parameters
    ----------
    pairs, wanted
        Primary keys, gold being left alone, and a number for each.
    as_of
        When the judgements were read by which that was decided. A pair that was judged since is left to the next decision.
    """
    withdrawn = asked = 0
    for start in range(0, len(pairs), DECIDED_AT_ONCE):
        some = slice(start, start + DECIDED_AT_ONCE)
        at = {"project": project.pk, "pairs": list(pairs[some]), "wanted": list(wanted[some]), "as_of": as_of}
        with transaction.atomic():
            ((less, more),) = query(WANT, at)
        withdrawn, asked = withdrawn + less, asked + more
    return Changed(withdrawn, asked)


def want_fixed(*, project: Project) -> Changed:
    """Let the fixed number of judgements be wanted again of every pair whose slots were withdrawn."""
    some = counted.with_withdrawn(project)
    if not some:
        return Changed()
    found = counted.counts(project, pairs=some)
    wanted = [max(number, project.slots_per_pair) for number in found.wanted.tolist()]
    return want(project=project, pairs=found.pair_ids.tolist(), wanted=wanted, as_of=clock.now())
