"""Gold that the judgements propose: kept up with each run, confirmed or rejected by a manager, each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import QuerySet

from annotation.models import Project, User
from annotation.selectors.judgements import Judgements
from annotation.services import gold
from annotation.services.access.audit import record
from annotation.vocabulary import Verdict
from quality.models import GoldProposal, ProposalState

MOST: Final = 200
"""Proposals that wait at a time."""

if TYPE_CHECKING:
    from quality.services.analysis import Analysis  # SciPy comes with it, and a web process never computes


class NotProposed(Exception):
    """The pair is not proposed, or was decided about meanwhile."""


def store(project: Project, given: Judgements, analysis: Analysis) -> None:
    """Propose what a run found evident, and no longer what it did not. What a manager has decided stays decided."""
    from quality.stats.labels import Labels
    from quality.stats.proposals import proposed

    found = analysis.pairs.likeliest
    chosen: Iterable[int] = (
        proposed(Labels(given.pair, given.annotator, given.verdict), found, analysis.fit.accuracy, analysis.pairs.known)
        if analysis.fit.defined
        else []
    )
    decided = set(
        GoldProposal.objects.filter(project=project)
        .exclude(state=ProposalState.PROPOSED)
        .values_list("pair_id", flat=True)
    )
    wanted = {int(given.pair_ids[i]): i for i in chosen if int(given.pair_ids[i]) not in decided}
    rows = [
        GoldProposal(
            project=project,
            pair_id=pair,
            verdict=int(found.verdict[i]),
            probability=float(found.probability[i]),
            n=int(found.n[i]),
        )
        for pair, i in list(wanted.items())[:MOST]
    ]
    waiting = GoldProposal.objects.filter(project=project, state=ProposalState.PROPOSED)
    waiting.exclude(pair_id__in=[row.pair_id for row in rows]).delete()
    GoldProposal.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["project", "pair"],
        update_fields=["verdict", "probability", "n"],
    )


@transaction.atomic
def confirm(
    *, project: Project, pair_id: int, verdict: Verdict, by: User | None, explanation: str, now: datetime
) -> None:
    """Make a pair gold, proposed or not. If it is proposed, that is decided; the manager's verdict may be another.

    Raises
    ------
    annotation.services.gold.NoSuchPair
        The project has none.
    """
    gold.mark(project=project, pair_id=pair_id, verdict=verdict, by=by, explanation=explanation)
    _waiting(project, pair_id).update(state=ProposalState.CONFIRMED, decided_by=by, decided_at=now)


@transaction.atomic
def reject(*, project: Project, pair_id: int, by: User | None, now: datetime) -> None:
    """Decide that a pair is no gold. It is never proposed again.

    Raises
    ------
    NotProposed
        It is not, or somebody has decided meanwhile.
    """
    rows = list(_waiting(project, pair_id).select_for_update().select_related("pair"))
    if not rows:
        raise NotProposed
    (row,) = rows
    row.state, row.decided_by, row.decided_at = ProposalState.REJECTED, by, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    detail = {
        "verdict": None if row.verdict is None else Verdict(row.verdict).word,
        "probability": row.probability,
        "n": row.n,
    }
    record(project=project, actor=by, action="gold.reject", subject=row.pair.external_id, detail=detail)


@transaction.atomic
def unmark(*, project: Project, pair_id: int, by: User | None, now: datetime) -> None:
    """Make gold an ordinary pair again; it is not proposed afterwards.

    Raises
    ------
    annotation.services.gold.NoSuchPair, annotation.services.gold.NotGold
    """
    pair = gold.unmark(project=project, pair_id=pair_id, by=by)
    GoldProposal.objects.update_or_create(
        project=project,
        pair=pair,
        defaults={"state": ProposalState.REJECTED, "decided_by": by, "decided_at": now},
        create_defaults={
            "state": ProposalState.REJECTED,
            "decided_by": by,
            "decided_at": now,
            "verdict": None,
            "probability": None,
            "n": 0,
        },
    )


def _waiting(project: Project, pair_id: int) -> QuerySet[GoldProposal]:
    return GoldProposal.objects.filter(project=project, pair_id=pair_id, state=ProposalState.PROPOSED)
