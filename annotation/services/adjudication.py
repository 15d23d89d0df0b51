"""Decide about pairs whose annotators disagree. Every decision is a row of its own; nothing is overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from annotation.models import Adjudication, Pair, Project, User
from annotation.sampling.presentation import canonical, first_on_left_start
from annotation.selectors import adjudications
from annotation.services.access.audit import record
from annotation.vocabulary import RevisionKind, Verdict
from common.db import clock

LONGEST_REASON = 20_000


class UnknownPair(Exception):
    """The project has no such pair."""


class KnownVerdict(Exception):
    """The pair is gold: its verdict is known."""


class NotJudged(Exception):
    """Nobody has judged the pair, so that there is nothing to decide between."""


class OwnWork(Exception):
    """The adjudicator judged the pair, or has it on the judging page: they are one of those who disagree."""


class Overtaken(Exception):
    """Somebody decided about the pair since it was read. ``latest`` is the number of the decision in force."""

    def __init__(self, latest: int) -> None:
        super().__init__(latest)
        self.latest = latest


class KeyReused(Exception):
    """The submit key was used before, for something else."""


class NothingToWithdraw(Exception):
    """No decision about the pair is in force."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was stored. The same key again gets the same one."""

    pair_id: int
    n: int
    verdict: Verdict | None


def on_left(pair: Pair) -> bool:
    """Return whether adjudicators see the first response on the left: all of them the same, half of all pairs either way."""
    return first_on_left_start(f"adjudication:{pair.project_id}:{pair.pk}".encode())


@transaction.atomic
def adjudicate(
    *,
    project: Project,
    pair_id: int,
    by: User,
    verdict: Verdict,
    reason: str,
    read: int,
    submit_key: UUID,
    first_on_left: bool | None,
) -> Decided:
    """Store what an adjudicator decided. A second decision about a pair is the next revision.

    Parameters
    ----------
    verdict
        In canonical order.
    read
        The number of the newest decision that the adjudicator has read; 0 where there was none.
    submit_key
        Made by the client: the same key again stores nothing more.
    first_on_left
        How they saw the pair; null where nobody looked at it here.

    Raises
    ------
    UnknownPair, KnownVerdict, NotJudged, OwnWork
        Nobody, or not they, may decide about this pair.
    Overtaken
        Somebody decided about it since.
    KeyReused
        The key came before with something else.
    """
    pair = _locked(project, pair_id)
    if earlier := _replayed(project, pair_id, by, submit_key, verdict, reason):
        return earlier
    if pair.gold_verdict is not None:
        raise KnownVerdict
    own = adjudications.own(project, pair_id, user_id=by.pk)
    if own.judged or own.leased:
        raise OwnWork
    if not adjudications.tallies(project, [pair_id]):
        raise NotJudged
    latest = _latest(project, pair_id, read)
    kind = RevisionKind.EDIT if latest is not None and latest.verdict is not None else RevisionKind.SUBMIT
    return _append(pair, latest, kind, verdict, reason, by, submit_key, first_on_left)


@transaction.atomic
def withdraw(*, project: Project, pair_id: int, by: User, read: int, submit_key: UUID) -> Decided:
    """Take back the decision in force, one's own or somebody else's: the pair waits for one again.

    Raises
    ------
    UnknownPair, Overtaken, KeyReused
        As for :func:`adjudicate`.
    NothingToWithdraw
        No decision is in force.
    """
    pair = _locked(project, pair_id)
    if earlier := _replayed(project, pair_id, by, submit_key, None, ""):
        return earlier
    latest = _latest(project, pair_id, read)
    if latest is None or latest.verdict is None:
        raise NothingToWithdraw
    return _append(pair, latest, RevisionKind.WITHDRAW, None, "", by, submit_key, None)


def canonical_verdict(shown: str, pair: Pair) -> Verdict:
    """Return the verdict in canonical order from an answer about the sides of the adjudication page."""
    return canonical(shown, on_left(pair))


def _locked(project: Project, pair_id: int) -> Pair:
    """The pair, of which one decision at a time is stored."""
    pair = Pair.objects.select_for_update(no_key=True).filter(project=project, pk=pair_id).first()
    if pair is None:
        raise UnknownPair
    return pair


def _replayed(
    project: Project, pair_id: int, by: User, submit_key: UUID, verdict: Verdict | None, reason: str
) -> Decided | None:
    for earlier in Adjudication.objects.filter(project=project, by=by, submit_key=submit_key):
        if (earlier.pair_id, earlier.verdict, earlier.reason) != (pair_id, verdict, reason):
            raise KeyReused
        return Decided(pair_id, earlier.n, verdict)
    return None


def _latest(project: Project, pair_id: int, read: int) -> Adjudication | None:
    latest = Adjudication.objects.filter(project=project, pair_id=pair_id).order_by("-n").first()
    n = 0 if latest is None else latest.n
    if n != read:
        raise Overtaken(n)
    return latest


def _append(
    pair: Pair,
    latest: Adjudication | None,
    kind: RevisionKind,
    verdict: Verdict | None,
    reason: str,
    by: User,
    submit_key: UUID,
    first_on_left: bool | None,
) -> Decided:
    n = 1 if latest is None else latest.n + 1
    Adjudication.objects.create(
        project_id=pair.project_id,
        pair=pair,
        n=n,
        kind=kind.value,
        verdict=verdict,
        reason=reason,
        first_on_left=first_on_left,
        by=by,
        submit_key=submit_key,
        at=clock.now(),
    )
    before = None if latest is None or latest.verdict is None else Verdict(latest.verdict).word
    record(
        project=pair.project,
        actor=by,
        action="pair.adjudicate" if verdict is not None else "pair.adjudication_withdraw",
        subject=pair.external_id,
        detail={"revision": n, "before": before, "verdict": None if verdict is None else verdict.word},
    )
    return Decided(pair.pk, n, verdict)
