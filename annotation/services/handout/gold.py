"""Gold: pairs with a known verdict, handed out among the others at the project's rate."""

from __future__ import annotations

import random
from uuid import UUID

from annotation.models import Assignment, Member, Project
from annotation.vocabulary import AssignmentKind
from common.db.rows import query

NEVER_AMONG_THE_FIRST = 3

CLAIM_GOLD = "SELECT id, uuid FROM concord_claim_gold(%(project)s, %(member)s, %(lease)s)"


def drawn(project: Project, rng: random.Random) -> bool:
    """Draw whether gold may come. As gold never follows gold, r / (1 - r) after each other pair makes a share of r."""
    rate = project.gold_rate
    return rate > 0 and rng.random() < rate / (1 - rate)


def is_due(member: Member) -> bool:
    """Whether gold may come now: never among the member's first three pairs, never twice running."""
    latest = list(
        Assignment.objects.filter(project_id=member.project_id, member_id=member.pk)
        .order_by("-id")
        .values_list("kind", flat=True)[:NEVER_AMONG_THE_FIRST]
    )
    return len(latest) == NEVER_AMONG_THE_FIRST and latest[0] != AssignmentKind.GOLD


def claim(member: Member) -> tuple[int, UUID] | None:
    """Lease a gold pair that the member has not had; null where there is none."""
    at = {"project": member.project_id, "member": member.pk, "lease": member.project.lease_seconds}
    ((assignment, uuid),) = query(CLAIM_GOLD, at)
    return None if assignment is None else (assignment, uuid)
